//! The fixes of one file, made without knowledge of each other, checked in one reading.

use super::merge::{Taken, take};
use super::write::Quoting;
use super::{Edit, Lowered, MAX_EDITS, TextEdit, lower, reads_as_meant, unverified};
use crate::document::Document;

/// How often those that touch others are tried together again before each is read alone.
const MAX_ROUNDS: usize = 12;

/// Lowers each fix as [`super::lower`] does; none for one that is refused.
///
/// Those that touch different places are applied together, and the file is read once: if it reads as all of them mean, each of them
/// changes what it says, at its own place, and nothing else. Those that touch one of these come together in the next round. Where a
/// round does not read as meant, and for what is left after the last, each is read alone, as long as there are bytes left to read of
/// `budget`.
#[must_use]
pub fn lower_all(document: &Document<'_>, fixes: &[&[Edit]], budget: &mut usize) -> Vec<Option<Vec<TextEdit>>> {
    let size = document.source().text().len().max(1);
    let candidates: Vec<Option<Lowered<'_>>> = fixes.iter().map(|edits| candidate(document, edits)).collect();
    let text_edits: Vec<Vec<TextEdit>> = candidates.iter().map(|lowered| text_edits(lowered.as_deref().unwrap_or(&[]))).collect();
    let mut verified = vec![false; fixes.len()];
    let mut open: Vec<usize> = (0..fixes.len()).collect();
    for _ in 0..MAX_ROUNDS {
        let mut taken = Taken::new();
        let text = document.source().text();
        let of = |index: usize| text_edits.get(index).map_or(&[][..], Vec::as_slice);
        let (apart, touching): (Vec<usize>, Vec<usize>) =
            open.into_iter().partition(|index| take(&mut taken, text, *index, of(*index)));
        open = touching;
        let edit = |index: usize, at: usize| candidates.get(index)?.as_ref()?.get(at);
        let together: Lowered<'_> = taken.keys().filter_map(|key| edit(key.index, key.edit)).cloned().collect();
        let Some(left) = budget.checked_sub(size).filter(|_| !together.is_empty()) else { break };
        *budget = left;
        if reads_as_meant(document, &together) {
            apart.iter().filter_map(|index| verified.get_mut(*index).map(|verified| *verified = true)).for_each(drop);
        }
    }
    let mut alone = |edits: &[Edit]| {
        *budget = budget.checked_sub(size)?;
        lower(document, edits).ok()
    };
    let each = fixes.iter().zip(text_edits).zip(verified);
    each.map(|((edits, lowered), verified)| if verified { Some(lowered) } else { alone(edits) }).collect()
}

fn candidate<'e>(document: &Document<'_>, edits: &'e [Edit]) -> Option<Lowered<'e>> {
    (edits.len() <= MAX_EDITS).then(|| unverified(document, edits, Quoting::Keep).ok()).flatten()
}

fn text_edits(lowered: &[(TextEdit, &Edit)]) -> Vec<TextEdit> {
    lowered.iter().map(|(text_edit, _)| text_edit.clone()).collect()
}
