//! Findings as rustc shows errors, then the decision and what was looked at.

use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use policy_core::report::text::word;
use policy_core::report::{
    Action, FileCoverage, FileState, Finding, Fix, Ignore, IgnoreState, Location, Outcome, Report, Verdict, Why, WhyCode,
};
use policy_core::secret::neutral;

/// The most files that are named one by one below the findings.
const MAX_FILES: usize = 20;

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let renderer = Renderer::styled().term_width(DEFAULT_TERM_WIDTH);
    let mut out = String::new();
    for verdict in &report.verdicts {
        if let Some(finding) = report.findings.get(verdict.finding as usize) {
            out.push_str(&renderer.render(&finding_groups(report, verdict, finding)));
            out.push_str("\n\n");
        }
    }
    let named: Vec<&FileCoverage> = report.coverage.files.iter().filter(|file| is_worth_naming(file)).collect();
    for file in named.iter().take(MAX_FILES) {
        for why in &file.why {
            out.push_str(&renderer.render(&why_groups(file, why)));
            out.push_str("\n\n");
        }
    }
    if named.len() > MAX_FILES {
        let _ = writeln!(out, "… and {} more files that were not simply judged\n", named.len() - MAX_FILES);
    }
    for ignore in report.ignores.iter().filter(|ignore| ignore.state != IgnoreState::Granted) {
        let group = Level::WARNING.primary_title(ignore_title(ignore));
        out.push_str(&renderer.render(&[with_place(group.element(origin(&ignore.location)), &ignore.location, "here")]));
        out.push_str("\n\n");
    }
    out.push_str(&summary(report));
    out
}

// A file that nothing claims to be ours is counted, not named.
fn is_worth_naming(file: &FileCoverage) -> bool {
    file.state != FileState::Judged && !file.why.iter().all(|why| why.code == WhyCode::Unrecognised)
}

fn finding_groups<'r>(report: &'r Report, verdict: &Verdict, finding: &'r Finding) -> Vec<Group<'r>> {
    let level = match verdict.action {
        Action::Deny => Level::ERROR,
        Action::Warn => Level::WARNING,
        Action::Ignored => Level::NOTE.with_name("ignored"),
    };
    let title = level.primary_title(finding.message.as_str()).id(finding.rule.as_str());
    let mut group = with_place(title.element(origin(&finding.location)), &finding.location, &finding.label);
    for related in &finding.related {
        let snippet = Snippet::source(related.location.snippet.text.as_str())
            .line_start(related.location.snippet.line as usize)
            .annotation(annotation(AnnotationKind::Context, &related.location, &related.label));
        group = group.element(origin(&related.location)).element(snippet);
    }
    group = group.element(Level::HELP.message(finding.help.as_str()));
    let ignore = verdict.ignore.and_then(|at| report.ignores.get(at as usize));
    if let Some(ignore) = ignore.filter(|ignore| ignore.state == IgnoreState::Granted) {
        group = group.element(Level::NOTE.message(format!("ignored because: {}", ignore.reason)));
    }
    let mut groups = vec![group];
    groups.extend(finding.fix.as_ref().and_then(|fix| fix_group(finding, fix)));
    groups
}

fn origin(location: &Location) -> Origin<'_> {
    Origin::path(neutral(&location.path)).line(location.line as usize).char_column(location.column as usize)
}

fn with_place<'r>(group: Group<'r>, location: &'r Location, label: &'r str) -> Group<'r> {
    let snippet = Snippet::source(location.snippet.text.as_str()).line_start(location.snippet.line as usize);
    group.element(snippet.annotation(annotation(AnnotationKind::Primary, location, label)))
}

fn annotation<'r>(kind: AnnotationKind, location: &Location, label: &'r str) -> Annotation<'r> {
    kind.span(shown_range(location)).label(label)
}

/// The bytes of the snippet that a location marks. Columns count characters, and long lines are cut at their beginning.
fn shown_range(location: &Location) -> Range<usize> {
    let snippet = &location.snippet;
    let start = byte_of(&snippet.text, location.line - snippet.line, location.column.saturating_sub(snippet.column));
    let cut = if location.end_line == snippet.line { snippet.column } else { 1 };
    let end = byte_of(&snippet.text, location.end_line.saturating_sub(snippet.line), location.end_column.saturating_sub(cut));
    start..end.max(start)
}

fn byte_of(text: &str, line: u32, column: u32) -> usize {
    let mut rest = text;
    for _ in 0..line {
        match rest.split_once('\n') {
            Some((_, next)) => rest = next,
            None => return text.len(),
        }
    }
    let start = text.len() - rest.len();
    let line = rest.split('\n').next().unwrap_or(rest);
    start + line.char_indices().nth(column as usize).map_or(line.len(), |(at, _)| at)
}

// Only where the edits lie in the lines that are shown; the others stand in the JSON report.
fn fix_group<'r>(finding: &'r Finding, fix: &'r Fix) -> Option<Group<'r>> {
    let location = &finding.location;
    let snippet = &location.snippet;
    let line_start = location.span.start as usize - byte_of(&snippet.text, 0, location.column.saturating_sub(snippet.column));
    let patches: Option<Vec<Patch<'r>>> = fix
        .edits
        .iter()
        .map(|edit| {
            let range = (edit.span.start as usize).checked_sub(line_start)?..(edit.span.end as usize).checked_sub(line_start)?;
            // Masked or replaced characters could have other lengths than those of the file.
            let fits = snippet.text.is_ascii() && range.end <= snippet.text.len();
            fits.then(|| Patch::new(range, edit.text.as_str()))
        })
        .collect();
    let title = Level::HELP.with_name("fix").secondary_title(fix.title.as_str());
    Some(match patches {
        Some(patches) => title.element(Snippet::source(snippet.text.as_str()).line_start(snippet.line as usize).patches(patches)),
        None => Group::with_title(title),
    })
}

fn why_groups<'r>(file: &'r FileCoverage, why: &'r Why) -> Vec<Group<'r>> {
    let level = if file.state == FileState::Refused { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(why.message.as_str());
    vec![match &why.location {
        Some(location) => with_place(title.element(origin(location)), location, "here"),
        None => title.element(Origin::path(neutral(&file.path))),
    }]
}

fn ignore_title(ignore: &Ignore) -> String {
    let what = match ignore.state {
        IgnoreState::Unused => "this ignore is not needed",
        IgnoreState::Invalid => "this ignore counts for nothing",
        IgnoreState::Refused | IgnoreState::Granted => "this ignore is not granted",
    };
    format!("{what}: {}", ignore.because)
}

fn summary(report: &Report) -> String {
    let mut out = String::new();
    let style = match report.decision.outcome {
        Outcome::Allow => "\u{1b}[1;32m",
        Outcome::Warn | Outcome::Hold => "\u{1b}[1;33m",
        Outcome::Deny | Outcome::Error => "\u{1b}[1;31m",
    };
    let _ = write!(out, "{style}{}\u{1b}[0m", word(report.decision.outcome));
    let reasons: Vec<String> = report.decision.reasons.iter().map(|reason| neutral(reason).into_owned()).collect();
    if reasons.is_empty() { out.push('\n') } else { let _ = writeln!(out, ": {}", reasons.join("; ")); }
    let coverage = &report.coverage;
    let _ = write!(out, "judged {} of {} files", coverage.judged + coverage.partly, coverage.files.len());
    let others = [(coverage.partly, "of them in part"), (coverage.opaque, "not of a kind that is judged"), (coverage.refused, "not readable")];
    for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(out, "; {count} {what}");
    }
    out.push('\n');
    if !report.unknown.is_empty() {
        let mut lacking: Vec<&str> = report.unknown.iter().map(|unknown| unknown.lacking.as_str()).collect();
        lacking.sort_unstable();
        lacking.dedup();
        let _ = writeln!(out, "not known in {} places, for lack of: {}", report.unknown.len(), lacking.join("; "));
    }
    if let Some(rule) = report.findings.first().map(|finding| &finding.rule) {
        let _ = writeln!(out, "`gatepost explain {rule}` says more of that rule");
    }
    out
}
