//! Findings as rustc shows errors, then the decision and what was looked at.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet, Title};
use policy_core::report::text::word;
use policy_core::report::{
    Action, FileCoverage, FileState, Finding, Fix, Ignore, IgnoreState, Location, Outcome, Report, Verdict, Why, WhyCode,
};
use policy_core::rule::Safety;
use policy_core::secret::neutral;

use crate::fix::proposed;

/// The most reasons why files are not simply judged that are shown below the findings.
const MAX_REASONS: usize = 20;

/// The most files that one of these names.
const MAX_ALIKE: usize = 5;

/// The most kinds of objects that nothing looks at that are named.
const MAX_KINDS: usize = 8;

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
    let mut named: Vec<&FileCoverage> = report.coverage.files.iter().filter(|file| is_worth_naming(file)).collect();
    named.sort_by_key(|file| std::cmp::Reverse(file.state));
    let mut reasons = why_groups(&named);
    let more = reasons.len().saturating_sub(MAX_REASONS);
    for group in reasons.drain(..reasons.len() - more) {
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    if more > 0 {
        let _ = writeln!(out, "… and {more} more reasons why files were not simply judged: `--format json` has all\n");
    }
    for ignore in report.ignores.iter().filter(|ignore| ignore.state != IgnoreState::Granted) {
        let title = Level::WARNING.primary_title(ignore_title(ignore));
        out.push_str(&renderer.render(&[with_place(Group::with_title(title), AnnotationKind::Primary, &ignore.location, "here")]));
        out.push_str("\n\n");
    }
    out.push_str(&summary(report));
    out
}

// A file that nothing claims to be ours, or of a kind that no rule looks at, is counted, not named.
fn is_worth_naming(file: &FileCoverage) -> bool {
    let counted = |why: &Why| matches!(why.code, WhyCode::Unrecognised | WhyCode::UnjudgedKind);
    file.state != FileState::Judged && !file.why.iter().all(counted)
}

/// The kinds of objects that no rule looks at and in how many files they are, the most frequent first.
fn unjudged_kinds(report: &Report) -> Vec<(&str, usize)> {
    let why = report.coverage.files.iter().flat_map(|file| &file.why).filter(|why| why.code == WhyCode::UnjudgedKind);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    // The message ends with their names.
    for kind in why.filter_map(|why| why.message.split_once(": ")).flat_map(|(_, kinds)| kinds.split(", ")) {
        *counts.entry(kind).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn finding_groups<'r>(report: &'r Report, verdict: &Verdict, finding: &'r Finding) -> Vec<Group<'r>> {
    let level = match verdict.action {
        Action::Deny => Level::ERROR,
        Action::Warn => Level::WARNING,
        Action::DryRun => Level::NOTE.with_name("dry run"),
        other => Level::NOTE.with_name(other.name()),
    };
    let title = level.primary_title(finding.message.as_str()).id(finding.rule.as_str());
    let mut group = with_place(Group::with_title(title), AnnotationKind::Primary, &finding.location, &finding.label);
    for related in &finding.related {
        group = with_place(group, AnnotationKind::Context, &related.location, &related.label);
    }
    if let Some(reason) = &finding.reason {
        group = group.element(Level::NOTE.message(format!("{} severity: {reason}", finding.severity.name())));
    }
    group = group.element(Level::HELP.message(finding.help.as_str()));
    let ignore = verdict.ignore.and_then(|at| report.ignores.get(at as usize));
    if let Some(ignore) = ignore.filter(|ignore| ignore.state == IgnoreState::Granted) {
        group = group.element(Level::NOTE.message(format!("ignored because: {}", ignore.reason)));
    }
    let mut groups = vec![group];
    groups.extend(finding.fix.as_ref().map(fix_group));
    groups
}

// A line that was cut at its beginning cannot tell its own columns; then they stand above it.
pub(crate) fn with_place<'r>(group: Group<'r>, kind: AnnotationKind, location: &'r Location, label: &'r str) -> Group<'r> {
    let cut = location.snippet.column > 1;
    let marked = source(location).annotation(kind.span(shown_range(location)).label(label));
    if cut {
        let origin = Origin::path(neutral(&location.path)).line(location.line as usize).char_column(location.column as usize);
        return group.element(origin).element(marked);
    }
    group.element(marked.path(neutral(&location.path)))
}

fn source<'r, T: Clone>(location: &'r Location) -> Snippet<'r, T> {
    Snippet::source(location.snippet.text.as_str()).line_start(location.snippet.line as usize)
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

// As a patch where the lines of the fix are shown as they stand in the file; else by its title alone.
fn fix_group(fix: &Fix) -> Group<'_> {
    let snippet = &fix.location.snippet;
    let column = fix.location.column.saturating_sub(snippet.column);
    let before = byte_of(&snippet.text, fix.location.line - snippet.line, column);
    let patches: Option<Vec<Patch<'_>>> = fix
        .edits
        .iter()
        .map(|edit| {
            let place = |at: u32| Some(before + (at.checked_sub(fix.location.span.start)?) as usize);
            let range = place(edit.span.start)?..place(edit.span.end)?;
            // Masked or replaced characters could have other lengths than those of the file, and breaks of two bytes have one.
            let shown = snippet.text.is_ascii() && range.end <= snippet.text.len() && snippet.text.get(range.clone()).is_some();
            (shown && is_shown_whole(fix)).then(|| Patch::new(range, edit.text.as_str()))
        })
        .collect();
    let title = Level::HELP.with_name("fix").secondary_title(fix.title.as_str());
    match patches {
        Some(patches) => title.element(source(&fix.location).patches(patches)),
        None => title.element(Level::NOTE.no_name().message("the report in JSON has the edits")),
    }
}

// Whether the snippet shows every byte from the first edit to the last.
fn is_shown_whole(fix: &Fix) -> bool {
    let from = byte_of(&fix.location.snippet.text, 0, fix.location.column.saturating_sub(fix.location.snippet.column));
    let to = shown_range(&fix.location).end;
    to - from == (fix.location.span.end - fix.location.span.start) as usize
}

// What is said of several files as a whole is said once, with all of them.
fn why_groups<'r>(files: &[&'r FileCoverage]) -> Vec<Group<'r>> {
    let mut groups = Vec::new();
    let mut of_whole_files: Vec<(FileState, &'r str, Vec<&'r str>)> = Vec::new();
    let all = files.iter().flat_map(|file| file.why.iter().map(move |why| (*file, why)));
    for (file, why) in all.filter(|(_, why)| why.code != WhyCode::UnjudgedKind) {
        let Some(location) = &why.location else {
            let alike = of_whole_files.iter_mut().find(|(state, message, _)| (*state, *message) == (file.state, &why.message));
            match alike {
                Some((.., paths)) => paths.push(&file.path),
                None => of_whole_files.push((file.state, &why.message, vec![&file.path])),
            }
            continue;
        };
        groups.push(with_place(Group::with_title(why_title(file.state, &why.message)), AnnotationKind::Primary, location, "here"));
    }
    groups.extend(of_whole_files.into_iter().map(|(state, message, paths)| {
        let group = Group::with_title(why_title(state, message));
        let more = paths.len().saturating_sub(MAX_ALIKE);
        let group = paths.into_iter().take(MAX_ALIKE).fold(group, |group, path| group.element(Origin::path(neutral(path))));
        if more > 0 { group.element(Level::NOTE.message(format!("and {more} more files"))) } else { group }
    }));
    groups
}

fn why_title(state: FileState, message: &str) -> Title<'_> {
    if state == FileState::Refused { Level::ERROR } else { Level::WARNING }.primary_title(message)
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
    if reasons.is_empty() {
        out.push('\n')
    } else {
        let _ = writeln!(out, ": {}", reasons.join("; "));
    }
    let coverage = &report.coverage;
    let _ = write!(out, "judged {} of {} files", coverage.judged + coverage.partly, coverage.files.len());
    let others = [
        (coverage.partly, "of them in part"),
        (coverage.opaque, "not of a kind that is judged"),
        (coverage.refused, "not readable"),
    ];
    for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(out, "; {count} {what}");
    }
    out.push('\n');
    let kinds = unjudged_kinds(report);
    if !kinds.is_empty() {
        let named = kinds.iter().take(MAX_KINDS).map(|(kind, count)| format!("{} ({count})", neutral(kind)));
        let more = if kinds.len() > MAX_KINDS { format!(" and {} more", kinds.len() - MAX_KINDS) } else { String::new() };
        let _ = writeln!(out, "no rule looks at objects of these kinds (files): {}{more}", named.collect::<Vec<_>>().join(", "));
    }
    if !report.unknown.is_empty() {
        let mut lacking: Vec<&str> = report.unknown.iter().map(|unknown| unknown.lacking.as_str()).collect();
        lacking.sort_unstable();
        lacking.dedup();
        let _ = writeln!(out, "not known in {} places, for lack of: {}", report.unknown.len(), lacking.join("; "));
    }
    let worst = report.verdicts.iter().max_by_key(|verdict| (verdict.action, std::cmp::Reverse(verdict.finding)));
    let worst = worst.and_then(|verdict| report.findings.get(verdict.finding as usize));
    if let Some(rule) = worst.map(|finding| &finding.rule) {
        let _ = writeln!(out, "`gatepost explain {rule}` says more of that rule");
    }
    let (safe, more): (Vec<&Fix>, Vec<&Fix>) = proposed(report).partition(|fix| fix.safety == Safety::Safe);
    let ways = match (safe.len(), more.len()) {
        (0, 0) => return out,
        (_, 0) => " with --fix".to_owned(),
        (0, _) => " with --fix --unsafe-fixes".to_owned(),
        (safe, more) => format!(": {safe} with --fix, {more} more with --unsafe-fixes"),
    };
    let all = safe.len() + more.len();
    let _ = writeln!(out, "{all} {} can be fixed{ways}", if all == 1 { "finding" } else { "findings" });
    out
}
