//! Plugins: what a policy asks for and no host ran fails closed.

use crate::map::Set;
use crate::plugin::PluginRun;
use crate::policy::InForce;
use crate::report::{Gate, Outcome, PluginReport};
use crate::secret::clean_short;

/// What came of the plugins that the host ran, and of those that the policy asks for.
pub(super) fn ran(policy: &InForce, runs: &[PluginRun]) -> Vec<PluginReport> {
    let mut reports = Vec::new();
    for run in runs {
        let asked = policy.plugins.iter().find(|plugin| plugin.name == run.name);
        let other = asked.filter(|plugin| plugin.sha256 != run.sha256 && run.failed.is_none());
        let failed = match other {
            Some(_) => Some("the host ran another module than the policy asks for".to_owned()),
            None => run.failed.as_deref().map(clean_short),
        };
        reports.push(PluginReport { name: run.name.clone(), sha256: run.sha256.clone(), failed });
    }
    for plugin in policy.plugins.iter().filter(|plugin| runs.iter().all(|run| run.name != plugin.name)) {
        let failed = Some("the policy asks for it, and the host did not run it".to_owned());
        reports.push(PluginReport { name: plugin.name.clone(), sha256: plugin.sha256.clone(), failed });
    }
    reports
}

/// The names of those that no policy says the mode of.
pub(super) fn enforced(runs: &[PluginRun]) -> Set<String> {
    let mut names = Set::new();
    names.extend(runs.iter().filter(|run| run.enforced).map(|run| run.name.clone()));
    names
}

/// A plugin that did not run to its end could have found anything.
pub(super) fn gate(reports: &[PluginReport]) -> Gate {
    let mut trace = Vec::new();
    let failed = |report: &PluginReport| Some(format!("the plugin {} failed: {}", report.name, report.failed.as_ref()?));
    trace.extend(reports.iter().filter_map(failed));
    let outcome = if trace.is_empty() { Outcome::Allow } else { Outcome::Deny };
    Gate { gate: "plugins".to_owned(), outcome, trace }
}
