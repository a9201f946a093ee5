//! Workflows: findings beside those of zizmor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use policy_core::report::{Finding, Report};
use policy_core::rule::{Confidence, Severity};
use serde::Deserialize;

use super::{Excuse, Fate, MAX_LISTED, aliases, base, excuses, folder_or, list_excuses, speaks_of, write};
use crate::peers;
use crate::tools;

const EXCUSED: &str = include_str!("../../data/excused-zizmor.tsv");

#[derive(Deserialize)]
struct Theirs {
    ident: String,
    determinations: Determinations,
    locations: Vec<TheirLocation>,
}

#[derive(Deserialize)]
struct Determinations {
    severity: String,
    confidence: String,
}

#[derive(Deserialize)]
struct TheirLocation {
    symbolic: Symbolic,
    concrete: Concrete,
}

#[derive(Deserialize)]
struct Symbolic {
    key: serde_json::Value,
    annotation: String,
    kind: String,
    feature_kind: serde_json::Value,
}

#[derive(Deserialize)]
struct Concrete {
    location: Rows,
    feature: String,
}

#[derive(Deserialize)]
struct Rows {
    start_point: Point,
    end_point: Point,
}

#[derive(Deserialize)]
struct Point {
    row: u32,
}

/// One finding of the peer, as far as it is compared.
struct Found {
    ident: String,
    severity: String,
    confidence: String,
    file: String,
    line: u32,
    ranges: Vec<(u32, u32)>,
    // What it is about: an expression, an action, or what stands at its place.
    about: String,
    annotation: String,
}

/// Compares with zizmor, prints what differs, and writes the tables into the documentation.
pub(super) fn run(folder: Option<PathBuf>, list: bool) -> anyhow::Result<()> {
    let excuses = excuses("zizmor", EXCUSED)?;
    let workflows = folder_or(folder, "github-real")?;
    let theirs = theirs(&workflows)?;
    let report = tools::report(&workflows, &[])?;
    let aliases = aliases("zizmor")?;
    let mut table = Table::default();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut listed = Vec::new();
    for found in &theirs {
        let matching = report.findings.iter().enumerate().filter(|(_, ours)| is_same(found, ours, &aliases));
        let matching: Vec<usize> = matching.map(|(at, _)| at).collect();
        let excuse = excuses.iter().find(|excuse| excuse.ident == found.ident && speaks_of(excuse.words, &found.about));
        let fate = match (matching.is_empty(), excuse) {
            (false, _) => Fate::Both,
            (true, Some(_)) => Fate::Excused,
            (true, None) => Fate::OnlyTheirs,
        };
        if fate != Fate::Both {
            let why = excuse.map_or("NOT EXCUSED", |excuse| excuse.why);
            let about = found.about.lines().next().unwrap_or("");
            listed.push(format!("{}:{} {} ({}) `{about}`: {why}", found.file, found.line, found.ident, found.annotation));
        }
        table.add(found, fate);
        used.extend(matching);
    }
    let only_ours: Vec<&Finding> =
        report.findings.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, finding)| finding).collect();
    let text = table.render(&report, &only_ours, &excuses, &aliases, theirs.len());
    if list {
        listed.iter().take(MAX_LISTED).for_each(|line| println!("{line}"));
        for finding in only_ours.iter().take(MAX_LISTED) {
            println!("ours {}:{} {}: {}", base(&finding.location.path), finding.location.line, finding.rule, finding.message);
        }
    }
    println!("{text}");
    write("zizmor", &text)?;
    ensure!(table.unexcused() == 0, "{} findings are only theirs and not excused: see `--list`", table.unexcused());
    let (excused, high) = (table.high(Fate::Excused), table.high_in_all());
    ensure!(excused * 20 <= high, "{excused} of {high} findings of high confidence are excused: more than 5 %");
    Ok(())
}

fn theirs(workflows: &Path) -> anyhow::Result<Vec<Found>> {
    let mut command = peers::zizmor(workflows)?;
    let output = command.arg("--no-exit-codes").output().context("zizmor could not be started")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let findings: Vec<Theirs> = serde_json::from_slice(&output.stdout)?;
    Ok(findings.into_iter().filter_map(found).collect())
}

fn found(theirs: Theirs) -> Option<Found> {
    let primary = theirs.locations.iter().find(|location| location.symbolic.kind == "Primary")?;
    let path = primary.symbolic.key.pointer("/Local/verbatim_path")?.as_str()?;
    let fragment = primary.symbolic.feature_kind.pointer("/Subfeature/fragment/Raw").and_then(serde_json::Value::as_str);
    let range = |location: &TheirLocation| {
        let rows = &location.concrete.location;
        (rows.start_point.row + 1, rows.end_point.row + 1)
    };
    Some(Found {
        file: base(path).to_owned(),
        line: range(primary).0,
        ranges: theirs.locations.iter().map(range).collect(),
        about: fragment.unwrap_or(&primary.concrete.feature).trim().to_owned(),
        annotation: primary.symbolic.annotation.clone(),
        ident: theirs.ident,
        severity: theirs.determinations.severity,
        confidence: theirs.determinations.confidence,
    })
}

// The same defect in the same file and place; of expressions also the same expression.
fn is_same(theirs: &Found, ours: &Finding, aliases: &BTreeMap<String, Vec<String>>) -> bool {
    let alike = aliases.get(&theirs.ident).is_some_and(|rules| rules.contains(&ours.rule));
    let lines = std::iter::once(&ours.location).chain(ours.related.iter().map(|related| &related.location));
    let mut lines = lines.map(|location| (location.line, location.end_line));
    // What is said of all jobs at once names no more than ten of them one by one.
    let of_workflow = ours.attributes.get("scope").is_some_and(|scope| scope == "workflow");
    let names = |text: &str| text.to_ascii_lowercase().contains(&theirs.about.to_ascii_lowercase());
    alike
        && base(&ours.location.path) == theirs.file
        && (of_workflow || lines.any(|(first, last)| theirs.ranges.iter().any(|(from, to)| first <= *to && last >= *from)))
        && (theirs.ident != "template-injection" || ours.attributes.values().any(|value| names(value)) || names(&ours.message))
}

#[derive(Default)]
struct Table {
    // By their rule, severity and confidence: how many, by fate.
    counts: BTreeMap<(String, String, String), BTreeMap<Fate, usize>>,
}

impl Table {
    fn add(&mut self, found: &Found, fate: Fate) {
        let key = (found.ident.clone(), found.severity.clone(), found.confidence.clone());
        *self.counts.entry(key).or_default().entry(fate).or_default() += 1;
    }

    fn unexcused(&self) -> usize {
        self.counts.values().filter_map(|fates| fates.get(&Fate::OnlyTheirs)).sum()
    }

    fn high(&self, fate: Fate) -> usize {
        let high = self.counts.iter().filter(|((_, _, confidence), _)| confidence == "High");
        high.filter_map(|(_, fates)| fates.get(&fate)).sum()
    }

    fn high_in_all(&self) -> usize {
        [Fate::Both, Fate::Excused, Fate::OnlyTheirs].into_iter().map(|fate| self.high(fate)).sum()
    }

    fn render(
        &self,
        report: &Report,
        only_ours: &[&Finding],
        excuses: &[Excuse<'_>],
        aliases: &BTreeMap<String, Vec<String>>,
        theirs: usize,
    ) -> String {
        let mut out = vec![format!(
            "{} finds {theirs}, Gatepost {}. Of theirs of high confidence, {} of {} are excused.\n",
            peers::ZIZMOR.replace("==", " "),
            report.findings.len(),
            self.high(Fate::Excused),
            self.high_in_all()
        )];
        out.push(
            "| their rule | severity, confidence | ours | found by both | excused | only theirs |\n|---|---|---|---|---|---|"
                .to_owned(),
        );
        for ((ident, severity, confidence), fates) in &self.counts {
            let count = |fate| fates.get(&fate).copied().unwrap_or_default();
            let ours = aliases.get(ident).map(|rules| rules.join(", ")).unwrap_or_default();
            let rating = format!("{}, {}", severity.to_lowercase(), confidence.to_lowercase());
            let (both, excused, only) = (count(Fate::Both), count(Fate::Excused), count(Fate::OnlyTheirs));
            out.push(format!("| {ident} | {rating} | {ours} | {both} | {excused} | {only} |"));
        }
        out.push("\n| our rule | highest rating here | found | not found by them |\n|---|---|---|---|".to_owned());
        let mut rules: BTreeMap<&str, (usize, usize, Severity, Confidence)> = BTreeMap::new();
        for finding in &report.findings {
            let entry = rules.entry(&finding.rule).or_insert((0, 0, finding.severity, finding.confidence));
            *entry = (entry.0 + 1, entry.1, entry.2.max(finding.severity), entry.3.max(finding.confidence));
        }
        for finding in only_ours {
            rules.entry(&finding.rule).and_modify(|entry| entry.1 += 1);
        }
        for (rule, (all, only, severity, confidence)) in rules {
            let confidence = format!("{confidence:?}").to_lowercase();
            out.push(format!("| {rule} | {}, {confidence} | {all} | {only} |", severity.name()));
        }
        out.extend(list_excuses(excuses));
        out.join("\n")
    }
}
