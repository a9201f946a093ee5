//! The report as plain lines, one a finding, for hosts without a terminal of their own.

use std::fmt::Write;

use super::{Action, FileState, Outcome, Report};
use crate::secret::neutral;

/// `path:line:column: severity[rule]: message`, then the decision. Sets no colours and holds nothing that a terminal would obey.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for verdict in &report.verdicts {
        let Some(finding) = report.findings.get(verdict.finding as usize) else { continue };
        let word = match verdict.action {
            Action::Deny => "error",
            Action::Warn => "warning",
            Action::Ignored => "ignored",
        };
        let at = &finding.location;
        let path = neutral(&at.path);
        // Writing to a String does not fail.
        let _ = writeln!(out, "{path}:{}:{}: {word}[{}]: {}", at.line, at.column, finding.rule, finding.message);
    }
    for file in report.coverage.files.iter().filter(|file| file.state != FileState::Judged) {
        for why in &file.why {
            let place = why.location.as_ref().map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
            let _ = writeln!(out, "{}{place}: {}", neutral(&file.path), why.message);
        }
    }
    let coverage = &report.coverage;
    let _ = writeln!(out, "{}: {}", word(report.decision.outcome), report.decision.reasons.join("; "));
    let _ = writeln!(out, "judged {} of {} files", coverage.judged + coverage.partly, coverage.files.len());
    out
}

/// The outcome as the first word of a sentence.
#[must_use]
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allowed",
        Outcome::Warn => "allowed with warnings",
        Outcome::Hold => "held",
        Outcome::Deny => "denied",
        Outcome::Error => "not decided",
    }
}
