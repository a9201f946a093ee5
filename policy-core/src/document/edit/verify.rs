//! Holds the edited file, read again, against the tree that the edits were to give.

use super::lower::spliced;
use super::{Edit, TextEdit, Value, place};
use crate::document::Document;
use crate::document::node::{ANCHORED, Kind, NodeId, Ref, Style};
use crate::sort::sorted_by_key;
use crate::source::Span;

/// Whether `after` is `before` with these edits made, and nothing else changed. Each edit comes with what it was lowered to, in the
/// order of the file.
pub(super) fn reads_as_meant(before: &Document<'_>, after: &Document<'_>, lowered: &[(TextEdit, &Edit)]) -> bool {
    let edits = lowered.iter().filter_map(|(_, edit)| Some((subject(before, edit)?, *edit)));
    let pair = Pair { before, after, edits: sorted_by_key(edits.collect(), |(subject, _)| *subject) };
    let removed = lowered.iter().filter(|(_, edit)| matches!(edit, Edit::Remove { .. })).map(|(lowered, _)| lowered.span);
    let removed: Vec<Span> = removed.collect();
    // What is wrong with an entry goes with it.
    let same_problems = before.problems().len() == after.problems().len()
        || (!removed.is_empty() && before.problems().len() > after.problems().len());
    let added = lowered.iter().filter_map(|(_, edit)| match edit {
        Edit::Comment { text, .. } => Some(format!("# {text}")),
        _ => None,
    });
    same_problems
        && before.roots.len() == after.roots.len()
        && before.roots.iter().zip(&after.roots).all(|(old, new)| same_tree(&pair, *old, *new))
        && same_comments(before, after, &removed, added.collect())
}

struct Pair<'p> {
    before: &'p Document<'p>,
    after: &'p Document<'p>,
    // Sorted by subject; those of one subject in the order in which they were made.
    edits: Vec<(NodeId, &'p Edit)>,
}

impl Pair<'_> {
    fn edits_of(&self, id: NodeId) -> impl Iterator<Item = &Edit> {
        let first = self.edits.partition_point(|(subject, _)| *subject < id);
        self.edits.iter().skip(first).take_while(move |(subject, _)| *subject == id).map(|(_, edit)| *edit)
    }

    /// Whether an edit has to be thought of at this node or within it.
    fn touches(&self, id: NodeId) -> bool {
        let first = self.edits.partition_point(|(subject, _)| *subject < id);
        self.edits.get(first).is_some_and(|(subject, _)| subject.index() < self.before.nodes[id].next as usize)
    }

    fn removes(&self, id: NodeId) -> bool {
        self.edits_of(id).any(|edit| matches!(edit, Edit::Remove { .. }))
    }
}

// The node at which an edit has to be thought of.
fn subject(document: &Document<'_>, edit: &Edit) -> Option<NodeId> {
    match edit {
        Edit::Splice { scalar: node, .. } | Edit::Set { node, .. } => Some(*node),
        Edit::Insert { map, before: None, .. } => Some(*map),
        Edit::Insert { before: Some(id), .. } | Edit::Remove { entry: id } => place::entry(document, *id),
        Edit::Comment { .. } => None,
    }
}

// Recursion is as deep as the document, and the reader refuses documents deeper than some hundred levels.
fn same_tree(pair: &Pair<'_>, old: NodeId, new: NodeId) -> bool {
    if !pair.touches(old) {
        return same_untouched(pair.before, pair.after, old, new);
    }
    let (old_node, new_node) = (&pair.before.nodes[old], &pair.after.nodes[new]);
    if !same_properties(pair.before, pair.after, old, new) {
        return false;
    }
    let set = pair.edits_of(old).find_map(|edit| match edit {
        Edit::Set { value, .. } => Some(value),
        _ => None,
    });
    if let Some(value) = set {
        return is_value(pair.after, new, value);
    }
    if old_node.kind != new_node.kind {
        return false;
    }
    match old_node.kind {
        Kind::Alias => pair.before.source().slice(old_node.span) == pair.after.source().slice(new_node.span),
        Kind::Scalar => {
            let meant = meant_text(pair, old);
            meant.is_some() && meant.as_deref() == Ref::new(pair.after, new).text()
        }
        Kind::Sequence | Kind::Mapping => same_children(pair, old, new),
    }
}

// Nearly everything in a file: node by node, in the order of the file.
fn same_untouched(before: &Document<'_>, after: &Document<'_>, old: NodeId, new: NodeId) -> bool {
    let size = |document: &Document<'_>, id: NodeId| (document.nodes[id].next as usize).saturating_sub(id.index());
    let same = |(old, new): (NodeId, NodeId)| {
        let (old_node, new_node) = (&before.nodes[old], &after.nodes[new]);
        old_node.kind == new_node.kind
            && size(before, old) == size(after, new)
            && same_properties(before, after, old, new)
            && match old_node.kind {
                Kind::Alias => before.source().slice(old_node.span) == after.source().slice(new_node.span),
                Kind::Scalar => Ref::new(before, old).text() == Ref::new(after, new).text(),
                Kind::Sequence | Kind::Mapping => true,
            }
    };
    before.nodes.within(old).zip(after.nodes.within(new)).all(same)
}

fn same_properties(before: &Document<'_>, after: &Document<'_>, old: NodeId, new: NodeId) -> bool {
    let anchored = |document: &Document<'_>, id: NodeId| document.nodes[id].flags & ANCHORED != 0;
    let untagged = before.tags.is_empty() && after.tags.is_empty();
    anchored(before, old) == anchored(after, new) && (untagged || tag_text(before, old) == tag_text(after, new))
}

fn same_children(pair: &Pair<'_>, old: NodeId, new: NodeId) -> bool {
    let mut found = Ref::new(pair.after, new).raw_children();
    let is_map = pair.before.nodes[old].kind == Kind::Mapping;
    for (first, last) in place::entries(pair.before, old) {
        if !inserted(pair, first, true, &mut found) {
            return false;
        }
        if pair.removes(first) {
            continue;
        }
        let mut same = |child: NodeId| found.next().is_some_and(|candidate| same_tree(pair, child, candidate));
        if !same(first) || (is_map && !same(last)) {
            return false;
        }
    }
    inserted(pair, old, false, &mut found) && found.next().is_none()
}

// Whether what comes next is what was to be inserted before this key, or at the end of this mapping.
fn inserted(pair: &Pair<'_>, subject: NodeId, before_key: bool, found: &mut impl Iterator<Item = NodeId>) -> bool {
    pair.edits_of(subject).all(|edit| match edit {
        Edit::Insert { before, key, value, .. } if before.is_some() == before_key => is_entry(pair.after, key, value, found),
        _ => true,
    })
}

fn is_entry(after: &Document<'_>, key: &str, value: &Value, found: &mut impl Iterator<Item = NodeId>) -> bool {
    let is_bare = |id: NodeId| after.nodes[id].flags & ANCHORED == 0 && tag_text(after, id).is_none();
    let key = found.next().is_some_and(|id| is_bare(id) && is_text(after, id, key));
    key && found.next().is_some_and(|id| is_bare(id) && is_value(after, id, value))
}

fn is_value(after: &Document<'_>, id: NodeId, value: &Value) -> bool {
    match value {
        Value::Text(text) => is_text(after, id, text),
        Value::Plain(text) => after.nodes[id].style == Style::Plain && Ref::new(after, id).text() == Some(text),
        Value::Map(entries) => {
            let mut found = Ref::new(after, id).raw_children();
            after.nodes[id].kind == Kind::Mapping
                && entries.iter().all(|(key, value)| is_entry(after, key, value, &mut found))
                && found.next().is_none()
        }
    }
}

fn is_text(after: &Document<'_>, id: NodeId, text: &str) -> bool {
    let node = &after.nodes[id];
    let is_scalar = node.kind == Kind::Scalar && (node.style != Style::Plain || after.dialect().is_text(text));
    is_scalar && Ref::new(after, id).text() == Some(text)
}

// None if the edits of one scalar contradict each other.
fn meant_text(pair: &Pair<'_>, scalar: NodeId) -> Option<String> {
    let mut text = Ref::new(pair.before, scalar).text()?.to_owned();
    let splices = pair.edits_of(scalar).filter_map(|edit| match edit {
        Edit::Splice { decoded, text, .. } => Some((decoded, text)),
        _ => None,
    });
    // From the back, so that the ranges in front keep their meaning.
    for (range, replacement) in sorted_by_key(splices.collect(), |(range, _)| std::cmp::Reverse(range.start)) {
        text = spliced(&text, range, replacement)?;
    }
    Some(text)
}

fn tag_text<'d>(document: &'d Document<'_>, id: NodeId) -> Option<&'d str> {
    let at = document.tags.binary_search_by_key(&id, |(id, _)| *id).ok()?;
    document.tags.get(at).map(|(_, span)| document.source().slice(*span))
}

// Comments that stood within what was removed are gone, those that were added are there, and all others stayed.
fn same_comments(before: &Document<'_>, after: &Document<'_>, removed: &[Span], mut added: Vec<String>) -> bool {
    let stays = |span: Span| {
        let last = removed.partition_point(|removed| removed.start <= span.start).checked_sub(1);
        last.and_then(|at| removed.get(at)).is_none_or(|removed| removed.end <= span.start)
    };
    let old = before.comments().iter().map(|comment| comment.span).filter(|span| stays(*span));
    let mut old = old.map(|span| before.source().slice(span)).peekable();
    for comment in after.comments() {
        let text = after.source().slice(comment.span);
        if old.next_if_eq(&text).is_some() {
            continue;
        }
        let Some(at) = added.iter().position(|meant| meant == text) else { return false };
        added.swap_remove(at);
    }
    old.next().is_none() && added.is_empty()
}
