//! A policy file as it is written, with the place of each value.

use super::PluginPin;
use crate::report::{DecideOn, Location};
use crate::rule::{Confidence, Severity};

/// What a rule's findings do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The rule does not run.
    Off,
    /// Its findings are reported and do nothing.
    DryRun,
    /// They warn.
    Warn,
    /// They deny from a severity and confidence on, and warn below.
    Enforce,
}

impl Mode {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::DryRun => "dryRun",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }
}

/// What layers below may do with a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Override {
    /// Nothing that loosens it: no exception, ignore or baseline either.
    None,
    /// Tighten it.
    Tighten,
    /// Anything.
    Any,
}

impl Override {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Tighten => "tighten",
            Self::Any => "any",
        }
    }
}

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub at: Location,
}

/// What one rule is set to.
#[derive(Clone, Debug)]
pub(super) struct WrittenRule {
    /// Its number in the rule set.
    pub rule: usize,
    /// Where it is named.
    pub at: Location,
    /// What its findings do.
    pub mode: Option<Mode>,
    /// From which severity on they deny.
    pub severity: Option<Severity>,
    /// From which confidence on they deny.
    pub confidence: Option<Confidence>,
    /// What layers below may do.
    pub below: Option<Override>,
}

/// An exception.
#[derive(Clone, Debug)]
pub(crate) struct WrittenException {
    /// Where it is written.
    pub at: Location,
    /// Its id.
    pub id: String,
    /// The rules that it is for.
    pub rules: Vec<String>,
    /// Paths of the findings, as a pattern.
    pub path: Option<String>,
    /// The object of the findings.
    pub object: Option<String>,
    /// The fingerprint of the finding.
    pub fingerprint: Option<String>,
    /// Why it is there.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The second in which it begins, if it says so.
    pub created: Option<i64>,
    /// The second from which on it is over.
    pub expires: i64,
    /// The same as it is written.
    pub expires_text: String,
}

impl WrittenException {
    /// Whether it says the same as another, wherever they stand.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        (&self.id, &self.path, &self.object, &self.fingerprint) == (&other.id, &other.path, &other.object, &other.fingerprint)
            && (&self.rules, self.created, self.expires) == (&other.rules, other.created, other.expires)
    }
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The packs, by number, and where they are named.
    pub extends: Option<At<Vec<usize>>>,
    /// From which severity on findings deny.
    pub severity: Option<At<Severity>>,
    /// From which confidence on they do.
    pub confidence: Option<At<Confidence>>,
    /// The rules.
    pub rules: Vec<WrittenRule>,
    /// The share of files that has to be judged in full, in thousandths.
    pub min_coverage: Option<At<u32>>,
    /// The month whose rules run, `2026-11`.
    pub rules_as_of: Option<At<String>>,
    /// Of what a change is judged.
    pub decide_on: Option<At<DecideOn>>,
    /// The version of Kubernetes.
    pub kubernetes_version: Option<At<String>>,
    /// What layers below may do with what is not said of a rule.
    pub below: Option<At<Override>>,
    /// How many findings one exception may be about.
    pub max_matches: Option<At<u32>>,
    /// How many days one may last.
    pub max_days: Option<At<i64>>,
    /// The exceptions.
    pub exceptions: Vec<WrittenException>,
    /// Modules of third parties, and where each is named.
    pub plugins: Vec<At<PluginPin>>,
}
