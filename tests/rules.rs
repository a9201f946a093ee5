//! Every rule against its own examples, and files on disk against the slices.

use std::collections::BTreeSet;
use std::path::Path;

use policy_core::document::edit::apply;
use policy_core::report::Report;
use policy_core::rule::Rule;
use serde_json::json;

use crate::support::{Example, evaluate, example, examples, fixtures};

fn judge(example: &Example) -> Report {
    evaluate(&example.files, &json!({"options": example.options}))
}

fn found(report: &Report) -> BTreeSet<(String, String, u32)> {
    let place =
        |finding: &policy_core::report::Finding| (finding.rule.clone(), finding.location.path.clone(), finding.location.line);
    report.findings.iter().map(place).collect()
}

fn of_kind<'e>(all: &'e [(String, String)], kind: &str) -> Vec<&'e str> {
    all.iter().filter(|(found, _)| found == kind).map(|(_, text)| text.as_str()).collect()
}

#[test]
fn bad_examples_fire_on_the_marked_lines_and_nothing_else_does() {
    for rule in policies::RULES {
        let all = examples(rule.docs);
        let bad = of_kind(&all, "bad");
        assert!(!bad.is_empty(), "{}: no bad example", rule.id);
        for text in bad {
            let example = example(text);
            let marked: BTreeSet<_> = example.marked.iter().map(|(path, line)| (rule.id.to_owned(), path.clone(), *line)).collect();
            assert!(!marked.is_empty(), "{}: a bad example without a mark", rule.id);
            assert_eq!(found(&judge(&example)), marked, "{}:\n{text}", rule.id);
        }
    }
}

#[test]
fn good_examples_are_silent() {
    for rule in policies::RULES {
        let all = examples(rule.docs);
        let good = of_kind(&all, "good");
        assert!(good.len() >= 3, "{}: fewer than three near-misses", rule.id);
        for text in good {
            let report = judge(&example(text));
            assert_eq!(found(&report), BTreeSet::new(), "{}:\n{text}", rule.id);
            assert!(report.coverage.judged as usize == report.coverage.files.len(), "{}: {:?}", rule.id, report.coverage);
        }
    }
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
            let bad = example(&before.1);
            let fixed = example(text);
            for (old, new) in bad.files.iter().zip(&fixed.files) {
                let report = judge(&bad);
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
            assert_eq!(found(&judge(&fixed)), BTreeSet::new(), "{}: the fix leaves something to find", rule.id);
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
    rule_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/src"), &mut on_disk);
    let ids: Vec<&str> = policies::RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "ids are sorted and each is there once: {ids:?}");
    assert_eq!(ids.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), on_disk);
}

#[test]
fn documentation_says_what_has_to_be_said() {
    let lacks = |rule: &Rule, what: &str| !rule.docs.contains(what);
    for rule in policies::RULES {
        for what in ["**Mend it:**", "**It does not see:**"] {
            assert!(!lacks(rule, what), "{}: the documentation lacks {what}", rule.id);
        }
        assert!(!rule.meta.maps.is_empty(), "{}: answers to no entry of a catalogue", rule.id);
    }
}

#[test]
fn fixtures_fire_where_they_say() {
    let all = fixtures();
    for rule in policies::RULES {
        let of_rule = all.iter().filter(|(name, _)| name.starts_with(&format!("{}/", rule.id)));
        assert!(of_rule.count() > 0, "{}: no fixture in tests/fixtures", rule.id);
    }
    for (name, example) in &all {
        let rule = name.split('/').next().unwrap_or("");
        let options = json!({"options": example.options, "head": {}});
        let found: BTreeSet<_> =
            found(&evaluate(&example.files, &options)).into_iter().filter(|(found, ..)| found == rule).collect();
        let expected: BTreeSet<_> = example.expected.iter().filter(|(expected, ..)| expected == rule).cloned().collect();
        assert_eq!(found, expected, "{name}");
    }
}
