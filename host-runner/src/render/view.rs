//! What all outputs read of a report: what became of each finding, and what the policy did.

use std::cmp::Reverse;

use policy_core::report::text::word;
use policy_core::report::{
    Action, Age, BaselineReport, ExceptionReport, ExceptionState, Finding, Ignore, IgnoreState, LayerReport, Location, NotGranted,
    PluginReport, Report, Verdict,
};
use policy_core::secret::neutral;
use policy_core::source::Origin;

/// A finding and what became of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'r> {
    pub(crate) finding: &'r Finding,
    pub(crate) verdict: &'r Verdict,
}

/// All findings, in the order of the report.
pub(crate) fn seen(report: &Report) -> impl Iterator<Item = Seen<'_>> {
    report.verdicts.iter().filter_map(|verdict| Some(Seen { finding: report.findings.get(verdict.finding as usize)?, verdict }))
}

/// The findings that count, what denies first, then the most severe, then those that are surest.
pub(crate) fn worst_first(report: &Report) -> Vec<Seen<'_>> {
    let mut found: Vec<Seen<'_>> = seen(report).filter(|seen| seen.verdict.action.counts()).collect();
    found.sort_by_key(|seen| Reverse((seen.verdict.action, seen.finding.severity, seen.finding.confidence)));
    found
}

/// Why a finding does nothing, and whether its own file says so.
pub(crate) struct Suppressed {
    pub(crate) in_source: bool,
    pub(crate) why: String,
}

/// Of a finding that somebody let pass; none for one that counts, that was there before, or whose rule is on trial.
pub(crate) fn suppressed(report: &Report, verdict: &Verdict) -> Option<Suppressed> {
    match verdict.action {
        Action::Ignored => {
            let ignore = verdict.ignore.and_then(|at| report.ignores.get(at as usize));
            Some(Suppressed { in_source: true, why: ignore.map_or_else(String::new, |ignore| ignore.reason.clone()) })
        }
        Action::Excepted => {
            let exceptions = report.policy.as_ref().map_or(&[][..], |policy| &policy.exceptions);
            let exception = verdict.exception.and_then(|at| exceptions.get(at as usize));
            let why = exception.map_or_else(|| "an exception of the policy".to_owned(), exception_in_words);
            Some(Suppressed { in_source: false, why })
        }
        Action::Baselined => Some(Suppressed { in_source: false, why: "the baseline lists it".to_owned() }),
        Action::Existing | Action::DryRun | Action::Warn | Action::Deny => None,
    }
}

fn exception_in_words(exception: &ExceptionReport) -> String {
    format!("exception {} of {}, until {}: {}", exception.id, exception.owner, exception.expires, exception.reason)
}

/// Why a finding does nothing, for a person; none for one that counts.
pub(crate) fn idle(report: &Report, verdict: &Verdict) -> Option<String> {
    match verdict.action {
        Action::Warn | Action::Deny => None,
        Action::Existing => Some("it was there before the change".to_owned()),
        Action::DryRun => Some("its rule is on trial".to_owned()),
        Action::Ignored => suppressed(report, verdict).map(|suppressed| format!("ignored because: {}", suppressed.why)),
        Action::Excepted | Action::Baselined => suppressed(report, verdict).map(|suppressed| suppressed.why),
    }
}

/// The actions that do nothing, as they are counted.
const IDLE: &[(Action, &str)] = &[
    (Action::Ignored, "ignored inline"),
    (Action::Excepted, "excepted"),
    (Action::Baselined, "in the baseline"),
    (Action::Existing, "there before the change"),
    (Action::DryRun, "of rules on trial"),
];

/// How many findings do nothing, in all and by why.
pub(crate) fn idle_counts(report: &Report) -> Option<String> {
    let count = |action| report.verdicts.iter().filter(|verdict| verdict.action == action).count();
    let counts: Vec<(usize, &str)> =
        IDLE.iter().map(|(action, what)| (count(*action), *what)).filter(|(count, _)| *count > 0).collect();
    let all: usize = counts.iter().map(|(count, _)| count).sum();
    match counts.as_slice() {
        [] => None,
        [(_, what)] => Some(format!("{} nothing: {what}", findings(all, "does", "do"))),
        many => {
            let parts: Vec<String> = many.iter().map(|(count, what)| format!("{count} {what}")).collect();
            Some(format!("{} nothing: {}", findings(all, "does", "do"), parts.join(", ")))
        }
    }
}

fn findings(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", counted(count, "finding"), if count == 1 { one } else { many })
}

/// A number and a noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Text with a capital and a full stop.
pub(crate) fn sentence(said: &str) -> String {
    let said = neutral(said.trim());
    let mut letters = said.chars();
    let Some(first) = letters.next() else { return String::new() };
    let stop = if said.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{stop}", first.to_ascii_uppercase(), letters.as_str())
}

/// A plugin that did not run to its end.
pub(crate) struct FailedPlugin<'r> {
    /// What its findings would be called by.
    pub(crate) name: &'r str,
    /// That it failed, and why.
    pub(crate) said: String,
    /// The policy, where there is one: platforms show nothing without a file.
    pub(crate) path: &'r str,
}

/// The plugins that did not run to their end.
pub(crate) fn failed_plugins(report: &Report) -> impl Iterator<Item = FailedPlugin<'_>> {
    let layer = report.policy.as_ref().and_then(|policy| policy.layers.last());
    let path = layer.map_or("gatepost.yaml", |layer| layer.path.as_str());
    report.plugins.iter().filter_map(move |PluginReport { name, failed, .. }| {
        let said = format!("the plugin {name} failed: {}", failed.as_ref()?);
        Some(FailedPlugin { name, said, path })
    })
}

/// Whether the change was compared with what was before.
pub(crate) fn is_compared(report: &Report) -> bool {
    let decides = report.policy.as_ref().is_some_and(|policy| policy.decide_on.is_some());
    decides || !report.fixed.is_empty() || report.verdicts.iter().any(|verdict| verdict.age.is_some())
}

/// `3 new, 12 existing, 2 fixed`, where the change was compared.
pub(crate) fn ages(report: &Report) -> Option<String> {
    let count = |age| report.verdicts.iter().filter(|verdict| verdict.age == Some(age)).count();
    is_compared(report).then(|| format!("{} new, {} existing, {} fixed", count(Age::New), count(Age::Existing), report.fixed.len()))
}

/// The outcome and what led to it, in one line.
pub(crate) fn decision(report: &Report) -> String {
    let reasons: Vec<String> = report.decision.reasons.iter().map(|reason| neutral(reason).into_owned()).collect();
    let word = word(report.decision.outcome);
    if reasons.is_empty() { word.to_owned() } else { format!("{word}: {}", reasons.join("; ")) }
}

/// How many of the files were judged, in one line.
pub(crate) fn judged(report: &Report) -> String {
    let coverage = &report.coverage;
    let mut line = format!("judged {} of {} files", coverage.judged + coverage.partly, coverage.files.len());
    let others = [
        (coverage.partly, "of them in part"),
        (coverage.opaque, "not of a kind that is judged"),
        (coverage.refused, "not readable"),
    ];
    for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!("; {count} {what}"));
    }
    line
}

/// What could not be told for lack of something, in one line.
pub(crate) fn unknowns(report: &Report) -> Option<String> {
    let mut lacking: Vec<&str> = report.unknown.iter().map(|unknown| unknown.lacking.as_str()).collect();
    lacking.sort_unstable();
    lacking.dedup();
    let places = counted(report.unknown.len(), "place");
    (!lacking.is_empty()).then(|| format!("not known in {places}, for lack of: {}", neutral(&lacking.join("; "))))
}

/// Something that files asked for and that counts for nothing.
pub(crate) struct Complaint<'r> {
    pub(crate) title: String,
    pub(crate) location: &'r Location,
}

/// Inline ignores, parts of the policy and exceptions that count for nothing, with their places.
pub(crate) fn complaints(report: &Report) -> Vec<Complaint<'_>> {
    let policy = report.policy.as_ref();
    let not_granted = policy.map_or(&[][..], |policy| &policy.not_granted).iter().map(of_layer);
    let exceptions = policy.map_or(&[][..], |policy| &policy.exceptions).iter().filter_map(of_exception);
    report.ignores.iter().filter_map(of_ignore).chain(not_granted).chain(exceptions).collect()
}

fn of_ignore(ignore: &Ignore) -> Option<Complaint<'_>> {
    let what = match ignore.state {
        IgnoreState::Granted => return None,
        IgnoreState::Unused => "this ignore is not needed",
        IgnoreState::Invalid => "this ignore counts for nothing",
        IgnoreState::Refused => "this ignore is not granted",
    };
    Some(Complaint { title: format!("{what}: {}", ignore.because), location: &ignore.location })
}

fn of_layer(refused: &NotGranted) -> Complaint<'_> {
    Complaint { title: format!("{} is not granted: {}", refused.what, refused.because), location: &refused.location }
}

fn of_exception(exception: &ExceptionReport) -> Option<Complaint<'_>> {
    let what = match exception.state {
        ExceptionState::Used => return None,
        ExceptionState::Unused => "is not needed",
        ExceptionState::Expired => "is not in force",
        ExceptionState::TooBroad => "is too broad",
        ExceptionState::NotGranted => "is not granted",
    };
    Some(Complaint {
        title: format!("the exception {} {what}: {}", exception.id, exception.because),
        location: &exception.location,
    })
}

/// A layer and who could have written it: `gatepost.yaml (protected ref; assumed: …)`.
pub(crate) fn layer(layer: &LayerReport) -> String {
    let because = layer.because.as_ref().map_or_else(String::new, |because| format!("; {because}"));
    neutral(&format!("{} ({}{because})", layer.path, origin(layer.origin))).into_owned()
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Organisation => "organisation",
        Origin::Protected => "protected ref",
        Origin::Change => "the change",
        Origin::Unknown => "unknown origin",
    }
}

/// What is left of a baseline: `12 of 14 findings still there; …`.
pub(crate) fn baseline(baseline: &BaselineReport) -> String {
    let mut line = format!("{} of {} still there", baseline.used, counted(baseline.entries as usize, "finding"));
    if baseline.not_granted > 0 {
        line.push_str(&format!("; {} not granted", baseline.not_granted));
    }
    if baseline.gone > 0 {
        line.push_str(&format!("; `gatepost baseline prune` takes out {}", baseline.gone));
    }
    line
}
