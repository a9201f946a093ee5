//! Annotations as workflow commands of GitHub, which it shows beside the changed lines.

use std::fmt::Write;

use policy_core::report::{Action, FileState, Location, Report};
use policy_core::secret::neutral;

use super::coverage::{self, Shortfall};
use super::view::{self, Complaint, FailedPlugin, Seen};

/// GitHub shows so many errors and so many warnings of a step.
const MAX_SHOWN: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Notice,
}

struct Annotation<'r> {
    level: Level,
    title: String,
    message: String,
    path: &'r str,
    location: Option<&'r Location>,
}

/// The worst annotations, how many more there are and where, and the decision.
pub(crate) fn render(report: &Report, has_summary: bool) -> String {
    let findings = view::worst_first(report).into_iter().map(of_finding);
    let files = coverage::shortfalls(report, false).into_iter().map(of_file);
    let mut all: Vec<Annotation<'_>> =
        findings.chain(files).chain(view::complaints(report).into_iter().map(of_complaint)).collect();
    all.extend(view::failed_plugins(report).map(of_plugin));
    all.sort_by_key(|annotation| annotation.level);
    let mut out = String::new();
    all.iter().take(MAX_SHOWN).for_each(|annotation| command(&mut out, annotation));
    if all.len() > MAX_SHOWN {
        let more = all.len() - MAX_SHOWN;
        let place = if has_summary { "the summary of this run has them" } else { "`gatepost check` shows them" };
        let _ = writeln!(out, "and {more} more: {place}");
    }
    let _ = writeln!(out, "{}", view::decision(report));
    let _ = writeln!(out, "{}", view::judged(report));
    out
}

fn of_finding<'r>(seen: Seen<'r>) -> Annotation<'r> {
    let finding = seen.finding;
    Annotation {
        level: if seen.verdict.action == Action::Deny { Level::Error } else { Level::Warning },
        title: finding.rule.clone(),
        message: format!("{}\nhelp: {}", finding.message, finding.help),
        path: &finding.location.path,
        location: Some(&finding.location),
    }
}

fn of_file<'r>(shortfall: Shortfall<'r>) -> Annotation<'r> {
    let level = match shortfall.file.state {
        FileState::Refused => Level::Error,
        FileState::Partly => Level::Warning,
        FileState::Opaque | FileState::Judged => Level::Notice,
    };
    Annotation {
        level,
        title: "not simply judged".to_owned(),
        message: coverage::sentence(shortfall),
        path: &shortfall.file.path,
        location: shortfall.why.location.as_ref(),
    }
}

fn of_plugin(plugin: FailedPlugin<'_>) -> Annotation<'_> {
    let title = format!("plugin {}", plugin.name);
    Annotation { level: Level::Error, title, message: plugin.said, path: plugin.path, location: None }
}

fn of_complaint<'r>(complaint: Complaint<'r>) -> Annotation<'r> {
    Annotation {
        level: Level::Warning,
        title: "without effect".to_owned(),
        message: complaint.title,
        path: &complaint.location.path,
        location: Some(complaint.location),
    }
}

fn command(out: &mut String, annotation: &Annotation<'_>) {
    let name = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let _ = write!(out, "::{name} file={}", property(annotation.path));
    if let Some(location) = annotation.location {
        let _ = write!(out, ",line={},endLine={}", location.line, location.end_line.max(location.line));
        // GitHub takes columns within one line only.
        if location.line == location.end_line {
            let _ = write!(out, ",col={},endColumn={}", location.column, location.end_column);
        }
    }
    let lines: Vec<String> = annotation.message.split('\n').map(|line| data(&neutral(line))).collect();
    let _ = writeln!(out, ",title={}::{}", property(&annotation.title), lines.join("%0A"));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&neutral(text)).replace(':', "%3A").replace(',', "%2C")
}
