//! Fixes: the edits that a report proposes, applied to files in memory and judged again. What to fix, and how, the module says.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use policy_core::document::edit::TextEdit;
use policy_core::report::{Action, Fix, Report};
use policy_core::rule::Safety;
use serde_json::value::RawValue;

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
    first: &RawValue,
    with_unsafe: bool,
    judge: impl Fn(&Selection) -> anyhow::Result<Box<RawValue>>,
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
pub(crate) fn read(raw: &RawValue) -> anyhow::Result<Report> {
    serde_json::from_str(raw.get()).context("the report cannot be read")
}

/// The fixes of findings that do something, in the order of the report: what is ignored stays as it is.
pub(crate) fn proposed(report: &Report) -> impl Iterator<Item = &Fix> {
    let act = report.verdicts.iter().filter(|verdict| verdict.action != Action::Ignored);
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
            Ok(loaded) => {
                let merged = merge(&loaded.bytes, &edits);
                applied += merged.applied;
                fixes.left += merged.left;
                if merged.applied > 0 {
                    fixes.note(path, loaded.bytes, &merged);
                    selection.edited.insert(path.to_owned(), merged.bytes);
                }
            }
            Err(reason) => {
                fixes.refused.insert(path.to_owned(), reason);
            }
        }
    }
    applied
}

impl Fixes {
    fn note(&mut self, path: &str, before: Vec<u8>, merged: &Merged) {
        let change = self.changes.entry(path.to_owned()).or_insert_with(|| Change { before, after: Vec::new(), fixed: 0 });
        change.after.clone_from(&merged.bytes);
        change.fixed += merged.applied;
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

/// What fixes made of bytes.
#[derive(Debug, PartialEq, Eq)]
struct Merged {
    bytes: Vec<u8>,
    /// How many fixes were applied.
    applied: usize,
    /// How many were not, since they touch one that was.
    left: usize,
}

/// Applies fixes in their order, each whole or not at all: one that touches bytes of an earlier one is left.
fn merge(bytes: &[u8], fixes: &[&[TextEdit]]) -> Merged {
    // By place, then in the order of the fix: two insertions of one fix may stand at the same byte.
    let mut taken: BTreeMap<(u32, u32, usize), &str> = BTreeMap::new();
    let mut applied = 0;
    let mut count = 0;
    for fix in fixes {
        if !fix.is_empty() && is_within(bytes, fix) && fix.iter().all(|edit| is_free(&taken, edit)) {
            for edit in *fix {
                taken.insert((edit.span.start, edit.span.end, count), &edit.text);
                count += 1;
            }
            applied += 1;
        }
    }
    let mut out = Vec::with_capacity(bytes.len() + taken.values().map(|text| text.len()).sum::<usize>());
    let mut at = 0;
    for ((start, end, _), text) in taken {
        out.extend_from_slice(bytes.get(at..start as usize).unwrap_or_default());
        out.extend_from_slice(text.as_bytes());
        at = end as usize;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Merged { bytes: out, applied, left: fixes.len() - applied }
}

fn is_within(bytes: &[u8], fix: &[TextEdit]) -> bool {
    let sorted = fix.iter().zip(fix.iter().skip(1)).all(|(first, second)| first.span.end <= second.span.start);
    sorted && fix.iter().all(|edit| bytes.get(edit.span.range()).is_some())
}

// What is taken never overlaps, so only the neighbours can be touched. An insertion also touches what begins or ends where it
// stands: nothing says which of the two should come first.
fn is_free(taken: &BTreeMap<(u32, u32, usize), &str>, edit: &TextEdit) -> bool {
    let key = (edit.span.start, edit.span.end, usize::MAX);
    let before = taken.range(..key).next_back();
    let after = taken.range(key..).next();
    before.into_iter().chain(after).all(|(&(start, end, _), _)| {
        let insertion = edit.span.is_empty() || start == end;
        let apart = edit.span.end <= start || end <= edit.span.start;
        let touching = edit.span.end == start || end == edit.span.start;
        apart && !(insertion && touching)
    })
}

#[cfg(test)]
mod tests {
    use policy_core::document::edit::TextEdit;
    use policy_core::source::Span;
    use serde_json::value::{RawValue, to_raw_value};
    use serde_json::{Value, json};

    use super::{Fixes, MAX_ROUNDS, merge, settle};
    use crate::load::{FileSource, Selection};

    fn selection(text: &str) -> Selection {
        let mut selection = Selection::default();
        selection.files.insert("f".to_owned(), FileSource::Given(text.as_bytes().to_vec()));
        selection
    }

    /// A report that proposes to put each text in the place of each range.
    fn report(selection: &Selection, fixes: &[(usize, usize, &str, &str, &str)]) -> Box<RawValue> {
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
        to_raw_value(&report).expect("json")
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
        assert_eq!((after(&fixes), fixes.left), (Some(("b.b..", 2)), 0));
    }

    #[test]
    fn fixes_without_an_end_are_ended() {
        let judge = |selection: &Selection| Ok(report(selection, &[(0, 0, "x", "safe", "warn"), (0, 0, "y", "safe", "warn")]));
        let mut selection = selection("");
        let first = judge(&selection).expect("a report");
        let fixes = settle(&mut selection, &first, false, judge).expect("fixes");
        assert_eq!((after(&fixes), fixes.left), (Some(("x".repeat(MAX_ROUNDS).as_str(), MAX_ROUNDS)), 1));
    }

    #[test]
    fn only_what_is_wanted_is_fixed() {
        let proposals = [(0, 1, "A", "safe", "ignored"), (1, 2, "B", "unsafe", "deny"), (2, 3, "C", "safe", "warn")];
        let judge = |selection: &Selection| {
            let untouched = selection.edited.is_empty();
            Ok(report(selection, if untouched { &proposals } else { &[] }))
        };
        for (with_unsafe, expected) in [(false, ("abC", 1)), (true, ("aBC", 2))] {
            let mut selection = selection("abc");
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

    fn edit(start: usize, end: usize, text: &str) -> TextEdit {
        TextEdit { span: Span::new(start, end), text: text.to_owned() }
    }

    fn merged(text: &str, fixes: &[&[TextEdit]]) -> (String, usize, usize) {
        let merged = merge(text.as_bytes(), fixes);
        (String::from_utf8_lossy(&merged.bytes).into_owned(), merged.applied, merged.left)
    }

    #[test]
    fn fixes_of_different_places_are_all_applied() {
        let (later, sooner) = ([edit(6, 9, "THREE")], [edit(0, 1, "1"), edit(2, 2, "+")]);
        assert_eq!(merged("one two three", &[&later, &sooner]), ("1n+e twTHREEhree".to_owned(), 2, 0));
        let (first, second) = ([edit(0, 2, "AB")], [edit(2, 4, "CD")]);
        assert_eq!(merged("abcd", &[&second, &first]), ("ABCD".to_owned(), 2, 0));
    }

    #[test]
    fn a_fix_that_touches_an_earlier_one_is_left_whole() {
        let first = [edit(2, 5, "X")];
        for second in
            [edit(2, 5, "X"), edit(0, 3, ""), edit(4, 9, ""), edit(3, 4, ""), edit(0, 9, ""), edit(2, 2, "i"), edit(5, 5, "i")]
        {
            let second = [second, edit(9, 10, "!")];
            assert_eq!(merged("0123456789", &[&first, &second]), ("01X56789".to_owned(), 1, 1), "{second:?}");
        }
        let (one, other) = ([edit(3, 3, "a")], [edit(3, 3, "b")]);
        assert_eq!(merged("012345", &[&one, &other]), ("012a345".to_owned(), 1, 1));
        let around = [edit(2, 4, "x")];
        assert_eq!(merged("012345", &[&one, &around]), ("012a345".to_owned(), 1, 1));
    }

    #[test]
    fn the_edits_of_one_fix_may_touch() {
        let fix = [edit(2, 4, "ref"), edit(4, 4, " # v1"), edit(4, 4, "\nx: y")];
        assert_eq!(merged("a@v1\n", &[&fix]), ("a@ref # v1\nx: y\n".to_owned(), 1, 0));
    }

    #[test]
    fn what_lies_outside_of_the_file_is_left() {
        let beyond = [edit(0, 1, "x"), edit(3, 9, "y")];
        let unsorted = [edit(2, 3, "x"), edit(0, 1, "y")];
        assert_eq!(merged("abc", &[&beyond, &unsorted, &[]]), ("abc".to_owned(), 0, 3));
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let fix = [edit(1, 2, "x")];
        assert_eq!(merge(b"\xFFa\xFE", &[&fix]).bytes, b"\xFFx\xFE");
    }
}
