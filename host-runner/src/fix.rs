//! Fixes: the edits that a report proposes, applied to files in memory and judged again. What to fix, and how, the module says.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use policy_core::document::edit::{TextEdit, merge};
use policy_core::report::{Fix, Report};
use policy_core::rule::Safety;

use crate::load::{FileSource, Selection};

/// The most times that fixes are applied and the result is judged. Fixes that touch each other need a round each.
const MAX_ROUNDS: usize = 10;

/// What fixes made of files.
#[derive(Debug, Default)]
pub(crate) struct Fixes {
    /// The files that changed, by the path that is shown.
    pub(crate) changes: BTreeMap<String, Change>,
    /// How many fixes the last round had to leave.
    pub(crate) left: usize,
    /// Files that are not fixed, and why.
    pub(crate) refused: BTreeMap<String, String>,
}

/// What fixes made of one file.
#[derive(Debug)]
pub(crate) struct Change {
    /// Its bytes as they were read.
    pub(crate) before: Vec<u8>,
    /// Its bytes with the fixes.
    pub(crate) after: Vec<u8>,
    /// How many findings were fixed.
    pub(crate) fixed: usize,
}

/// Applies the fixes of a report, judges what came of it, and so on until there is nothing more to apply. No file is written:
/// what has changed is in [`Selection::edited`] too.
///
/// # Errors
/// When judging fails.
pub(crate) fn settle(
    selection: &mut Selection,
    first: &str,
    with_unsafe: bool,
    judge: impl Fn(&Selection) -> anyhow::Result<String>,
) -> anyhow::Result<Fixes> {
    let mut fixes = Fixes::default();
    let mut report = read(first)?;
    for round in 1..=MAX_ROUNDS {
        let applied = apply(&mut fixes, selection, &report, with_unsafe);
        if applied == 0 || round == MAX_ROUNDS {
            break;
        }
        report = read(&judge(selection)?)?;
    }
    fixes.changes.retain(|_, change| change.before != change.after);
    Ok(fixes)
}

/// The report that the module wrote.
///
/// # Errors
/// When it is none.
pub(crate) fn read(json: &str) -> anyhow::Result<Report> {
    serde_json::from_str(json).context("the report cannot be read")
}

/// The fixes of findings that do something, in the order of the report: what is ignored stays as it is.
pub(crate) fn proposed(report: &Report) -> impl Iterator<Item = &Fix> {
    let act = report.verdicts.iter().filter(|verdict| verdict.action.counts());
    let act: BTreeSet<u32> = act.map(|verdict| verdict.finding).collect();
    (0_u32..).zip(&report.findings).filter(move |(at, _)| act.contains(at)).filter_map(|(_, finding)| finding.fix.as_ref())
}

fn apply(fixes: &mut Fixes, selection: &mut Selection, report: &Report, with_unsafe: bool) -> usize {
    let mut of_files: BTreeMap<&str, Vec<&[TextEdit]>> = BTreeMap::new();
    for fix in proposed(report).filter(|fix| with_unsafe || fix.safety == Safety::Safe) {
        of_files.entry(&fix.location.path).or_default().push(&fix.edits);
    }
    let files = report.coverage.files.iter();
    let judged: BTreeSet<(&str, &str)> = files.filter_map(|file| Some((file.path.as_str(), file.digest.as_deref()?))).collect();
    let mut applied = 0;
    fixes.left = 0;
    for (path, edits) in of_files {
        match selection.load(path) {
            Ok(loaded) if !judged.contains(&(path, loaded.digest.as_str())) => {
                fixes.refused.insert(path.to_owned(), "it has changed since it was judged".to_owned());
            }
            Ok(loaded) => match String::from_utf8(loaded.bytes) {
                Ok(before) => {
                    let (taken, after) = merge(&before, &edits);
                    applied += taken.len();
                    fixes.left += edits.len() - taken.len();
                    if !taken.is_empty() {
                        fixes.note(path, before.into_bytes(), after.as_bytes(), taken.len());
                        selection.edited.insert(path.to_owned(), after.into_bytes());
                    }
                }
                Err(_) => {
                    fixes.refused.insert(path.to_owned(), "it is not UTF-8".to_owned());
                }
            },
            Err(reason) => {
                fixes.refused.insert(path.to_owned(), reason);
            }
        }
    }
    applied
}

impl Fixes {
    fn note(&mut self, path: &str, before: Vec<u8>, after: &[u8], fixed: usize) {
        let change = self.changes.entry(path.to_owned()).or_insert_with(|| Change { before, after: Vec::new(), fixed: 0 });
        change.after = after.to_vec();
        change.fixed += fixed;
    }

    /// Writes every file that changed. Those that could not be written move from the changes to the refused.
    pub(crate) fn write(&mut self, selection: &mut Selection) {
        selection.edited.clear();
        let refused = &mut self.refused;
        self.changes.retain(|path, change| match selection.write(path, &change.before, &change.after) {
            Ok(()) => true,
            Err(reason) => {
                refused.insert(path.clone(), reason);
                false
            }
        });
    }
}

/// Whether something was given on standard input, where nothing can be written back.
pub(crate) fn has_stdin(selection: &Selection) -> bool {
    selection.files.values().any(|file| matches!(file, FileSource::Given(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Fixes, MAX_ROUNDS, settle};
    use crate::load::{FileSource, Selection};

    fn selection(text: &str) -> Selection {
        let mut selection = Selection::default();
        selection.files.insert("f".to_owned(), FileSource::Given(text.as_bytes().to_vec()));
        selection
    }

    /// A report that proposes to put each text in the place of each range.
    fn report(selection: &Selection, fixes: &[(usize, usize, &str, &str, &str)]) -> String {
        let location = json!({"path": "f", "span": {"start": 0, "end": 0}, "line": 1, "column": 1, "endLine": 1, "endColumn": 1,
            "snippet": {"line": 1, "column": 1, "text": ""}});
        let finding = |(start, end, text, safety, _): &(usize, usize, &str, &str, &str)| {
            let fix = json!({"title": "t", "safety": safety, "location": location,
                "edits": [{"span": {"start": start, "end": end}, "text": text}]});
            json!({"rule": "r", "severity": "high", "confidence": "high", "fingerprint": "p", "message": "m", "help": "h",
                "location": location, "label": "l", "fix": fix})
        };
        let verdicts = (0..).zip(fixes).map(|(at, fix): (u32, _)| json!({"finding": at, "subject": 0, "action": fix.4}));
        let digest = selection.load("f").expect("a file").digest;
        let report = json!({
            "report": 1, "tool": {"name": "n", "version": "v", "rules": "r"}, "run": {},
            "decision": {"outcome": "deny", "reasons": []}, "subjects": [], "ignores": [], "unknown": [], "rules": {},
            "findings": fixes.iter().map(finding).collect::<Vec<Value>>(), "verdicts": verdicts.collect::<Vec<Value>>(),
            "coverage": {"judged": 1, "partly": 0, "opaque": 0, "refused": 0,
                "files": [{"path": "f", "digest": digest, "origin": "unknown", "roles": [], "state": "judged"}]},
        });
        report.to_string()
    }

    fn after(fixes: &Fixes) -> Option<(&str, usize)> {
        fixes.changes.get("f").map(|change| (std::str::from_utf8(&change.after).expect("text"), change.fixed))
    }

    #[test]
    fn what_touches_a_fix_is_fixed_in_the_next_round() {
        // Each `a` is to become `b`, together with its neighbours.
        let judge = |selection: &Selection| {
            let text = selection.load("f").expect("a file").bytes;
            let marks = text.iter().enumerate().filter(|(_, byte)| **byte == b'a');
            let fixes: Vec<_> = marks.map(|(at, _)| (at, at + 2, "b.", "safe", "deny")).collect();
            Ok(report(selection, &fixes))
        };
        let mut selection = selection("aaaa.");
        let first = judge(&selection).expect("a report");
        let fixes = settle(&mut selection, &first, false, judge).expect("fixes");
        assert_eq!((after(&fixes), fixes.left), (Some(("b.b..", 3)), 0));
    }

    #[test]
    fn fixes_without_an_end_are_ended() {
        let judge = |selection: &Selection| Ok(report(selection, &[(0, 0, "x", "safe", "warn"), (0, 0, "y", "safe", "warn")]));
        let mut selection = selection("text");
        let first = judge(&selection).expect("a report");
        let fixes = settle(&mut selection, &first, false, judge).expect("fixes");
        assert_eq!((after(&fixes), fixes.left), (Some((format!("{}text", "x".repeat(MAX_ROUNDS)).as_str(), MAX_ROUNDS)), 1));
    }

    #[test]
    fn only_what_is_wanted_is_fixed() {
        let proposals = [(0, 1, "A", "safe", "ignored"), (2, 3, "B", "unsafe", "deny"), (4, 5, "C", "safe", "warn")];
        let judge = |selection: &Selection| {
            let untouched = selection.edited.is_empty();
            Ok(report(selection, if untouched { &proposals } else { &[] }))
        };
        for (with_unsafe, expected) in [(false, ("a-b-C", 1)), (true, ("a-B-C", 2))] {
            let mut selection = selection("a-b-c");
            let first = judge(&selection).expect("a report");
            let fixes = settle(&mut selection, &first, with_unsafe, judge).expect("fixes");
            assert_eq!(after(&fixes), Some(expected));
        }
    }

    #[test]
    fn a_file_that_is_no_longer_what_was_judged_is_not_fixed() {
        let first = report(&selection("abc"), &[(0, 1, "A", "safe", "deny")]);
        let mut selection = selection("xyz");
        let fixes = settle(&mut selection, &first, true, |_| anyhow::bail!("nothing changed")).expect("fixes");
        assert_eq!(after(&fixes), None);
        assert_eq!(fixes.refused.keys().collect::<Vec<_>>(), ["f"]);
    }
}
