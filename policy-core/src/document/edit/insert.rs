//! A new entry of a mapping.

use super::lower::Context;
use super::place::{
    Entry, column, end, entries, entry, is_blank, is_free, kept_end, line_above, line_rest, line_start, lines_end, prefix,
};
use super::{Refusal, TextEdit, Value};
use crate::document::node::{Kind, NodeId, Ref, Style};
use crate::source::Span;

pub(super) fn insert(map: Ref<'_>, before: Option<NodeId>, new: (&String, &Value), context: &Context) -> Result<TextEdit, Refusal> {
    let document = map.document();
    let taken = map.entry(new.0).is_some_and(|(key, _)| !context.removes(key.id()));
    if map.kind() != Kind::Mapping || taken {
        return Err(Refusal::Form);
    }
    let entries = entries(document, map.id());
    let next = before.map(|before| {
        let key = entry(document, before);
        entries.iter().position(|(candidate, _)| Some(*candidate) == key)
    });
    match (map.style(), next) {
        (_, Some(None)) => None,
        (Style::Flow, _) if !document.source().slice(map.span()).starts_with('{') => None,
        (Style::Flow, Some(Some(next))) => flow_before(map, *entries.get(next).ok_or(Refusal::Form)?, new, context),
        (Style::Flow, None) => flow_end(map, &entries, new, context),
        (_, Some(Some(next))) => block_before(map, &entries, next, new, context),
        (_, None) => block_end(map, &entries, new, context),
    }
    .ok_or(Refusal::Form)
}

fn insertion(at: usize, text: String) -> TextEdit {
    TextEdit { span: Span::new(at, at), text }
}

fn last(entries: &[Entry], context: &Context) -> Option<Entry> {
    entries.iter().rev().find(|(key, _)| !context.removes(*key)).copied()
}

fn block_end(map: Ref<'_>, entries: &[Entry], (key, value): (&String, &Value), context: &Context) -> Option<TextEdit> {
    let (document, source) = (map.document(), map.source().text());
    let last = last(entries, context)?;
    let end = end(document, last);
    let column = column(source, map.span().start as usize)?;
    let hand = context.hand(map, end);
    let new = [&" ".repeat(column), &hand.block_entry(key, value, column)].map(String::as_str).concat();
    // Blank lines that belong to the last value stay its own.
    let kept = kept_end(document, last).filter(|at| source.get(..*at).is_some_and(|before| before.ends_with(['\n', '\r'])));
    Some(match kept {
        Some(at) => insertion(at, [&new, hand.line_break].concat()),
        None => insertion(end + line_rest(source, end).len(), [hand.line_break, &new].concat()),
    })
}

fn block_before(
    map: Ref<'_>,
    entries: &[Entry],
    next: usize,
    (key, value): (&String, &Value),
    context: &Context,
) -> Option<TextEdit> {
    let (document, source) = (map.document(), map.source().text());
    let at = document.nodes[entries.get(next)?.0].span.start as usize;
    let column = column(source, at)?;
    let hand = context.hand(map, at);
    let (new, indent) = (hand.block_entry(key, value, column), " ".repeat(column));
    if prefix(source, at) != indent {
        // Behind the `-` of a sequence.
        return Some(insertion(at, [&new, hand.line_break, &indent].concat()));
    }
    let above = next.checked_sub(1).and_then(|above| entries.get(above));
    let top = match above {
        Some(above) => lines_end(document, *above)?,
        None => 0,
    };
    let line = comments_above(source, line_start(source, at), top, column);
    // Where entries stand apart, the new one does too.
    let apart = above.is_some() && line > top && line_above(source, line).is_some_and(|(_, text)| is_blank(text));
    let behind = if apart { hand.line_break } else { "" };
    Some(insertion(line, [&indent, &new, hand.line_break, behind].concat()))
}

// The first of the comments that stand directly above a line, at its column or left of it: they belong to it.
fn comments_above(source: &str, mut line: usize, top: usize, column: usize) -> usize {
    while let Some((above, text)) = line_above(source, line).filter(|(above, _)| *above >= top) {
        let content = text.trim_start_matches(' ');
        if !content.starts_with('#') || text.len() - content.len() > column {
            break;
        }
        line = above;
    }
    line
}

fn flow_before(map: Ref<'_>, next: Entry, (key, value): (&String, &Value), context: &Context) -> Option<TextEdit> {
    let source = map.source().text();
    let at = map.document().nodes[next.0].span.start as usize;
    let hand = context.hand(map, at);
    let new = hand.flow_entry(key, value);
    let indent = prefix(source, at);
    let behind = if is_blank(indent) { [",", hand.line_break, indent].concat() } else { ", ".to_owned() };
    Some(insertion(at, [new, behind].concat()))
}

fn flow_end(map: Ref<'_>, entries: &[Entry], (key, value): (&String, &Value), context: &Context) -> Option<TextEdit> {
    let source = map.source().text();
    let hand = context.hand(map, map.span().start as usize);
    let new = hand.flow_entry(key, value);
    if entries.is_empty() {
        return Some(insertion(map.span().start as usize + 1, new));
    }
    let last = last(entries, context)?;
    let end = end(map.document(), last);
    let (indent, rest) = (prefix(source, map.document().nodes[last.0].span.start as usize), line_rest(source, end));
    let line_end = end + rest.len();
    let begin = [hand.line_break, indent, &new].concat();
    if is_blank(indent) && is_free(rest) {
        let rest = if is_blank(rest) { "" } else { rest };
        return Some(TextEdit { span: Span::new(end, line_end), text: [",", rest, &begin].concat() });
    }
    let comma = rest.trim_start_matches([' ', '\t']).strip_prefix(',');
    if is_blank(indent) && comma.is_some_and(is_free) {
        return Some(insertion(line_end, [&begin, ","].concat()));
    }
    Some(insertion(end, [", ", &new].concat()))
}
