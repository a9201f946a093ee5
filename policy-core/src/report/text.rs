//! The report in other forms, for hosts without a reader of their own.

use std::fmt::Write;

use serde::Deserialize;

use super::{Action, Decision, FileCoverage, FileState, Location, Outcome};
use crate::secret::neutral;

/// The deepest that [`pretty`] indents: deeper than any report, and a bound on what hostile nesting can ask for.
const MAX_INDENT: usize = 32;

/// What is read of a report to render it. Far less than [`Report`](super::Report).
#[derive(Debug, Deserialize)]
pub struct Shown {
    pub(crate) decision: Decision,
    pub(crate) findings: Vec<ShownFinding>,
    pub(crate) verdicts: Vec<ShownVerdict>,
    pub(crate) coverage: ShownCoverage,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ShownFinding {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) location: Location,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ShownVerdict {
    pub(crate) finding: u32,
    pub(crate) action: Action,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ShownCoverage {
    pub(crate) judged: u32,
    pub(crate) partly: u32,
    pub(crate) files: Vec<FileCoverage>,
}

/// `path:line:column: severity[rule]: message`, then the decision. Sets no colours and holds nothing that a terminal would obey.
#[must_use]
pub fn render(report: &Shown) -> String {
    let mut out = String::new();
    for verdict in &report.verdicts {
        let Some(finding) = report.findings.get(verdict.finding as usize) else { continue };
        let word = match verdict.action {
            Action::Deny => "error",
            Action::Warn => "warning",
            other => other.name(),
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

/// The same JSON with a line for each value. What is no JSON becomes something else that is none.
#[must_use]
pub fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut before = ' ';
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        (0..depth.min(MAX_INDENT)).for_each(|_| out.push_str("  "));
    };
    for c in json.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            out.push(c);
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        let opened = matches!(before, '{' | '[');
        let closes = matches!(c, '}' | ']');
        depth = depth.saturating_sub(usize::from(closes));
        if before == ',' || opened != closes {
            line(&mut out, depth);
        }
        out.push(c);
        depth += usize::from(matches!(c, '{' | '['));
        in_string = c == '"';
        if c == ':' {
            out.push(' ');
        }
        before = c;
    }
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

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn pretty_json_is_that_of_serde_json() {
        for json in [
            r#"{"a":[],"b":{},"c":[1,[2,{"d":null}]],"e":"{\"[,:\\"}"#,
            "[]",
            r#" { "a" : -1.5e3 , "b" : [ true , "é" ] } "#,
            r#"["",",","\\\"]"]"#,
        ] {
            let value: serde_json::Value = serde_json::from_str(json).expect("json");
            let expected = serde_json::to_string_pretty(&value).expect("json").replace("-1500.0", "-1.5e3");
            assert_eq!(pretty(json), expected);
        }
    }

    #[test]
    fn nesting_costs_no_more_than_its_bound() {
        assert!(pretty(&"[".repeat(10_000)).len() < 10_000 * 70);
    }
}
