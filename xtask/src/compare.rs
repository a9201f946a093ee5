//! Findings beside those of a peer on the same files: what both find, what only one does, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use policy_core::report::{Finding, Report};
use policy_core::rule::{Confidence, Severity};
use serde::Deserialize;

use crate::peers;
use crate::tools::{self, corpora, workspace};

/// What a peer finds and we do not, on purpose: `rule<TAB>words of the finding<TAB>fixture<TAB>why`.
const EXCUSED: &str = include_str!("../data/excused-zizmor.tsv");

const DOCUMENT: &str = "docs/comparison.md";
const BEGIN: &str = "<!-- made by `cargo xtask compare zizmor` -->";
const END: &str = "<!-- end -->";

/// The most lines of each kind that are listed.
const MAX_LISTED: usize = 400;

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

struct Excuse<'e> {
    ident: &'e str,
    words: &'e str,
    fixture: &'e str,
    why: &'e str,
}

/// Compares with zizmor, prints what differs, and writes the tables into the documentation.
pub(crate) fn run(peer: &str, folder: Option<PathBuf>, list: bool) -> anyhow::Result<()> {
    ensure!(peer == "zizmor", "there is no comparison with `{peer}`: `zizmor` is");
    let excuses = excuses()?;
    let workflows = match folder {
        Some(folder) => folder,
        None => corpora(None).context("the corpora are not here: name a folder, or set GATEPOST_CORPORA")?.join("github-real"),
    };
    let theirs = theirs(&workflows)?;
    let report = tools::report(&workflows)?;
    let aliases = aliases(peer)?;
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
    write(&text)?;
    ensure!(table.unexcused() == 0, "{} findings are only theirs and not excused: see `--list`", table.unexcused());
    let (excused, high) = (table.high(Fate::Excused), table.high_in_all());
    ensure!(excused * 20 <= high, "{excused} of {high} findings of high confidence are excused: more than 5 %");
    Ok(())
}

// Words with a `*` at their end speak of all that begins so.
fn speaks_of(words: &str, about: &str) -> bool {
    match words.strip_suffix('*') {
        Some(beginning) => about.starts_with(beginning),
        None => about.eq_ignore_ascii_case(words),
    }
}

fn write(text: &str) -> anyhow::Result<()> {
    let path = workspace().join(DOCUMENT);
    let old = std::fs::read_to_string(&path)?;
    let (head, rest) = old.split_once(BEGIN).context("the document has no place for the tables")?;
    let (_, tail) = rest.split_once(END).context("the place for the tables does not end")?;
    std::fs::write(path, format!("{head}{BEGIN}\n\n{text}\n{END}{tail}"))?;
    Ok(())
}

fn excuses() -> anyhow::Result<Vec<Excuse<'static>>> {
    let lines = EXCUSED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let excuse = |line: &'static str| {
        let mut fields = line.split('\t');
        let mut next = || fields.next().filter(|field| !field.is_empty());
        let all = (next(), next(), next(), next());
        let (Some(ident), Some(words), Some(fixture), Some(why)) = all else {
            anyhow::bail!("excused-zizmor.tsv: four fields are needed: {line}");
        };
        ensure!(workspace().join(fixture).is_file(), "excused-zizmor.tsv names {fixture}, which is not there");
        Ok(Excuse { ident, words, fixture, why })
    };
    lines.map(excuse).collect()
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

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Our rules by the peer's name for them.
fn aliases(peer: &str) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    #[derive(Deserialize)]
    struct Listed {
        id: String,
        aliases: Vec<String>,
    }
    let listed: Vec<Listed> = serde_json::from_slice(&std::fs::read(workspace().join("policies/rules.json"))?)?;
    let mut by_alias: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in listed {
        for alias in rule.aliases.iter().filter_map(|alias| alias.strip_prefix(&format!("{peer}/"))) {
            by_alias.entry(alias.to_owned()).or_default().push(rule.id.clone());
        }
    }
    Ok(by_alias)
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

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Both,
    Excused,
    OnlyTheirs,
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
        out.push("\nExcused, each by the platform's semantics and shown by a fixture:\n".to_owned());
        for excuse in excuses {
            out.push(format!("- {} `{}`: {} (`{}`)", excuse.ident, excuse.words, excuse.why, excuse.fixture));
        }
        out.join("\n")
    }
}
