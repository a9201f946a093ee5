//! Structural edits: lowered to replacements of bytes, applied, read again and held against the tree that was meant. An edit
//! that does not come out as meant is refused, so a fix never breaks a file.

mod lower;
mod verify;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Document;
use super::node::NodeId;
use crate::sort::sorted_by_key;
use crate::source::{Source, Span};

/// One change of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Replaces a range of a scalar's decoded text.
    Splice {
        /// The scalar.
        scalar: NodeId,
        /// Bytes of its decoded text.
        decoded: Range<usize>,
        /// What comes in their place.
        text: String,
    },
    /// Gives a scalar, or an empty value, another text.
    Set {
        /// The scalar.
        node: NodeId,
        /// Its new text.
        text: String,
    },
    /// Adds an entry at the end of a mapping.
    Insert {
        /// The mapping.
        map: NodeId,
        /// The key, which must not be there yet.
        key: String,
        /// The value, as text.
        value: String,
    },
    /// Adds a comment behind a node, unless something else already stands behind it on its line.
    Comment {
        /// The node.
        after: NodeId,
        /// The comment without `#`.
        text: String,
    },
}

/// Bytes of a file and what comes in their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextEdit {
    /// The bytes that go; an empty range inserts.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// Why an edit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Other places show the node through an alias and would change with it.
    Shared,
    /// The node is not of a kind or style that this edit can be written in.
    Form,
    /// Two edits touch the same bytes.
    Overlap,
    /// The edited file does not read as it was meant to.
    Mismatch,
}

/// Lowers edits of one document to replacements of bytes, sorted by place.
///
/// # Errors
/// Refuses all of them if one cannot be made, or if the edited file does not read as meant.
pub fn lower(document: &Document<'_>, edits: &[Edit]) -> Result<Vec<TextEdit>, Refusal> {
    // The style of the file is kept where it can hold the new text; where it cannot, quotes are tried.
    let kept = lower_in(document, edits, lower::Quoting::Keep);
    if matches!(kept, Err(Refusal::Mismatch)) { lower_in(document, edits, lower::Quoting::Force) } else { kept }
}

fn lower_in(document: &Document<'_>, edits: &[Edit], quoting: lower::Quoting) -> Result<Vec<TextEdit>, Refusal> {
    let mut lowered = Vec::new();
    let mut meant = Vec::new();
    for edit in edits {
        if let Some(text_edit) = lower::one(document, edit, quoting)? {
            lowered.push(text_edit);
            meant.push(edit);
        }
    }
    let lowered = sorted_by_key(lowered, |edit: &TextEdit| edit.span);
    let overlap = lowered.iter().zip(lowered.iter().skip(1)).any(|(first, second)| first.span.end > second.span.start);
    if overlap {
        return Err(Refusal::Overlap);
    }
    let text = apply(document.source().text(), &lowered).ok_or(Refusal::Mismatch)?;
    let source = Source::new(document.source().path(), text.as_bytes(), document.source().origin());
    let edited = Document::read(&source, *document.dialect());
    if verify::reads_as_meant(document, &edited, &meant) { Ok(lowered) } else { Err(Refusal::Mismatch) }
}

/// The text with the replacements made; none if they are not sorted, overlap, or lie outside of the text.
#[must_use]
pub fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start as usize)?);
        out.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}
