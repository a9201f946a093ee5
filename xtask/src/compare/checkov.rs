//! Manifests: findings beside those of checkov.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use policy_core::report::Finding;
use serde::Deserialize;

use super::{Excuse, Fate, MAX_LISTED, aliases, excuses, folder_or, list_excuses, speaks_of, write};
use crate::peers;
use crate::tools::{self, target};

const NOT_EXCUSED: &str = "NOT EXCUSED";

const EXCUSED: &str = include_str!("../../data/excused-checkov.tsv");

#[derive(Deserialize)]
struct Answer {
    results: Results,
}

#[derive(Deserialize)]
struct Results {
    failed_checks: Vec<Theirs>,
}

/// One finding of theirs: it is about an object, wherever in it the defect lies.
#[derive(Deserialize)]
struct Theirs {
    check_id: String,
    check_name: String,
    // From the folder that is looked at, with `/` in front.
    file_path: String,
    file_line_range: (u32, u32),
    // `Kind.namespace.name`; `default` stands for none.
    resource: String,
}

impl Theirs {
    fn path(&self) -> &str {
        self.file_path.trim_start_matches('/')
    }

    // `Kind name`, as our findings name it.
    fn object(&self) -> String {
        let mut parts = self.resource.splitn(3, '.');
        let (kind, _, name) = (parts.next().unwrap_or(""), parts.next(), parts.next().unwrap_or(""));
        format!("{kind} {name}")
    }
}

/// Compares with checkov, prints what differs, and writes the table into the documentation.
pub(super) fn run(folder: Option<PathBuf>, list: bool) -> anyhow::Result<()> {
    let excuses = excuses("checkov", EXCUSED)?;
    let manifests = folder_or(folder, "k8s-real")?;
    let theirs = theirs(&manifests)?;
    let report = tools::report(&manifests, &["--pack", "strict"])?;
    let aliases = aliases("checkov")?;
    let ours = by_file(&report.findings, &manifests);
    let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut excusing: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut listed = Vec::new();
    for found in &theirs {
        let rules = aliases.get(&found.check_id).map_or(&[] as &[String], Vec::as_slice);
        let of_file = ours.get(found.path()).map_or(&[] as &[(usize, &Finding)], Vec::as_slice);
        let matching = of_file.iter().filter(|(_, ours)| rules.contains(&ours.rule) && is_of_object(found, ours));
        let matching: Vec<usize> = matching.map(|(at, _)| *at).collect();
        let place = format!("{} {}", found.path(), found.resource);
        let speaks = |excuse: &&Excuse<'_>| {
            excuse.ident == found.check_id && (speaks_of(excuse.words, &found.resource) || speaks_of(excuse.words, &place))
        };
        let excuse = excuses.iter().find(speaks).filter(|_| matching.is_empty());
        let fate = match (matching.is_empty(), excuse) {
            (false, _) => Fate::Both,
            (true, Some(_)) => Fate::Excused,
            (true, None) => Fate::OnlyTheirs,
        };
        excusing.extend(excuse.map(|excuse| (excuse.ident, excuse.words)));
        if fate != Fate::Both {
            let why = excuse.map_or(NOT_EXCUSED, |excuse| excuse.why);
            listed.push(format!("{} {}:{} {}: {why}", found.check_id, found.path(), found.file_line_range.0, found.resource));
        }
        let row = rows.entry(&found.check_id).or_insert_with(|| Row { title: &found.check_name, rules, fates: BTreeMap::new() });
        *row.fates.entry(fate).or_default() += 1;
        used.extend(matching);
    }
    if list {
        // What is not excused first, and all of it.
        listed.sort_by_key(|line| (!line.ends_with(NOT_EXCUSED), line.clone()));
        let open = listed.iter().filter(|line| line.ends_with(NOT_EXCUSED)).count();
        listed.iter().take(open.max(MAX_LISTED)).for_each(|line| println!("{line}"));
    }
    let idle = excuses.iter().filter(|excuse| !excusing.contains(&(excuse.ident, excuse.words)));
    idle.for_each(|excuse| println!("this excuse excuses nothing: {} {}", excuse.ident, excuse.words));
    let text = render(&rows, &report.findings, &used, &excuses);
    println!("{text}");
    write("checkov", &text)?;
    let left: usize = rows.values().map(|row| row.count(Fate::OnlyTheirs)).sum();
    ensure!(left == 0, "{left} findings are only theirs and not excused: see `--list`");
    Ok(())
}

// What they say takes minutes on a slow machine, and is the same as long as the files are: it is kept.
fn theirs(folder: &Path) -> anyhow::Result<Vec<Theirs>> {
    let version = peers::CHECKOV.rsplit('=').next().unwrap_or("");
    let name: String = folder.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let (files, bytes) = tools::size_of(folder)?;
    let kept = target().join(format!("peers/checkov-{version}{name}-{files}-{bytes}.json"));
    if !kept.is_file() {
        let output = peers::checkov(folder)?.output().context("checkov could not be started")?;
        // It ends with 1 where it finds something.
        ensure!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Answer>(&output.stdout).context("checkov looked at nothing")?;
        std::fs::write(&kept, output.stdout)?;
    }
    let answer: Answer = serde_json::from_slice(&std::fs::read(&kept)?)?;
    Ok(answer.results.failed_checks)
}

// With their places among all.
fn by_file<'f>(findings: &'f [Finding], folder: &Path) -> BTreeMap<String, Vec<(usize, &'f Finding)>> {
    let mut by_file: BTreeMap<String, Vec<(usize, &Finding)>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let path = Path::new(&finding.location.path);
        let below = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        by_file.entry(below).or_default().push((at, finding));
    }
    by_file
}

// By the name of the object; where that is none, or made by the cluster, by its lines.
fn is_of_object(theirs: &Theirs, ours: &Finding) -> bool {
    let (first, last) = theirs.file_line_range;
    let places = std::iter::once(&ours.location).chain(ours.related.iter().map(|related| &related.location));
    let mut lines = places.filter(|place| place.path == ours.location.path).map(|place| (place.line, place.end_line));
    ours.attributes.get("object").is_some_and(|object| *object == theirs.object())
        || lines.any(|(from, to)| from <= last && to >= first)
}

/// What became of the findings of one of their rules.
struct Row<'r> {
    title: &'r str,
    rules: &'r [String],
    fates: BTreeMap<Fate, usize>,
}

impl Row<'_> {
    fn count(&self, fate: Fate) -> usize {
        self.fates.get(&fate).copied().unwrap_or_default()
    }
}

fn render(rows: &BTreeMap<&str, Row<'_>>, ours: &[Finding], used: &BTreeSet<usize>, excuses: &[Excuse<'_>]) -> String {
    let sum = |fate| rows.values().map(|row| row.count(fate)).sum::<usize>();
    let (both, excused, only) = (sum(Fate::Both), sum(Fate::Excused), sum(Fate::OnlyTheirs));
    let mut out = vec![format!(
        "{} finds {} on objects, Gatepost {}, most of them on containers. Of theirs, {both} are found here too and {excused} are excused.\n",
        peers::CHECKOV.replace("==", " "),
        both + excused + only,
        ours.len(),
    )];
    out.push("| their rule | what it says | ours | found by both | excused | only theirs |\n|---|---|---|---|---|---|".to_owned());
    let mut ordered: Vec<(&&str, &Row<'_>)> = rows.iter().collect();
    ordered.sort_by_key(|(ident, _)| (ident.rsplit_once('_').map(|(head, _)| head), number(ident)));
    for (ident, row) in ordered {
        let counts = [Fate::Both, Fate::Excused, Fate::OnlyTheirs].map(|fate| row.count(fate).to_string()).join(" | ");
        out.push(format!("| {ident} | {} | {} | {counts} |", row.title, row.rules.join(", ")));
    }
    out.push("\n| our rule | found | not found by them |\n|---|---|---|".to_owned());
    let mut rules: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, finding) in ours.iter().enumerate() {
        let entry = rules.entry(&finding.rule).or_default();
        *entry = (entry.0 + 1, entry.1 + usize::from(!used.contains(&at)));
    }
    out.extend(rules.into_iter().map(|(rule, (all, only))| format!("| {rule} | {all} | {only} |")));
    out.extend(list_excuses(excuses));
    out.join("\n")
}

fn number(ident: &str) -> u32 {
    ident.rsplit('_').next().and_then(|number| number.parse().ok()).unwrap_or(u32::MAX)
}
