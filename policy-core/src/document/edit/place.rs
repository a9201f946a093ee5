//! Lines, columns and entries: where in a file an edit has to be made.

use crate::document::Document;
use crate::document::node::{IS_KEY, Kind, Node, NodeId, Ref, Style};

/// How many columns a nested mapping is indented where the file does not show it.
const STEP: usize = 2;

/// What stands on the line before a place.
pub(super) fn prefix(source: &str, at: usize) -> &str {
    source.get(..at).and_then(|before| before.rsplit(['\n', '\r']).next()).unwrap_or("")
}

/// Where the line of a place begins.
pub(super) fn line_start(source: &str, at: usize) -> usize {
    at - prefix(source, at).len()
}

/// What stands on the line from a place on, without the break.
pub(super) fn line_rest(source: &str, at: usize) -> &str {
    let rest = source.get(at..).unwrap_or("");
    rest.split(['\n', '\r']).next().unwrap_or(rest)
}

/// Where the line after that of a place begins; the end of the file, if there is none.
pub(super) fn next_line(source: &str, at: usize) -> usize {
    let end = at + line_rest(source, at).len();
    let rest = source.get(end..).unwrap_or("");
    let breaks = if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
    end + breaks
}

/// The line above the one that begins here: where it begins, and its text.
pub(super) fn line_above(source: &str, line: usize) -> Option<(usize, &str)> {
    let before = source.get(..line)?;
    let above = before.strip_suffix("\r\n").or_else(|| before.strip_suffix(['\n', '\r']))?;
    let text = prefix(source, above.len());
    Some((above.len() - text.len(), text))
}

/// The break that ends the line of a place; on a last line without one, that of the file.
pub(super) fn line_break(source: &str, at: usize) -> &'static str {
    let rest = source.get(at..).unwrap_or("");
    let ends = rest.find(['\n', '\r']).and_then(|end| rest.get(end..));
    let windows = ends.map_or_else(|| source.contains("\r\n"), |rest| rest.starts_with("\r\n"));
    if windows { "\r\n" } else { "\n" }
}

pub(super) fn is_blank(text: &str) -> bool {
    text.trim_matches([' ', '\t']).is_empty()
}

/// Whether a rest of a line says nothing: it is blank, or a comment.
pub(super) fn is_free(rest: &str) -> bool {
    is_blank(rest) || (rest.starts_with([' ', '\t']) && rest.trim_start_matches([' ', '\t']).starts_with('#'))
}

/// The column of a place; none if more than blanks and the `-` of sequences stands before it on its line.
pub(super) fn column(source: &str, at: usize) -> Option<usize> {
    let before = prefix(source, at);
    let before = before.strip_prefix('\u{FEFF}').unwrap_or(before);
    before.chars().all(|c| matches!(c, ' ' | '-')).then_some(before.len())
}

/// The columns by which mappings in the place of this one are indented.
pub(super) fn step(map: Ref<'_>) -> usize {
    let is_block = |node: Ref<'_>| node.kind() == Kind::Mapping && node.style() == Style::Block && node.via().is_none();
    let column = |node: Ref<'_>| is_block(node).then(|| column(node.source().text(), node.span().start as usize))?;
    let between = |outer: Ref<'_>, inner: Ref<'_>| column(inner)?.checked_sub(column(outer)?).filter(|step| *step > 0);
    let nested = |map: Ref<'_>| map.entries().find_map(|(_, value)| between(map, value));
    let outside = || map.ancestors().find_map(|node| between(node.parent()?, node));
    let root = || map.ancestors().last().and_then(nested);
    nested(map).or_else(outside).or_else(root).unwrap_or(STEP)
}

/// An entry of a mapping by its key and its value, or an item of a sequence twice, as they stand in the file.
pub(super) type Entry = (NodeId, NodeId);

/// What a collection holds.
pub(super) fn entries(document: &Document<'_>, collection: NodeId) -> Vec<Entry> {
    let node = Ref::new(document, collection);
    let mut children = node.raw_children();
    let mut next = || {
        let first = children.next()?;
        Some((first, if node.kind() == Kind::Mapping { children.next()? } else { first }))
    };
    std::iter::from_fn(&mut next).collect()
}

/// The key of the entry that a node is the key or value of, or the node, if it is an item; none for a root.
pub(super) fn entry(document: &Document<'_>, id: NodeId) -> Option<NodeId> {
    let node = &document.nodes[id];
    if node.parent == id || node.flags & IS_KEY != 0 || document.nodes[node.parent].kind == Kind::Sequence {
        return (node.parent != id).then_some(id);
    }
    entries(document, node.parent).into_iter().find(|(_, value)| *value == id).map(|(key, _)| key)
}

/// Where an entry ends.
pub(super) fn end(document: &Document<'_>, (key, value): Entry) -> usize {
    document.nodes[key].span.end.max(document.nodes[value].span.end) as usize
}

/// Where the text of an entry ends if its last node is a block scalar that keeps the blank lines behind it (`|+`).
pub(super) fn kept_end(document: &Document<'_>, (_, value): Entry) -> Option<usize> {
    let last: &Node = &document.nodes[document.nodes.last_within(value)];
    let block = last.kind == Kind::Scalar && matches!(last.style, Style::Literal | Style::Folded);
    let header = document.source().slice(last.span).bytes().take_while(|byte| !byte.is_ascii_whitespace());
    let keeps = block && header.into_iter().any(|byte| byte == b'+');
    keeps.then(|| document.decoded(last).map(|decoded| decoded.body_end as usize)).flatten()
}

/// Where the line behind an entry in block style begins; none if something else stands behind it on its line.
pub(super) fn lines_end(document: &Document<'_>, entry: Entry) -> Option<usize> {
    let source = document.source().text();
    let end = end(document, entry);
    kept_end(document, entry).or_else(|| is_free(line_rest(source, end)).then(|| next_line(source, end)))
}
