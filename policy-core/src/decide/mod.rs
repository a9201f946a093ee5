//! The reduce step: partials become findings, verdicts, gates and one decision.

mod gates;
mod ignores;
mod plugins;
mod verdicts;

use serde_json::value::RawValue;

use crate::data::DataSet;
use crate::facts::{Cluster, Facts, JoinFinding, JoinOut, cluster};
use crate::inspect::{FindingRow, Partial, join_row, rules_digest};
use crate::map::{Map, Set};
use crate::pack::Pack;
use crate::plugin::{PluginRun, plugin_of};
use crate::policy::{Baseline, Exceptions, InForce};
use crate::report::{
    Coverage, Decision, FileCoverage, FileState, Outcome, PolicyReport, Report, RuleSummary, Run, Subject, SubjectDecision, Tool,
    Unknown, VERSION, Why, WhyCode,
};
use crate::rule::{Check, Rule, RuleSet, Severity};
use crate::secret::redact_path;
use crate::sort::{sorted, sorted_by_key};
use crate::source::Span;
use ignores::Ignores;
use verdicts::{Ages, verdict};

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
    /// The policy in force.
    pub policy: &'b InForce,
    /// The roots of repositories: paths in exceptions are below them.
    pub roots: &'b [String],
    /// The second of this run, if the host said it.
    pub now: Option<i64>,
}

/// What was inspected.
#[derive(Default)]
pub struct Inspected {
    /// What became of each file.
    pub partials: Vec<Partial>,
    /// Files that the host found and could not read.
    pub unread: Vec<FileCoverage>,
    /// The plugins that the host ran over the files.
    pub plugins: Vec<PluginRun>,
}

/// Decides over everything that was inspected, in whatever order and batches it comes; of a change also what was before it.
#[must_use]
pub fn decide(
    by: By<'_>,
    head: Inspected,
    base: Option<Inspected>,
    mut baselines: Vec<Baseline>,
    run: Run,
) -> Report<Box<RawValue>> {
    let By { rules, data, standard, policy, .. } = by;
    let ran = plugins::ran(policy, &head.plugins);
    let enforced = plugins::enforced(&head.plugins);
    let mut found = found(by, head);
    let before = base.map(|base| self::found(by, base).rows);
    let rows = std::mem::take(&mut found.rows);
    let mut unread = Set::new();
    let states = found.partials.iter().map(|partial| &partial.coverage).chain(&found.unread);
    unread.extend(states.filter(|file| file.state >= FileState::Opaque).map(|file| file.path.clone()));
    let ages = before.map(|before| Ages::of(&rows, before, &unread));
    let mut ignores = Ignores::of(&mut found.partials);
    let exceptions = Exceptions::of(by, &rows);
    let mut verdicts = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let age = ages.as_ref().and_then(|ages| ages.of_heads.get(at).copied());
        verdicts.push(verdict(by, (at, row), &enforced, age, &mut ignores, &exceptions, &mut baselines));
    }
    let mut unknown: Vec<Unknown> = found.partials.iter_mut().flat_map(|partial| std::mem::take(&mut partial.unknown)).collect();
    unknown.append(&mut found.unknown);
    let unread = found.unread.into_iter().map(|file| FileCoverage { path: redact_path(&file.path).into_owned(), ..file });
    let coverage = coverage(found.partials.into_iter().map(|partial| partial.coverage).chain(unread).collect());
    let ignores = ignores.finish(by);
    let (mut judged, mut asked) = (Set::new(), Set::new());
    if !baselines.is_empty() {
        judged.extend(coverage.files.iter().filter(|file| file.state < FileState::Opaque).map(|file| file.path.as_str()));
        asked.extend(by.asked.iter().map(|rule| rule.id));
    }
    let by_plugin = |rule: &str| plugin_of(rule).is_some_and(|name| ran.iter().any(|ran| ran.name == name && ran.failed.is_none()));
    let looked_at = |path: &str, rule: &str| (asked.contains(rule) || by_plugin(rule)) && judged.contains(path);
    let shown = !policy.layers.is_empty() || !baselines.is_empty() || ages.is_some();
    let shown = shown.then(|| PolicyReport {
        layers: policy.layers.clone(),
        not_granted: policy.not_granted.clone(),
        exceptions: exceptions.into_reports(),
        baselines: baselines.iter().map(|baseline| baseline.report(&looked_at)).collect(),
        decide_on: ages.is_some().then_some(policy.decide_on),
    });
    let mut gates =
        vec![gates::findings(&verdicts, &ignores, standard, shown.as_ref()), gates::coverage(&coverage, policy.min_coverage)];
    gates.extend((!ran.is_empty()).then(|| plugins::gate(&ran)));
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
        fixed: ages.map(|ages| ages.fixed).unwrap_or_default(),
        verdicts,
        policy: shown,
        ignores,
        unknown,
        coverage,
        plugins: ran,
    }
}

// What the rules found, over the files and over what joins them.
struct Found {
    partials: Vec<Partial>,
    unread: Vec<FileCoverage>,
    rows: Vec<FindingRow>,
    unknown: Vec<Unknown>,
}

fn found(by: By<'_>, inspected: Inspected) -> Found {
    let Inspected { partials, unread, .. } = inspected;
    let mut partials = sorted(partials, |a, b| a.coverage.path.cmp(&b.coverage.path));
    let mut rows: Vec<FindingRow> = partials.iter_mut().flat_map(|partial| std::mem::take(&mut partial.findings)).collect();
    let open = partials.iter().any(|partial| partial.coverage.state >= FileState::Opaque && may_hold_objects(&partial.coverage));
    let (joined, unknown) = joined(by.asked, &mut partials, open || !unread.is_empty());
    rows.extend(joined);
    let mut rows = sorted(rows, |a, b| order(a).cmp(&order(b)));
    // Two root files may include the same one: what is wrong in it is said once.
    rows.dedup_by(|a, b| {
        (a.root.is_some() || b.root.is_some()) && (&a.path, a.span, &a.fingerprint) == (&b.path, b.span, &b.fingerprint)
    });
    Found { partials, unread, rows, unknown }
}

// Of what is said twice, the file's own comes first.
fn order(row: &FindingRow) -> (&str, Span, &str, &str, std::cmp::Reverse<Severity>, Option<&str>) {
    (&row.path, row.span, &row.rule, &row.fingerprint, std::cmp::Reverse(row.severity), row.root.as_deref())
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
    let mut ordinals: Map<(String, String, Vec<String>), u32> = Map::new();
    findings.into_iter().filter_map(move |finding| {
        let same = (finding.at.location.path.clone(), finding.object.clone(), finding.at.keys.clone());
        let ordinal = ordinals.get_or_default(same);
        *ordinal += 1;
        join_row(rule, finding, *ordinal - 1)
    })
}

fn coverage(files: Vec<FileCoverage>) -> Coverage {
    let mut files = sorted(files, |a, b| a.path.cmp(&b.path));
    // What stands in a part of a pipeline was judged with whoever includes it.
    let mut included: Set<String> = Set::new();
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

fn summaries(rules: RuleSet, rows: &[FindingRow], unknown: &[Unknown]) -> Map<String, RuleSummary> {
    let mut named = Set::new();
    named.extend(rows.iter().map(|row| row.rule.as_str()).chain(unknown.iter().map(|unknown| unknown.rule.as_str())));
    let mut summaries = Map::new();
    for rule in rules.iter().filter(|rule| named.contains(rule.id)) {
        summaries.insert(rule.id.to_owned(), RuleSummary { title: rule.meta.title.to_owned() });
    }
    summaries
}
