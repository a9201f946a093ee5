//! An entry of a mapping or an item of a sequence goes.

use super::lower::Context;
use super::place::{
    Entry, column, end, entries, entry, is_blank, is_free, line_above, line_rest, line_start, lines_end, next_line, prefix,
};
use super::{Refusal, TextEdit};
use crate::document::Document;
use crate::document::node::{Kind, NodeId, Ref, SHARED, Style};
use crate::source::Span;

const BLANKS: [char; 2] = [' ', '\t'];
const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

pub(super) fn remove(document: &Document<'_>, id: NodeId, context: &Context) -> Result<TextEdit, Refusal> {
    let id = entry(document, id).ok_or(Refusal::Form)?;
    let collection = document.nodes[id].parent;
    let entries = entries(document, collection);
    let at = entries.iter().position(|(first, _)| *first == id).ok_or(Refusal::Form)?;
    let (_, last) = *entries.get(at).ok_or(Refusal::Form)?;
    // What an alias elsewhere shows must stay.
    let shown = document.nodes.range(id, document.nodes.last_within(last)).iter().any(|node| node.flags & SHARED != 0);
    if shown || Ref::new(document, collection).is_shared() {
        return Err(Refusal::Shared);
    }
    let span = match document.nodes[collection].style {
        Style::Flow => flow(document, collection, &entries, at),
        _ if entries.iter().all(|(first, _)| context.removes(*first)) => None,
        _ => block(document, collection, &entries, at, context),
    };
    span.map(|(start, end)| TextEdit { span: Span::new(start, end), text: String::new() }).ok_or(Refusal::Form)
}

fn block(document: &Document<'_>, collection: NodeId, entries: &[Entry], at: usize, context: &Context) -> Option<(usize, usize)> {
    let source = document.source().text();
    let end = lines_end(document, *entries.get(at)?)?;
    let start = start(document, collection, entries, at)?;
    column(source, start)?;
    let first_start = self::start(document, collection, entries, 0)?;
    let leads = entries.iter().take(at).all(|(first, _)| context.removes(*first));
    if leads && !is_blank(prefix(source, first_start)) {
        // Behind the `-` of a sequence: what comes next moves up.
        let next = source.get(end..)?.trim_start_matches(SPACE);
        return Some((start, source.len() - next.len()));
    }
    let top = match at.checked_sub(1).and_then(|above| entries.get(above)) {
        Some(above) => lines_end(document, *above)?,
        None => 0,
    };
    let mut line = line_start(source, start);
    if !is_blank(prefix(source, start)) {
        return None;
    }
    // Blank lines that stood apart from both neighbours would be twice as many.
    if end == source.len() || is_blank(line_rest(source, end)) {
        while let Some((above, _)) = line_above(source, line).filter(|(above, text)| *above >= top && is_blank(text)) {
            line = above;
        }
    }
    Some((line, end))
}

// Where an entry begins: at its key, or at the `-` of an item.
fn start(document: &Document<'_>, collection: NodeId, entries: &[Entry], at: usize) -> Option<usize> {
    let source = document.source().text();
    let node = &document.nodes[collection];
    if node.kind == Kind::Mapping {
        return Some(document.nodes[entries.get(at)?.0].span.start as usize);
    }
    let Some(above) = at.checked_sub(1) else { return Some(node.span.start as usize) };
    let mut line = lines_end(document, *entries.get(above)?)?;
    let limit = document.nodes[entries.get(at)?.0].span.start as usize;
    while line < limit {
        let text = line_rest(source, line);
        let content = text.trim_start_matches(' ');
        if content.starts_with('-') {
            return Some(line + text.len() - content.len());
        }
        if !is_blank(text) && !content.starts_with('#') {
            return None;
        }
        line = next_line(source, line);
    }
    None
}

fn flow(document: &Document<'_>, collection: NodeId, entries: &[Entry], at: usize) -> Option<(usize, usize)> {
    let source = document.source().text();
    let this = *entries.get(at)?;
    let (start, end) = (document.nodes[this.0].span.start as usize, end(document, this));
    // `[a: b]` holds a mapping without braces.
    source.get(document.nodes[collection].span.range()).filter(|text| text.starts_with(['{', '[']))?;
    let rest = source.get(end..)?;
    let comma = rest.trim_start_matches(SPACE).strip_prefix(',').map(|rest| source.len() - rest.len());
    let tail = comma.unwrap_or(end);
    let (before, behind) = (prefix(source, start), line_rest(source, tail));
    let line_end = tail + behind.len();
    let own_lines = is_blank(before) && is_free(behind) && line_end < source.len();
    let before_blanks = start - (before.len() - before.trim_end_matches(BLANKS).len());
    let previous = at.checked_sub(1).and_then(|at| entries.get(at)).map(|previous| self::end(document, *previous));
    if comma.is_none()
        && let Some(previous) = previous
    {
        // The last: the comma before it goes too, unless a comment stands between.
        let bare = source.get(previous..start).is_some_and(|between| between.trim_matches(SPACE) == ",");
        return Some(match (bare, own_lines) {
            (true, true) => (previous, line_end),
            (true, false) => (previous, end),
            (false, true) => (line_start(source, start), next_line(source, end)),
            (false, false) => (start, end),
        });
    }
    let blanks = behind.len() - behind.trim_start_matches(BLANKS).len();
    Some(if own_lines {
        (line_start(source, start), next_line(source, tail))
    } else if comma.is_none() || is_blank(behind) {
        (before_blanks, if comma.is_none() { tail + blanks } else { tail })
    } else {
        (start, tail + blanks)
    })
}
