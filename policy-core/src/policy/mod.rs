//! The policy: layers, the highest first, each with who could have written it. What stands below, and what a change brings, may only
//! tighten.

mod baseline;
mod exception;
mod fold;
mod read;
pub mod time;
mod written;

use serde::{Deserialize, Serialize};

use crate::map::Map;
use crate::pack::PackSet;
use crate::plugin::plugin_of;
use crate::report::{Action, DecideOn, LayerReport, Location, NotGranted};
use crate::rule::{Confidence, RuleSet, Severity};
use crate::secret::clean;
use crate::source::Origin;

pub use baseline::{BASELINE_VERSION, Baseline, BaselineInput};
pub(crate) use exception::Exceptions;
pub(crate) use written::WrittenException;
pub use written::{Mode, Override};

/// A policy file that the host gave.
#[derive(Clone, Copy, Debug)]
pub struct LayerInput<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Who could have written it.
    pub origin: Origin,
    /// How the host came to know that.
    pub because: Option<&'a str>,
}

/// What is wrong in a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PolicyProblem {
    /// What it is.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where.
    pub location: Location,
}

/// A module of a third party that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginPin {
    /// What its findings are called by.
    pub name: String,
    /// Its file, as seen from the folder of the policy.
    pub path: String,
    /// The digest that it has to have, 64 hexadecimal digits.
    pub sha256: String,
    /// What its findings do.
    pub mode: Mode,
    /// What layers below may do with it.
    pub below: Override,
    /// Index of the layer that asks for it.
    pub layer: usize,
}

/// From where on findings deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// From this severity on.
    pub severity: Severity,
    /// From this confidence on.
    pub confidence: Confidence,
}

/// What denies while no policy says otherwise.
pub const DEFAULT_THRESHOLDS: Thresholds = Thresholds { severity: Severity::High, confidence: Confidence::High };

/// Every finding denies.
pub const ALL: Thresholds = Thresholds { severity: Severity::Info, confidence: Confidence::Low };

/// What a rule's findings do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What they do.
    pub mode: Mode,
    /// From where on they deny; that of the whole policy, if not set.
    pub thresholds: Option<Thresholds>,
    /// What layers below may do.
    pub below: Override,
    /// Index of the layer that set it; none for what is built in.
    pub layer: Option<usize>,
}

/// The policy in force.
#[derive(Debug)]
pub struct InForce {
    /// What each rule of the set does, in its order.
    pub rules: Vec<Setting>,
    /// From where on findings deny.
    pub thresholds: Thresholds,
    /// The share of files that has to be judged in full, in thousandths.
    pub min_coverage: u32,
    /// The month whose rules run.
    pub rules_as_of: Option<String>,
    /// Of what a change is judged.
    pub decide_on: DecideOn,
    /// The version of Kubernetes.
    pub kubernetes_version: Option<String>,
    /// How many findings one exception may be about.
    pub max_matches: u32,
    /// How many days one may last.
    pub max_days: Option<i64>,
    /// Which layer set what is not said of a rule, by key.
    pub set_by: Vec<(&'static str, usize)>,
    /// The layers.
    pub layers: Vec<LayerReport>,
    /// What was asked for and may not be had.
    pub not_granted: Vec<NotGranted>,
    /// The packs that are extended, by number.
    pub packs: Vec<usize>,
    /// The modules of third parties.
    pub plugins: Vec<PluginPin>,
    pub(crate) exceptions: Vec<(usize, WrittenException)>,
    // Of each rule, by its id.
    numbers: Map<&'static str, usize>,
}

impl InForce {
    /// The policy of these layers; without any, what is built in, on the pack that is asked for.
    ///
    /// # Errors
    /// What is wrong in any of them.
    pub fn of(layers: &[LayerInput<'_>], pack: Option<usize>, rules: RuleSet, packs: PackSet) -> Result<Self, Vec<PolicyProblem>> {
        let (mut written, mut problems) = (Vec::new(), Vec::new());
        for layer in layers {
            match read::read(*layer, rules, packs) {
                Ok(read) => written.push(read),
                Err(mut more) => problems.append(&mut more),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(fold::fold(layers, written, pack, rules, packs))
    }

    /// The number of a rule in its set.
    #[must_use]
    pub fn number(&self, rule: &str) -> usize {
        self.numbers.get(rule).copied().unwrap_or(usize::MAX)
    }

    /// What findings of the rules of a plugin do; of one that is `enforced`, whatever layers say of its mode.
    #[must_use]
    pub fn action_of_plugin(&self, (name, enforced): (&str, bool), severity: Severity, confidence: Confidence) -> Action {
        let asked = self.plugins.iter().find(|plugin| plugin.name == name && !enforced);
        match asked.map_or(Mode::Enforce, |plugin| plugin.mode) {
            Mode::Enforce if severity >= self.thresholds.severity && confidence >= self.thresholds.confidence => Action::Deny,
            Mode::DryRun => Action::DryRun,
            _ => Action::Warn,
        }
    }

    /// What findings of a rule do.
    #[must_use]
    pub fn action(&self, rule: usize, severity: Severity, confidence: Confidence) -> Action {
        let Some(setting) = self.rules.get(rule) else { return Action::Deny };
        let Thresholds { severity: from, confidence: sure } = setting.thresholds.unwrap_or(self.thresholds);
        match setting.mode {
            // It was asked for by name.
            Mode::Off | Mode::Enforce if severity >= from && confidence >= sure => Action::Deny,
            Mode::DryRun => Action::DryRun,
            Mode::Off | Mode::Warn | Mode::Enforce => Action::Warn,
        }
    }

    /// Whether nothing may loosen what a rule is set to, one of ours or of a plugin.
    #[must_use]
    pub fn is_locked(&self, rule: &str) -> bool {
        let below = match plugin_of(rule) {
            Some(name) => self.plugins.iter().find(|plugin| plugin.name == name).map(|plugin| plugin.below),
            None => self.rules.get(self.number(rule)).map(|setting| setting.below),
        };
        below == Some(Override::None)
    }

    /// Whether a rule runs.
    #[must_use]
    pub fn runs(&self, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(|setting| setting.mode > Mode::Off)
    }
}

fn layer_report(layer: &LayerInput<'_>) -> LayerReport {
    LayerReport { path: clean(layer.path), origin: layer.origin, because: layer.because.map(clean) }
}
