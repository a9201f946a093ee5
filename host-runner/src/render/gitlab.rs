//! GitLab's code quality report: what a merge request shows beside the changed lines.

use std::collections::BTreeMap;

use policy_core::report::{Action, FileState, Report};
use policy_core::rule::Severity;
use policy_core::secret::neutral;
use policy_core::text::hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::coverage::{self, Shortfall};
use super::view::{self, FailedPlugin};

/// The report. What was let pass, or is on trial, is left out; what was there before stays, since GitLab itself compares two reports.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn render(report: &Report) -> anyhow::Result<String> {
    let shown = view::seen(report).filter(|seen| seen.verdict.action.counts() || seen.verdict.action == Action::Existing);
    let findings = shown.map(|seen| {
        let finding = seen.finding;
        let said = format!("{} {}", view::sentence(&finding.message), view::sentence(&finding.help));
        entry(&said, &finding.rule, &finding.fingerprint, severity(finding.severity), &finding.location.path, finding.location.line)
    });
    let files = coverage::shortfalls(report, false).into_iter().map(of_file);
    let plugins = view::failed_plugins(report).map(of_plugin);
    let mut entries: Vec<Value> = findings.chain(files).chain(plugins).collect();
    number(&mut entries);
    Ok(serde_json::to_string(&entries)? + "\n")
}

fn entry(said: &str, name: &str, fingerprint: &str, severity: &str, path: &str, line: u32) -> Value {
    json!({
        "description": neutral(said),
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": neutral(path), "lines": {"begin": line.max(1)}},
    })
}

fn of_file(shortfall: Shortfall<'_>) -> Value {
    let Shortfall { file, why } = shortfall;
    let severity = match file.state {
        FileState::Refused => "major",
        FileState::Partly => "minor",
        FileState::Opaque | FileState::Judged => "info",
    };
    let name = format!("coverage/{}", coverage::name(why.code));
    let print = hex(&Sha256::digest([name.as_str(), &file.path, &why.message].join("\0")));
    let line = why.location.as_ref().map_or(1, |location| location.line);
    entry(&coverage::sentence(shortfall), &name, &print, severity, &file.path, line)
}

fn of_plugin(plugin: FailedPlugin<'_>) -> Value {
    let print = hex(&Sha256::digest(&plugin.said));
    entry(&view::sentence(&plugin.said), &format!("plugin/{}", plugin.name), &print, "blocker", plugin.path, 1)
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "minor",
        Severity::Medium => "major",
        Severity::High => "critical",
        Severity::Critical => "blocker",
    }
}

// GitLab shows one of those with the same fingerprint.
fn number(entries: &mut [Value]) {
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        let Some(Value::String(print)) = entry.get_mut("fingerprint") else { continue };
        let count = met.entry(print.clone()).or_default();
        *count += 1;
        if *count > 1 {
            print.push_str(&format!("#{count}"));
        }
    }
}
