//! Findings as rustc shows errors, then the decision and what was looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet, Title};
use policy_core::plugin::plugin_of;
use policy_core::report::{Action, Age, FileState, Fix, Location, Outcome, Report, WhyCode};
use policy_core::rule::{Confidence, Safety, Severity};
use policy_core::secret::neutral;

use super::coverage::{self, Shortfall};
use super::view::{self, Seen};
use crate::fix::proposed;

/// The most reasons why files are not simply judged that are shown below the findings.
const MAX_REASONS: usize = 20;

/// The most files that one of these names.
const MAX_ALIKE: usize = 5;

/// The most kinds of objects that nothing looks at that are named.
const MAX_KINDS: usize = 8;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// A line for each finding that denies, and the decision.
    Quiet,
    /// What counts.
    Normal,
    /// Also what does nothing, what is not known, and every reason why a file is not simply judged.
    Verbose,
}

/// The addresses of files by the path that is shown, for a terminal that opens what is linked; for others none.
#[derive(Debug, Default)]
pub(crate) struct Links(pub(crate) BTreeMap<String, String>);

impl Links {
    fn shown<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let shown = neutral(path);
        match self.0.get(path) {
            Some(address) => format!("\u{1b}]8;;{address}\u{1b}\\{shown}\u{1b}]8;;\u{1b}\\").into(),
            None => shown,
        }
    }
}

/// The whole report.
pub(crate) fn render(report: &Report, detail: Detail, links: &Links) -> String {
    if detail == Detail::Quiet {
        return quiet(report);
    }
    let verbose = detail == Detail::Verbose;
    let mut groups: Vec<Vec<Group<'_>>> = Vec::new();
    groups.extend(
        view::seen(report).filter(|seen| verbose || seen.verdict.action.counts()).map(|seen| finding_groups(report, links, seen)),
    );
    if verbose {
        groups.extend(report.unknown.iter().map(|unknown| {
            let title = Level::NOTE.with_name("not known").primary_title(neutral(&unknown.lacking)).id(unknown.rule.as_str());
            vec![with_linked_place(links, Group::with_title(title), AnnotationKind::Primary, &unknown.location, "here")]
        }));
    }
    let mut reasons = why_groups(&coverage::shortfalls(report, verbose), links, verbose);
    let more = if verbose { 0 } else { reasons.len().saturating_sub(MAX_REASONS) };
    groups.extend(reasons.drain(..reasons.len() - more).map(|group| vec![group]));
    let mut out = rendered(&groups);
    if more > 0 {
        let _ = writeln!(out, "… and {more} more reasons why files were not simply judged: `-v` shows all\n");
    }
    let complaints = view::complaints(report).into_iter().map(|complaint| {
        let title = Level::WARNING.primary_title(neutral(&complaint.title).into_owned());
        vec![with_linked_place(links, Group::with_title(title), AnnotationKind::Primary, complaint.location, "here")]
    });
    out.push_str(&rendered(&complaints.collect::<Vec<_>>()));
    out.push_str(&summary(report, verbose));
    out
}

fn rendered(groups: &[Vec<Group<'_>>]) -> String {
    let renderer = Renderer::styled().term_width(DEFAULT_TERM_WIDTH);
    groups.iter().fold(String::new(), |out, groups| out + &renderer.render(groups) + "\n\n")
}

fn quiet(report: &Report) -> String {
    let mut out = String::new();
    for Seen { finding, .. } in view::seen(report).filter(|seen| seen.verdict.action == Action::Deny) {
        let (path, place) = (neutral(&finding.location.path), &finding.location);
        let _ = writeln!(out, "{path}:{}:{}: error[{}]: {}", place.line, place.column, finding.rule, finding.message);
    }
    out + &decision(report)
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

fn finding_groups<'r>(report: &'r Report, links: &Links, Seen { finding, verdict }: Seen<'r>) -> Vec<Group<'r>> {
    let level = match verdict.action {
        Action::Deny => Level::ERROR,
        Action::Warn => Level::WARNING,
        Action::DryRun => Level::NOTE.with_name("dry run"),
        other => Level::NOTE.with_name(other.name()),
    };
    let title = level.primary_title(finding.message.as_str()).id(finding.rule.as_str());
    let mut group = with_linked_place(links, Group::with_title(title), AnnotationKind::Primary, &finding.location, &finding.label);
    for related in &finding.related {
        group = with_linked_place(links, group, AnnotationKind::Context, &related.location, &related.label);
    }
    if let Some(reason) = &finding.reason {
        group = group.element(Level::NOTE.message(format!("{} severity: {reason}", finding.severity.name())));
    }
    // Else nobody could tell why something this bad does not deny.
    if verdict.action == Action::Warn && finding.severity >= Severity::High && finding.confidence < Confidence::High {
        group = group.element(Level::NOTE.message(format!("it is found with {} confidence", finding.confidence.name())));
    }
    // Where all decides, what is new and what is old stand side by side.
    if verdict.age == Some(Age::Existing) && verdict.action.counts() {
        group = group.element(Level::NOTE.message("it was there before the change"));
    }
    group = group.element(Level::HELP.message(finding.help.as_str()));
    if let Some(idle) = view::idle(report, verdict) {
        group = group.element(Level::NOTE.message(neutral(&idle).into_owned()));
    }
    let mut groups = vec![group];
    groups.extend(finding.fix.as_ref().map(fix_group));
    groups
}

// A line that was cut at its beginning cannot tell its own columns; then they stand above it.
pub(crate) fn with_place<'r>(group: Group<'r>, kind: AnnotationKind, location: &'r Location, label: &'r str) -> Group<'r> {
    with_linked_place(&Links::default(), group, kind, location, label)
}

fn with_linked_place<'r>(
    links: &Links,
    group: Group<'r>,
    kind: AnnotationKind,
    location: &'r Location,
    label: &'r str,
) -> Group<'r> {
    let cut = location.snippet.column > 1;
    let marked = source(location).annotation(kind.span(shown_range(location)).label(label));
    if cut {
        let origin = Origin::path(links.shown(&location.path)).line(location.line as usize).char_column(location.column as usize);
        return group.element(origin).element(marked);
    }
    group.element(marked.path(links.shown(&location.path)))
}

fn source<'r, T: Clone>(location: &'r Location) -> Snippet<'r, T> {
    Snippet::source(location.snippet.text.as_str()).line_start(location.snippet.line as usize)
}

/// The bytes of the snippet that a location marks. Columns count characters, and long lines are cut at their beginning.
pub(super) fn shown_range(location: &Location) -> Range<usize> {
    let snippet = &location.snippet;
    let start = byte_of(&snippet.text, location.line - snippet.line, location.column.saturating_sub(snippet.column));
    let cut = if location.end_line == snippet.line { snippet.column } else { 1 };
    let end = byte_of(&snippet.text, location.end_line.saturating_sub(snippet.line), location.end_column.saturating_sub(cut));
    start..end.max(start)
}

pub(super) fn byte_of(text: &str, line: u32, column: u32) -> usize {
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
pub(super) fn is_shown_whole(fix: &Fix) -> bool {
    let from = byte_of(&fix.location.snippet.text, 0, fix.location.column.saturating_sub(fix.location.snippet.column));
    let to = shown_range(&fix.location).end;
    to - from == (fix.location.span.end - fix.location.span.start) as usize
}

// What is said of several files as a whole is said once, with all of them.
fn why_groups<'r>(reasons: &[Shortfall<'r>], links: &Links, all: bool) -> Vec<Group<'r>> {
    let mut groups = Vec::new();
    let mut of_whole_files: Vec<Vec<Shortfall<'r>>> = Vec::new();
    for reason in reasons {
        let key = |reason: &Shortfall<'r>| (reason.file.state, reason.why.message.as_str());
        if let Some(location) = &reason.why.location {
            let group = with_linked_place(links, Group::with_title(why_title(*reason)), AnnotationKind::Primary, location, "here");
            groups.push(with_help(group, coverage::help(*reason)));
        } else if let Some(alike) = of_whole_files.iter_mut().find(|alike| alike.first().map(key) == Some(key(reason))) {
            alike.push(*reason);
        } else {
            of_whole_files.push(vec![*reason]);
        }
    }
    groups.extend(of_whole_files.iter().filter_map(|alike| alike_group(alike, links, all)));
    groups
}

fn alike_group<'r>(alike: &[Shortfall<'r>], links: &Links, all: bool) -> Option<Group<'r>> {
    let shown = if all { alike.len() } else { MAX_ALIKE };
    let mut group = Group::with_title(why_title(*alike.first()?));
    for reason in alike.iter().take(shown) {
        group = group.element(Origin::path(links.shown(&reason.file.path)));
    }
    if alike.len() > shown {
        group = group.element(Level::NOTE.message(format!("and {}", view::counted(alike.len() - shown, "more file"))));
    }
    let mut helps: Vec<String> = alike.iter().filter_map(|reason| coverage::help(*reason)).collect();
    helps.dedup();
    let others = if helps.len() > 1 { ", and so for the others" } else { "" };
    Some(with_help(group, helps.into_iter().next().map(|help| help + others)))
}

fn with_help<'r>(group: Group<'r>, help: Option<String>) -> Group<'r> {
    match help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

fn why_title<'r>(reason: Shortfall<'r>) -> Title<'r> {
    let level = match (reason.file.state, reason.why.code) {
        (FileState::Refused, _) => Level::ERROR,
        (_, WhyCode::Unrecognised | WhyCode::UnjudgedKind) => Level::NOTE,
        _ => Level::WARNING,
    };
    level.primary_title(reason.why.message.as_str())
}

fn decision(report: &Report) -> String {
    let style = match report.decision.outcome {
        Outcome::Allow => "\u{1b}[1;32m",
        Outcome::Warn | Outcome::Hold => "\u{1b}[1;33m",
        Outcome::Deny | Outcome::Error => "\u{1b}[1;31m",
    };
    let line = view::decision(report);
    let (word, reasons) = line.split_once(": ").map_or((line.as_str(), None), |(word, reasons)| (word, Some(reasons)));
    reasons.map_or_else(|| format!("{style}{word}\u{1b}[0m\n"), |reasons| format!("{style}{word}\u{1b}[0m: {reasons}\n"))
}

fn summary(report: &Report, verbose: bool) -> String {
    let mut out = decision(report);
    let mut say = |line: String| {
        let _ = writeln!(out, "{line}");
    };
    view::ages(report).into_iter().for_each(&mut say);
    let hint = if verbose { "" } else { " (`-v` shows more)" };
    view::idle_counts(report).into_iter().for_each(|line| say(line + hint));
    let policy = report.policy.iter();
    policy.clone().flat_map(|policy| &policy.layers).for_each(|layer| say(format!("policy: {}", view::layer(layer))));
    policy.flat_map(|policy| &policy.baselines).for_each(|baseline| say(format!("baseline: {}", view::baseline(baseline))));
    say(view::judged(report));
    if report.coverage.files.is_empty() {
        say("no pipeline definitions or manifests were found here: name files or folders".to_owned());
    }
    unjudged_kinds_line(report, verbose).into_iter().for_each(&mut say);
    view::unknowns(report).into_iter().for_each(&mut say);
    // Of rules of plugins it knows no more than they said.
    let counting = view::seen(report).filter(|seen| seen.verdict.action.counts() && plugin_of(&seen.finding.rule).is_none());
    if let Some(worst) = counting.max_by_key(|seen| (seen.verdict.action, std::cmp::Reverse(seen.verdict.finding))) {
        say(format!("`gatepost explain {}` says more of that rule", worst.finding.rule));
    }
    fixable(report).into_iter().for_each(&mut say);
    out
}

fn unjudged_kinds_line(report: &Report, verbose: bool) -> Option<String> {
    let kinds = unjudged_kinds(report);
    let shown = if verbose { kinds.len() } else { MAX_KINDS };
    let named = kinds.iter().take(shown).map(|(kind, count)| format!("{} ({count})", neutral(kind)));
    let more = if kinds.len() > shown { format!(" and {} more", kinds.len() - shown) } else { String::new() };
    let named = named.collect::<Vec<_>>().join(", ");
    (!kinds.is_empty()).then(|| format!("no rule looks at objects of these kinds (files): {named}{more}"))
}

fn fixable(report: &Report) -> Option<String> {
    let (safe, more): (Vec<&Fix>, Vec<&Fix>) = proposed(report).partition(|fix| fix.safety == Safety::Safe);
    let ways = match (safe.len(), more.len()) {
        (0, 0) => return None,
        (_, 0) => " with --fix".to_owned(),
        (0, _) => " with --fix --unsafe-fixes".to_owned(),
        (safe, more) => format!(": {safe} with --fix, {more} more with --unsafe-fixes"),
    };
    Some(format!("{} can be fixed{ways}", view::counted(safe.len() + more.len(), "finding")))
}
