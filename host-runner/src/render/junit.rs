//! JUnit's XML, as CI systems read it: a suite for each file, a case for each finding.

use std::collections::BTreeMap;
use std::fmt::Write;

use policy_core::report::{Action, FileState, Outcome, Report};
use policy_core::rule::Confidence;
use policy_core::secret::neutral;

use super::coverage::{self, Shortfall};
use super::view::{self, Seen};

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Skipped,
    Failed,
    Broken,
}

struct Case {
    name: String,
    end: End,
    // What kind of failure.
    kind: String,
    said: String,
    // More of it, a line each.
    more: Vec<String>,
}

/// The report.
pub(crate) fn render(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    for file in &report.coverage.files {
        suites.entry(&file.path).or_default();
    }
    for seen in view::seen(report) {
        suites.entry(&seen.finding.location.path).or_default().push(of_finding(report, seen));
    }
    for shortfall in coverage::shortfalls(report, true) {
        suites.entry(&shortfall.file.path).or_default().push(of_file(shortfall));
    }
    for cases in suites.values_mut().filter(|cases| cases.is_empty()) {
        cases.push(Case {
            name: "no findings".to_owned(),
            end: End::Passed,
            kind: String::new(),
            said: String::new(),
            more: Vec::new(),
        });
    }
    let decision = [decision(report)];
    let all = || suites.values().flatten().chain(&decision);
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(out, "<testsuites name=\"gatepost\" {}>", counts(all()));
    suite(&mut out, "decision", &decision);
    suites.iter().for_each(|(path, cases)| suite(&mut out, path, cases));
    out.push_str("</testsuites>\n");
    out
}

fn counts<'c>(cases: impl Iterator<Item = &'c Case>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(case.end == End::Failed);
        errors += usize::from(case.end == End::Broken);
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"0\"")
}

fn suite(out: &mut String, name: &str, cases: &[Case]) {
    let skipped = cases.iter().filter(|case| case.end == End::Skipped).count();
    let _ = writeln!(out, "  <testsuite name=\"{}\" {} skipped=\"{skipped}\">", text(name), counts(cases.iter()));
    for case in cases {
        let _ = write!(out, "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"", text(&case.name), text(name));
        out.push_str(&ended(case));
    }
    out.push_str("  </testsuite>\n");
}

fn ended(case: &Case) -> String {
    let said = text(&case.said);
    let lines = std::iter::once(said.clone()).chain(case.more.iter().map(|line| text(line)));
    let lines = lines.collect::<Vec<_>>().join("\n");
    let element = match case.end {
        End::Passed if case.said.is_empty() => return "/>\n".to_owned(),
        End::Passed => format!("<system-out>{lines}</system-out>"),
        End::Skipped => format!("<skipped message=\"{said}\"/>"),
        End::Failed => format!("<failure message=\"{said}\" type=\"{}\">{lines}</failure>", text(&case.kind)),
        End::Broken => format!("<error message=\"{said}\" type=\"{}\">{lines}</error>", text(&case.kind)),
    };
    format!(">\n      {element}\n    </testcase>\n")
}

fn of_finding(report: &Report, Seen { finding, verdict }: Seen<'_>) -> Case {
    let place = &finding.location;
    let end = match verdict.action {
        Action::Deny => End::Failed,
        Action::Warn => End::Passed,
        Action::Ignored | Action::Excepted | Action::Baselined | Action::Existing | Action::DryRun => End::Skipped,
    };
    let idle = view::idle(report, verdict).map_or_else(String::new, |idle| format!(" ({idle})"));
    Case {
        name: format!("{} at {}:{}", finding.rule, place.line, place.column),
        end,
        kind: finding.rule.clone(),
        said: format!("{}{idle}", finding.message),
        more: vec![
            format!("{}:{}:{}", place.path, place.line, place.column),
            format!("{} severity, {} confidence", finding.severity.name(), confidence(finding.confidence)),
            format!("help: {}", finding.help),
        ],
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn of_file(shortfall: Shortfall<'_>) -> Case {
    let Shortfall { file, why } = shortfall;
    let place = why.location.as_ref().map_or_else(String::new, |at| format!(" at {}:{}", at.line, at.column));
    let end = match file.state {
        FileState::Refused => End::Broken,
        FileState::Opaque => End::Skipped,
        FileState::Partly | FileState::Judged => End::Passed,
    };
    let kind = format!("coverage/{}", coverage::name(why.code));
    Case { name: format!("{kind}{place}"), end, kind, said: coverage::sentence(shortfall), more: Vec::new() }
}

// Also where no finding denies, what is denied must not look as if all had passed.
fn decision(report: &Report) -> Case {
    let end = match report.decision.outcome {
        Outcome::Allow | Outcome::Warn => End::Passed,
        Outcome::Hold | Outcome::Deny | Outcome::Error => End::Failed,
    };
    let policy = report.policy.iter();
    let layers = policy.clone().flat_map(|policy| &policy.layers).map(|layer| format!("policy: {}", view::layer(layer)));
    let baselines = policy.flat_map(|policy| &policy.baselines).map(|baseline| format!("baseline: {}", view::baseline(baseline)));
    let complaints = view::complaints(report)
        .into_iter()
        .map(|complaint| format!("{}:{}: {}", complaint.location.path, complaint.location.line, complaint.title));
    let counts = view::ages(report).into_iter().chain(view::idle_counts(report));
    let more = std::iter::once(view::judged(report)).chain(counts).chain(layers).chain(baselines).chain(complaints);
    let more = more.chain(view::unknowns(report)).collect();
    Case { name: "decision".to_owned(), end, kind: "decision".to_owned(), said: view::decision(report), more }
}

// Text and attribute values of XML 1.0, which has no way to write some characters.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in neutral(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            _ => out.push(c),
        }
    }
    out
}
