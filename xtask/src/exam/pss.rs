//! Pod Security Standards: the fixtures of Kubernetes itself, and random pods.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use policy_core::report::{Action, FileState, Report};
use serde_json::Value;

use super::{lines, oracle};
use crate::tools::{corpora, run as run_program, target};

const SEED: &str = "1";
const COUNT: &str = "10000";

const LEVELS: [&str; 2] = ["baseline", "restricted"];
const NEWEST_MINOR: u8 = 37;

/// The most differences that are shown.
const SHOWN: usize = 10;

/// Controls of Baseline by the names that fixtures have for them, and what stands for them at the level Restricted from a minor version on.
const OVERRIDDEN: [(&str, u8, &str); 4] = [
    ("capabilities_baseline", 22, "capabilities_restricted"),
    ("hostpathvolumes", 0, "restrictedvolumes"),
    ("procmount", 35, "procmount_restricted"),
    ("seccompprofile_baseline", 19, "seccompprofile_restricted"),
];

/// What the command says of one file.
#[derive(Default)]
struct Said {
    controls: BTreeSet<String>,
    // Whether every finding denies.
    denied: bool,
    // Whether all of it was judged, and nothing is unknown.
    whole: bool,
}

/// What was compared, and what differs.
#[derive(Default)]
struct Tally {
    judged: usize,
    found: usize,
    differences: Vec<String>,
}

/// Sits the exam.
pub(super) fn run(command: &Path, _: Command) -> anyhow::Result<()> {
    let folder = target().join("exam/pss");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut rows: Vec<(String, Tally)> = Vec::new();
    match corpora(None).map(|corpora| corpora.join("pss/test/testdata")).filter(|corpus| corpus.is_dir()) {
        Some(corpus) => fixtures(command, &corpus, "fixtures of the corpus", &mut rows)?,
        None => println!("pss: the corpus `pss` is not here: its fixtures are left out"),
    }
    let all = folder.join("fixtures");
    run_program(Command::new(oracle()?).arg("pss-fixtures").arg(&all))?;
    fixtures(command, &all, "fixtures of 1.0 to 1.37", &mut rows)?;
    random(command, &folder.join("random"), &mut rows)?;
    table(&rows);
    let differences: Vec<&String> = rows.iter().flat_map(|(_, tally)| &tally.differences).collect();
    for difference in differences.iter().take(SHOWN) {
        println!("\n{difference}");
    }
    ensure!(differences.is_empty(), "pss: {} differences from Kubernetes' own verdicts", differences.len());
    Ok(())
}

fn table(rows: &[(String, Tally)]) {
    println!("\n| Pod Security Standards | pods judged | forbidden | differences |\n|---|---:|---:|---:|");
    for (name, tally) in rows {
        println!("| {name} | {} | {} | {} |", tally.judged, tally.found, tally.differences.len());
    }
}

/// What the command says of every file below a folder, by its path from there.
fn judge(command: &Path, folder: &Path, level: &str, minor: u8) -> anyhow::Result<BTreeMap<String, Said>> {
    let (pack, version) = (format!("pss-{level}"), format!("1.{minor}"));
    let mut check = Command::new(command);
    check.current_dir(folder).args(["check", "--format", "json", "--pack", &pack, "--kubernetes-version", &version, "."]);
    let output = check.output()?;
    ensure!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Report = serde_json::from_slice(&output.stdout)?;
    ensure!((output.status.code() == Some(1)) != report.findings.is_empty(), "the command does not deny what the standard forbids");
    // Inside of a repository the command names files from its root.
    let below = format!("/v{version}/");
    let named = |path: &str| path.rsplit_once(below.as_str()).map_or(path, |(_, name)| name).to_owned();
    let of_file = |file: &policy_core::report::FileCoverage| {
        let said = Said { denied: true, whole: file.state == FileState::Judged, ..Said::default() };
        (named(&file.path), said)
    };
    let mut all: BTreeMap<String, Said> = report.coverage.files.iter().map(of_file).collect();
    for (index, finding) in (0..).zip(&report.findings) {
        let said = all.get_mut(&named(&finding.location.path)).context("a finding in a file that was not looked at")?;
        let control = finding.attributes.get("control").with_context(|| format!("{} names no control", finding.rule))?;
        said.controls.insert(control.clone());
        let mut verdicts = report.verdicts.iter().filter(|verdict| verdict.finding == index);
        said.denied &= verdicts.all(|verdict| verdict.action == Action::Deny);
    }
    for unknown in &report.unknown {
        all.get_mut(&named(&unknown.location.path)).into_iter().for_each(|said| said.whole = false);
    }
    Ok(all)
}

/// Holds the fixtures below a folder against their names: `LEVEL/v1.MINOR/{pass,fail}/CHECK<n>.yaml`.
fn fixtures(command: &Path, root: &Path, name: &str, rows: &mut Vec<(String, Tally)>) -> anyhow::Result<()> {
    for level in LEVELS {
        let mut tally = Tally::default();
        for minor in 0..=NEWEST_MINOR {
            let folder = root.join(level).join(format!("v1.{minor}"));
            if !folder.is_dir() {
                continue;
            }
            let said = judge(command, &folder, level, minor)?;
            for file in files(&folder)? {
                tally.judged += 1;
                let wrong = match said.get(&file) {
                    Some(said) => {
                        tally.found += usize::from(!said.controls.is_empty());
                        wrong(&file, said, level, minor)
                    }
                    None => Some("it was not judged".to_owned()),
                };
                tally.differences.extend(wrong.map(|wrong| format!("{}: {wrong}", folder.join(&file).display())));
            }
        }
        ensure!(tally.judged > 0, "{} holds no fixtures of the level {level}", root.display());
        rows.push((format!("{level}: {name}"), tally));
    }
    Ok(())
}

/// The fixtures of a version: `pass/NAME` and `fail/NAME`.
fn files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for verdict in ["fail", "pass"] {
        for entry in std::fs::read_dir(folder.join(verdict))? {
            found.push(format!("{verdict}/{}", entry?.file_name().to_string_lossy()));
        }
    }
    found.sort();
    Ok(found)
}

/// What is wrong with what is said of a fixture, if anything is.
fn wrong(file: &str, said: &Said, level: &str, minor: u8) -> Option<String> {
    if !said.whole {
        return Some("not all of it was judged".to_owned());
    }
    let Some(name) = file.strip_prefix("fail/") else {
        return (!said.controls.is_empty()).then(|| format!("it is fine, and these find something: {:?}", said.controls));
    };
    let check = name.trim_end_matches(".yaml").trim_end_matches(|digit: char| digit.is_ascii_digit());
    let stands_for = OVERRIDDEN.iter().find(|(of, since, _)| level == "restricted" && *of == check && minor >= *since);
    let expected = stands_for.map_or(check, |(.., by)| by);
    let found = said.controls.iter().any(|control| control.eq_ignore_ascii_case(expected));
    let denies = (!said.denied).then(|| "a finding does not deny".to_owned());
    (!found).then(|| format!("{expected} does not find it; these do: {:?}", said.controls)).or(denies)
}

/// Holds random pods against the verdicts of Kubernetes' own code: of each pod the same controls at both levels.
fn random(command: &Path, root: &Path, rows: &mut Vec<(String, Tally)>) -> anyhow::Result<()> {
    let pods = lines(&["pss-random", SEED, COUNT])?;
    let mut by_minor: BTreeMap<u8, Vec<(String, &Value)>> = BTreeMap::new();
    for (number, pod) in pods.iter().enumerate() {
        let minor = u8::try_from(pod["minor"].as_u64().context("a version")?)?;
        by_minor.entry(minor).or_default().push((format!("{number}.json"), pod));
    }
    for (minor, pods) in &by_minor {
        let folder = folder_of(root, *minor);
        std::fs::create_dir_all(&folder)?;
        for (name, pod) in pods {
            std::fs::write(folder.join(name), serde_json::to_vec_pretty(&pod["pod"])?)?;
        }
    }
    for level in LEVELS {
        let mut tally = Tally::default();
        for (minor, pods) in &by_minor {
            let said = judge(command, &folder_of(root, *minor), level, *minor)?;
            for (name, pod) in pods {
                let expected = controls(&pod[level])?;
                tally.judged += 1;
                tally.found += usize::from(!expected.is_empty());
                let same = said.get(name).is_some_and(|said| said.whole && said.denied && said.controls == expected);
                if !same {
                    let ours = said.get(name).map(|said| &said.controls);
                    let pod = serde_json::to_string_pretty(&pod["pod"])?;
                    let difference = format!("{level} 1.{minor}: {expected:?} by Kubernetes, {ours:?} by Gatepost, of\n{pod}");
                    tally.differences.push(difference);
                }
            }
        }
        rows.push((format!("{level}: random pods of seed {SEED}"), tally));
    }
    Ok(())
}

fn folder_of(root: &Path, minor: u8) -> PathBuf {
    root.join(format!("v1.{minor}"))
}

fn controls(list: &Value) -> anyhow::Result<BTreeSet<String>> {
    let Some(list) = list.as_array() else { bail!("the oracle gives no list of checks") };
    list.iter().map(|id| Ok(id.as_str().context("the id of a check")?.to_owned())).collect()
}
