//! Structural edits: lowered to replacements of bytes, applied, read again and held against the tree that was meant. An edit
//! that does not come out as meant is refused, so a fix never breaks a file.

mod insert;
mod lower;
mod merge;
mod place;
mod remove;
mod set;
mod together;
mod verify;
mod write;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use merge::merge;
pub use together::lower_all;

use super::Document;
use super::node::NodeId;
use crate::sort::sorted_by_key;
use crate::source::{Source, Span};
use write::Quoting;

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
    /// Gives a scalar, or an empty value, another value. A block scalar becomes one of one line, or, for a text of several lines, a
    /// literal block; blank lines behind it stay.
    Set {
        /// The scalar.
        node: NodeId,
        /// What it becomes.
        value: Value,
    },
    /// Adds an entry to a mapping that has one, or that is written `{}`. Where the value is empty or another scalar, use
    /// [`Edit::Set`] with a mapping.
    Insert {
        /// The mapping.
        map: NodeId,
        /// The key or value of the entry that it comes before, above the comments that stand directly above that key; at the end, if
        /// none.
        before: Option<NodeId>,
        /// The key, which must not be there yet, or which the same fix removes.
        key: String,
        /// The value.
        value: Value,
    },
    /// Removes an entry of a mapping, or an item of a sequence. The comments on its own lines go with it; those above it stay.
    ///
    /// Refused for the only one of a collection in block style, which would leave an empty value: remove the entry that holds the
    /// collection instead.
    Remove {
        /// The key or the value of the entry, or the item. A value that an alias stands for is named by its key: its own id names
        /// what is shared.
        entry: NodeId,
    },
    /// Adds a comment behind a node, unless something else already stands behind it on its line.
    Comment {
        /// The node.
        after: NodeId,
        /// The comment without `#`.
        text: String,
    },
}

/// A value to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text: without quotes where no reader takes it for anything else.
    Text(String),
    /// A plain scalar just as it is given, such as `false`, which as a text would have quotes.
    Plain(String),
    /// A mapping: by indentation, in flow style within flow style, `{}` if it is empty.
    Map(Vec<(String, Value)>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Plain(value.to_string())
    }
}

/// The most edits that one fix may have.
pub const MAX_EDITS: usize = 1000;

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
    /// The node is not of a kind or style that this edit can be written in, or there are more than [`MAX_EDITS`].
    Form,
    /// Two edits touch the same bytes.
    Overlap,
    /// The edited file does not read as it was meant to.
    Mismatch,
}

/// Lowers edits of one document, which make one fix, to replacements of bytes, sorted by place.
///
/// # Errors
/// Refuses all of them if one cannot be made, or if the edited file does not read as meant.
pub fn lower(document: &Document<'_>, edits: &[Edit]) -> Result<Vec<TextEdit>, Refusal> {
    if edits.len() > MAX_EDITS {
        return Err(Refusal::Form);
    }
    // The style of the file is kept where it can hold the new text; where it cannot, quotes are tried.
    let kept = lower_in(document, edits, Quoting::Keep);
    if matches!(kept, Err(Refusal::Mismatch)) { lower_in(document, edits, Quoting::Force) } else { kept }
}

fn lower_in(document: &Document<'_>, edits: &[Edit], quoting: Quoting) -> Result<Vec<TextEdit>, Refusal> {
    let lowered = unverified(document, edits, quoting)?;
    if reads_as_meant(document, &lowered) {
        Ok(lowered.into_iter().map(|(text_edit, _)| text_edit).collect())
    } else {
        Err(Refusal::Mismatch)
    }
}

type Lowered<'e> = Vec<(TextEdit, &'e Edit)>;

fn unverified<'e>(document: &Document<'_>, edits: &'e [Edit], quoting: Quoting) -> Result<Lowered<'e>, Refusal> {
    let context = lower::Context::new(document, edits, quoting);
    let mut lowered = Vec::new();
    for edit in edits {
        if let Some(text_edit) = lower::one(document, edit, &context)? {
            lowered.push((text_edit, edit));
        }
    }
    let lowered = sorted_by_key(lowered, |(text_edit, edit)| (text_edit.span, lower::rank(document, edit)));
    let neighbours = lowered.iter().zip(lowered.iter().skip(1));
    if neighbours.into_iter().any(|((first, _), (second, _))| first.span.end > second.span.start) {
        return Err(Refusal::Overlap);
    }
    Ok(lowered)
}

fn reads_as_meant(document: &Document<'_>, lowered: &[(TextEdit, &Edit)]) -> bool {
    let text_edits: Vec<TextEdit> = lowered.iter().map(|(text_edit, _)| text_edit.clone()).collect();
    let Some(text) = apply(document.source().text(), &text_edits) else { return false };
    let source = Source::new(document.source().path(), text.as_bytes(), document.source().origin());
    let edited = Document::read(&source, *document.dialect());
    verify::reads_as_meant(document, &edited, lowered)
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
