//! The fixes of one file, made without knowledge of each other, checked in one reading.

use super::merge::{Taken, take};
use super::write::Quoting;
use super::{Edit, Lowered, MAX_EDITS, TextEdit, lower, reads_as_meant, unverified};
use crate::document::Document;

/// Lowers each fix as [`super::lower`] does; none for one that is refused.
///
/// Those that touch different places are applied together, and the file is read once: if it reads as all of them mean, each of them
/// changes what it says, at its own place, and nothing else. What is left, and everything if that does not hold, is read one by one,
/// as long as there are bytes left to read of `budget`.
#[must_use]
pub fn lower_all(document: &Document<'_>, fixes: &[&[Edit]], budget: &mut usize) -> Vec<Option<Vec<TextEdit>>> {
    let size = document.source().text().len().max(1);
    let candidates: Vec<Option<Lowered<'_>>> = fixes.iter().map(|edits| candidate(document, edits)).collect();
    let text_edits: Vec<Vec<TextEdit>> = candidates.iter().map(|lowered| text_edits(lowered.as_deref().unwrap_or(&[]))).collect();
    let mut taken = Taken::new();
    let apart: Vec<bool> =
        text_edits.iter().enumerate().map(|(index, edits)| take(&mut taken, document.source().text(), index, edits)).collect();
    let edit = |index: usize, at: usize| candidates.get(index)?.as_ref()?.get(at);
    let together: Lowered<'_> = taken.keys().filter_map(|key| edit(key.index, key.edit)).cloned().collect();
    let left = budget.checked_sub(size);
    *budget = left.unwrap_or(0);
    let all_well = left.is_some() && !together.is_empty() && reads_as_meant(document, &together);
    let mut alone = |edits: &[Edit]| {
        *budget = budget.checked_sub(size)?;
        lower(document, edits).ok()
    };
    let each = fixes.iter().zip(text_edits).zip(apart);
    each.map(|((edits, lowered), apart)| if apart && all_well { Some(lowered) } else { alone(edits) }).collect()
}

fn candidate<'e>(document: &Document<'_>, edits: &'e [Edit]) -> Option<Lowered<'e>> {
    (edits.len() <= MAX_EDITS).then(|| unverified(document, edits, Quoting::Keep).ok()).flatten()
}

fn text_edits(lowered: &[(TextEdit, &Edit)]) -> Vec<TextEdit> {
    lowered.iter().map(|(text_edit, _)| text_edit.clone()).collect()
}
