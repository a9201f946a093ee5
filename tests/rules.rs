//! Every rule against its own examples, and files on disk against the slices.

use std::collections::BTreeSet;
use std::path::Path;

use policy_core::document::edit::apply;
use policy_core::report::{FileCoverage, FileState, Report, Why, WhyCode};
use policy_core::rule::Rule;
use serde_json::{Value, json};

use crate::support::{Example, evaluate, example_of, examples, fixtures};

/// The report on an example by one rule alone: what other rules say of it is their examples' matter.
fn judge(rule: &str, example: &Example) -> Report {
    let mut options = example.options.clone();
    options["only"] = json!([rule]);
    evaluate(&example.files, &json!({"options": options, "head": {"sources": example.sources}}))
}

fn found(report: &Report) -> BTreeSet<(String, String, u32)> {
    let place =
        |finding: &policy_core::report::Finding| (finding.rule.clone(), finding.location.path.clone(), finding.location.line);
    report.findings.iter().map(place).collect()
}

fn of_kind<'e>(all: &'e [(String, String)], kind: &str) -> Vec<&'e str> {
    all.iter().filter(|(found, _)| found == kind).map(|(_, text)| text.as_str()).collect()
}

/// What fixtures can ask a finding to say: `severity/confidence`, message, reason, help, labels of other places, and `fix: ` and what the
/// fix does, or `no fix`.
fn summary(finding: &policy_core::report::Finding) -> String {
    let rating = format!("{:?}/{:?}", finding.severity, finding.confidence).to_lowercase();
    let labels = finding.related.iter().map(|related| related.label.as_str());
    let fix = finding.fix.as_ref().map_or_else(|| "no fix".to_owned(), |fix| format!("fix: {}", fix.title));
    let parts = [rating.as_str(), &finding.message, finding.reason.as_deref().unwrap_or(""), &finding.help, &fix];
    parts.into_iter().chain(labels).collect::<Vec<_>>().join("; ")
}

/// What differs between what is found and what is marked, a line each; nothing if they agree.
fn differences(what: &str, found: &BTreeSet<(String, String, u32)>, marked: &BTreeSet<(String, String, u32)>) -> Vec<String> {
    let lines = |set: &BTreeSet<(String, String, u32)>, other: &BTreeSet<(String, String, u32)>, said: &str| {
        let each = set.difference(other).map(|(rule, path, line)| format!("{what}: {path}:{line}: {rule}: {said}"));
        each.collect::<Vec<_>>()
    };
    [lines(found, marked, "found, and not marked"), lines(marked, found, "marked, and not found")].concat()
}

/// Fails once, with everything that is wrong.
fn fail(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\nLines are counted from the last `# file:`.", wrong.join("\n"));
}

#[test]
fn bad_examples_fire_on_the_marked_lines() {
    let mut wrong = Vec::new();
    for rule in policies::RULES {
        let all = examples(rule.docs);
        let bad = of_kind(&all, "bad");
        if bad.is_empty() {
            wrong.push(format!("{}: no bad example in DOCS", rule.id));
        }
        for (number, text) in (1..).zip(bad) {
            let example = example_of(rule.id, text);
            let name = format!("{}, bad example {number}", rule.id);
            let marked: BTreeSet<_> = example.marked.iter().map(|(path, line)| (rule.id.to_owned(), path.clone(), *line)).collect();
            if marked.is_empty() {
                wrong.push(format!("{name}: no line ends in ` # <-`:\n{text}"));
            }
            wrong.extend(differences(&name, &found(&judge(rule.id, &example)), &marked));
        }
    }
    fail(&wrong);
}

#[test]
fn good_examples_are_silent() {
    let mut wrong = Vec::new();
    for rule in policies::RULES {
        let all = examples(rule.docs);
        let good = of_kind(&all, "good");
        if good.len() < 3 {
            wrong.push(format!("{}: {} good examples in DOCS, and three near-misses are needed", rule.id, good.len()));
        }
        for (number, text) in (1..).zip(good) {
            let name = format!("{}, good example {number}", rule.id);
            let report = judge(rule.id, &example_of(rule.id, text));
            wrong.extend(differences(&name, &found(&report), &BTreeSet::new()));
            // What lies in other projects is not in an example.
            let elsewhere = |why: &Why| why.code == WhyCode::Unavailable;
            let simply = |file: &FileCoverage| file.state == FileState::Judged || file.why.iter().all(elsewhere);
            let here = report.coverage.files.iter().filter(|file| file.roles != ["gitlab-part"] || !file.why.is_empty());
            if !here.into_iter().all(simply) {
                wrong.push(format!("{name}: not simply judged: {:?}", report.coverage));
            }
        }
    }
    fail(&wrong);
}

#[test]
fn fixed_is_the_fix_applied_to_bad() {
    for rule in policies::RULES {
        let all = examples(rule.docs);
        let mut fixes = 0;
        for (at, (kind, text)) in all.iter().enumerate() {
            if kind != "fixed" {
                continue;
            }
            let before = all.get(at.wrapping_sub(1)).filter(|(kind, _)| kind == "bad").expect("a bad example before the fixed one");
            let bad = example_of(rule.id, &before.1);
            let fixed = example_of(rule.id, text);
            for (old, new) in bad.files.iter().zip(&fixed.files) {
                let report = judge(rule.id, &bad);
                let edits = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
                let mut edits: Vec<_> =
                    edits.filter(|fix| fix.location.path == old.path).flat_map(|fix| fix.edits.clone()).collect();
                edits.sort_by_key(|edit| edit.span);
                let text = std::str::from_utf8(&old.bytes).expect("text");
                assert_eq!(
                    apply(text, &edits).expect("edits that fit"),
                    std::str::from_utf8(&new.bytes).expect("text"),
                    "{}",
                    rule.id
                );
            }
            assert_eq!(found(&judge(rule.id, &fixed)), BTreeSet::new(), "{}: the fix leaves something to find", rule.id);
            fixes += 1;
        }
        assert_eq!(fixes > 0, rule.meta.fix.is_some(), "{}: `fix` in its metadata and `fixed` examples do not agree", rule.id);
    }
}

fn rule_files(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("").to_owned();
        if path.is_dir() {
            rule_files(&path, found);
        } else if stem != "mod" && stem != "lib" {
            found.insert(stem.replace('_', "-"));
        }
    }
}

#[test]
fn files_on_disk_are_the_rules() {
    let mut on_disk = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/src");
    // Rules stand in the folders of the pillars; files beside these hold what rules share.
    for entry in std::fs::read_dir(folder).expect("a folder").flatten().filter(|entry| entry.path().is_dir()) {
        rule_files(&entry.path(), &mut on_disk);
    }
    let ids: Vec<&str> = policies::RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "ids are sorted and each is there once: {ids:?}");
    assert_eq!(ids.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), on_disk);
}

#[test]
fn documentation_says_what_has_to_be_said() {
    let mut wrong = Vec::new();
    for rule in policies::RULES {
        let meta = &rule.meta;
        let mut lacks = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}: {what}", rule.id));
            }
        };
        for what in ["**Mend it:**", "**It does not see:**"] {
            lacks(rule.docs.contains(what), &format!("the documentation lacks {what}"));
        }
        let title = meta.title.starts_with(|c: char| !c.is_uppercase()) && !meta.title.ends_with('.');
        lacks(title, "the title begins in lower case and has no full stop");
        let month = meta.since.split_once('-').is_some_and(|(year, month)| {
            let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(year, 4) && digits(month, 2) && ("01"..="12").contains(&month)
        });
        lacks(month, "`since` is a month, as in 2026-11");
        lacks(meta.aliases.iter().all(|alias| alias.contains('/')), "an alias is `tool/name`");
    }
    for (name, text) in rule_sources() {
        if text.contains("TODO") {
            wrong.push(format!("{name}: TODO of the template is left"));
        }
    }
    fail(&wrong);
}

fn rule_sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/src");
    let files = crate::corpora::files(&folder, &[".rs"]);
    files.iter().map(|file| (file.display().to_string(), std::fs::read_to_string(file).expect("text"))).collect()
}

#[test]
fn the_list_beside_the_module_is_made_from_the_rules() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/rules.json");
    let listed: Value = serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("json");
    let entry = |rule: &&Rule| {
        let mut entry = serde_json::to_value(rule.meta).expect("json");
        entry["id"] = json!(rule.id);
        entry["docs"] = json!(rule.docs.trim());
        entry
    };
    let made: Vec<Value> = policies::RULES.iter().map(entry).collect();
    assert!(listed == json!(made), "policies/rules.json is not what it is made from: run `cargo xtask gen`");
}

#[test]
fn fixtures_fire_where_they_say() {
    let all = fixtures();
    let ids: Vec<&str> = policies::RULES.iter().map(|rule| rule.id).collect();
    let mut wrong = Vec::new();
    for rule in &ids {
        if !all.iter().any(|(name, _)| name.starts_with(&format!("{rule}/"))) {
            wrong.push(format!(
                "{rule}: no fixture: add tests/fixtures/{rule}/*.yml with `# expect: {rule}` on the lines that are found"
            ));
        }
    }
    for (name, example) in &all {
        let rule = name.split('/').next().unwrap_or("");
        if !ids.contains(&rule) {
            wrong.push(format!("tests/fixtures/{name}: the folder is named after no rule"));
        }
        let odd = example.expected.iter().filter(|(expected, ..)| expected != rule);
        wrong.extend(
            odd.map(|(expected, _, line)| format!("tests/fixtures/{name}:{line}: `{expected}` is not the rule of this folder")),
        );
        let report = judge(rule, example);
        let found = found(&report).into_iter().filter(|(found, ..)| found == rule).collect();
        let expected = example.expected.iter().cloned().collect();
        wrong.extend(differences(&format!("tests/fixtures/{name}"), &found, &expected));
        let unknown = report.unknown.iter().filter(|unknown| unknown.rule == rule);
        let unknown = unknown.map(|unknown| (unknown.rule.clone(), unknown.location.path.clone(), unknown.location.line)).collect();
        let marked = example.unknown.iter().cloned().collect();
        wrong.extend(differences(&format!("tests/fixtures/{name}: unknown"), &unknown, &marked));
        for (path, line, part) in &example.said {
            let here = report.findings.iter().filter(|finding| finding.location.path == *path && finding.location.line == *line);
            let said: Vec<String> = here.map(summary).collect();
            if !said.is_empty() && !said.iter().any(|said| said.contains(part)) {
                wrong.push(format!("tests/fixtures/{name}: {path}:{line}: `{part}` is not in {said:#?}"));
            }
        }
    }
    fail(&wrong);
}
