//! `gatepost baseline`: the findings that are there when a team begins, so that only what comes later decides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Context;
use policy_core::policy::BASELINE_VERSION;
use policy_core::report::{Action, FileState, Finding, Report};
use policy_core::rule::{Confidence, Severity};
use policy_core::secret::neutral;
use serde::{Deserialize, Serialize};

use super::check::to_stdout;
use super::prepare::judged;
use super::{Check, Exit};
use crate::fix;
use crate::load::policy::{BASELINE_PATH, own_folder};

/// A baseline as it is written: no text of a file stands in it, nor a line that would move.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    baseline: u32,
    findings: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    // First, since people read a baseline by it.
    #[serde(default)]
    path: String,
    #[serde(default)]
    rule: String,
    // How bad it was: what becomes worse counts again. An entry without them is taken at its worst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<Confidence>,
    fingerprint: String,
}

/// Writes a baseline of what would warn or deny.
pub(super) fn create(arguments: &Check, force: bool) -> anyhow::Result<Exit> {
    // What an older one lists is still there.
    let (prepared, json) = judged(&Check { no_baseline: true, ..arguments.clone() })?;
    let file = file(arguments, own_folder(&prepared.selection))?;
    anyhow::ensure!(
        force || !file.exists(),
        "{} is there already: `gatepost baseline prune` takes out what was mended, and `--force` writes it anew",
        file.display()
    );
    let report = fix::read(&json)?;
    anyhow::ensure!(report.coverage.judged + report.coverage.partly > 0, "nothing was judged, so there is nothing to write down");
    let mut entries: BTreeSet<Entry> = counted(&report).map(entry).collect();
    // Of files that cannot be read now, what was known stays known.
    let known = if file.exists() { read(&file)?.findings } else { Vec::new() };
    let unread =
        |entry: &Entry| report.coverage.files.iter().any(|file| file.path == entry.path && file.state >= FileState::Opaque);
    entries.extend(known.into_iter().filter(unread));
    let count = entries.len();
    write(&file, entries.into_iter().collect())?;
    anstream::println!("wrote {} with {count} {}", file.display(), findings(count));
    anstream::eprintln!(
        "commit it: it counts once it stands on the protected ref; until then `gatepost check --origin protected` shows what it will do"
    );
    Ok(Exit::Allowed)
}

/// Takes out of the baseline what is there no more.
pub(super) fn prune(arguments: &Check) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        arguments.only.is_empty() && arguments.pack.is_none(),
        "`--only` and `--pack` leave rules out, so that it could not be told what was mended: prune without them"
    );
    let (prepared, json) = judged(arguments)?;
    let folder = own_folder(&prepared.selection);
    let file = file(arguments, folder.clone())?;
    let baseline = read(&file)?;
    let report = fix::read(&json)?;
    let there: BTreeSet<&str> = report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let judged: BTreeSet<&str> =
        report.coverage.files.iter().filter(|file| file.state < FileState::Opaque).map(|file| file.path.as_str()).collect();
    // Of a file that was not looked at it is not known what is there, unless the file itself is not.
    let is_gone = |path: &str| folder.as_ref().is_some_and(|folder| prepared.selection.whole && !folder.join(path).exists());
    let keeps = |entry: &Entry| {
        let looked_at = judged.contains(entry.path.as_str()) || is_gone(&entry.path);
        there.contains(entry.fingerprint.as_str()) || !looked_at
    };
    let before = baseline.findings.len();
    let kept: Vec<Entry> = baseline.findings.into_iter().filter(keeps).collect();
    let gone = before - kept.len();
    if gone > 0 {
        write(&file, kept)?;
    }
    anstream::println!("{}: {gone} of {before} {} taken out, which are there no more", file.display(), findings(before));
    Ok(Exit::Allowed)
}

/// Lists what the baseline holds, and what of it is still there.
pub(super) fn show(arguments: &Check) -> anyhow::Result<Exit> {
    let (prepared, json) = judged(arguments)?;
    let file = file(arguments, own_folder(&prepared.selection))?;
    let baseline = read(&file)?;
    let report = fix::read(&json)?;
    let there: BTreeMap<&str, &Finding> = report.findings.iter().map(|finding| (finding.fingerprint.as_str(), finding)).collect();
    let mut out = String::new();
    for entry in &baseline.findings {
        let (place, what) = match there.get(entry.fingerprint.as_str()) {
            Some(finding) => (format!("{}:{}", finding.location.path, finding.location.line), finding.message.as_str()),
            None => (entry.path.clone(), "there no more"),
        };
        let _ = writeln!(out, "{}  {}: {}", neutral(&place), neutral(&entry.rule), neutral(what));
    }
    let count = baseline.findings.len();
    let still = baseline.findings.iter().filter(|entry| there.contains_key(entry.fingerprint.as_str())).count();
    let _ = writeln!(out, "{still} of {count} {} still there", findings(count));
    for reported in report.policy.iter().flat_map(|policy| &policy.baselines).filter(|baseline| baseline.not_granted > 0) {
        let _ =
            writeln!(out, "{} of them are not granted: {} comes with the change", reported.not_granted, neutral(&reported.path));
    }
    to_stdout(anstream::AutoStream::auto(std::io::stdout().lock()), &[&out])?;
    Ok(Exit::Allowed)
}

// What a baseline is for: findings that would warn or deny. Rules on trial do neither.
fn counted(report: &Report) -> impl Iterator<Item = &Finding> {
    let taken = |action: Action| action.counts() || action == Action::Existing;
    let verdicts = report.verdicts.iter().filter(move |verdict| taken(verdict.action));
    verdicts.filter_map(|verdict| report.findings.get(verdict.finding as usize))
}

fn entry(finding: &Finding) -> Entry {
    Entry {
        path: finding.location.path.clone(),
        rule: finding.rule.clone(),
        severity: Some(finding.severity),
        confidence: Some(finding.confidence),
        fingerprint: finding.fingerprint.clone(),
    }
}

fn file(arguments: &Check, folder: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let own = || folder.map(|folder| folder.join(BASELINE_PATH));
    arguments.baseline.clone().or_else(own).context("a baseline is of one repository: give one, or `--baseline FILE`")
}

fn read(file: &PathBuf) -> anyhow::Result<Baseline> {
    let hint = || format!("{} cannot be read: `gatepost baseline create` writes one", file.display());
    let text = std::fs::read_to_string(file).with_context(hint)?;
    serde_json::from_str(&text).with_context(|| format!("{} is no baseline", file.display()))
}

fn write(file: &PathBuf, findings: Vec<Entry>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(&Baseline { baseline: BASELINE_VERSION, findings })?;
    std::fs::write(file, text + "\n").with_context(|| format!("{} cannot be written", file.display()))
}

fn findings(count: usize) -> &'static str {
    if count == 1 { "finding" } else { "findings" }
}
