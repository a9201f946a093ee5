//! Holds the edited file, read again, against the tree that the edits were to give.

use super::Edit;
use super::lower::spliced;
use crate::document::Document;
use crate::document::node::{ANCHORED, Kind, NodeId, Ref};
use crate::sort::sorted_by_key;

/// Whether `after` is `before` with these edits made, and nothing else changed.
pub(super) fn reads_as_meant(before: &Document<'_>, after: &Document<'_>, edits: &[&Edit]) -> bool {
    let same_problems = before.problems().len() == after.problems().len();
    let roots: Vec<_> = before.roots.iter().zip(&after.roots).collect();
    same_problems
        && before.roots.len() == after.roots.len()
        && roots.into_iter().all(|(old, new)| same_tree(&Pair { before, after, edits }, *old, *new))
        && same_comments(before, after, edits)
}

struct Pair<'p> {
    before: &'p Document<'p>,
    after: &'p Document<'p>,
    edits: &'p [&'p Edit],
}

// Recursion is as deep as the document, and the reader refuses documents deeper than some hundred levels.
fn same_tree(pair: &Pair<'_>, old: NodeId, new: NodeId) -> bool {
    let (old_node, new_node) = (&pair.before.nodes[old], &pair.after.nodes[new]);
    let anchored = |flags: u16| flags & ANCHORED != 0;
    if old_node.kind != new_node.kind
        || anchored(old_node.flags) != anchored(new_node.flags)
        || tag_text(pair.before, old) != tag_text(pair.after, new)
    {
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

fn same_children(pair: &Pair<'_>, old: NodeId, new: NodeId) -> bool {
    let mut found = Ref::new(pair.after, new).raw_children();
    let old_same = Ref::new(pair.before, old).raw_children().all(|child| match found.next() {
        Some(candidate) => same_tree(pair, child, candidate),
        None => false,
    });
    let inserted = pair.edits.iter().filter_map(|edit| match edit {
        Edit::Insert { map, key, value } if *map == old => Some([key, value]),
        _ => None,
    });
    let is_text = |id: NodeId, text: &str| Ref::new(pair.after, id).value() == Some(text);
    let new_same = inserted.flatten().all(|text| found.next().is_some_and(|id| is_text(id, text)));
    old_same && new_same && found.next().is_none()
}

// None if the edits of one scalar contradict each other.
fn meant_text(pair: &Pair<'_>, scalar: NodeId) -> Option<String> {
    let mut text = Ref::new(pair.before, scalar).text()?.to_owned();
    let mut splices = Vec::new();
    for edit in pair.edits {
        match edit {
            Edit::Set { node, text } if *node == scalar => return Some(text.clone()),
            Edit::Splice { scalar: node, decoded, text } if *node == scalar => splices.push((decoded, text)),
            _ => {}
        }
    }
    // From the back, so that the ranges in front keep their meaning.
    for (range, replacement) in sorted_by_key(splices, |(range, _)| std::cmp::Reverse(range.start)) {
        text = spliced(&text, range, replacement)?;
    }
    Some(text)
}

fn tag_text<'d>(document: &'d Document<'_>, id: NodeId) -> Option<&'d str> {
    let at = document.tags.binary_search_by_key(&id, |(id, _)| *id).ok()?;
    document.tags.get(at).map(|(_, span)| document.source().slice(*span))
}

fn same_comments(before: &Document<'_>, after: &Document<'_>, edits: &[&Edit]) -> bool {
    let text = |document: &Document<'_>, at: usize| {
        document.comments().get(at).map(|comment| document.source().slice(comment.span).to_owned())
    };
    let mut added: Vec<String> = Vec::new();
    for edit in edits {
        if let Edit::Comment { text, .. } = edit {
            added.push(format!("# {text}"));
        }
    }
    let mut old = 0;
    for new in 0..after.comments().len() {
        let found = text(after, new);
        if found.is_some() && found == text(before, old) {
            old += 1;
        } else if let Some(at) = added.iter().position(|meant| Some(meant) == found.as_ref()) {
            added.swap_remove(at);
        } else {
            return false;
        }
    }
    old == before.comments().len() && added.is_empty()
}
