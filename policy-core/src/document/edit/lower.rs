//! One structural edit as a replacement of bytes, in the style of the file around it.

use std::ops::Range;

use super::place::{column, line_break, line_rest, step};
use super::write::{Hand, Quoting, escaped, quoted};
use super::{Edit, Refusal, TextEdit, insert, place, remove, set};
use crate::document::Document;
use crate::document::node::{NodeId, Ref, Style};
use crate::sort::sorted_by_key;

/// What the edits of one fix have to know of each other.
pub(super) struct Context {
    pub(super) quoting: Quoting,
    // Keys of entries and items that go, sorted.
    removed: Vec<NodeId>,
}

impl Context {
    pub(super) fn new(document: &Document<'_>, edits: &[Edit], quoting: Quoting) -> Self {
        let removed = edits.iter().filter_map(|edit| match edit {
            Edit::Remove { entry } => place::entry(document, *entry),
            _ => None,
        });
        Self { quoting, removed: sorted_by_key(removed.collect(), |id| *id) }
    }

    /// Whether the entry of this key, or this item, goes.
    pub(super) fn removes(&self, id: NodeId) -> bool {
        self.removed.binary_search(&id).is_ok()
    }

    /// How to write into a mapping at a place.
    pub(super) fn hand<'d>(&self, map: Ref<'d>, at: usize) -> Hand<'d> {
        let line_break = line_break(map.source().text(), at);
        Hand { dialect: map.document().dialect(), quoting: self.quoting, line_break, step: step(map) }
    }
}

/// The replacement for one edit; none if there is nothing to do.
pub(super) fn one(document: &Document<'_>, edit: &Edit, context: &Context) -> Result<Option<TextEdit>, Refusal> {
    match edit {
        Edit::Splice { scalar, decoded, text } => splice(own(document, *scalar)?, decoded, text, context.quoting).map(Some),
        Edit::Set { node, value } => set::set(own(document, *node)?, value, context).map(Some),
        Edit::Insert { map, before, key, value } => insert::insert(own(document, *map)?, *before, (key, value), context).map(Some),
        Edit::Remove { entry } => remove::remove(document, *entry, context).map(Some),
        Edit::Comment { after, text } => comment(own(document, *after)?, text),
    }
}

/// Which of two edits of one place comes first: what goes on with the line, then the entries behind it, the deepest first.
pub(super) fn rank(document: &Document<'_>, edit: &Edit) -> usize {
    match edit {
        Edit::Splice { .. } | Edit::Set { .. } | Edit::Remove { .. } => 0,
        Edit::Comment { .. } => 1,
        Edit::Insert { map, .. } => {
            let start = document.nodes[*map].span.start as usize;
            usize::MAX - column(document.source().text(), start).unwrap_or(0)
        }
    }
}

fn own<'d>(document: &'d Document<'d>, id: NodeId) -> Result<Ref<'d>, Refusal> {
    let node = Ref::new(document, id);
    if node.via().is_some() || node.is_shared() { Err(Refusal::Shared) } else { Ok(node) }
}

fn splice(node: Ref<'_>, decoded: &Range<usize>, text: &str, quoting: Quoting) -> Result<TextEdit, Refusal> {
    let old = node.text().ok_or(Refusal::Form)?;
    let whole = spliced(old, decoded, text).ok_or(Refusal::Form)?;
    let several_lines = text.contains(['\n', '\r']);
    let replacement = match node.style() {
        Style::Plain | Style::SingleQuoted if quoting == Quoting::Force || several_lines => None,
        Style::Plain => Some(text.to_owned()),
        Style::SingleQuoted => Some(text.replace('\'', "''")),
        Style::DoubleQuoted => Some(escaped(text)),
        Style::Literal => Some(indented(node, text).ok_or(Refusal::Form)?),
        Style::Folded if !several_lines => Some(text.to_owned()),
        Style::Folded | Style::Block | Style::Flow => return Err(Refusal::Form),
    };
    Ok(match replacement {
        Some(text) => TextEdit { span: node.locate(decoded.clone()), text },
        None => TextEdit { span: node.span(), text: quoted(&whole, node.document().dialect()) },
    })
}

/// A text with a range replaced; none if the range is not in it.
pub(super) fn spliced(old: &str, range: &Range<usize>, text: &str) -> Option<String> {
    Some([old.get(..range.start)?, text, old.get(range.end..)?].concat())
}

fn indented(node: Ref<'_>, text: &str) -> Option<String> {
    if !text.contains('\n') {
        return Some(text.to_owned());
    }
    let decoded = node.document().decoded(&node.document().nodes[node.id()])?;
    let line_break = line_break(node.source().text(), node.span().start as usize);
    Some(text.replace('\n', &format!("{line_break}{}", " ".repeat(decoded.indent as usize))))
}

fn comment(node: Ref<'_>, text: &str) -> Result<Option<TextEdit>, Refusal> {
    let json = node.document().dialect().syntax() == crate::document::Syntax::Json;
    if json || text.contains(['\n', '\r']) || matches!(node.style(), Style::Literal | Style::Folded) {
        return Err(Refusal::Form);
    }
    let end = node.span().end as usize;
    let rest = line_rest(node.source().text(), end);
    let free = rest.trim().is_empty();
    // Blanks at the end of the line would become part of the comment.
    Ok(free.then(|| TextEdit { span: crate::source::Span::new(end, end + rest.len()), text: format!(" # {text}") }))
}
