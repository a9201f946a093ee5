//! The reduce step: partials become findings, verdicts, gates and one decision.

mod gates;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use crate::data::DataSet;
use crate::facts::{Cluster, Facts, JoinFinding, JoinOut, cluster};
use crate::inspect::{FindingRow, IgnoreClaim, Partial, join_row, rules_digest};
use crate::pack::Pack;
use crate::report::{
    Action, Coverage, Decision, FileCoverage, FileState, Ignore, IgnoreState, Outcome, Report, RuleSummary, Run, Subject,
    SubjectDecision, Tool, Unknown, VERSION, Verdict, Why, WhyCode,
};
use crate::rule::{Check, Confidence, Rule, RuleSet, Severity};
use crate::secret::redact_path;
use crate::sort::{sorted, sorted_by_key};
use crate::source::{Origin, Span};

/// What is decided by.
#[derive(Clone, Copy)]
pub struct By<'b> {
    /// All rules there are.
    pub rules: RuleSet,
    /// Those that run.
    pub asked: &'b [&'static Rule],
    /// The snapshots that they look things up in.
    pub data: DataSet,
    /// The pack that is run, if it is a standard that is met or not.
    pub standard: Option<&'b Pack>,
}

/// Decides over everything that was inspected, in whatever order and batches it comes.
#[must_use]
pub fn decide(by: By<'_>, partials: Vec<Partial>, unread: Vec<FileCoverage>, run: Run) -> Report<Box<RawValue>> {
    let By { rules, asked, data, standard } = by;
    let mut partials = sorted(partials, |a, b| a.coverage.path.cmp(&b.coverage.path));
    let mut rows: Vec<FindingRow> = partials.iter_mut().flat_map(|partial| std::mem::take(&mut partial.findings)).collect();
    let open = partials.iter().any(|partial| partial.coverage.state >= FileState::Opaque && may_hold_objects(&partial.coverage));
    let (joined, lacking) = joined(asked, &mut partials, open || !unread.is_empty());
    rows.extend(joined);
    let mut rows = sorted(rows, |a, b| order(a).cmp(&order(b)));
    // Two root files may include the same one: what is wrong in it is said once.
    rows.dedup_by(|a, b| {
        (a.root.is_some() || b.root.is_some()) && (&a.path, a.span, &a.fingerprint) == (&b.path, b.span, &b.fingerprint)
    });
    let mut ignores = Ignores::of(&mut partials);
    let verdicts: Vec<Verdict> = rows.iter().enumerate().map(|(at, row)| ignores.verdict(at, row, standard.is_some())).collect();
    let mut unknown: Vec<Unknown> = partials.iter_mut().flat_map(|partial| std::mem::take(&mut partial.unknown)).collect();
    unknown.extend(lacking);
    let unread = unread.into_iter().map(|file| FileCoverage { path: redact_path(&file.path).into_owned(), ..file });
    let coverage = coverage(partials.into_iter().map(|partial| partial.coverage).chain(unread).collect());
    let ignores = ignores.finish();
    let gates = vec![gates::findings(&verdicts, &ignores, standard), gates::coverage(&coverage)];
    let outcome = gates.iter().map(|gate| gate.outcome).max().unwrap_or(Outcome::Error);
    let reasons = gates.iter().filter(|gate| gate.outcome > Outcome::Allow).collect();
    let reasons = sorted_by_key(reasons, |gate| std::cmp::Reverse(gate.outcome));
    let decision = Decision { outcome, reasons: reasons.into_iter().flat_map(|gate| gate.trace.clone()).collect() };
    Report {
        report: VERSION,
        tool: Tool { name: "gatepost".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), rules: rules_digest(rules, data) },
        run,
        decision,
        subjects: vec![SubjectDecision { subject: Subject::Change, outcome, gates }],
        rules: summaries(rules, &rows, &unknown),
        findings: rows.into_iter().map(|row| row.body).collect(),
        fixed: Vec::new(),
        verdicts,
        policy: None,
        ignores,
        unknown,
        coverage,
    }
}

fn order(row: &FindingRow) -> (&str, Span, &str, &str, std::cmp::Reverse<Severity>) {
    (&row.path, row.span, &row.rule, &row.fingerprint, std::cmp::Reverse(row.severity))
}

// A template, a file that could not be read: it may hold what others refer to.
pub(crate) fn may_hold_objects(file: &FileCoverage) -> bool {
    let alone = |why: &Why| matches!(why.code, WhyCode::Unrecognised | WhyCode::UnjudgedKind);
    !file.why.iter().all(alone)
}

/// The facts of all files.
pub(crate) fn taken(partials: &mut [Partial]) -> Facts {
    let mut facts = Facts::default();
    for partial in partials {
        facts.secret_uses.append(&mut partial.facts.secret_uses);
        facts.shared_secrets.extend(std::mem::take(&mut partial.facts.shared_secrets));
        facts.objects.append(&mut partial.facts.objects);
    }
    facts
}

// Rules over the facts of all files: what they find, and what they cannot tell.
fn joined(asked: &[&'static Rule], partials: &mut [Partial], open: bool) -> (Vec<FindingRow>, Vec<Unknown>) {
    let facts = taken(partials);
    let bodies = cluster::bodies(&facts.objects);
    let sources = cluster::sources(&bodies);
    let documents = cluster::documents(&sources);
    let cluster = Cluster::new(&facts.objects, &documents, open);
    let (mut rows, mut unknown) = (Vec::new(), Vec::new());
    for rule in asked {
        for check in rule.checks {
            let mut out = JoinOut::default();
            match check {
                Check::Join(check) => check(&facts, &mut out),
                Check::Cluster(check) => check(&cluster, &mut out),
                _ => continue,
            }
            let findings = sorted(out.findings, |a, b| {
                let (place_a, place_b) = (&a.at.location, &b.at.location);
                (&place_a.path, place_a.span, &a.message).cmp(&(&place_b.path, place_b.span, &b.message))
            });
            rows.extend(numbered(rule, findings));
            unknown.extend(out.unknown.into_iter().map(|(location, lacking)| Unknown {
                rule: rule.id.to_owned(),
                location,
                lacking,
            }));
        }
    }
    (rows, unknown)
}

fn numbered(rule: &'static Rule, findings: Vec<JoinFinding>) -> impl Iterator<Item = FindingRow> {
    let mut ordinals: BTreeMap<(String, String, Vec<String>), u32> = BTreeMap::new();
    findings.into_iter().filter_map(move |finding| {
        let same = (finding.at.location.path.clone(), finding.object.clone(), finding.at.keys.clone());
        let ordinal = ordinals.entry(same).or_default();
        *ordinal += 1;
        join_row(rule, finding, *ordinal - 1)
    })
}

/// What a finding does while no policy says otherwise: high severity with high confidence denies, the rest warns.
fn default_action(severity: Severity, confidence: Confidence) -> Action {
    if severity >= Severity::High && confidence == Confidence::High { Action::Deny } else { Action::Warn }
}

// The ignores of all files, in the order of the files, and what became of each.
struct Ignores {
    // Where the claims of each root file begin among `places`, which say where each is among all.
    first_of_file: BTreeMap<String, usize>,
    places: Vec<usize>,
    claims: Vec<(IgnoreClaim, Origin)>,
    used: BTreeSet<usize>,
}

impl Ignores {
    fn of(partials: &mut [Partial]) -> Self {
        let mut ignores = Self { first_of_file: BTreeMap::new(), places: Vec::new(), claims: Vec::new(), used: BTreeSet::new() };
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for partial in partials {
            ignores.first_of_file.insert(partial.coverage.path.clone(), ignores.places.len());
            for claim in std::mem::take(&mut partial.ignores) {
                // Two root files may include the file that it stands in.
                let place = format!("{}:{}", claim.location.path, claim.location.span.start);
                let at = *known.entry(place).or_insert(ignores.claims.len());
                if at == ignores.claims.len() {
                    ignores.claims.push((claim, partial.coverage.origin));
                }
                ignores.places.push(at);
            }
        }
        ignores
    }

    fn verdict(&mut self, finding: usize, row: &FindingRow, standard: bool) -> Verdict {
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let root = row.root.as_ref().unwrap_or(&row.path);
        let claimed = row.ignore.and_then(|at| self.places.get(self.first_of_file.get(root)? + at as usize).copied());
        let granted = claimed.and_then(|at| self.claims.get(at)).is_some_and(|(_, origin)| origin.may_loosen());
        self.used.extend(claimed);
        let action = match granted {
            true => Action::Ignored,
            false if standard => Action::Deny,
            false => default_action(row.severity, row.confidence),
        };
        Verdict { finding: index(finding), subject: 0, action, ignore: claimed.map(index), exception: None, age: None }
    }

    fn finish(self) -> Vec<Ignore> {
        let used = self.used;
        let finish = |(at, (claim, origin)): (usize, (IgnoreClaim, Origin))| {
            let (state, because) = match claim.invalid {
                Some(invalid) => (IgnoreState::Invalid, invalid),
                None if !used.contains(&at) => (IgnoreState::Unused, "nothing is found here by these rules".to_owned()),
                None if origin.may_loosen() => (IgnoreState::Granted, "the file comes from where ignores are granted".to_owned()),
                None => (IgnoreState::Refused, refusal(origin).to_owned()),
            };
            Ignore { location: claim.location, rules: claim.rules, reason: claim.reason, state, because }
        };
        self.claims.into_iter().enumerate().map(finish).collect()
    }
}

fn refusal(origin: Origin) -> &'static str {
    match origin {
        Origin::Change => "the file comes with the change, and what a change brings may only tighten",
        _ => "nobody said where the file comes from, so it counts as part of the change, which may only tighten",
    }
}

fn coverage(files: Vec<FileCoverage>) -> Coverage {
    let mut files = sorted(files, |a, b| a.path.cmp(&b.path));
    // What stands in a part of a pipeline was judged with whoever includes it.
    let mut included: BTreeSet<String> = BTreeSet::new();
    let parts = files.iter().filter(|file| file.roles.iter().any(|role| role.starts_with("gitlab")));
    included.extend(parts.flat_map(|file| file.linked.iter().cloned()));
    for file in files.iter_mut().filter(|file| included.contains(&file.path)) {
        // Nothing but who includes it may tell what a file is: one of variables alone, say.
        let alone = |why: &Why| matches!(why.code, WhyCode::IncludeOnly | WhyCode::Unrecognised);
        if file.why.iter().any(alone) {
            file.why.retain(|why| !alone(why));
            file.state = if file.why.is_empty() { FileState::Judged } else { FileState::Partly };
        }
    }
    let count = |state| u32::try_from(files.iter().filter(|file| file.state == state).count()).unwrap_or(u32::MAX);
    Coverage {
        judged: count(FileState::Judged),
        partly: count(FileState::Partly),
        opaque: count(FileState::Opaque),
        refused: count(FileState::Refused),
        files,
    }
}

fn summaries(rules: RuleSet, rows: &[FindingRow], unknown: &[Unknown]) -> BTreeMap<String, RuleSummary> {
    let mut named = BTreeSet::new();
    named.extend(rows.iter().map(|row| row.rule.as_str()).chain(unknown.iter().map(|unknown| unknown.rule.as_str())));
    let mut summaries = BTreeMap::new();
    for rule in rules.iter().filter(|rule| named.contains(rule.id)) {
        summaries.insert(rule.id.to_owned(), RuleSummary { title: rule.meta.title.to_owned() });
    }
    summaries
}
