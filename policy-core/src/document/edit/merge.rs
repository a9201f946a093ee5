//! Fixes that were made without knowledge of each other, applied to one file.

use super::{TextEdit, apply};
use crate::document::{Dialect, Document};
use crate::map::Map;
use crate::source::{Origin, Source, Span};

/// Bytes that may be read again to find which of the fixes do not go together.
const READ_BUDGET: usize = 64 << 20;

/// Applies fixes of one file in their order, each whole or not at all. Gives the indices of those that were applied, and the text
/// that they make.
///
/// `text` is what all fixes were made for, and the edits of each are sorted and do not overlap, as [`super::lower`] gives them. A fix
/// is left out
/// - if it is not so, or lies outside of the text;
/// - if it replaces bytes that one before it replaces, or bytes right beside them: alone, each would leave an entry of a list, and
///   together they might leave none;
/// - if it inserts where one before it inserts or replaces, with one exception: text that goes on with a line, such as a comment,
///   and new lines behind that line go together, in this order;
/// - if together with those before it, it makes of a file that reads well one that does not: both may insert the same key, in
///   different places.
///
/// What is left out is not lost: judge the text again, and the fixes for it fit. Nothing is told of meaning: two fixes that are each
/// right may be wrong together, so judge the text again in any case.
#[must_use]
pub fn merge(text: &str, fixes: &[&[TextEdit]]) -> (Vec<usize>, String) {
    let mut taken = Taken::new();
    let apart = fixes.iter().enumerate().filter(|(index, fix)| take(&mut taken, text, *index, fix)).map(|(index, _)| index);
    let apart: Vec<usize> = apart.collect();
    let problems = |text: &str| {
        let source = Source::new("", text.as_bytes(), Origin::Unknown);
        // Of all dialects, the one that takes most keys for the same.
        let document = Document::read(&source, Dialect::GITHUB);
        (document.problems().len(), document.roots().count())
    };
    let before = problems(text);
    let reads_well = |text: &str| {
        let (now, roots) = problems(text);
        now <= before.0 && roots == before.1
    };
    if let Some(merged) = applied(text, &taken).filter(|merged| reads_well(merged)) {
        return (apart, merged);
    }
    one_by_one(text, fixes, &apart, reads_well)
}

fn one_by_one(text: &str, fixes: &[&[TextEdit]], apart: &[usize], reads_well: impl Fn(&str) -> bool) -> (Vec<usize>, String) {
    let (mut kept, mut best, mut taken) = (Vec::new(), text.to_owned(), Taken::new());
    let mut budget = READ_BUDGET;
    for index in apart.iter().copied() {
        let Some(left) = budget.checked_sub(text.len().max(1)) else { break };
        budget = left;
        let fix = fixes.get(index).copied().unwrap_or(&[]);
        if !take(&mut taken, text, index, fix) {
            continue;
        }
        match applied(text, &taken).filter(|merged| reads_well(merged)) {
            Some(merged) => {
                best = merged;
                kept.push(index);
            }
            None => {
                let all = std::mem::take(&mut taken);
                taken.extend(all.into_iter().filter(|(key, _)| key.index != index));
            }
        }
    }
    (kept, best)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Removal,
    WithinLine,
    NewLines,
}

fn form(edit: &TextEdit) -> Form {
    match (edit.text.as_str(), edit.span.is_empty()) {
        ("", _) => Form::Removal,
        (text, true) if text.starts_with(['\n', '\r']) => Form::NewLines,
        _ => Form::WithinLine,
    }
}

// The order of the file: of what stands at one place, new lines come last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    start: u32,
    end: u32,
    form: Form,
    /// Which fix, and which of its edits.
    pub(super) index: usize,
    pub(super) edit: usize,
}

/// Edits of several fixes, in the order of the file.
pub(super) type Taken<'f> = Map<Key, &'f TextEdit>;

fn applied(text: &str, taken: &Taken<'_>) -> Option<String> {
    let edits: Vec<TextEdit> = taken.values().map(|edit| (*edit).clone()).collect();
    apply(text, &edits)
}

/// Takes the edits of a fix if they touch nothing that was taken. False leaves what was taken as it is.
pub(super) fn take<'f>(taken: &mut Taken<'f>, text: &str, index: usize, fix: &'f [TextEdit]) -> bool {
    let keys = || {
        fix.iter().enumerate().map(move |(at, edit)| Key {
            start: edit.span.start,
            end: edit.span.end,
            form: form(edit),
            index,
            edit: at,
        })
    };
    let sorted = keys().zip(keys().skip(1)).all(|(first, second)| first.end <= second.start);
    let within = |span: Span| span.start <= span.end && text.get(span.range()).is_some();
    if fix.is_empty() || !sorted || !fix.iter().all(|edit| within(edit.span)) || !keys().all(|key| is_free(taken, key)) {
        return false;
    }
    taken.extend(keys().zip(fix));
    true
}

// What is taken does not overlap, so it ends in the order in which it begins.
fn is_free(taken: &Taken<'_>, key: Key) -> bool {
    let last = Key { start: key.end, end: u32::MAX, form: Form::NewLines, index: usize::MAX, edit: usize::MAX };
    let mut touching = taken.keys_below(&last).take_while(|other| other.end >= key.start);
    let goes_on = |line: Key, lines: Key| (line.form, lines.form) == (Form::WithinLine, Form::NewLines) && line.end == lines.start;
    touching.all(|other| goes_on(key, *other) || goes_on(*other, key))
}
