//! Another value in the place of a scalar.

use super::lower::Context;
use super::place::{column, is_blank, is_free, line_break, line_rest, step};
use super::write::{Hand, Quoting, literal};
use super::{Refusal, TextEdit, Value};
use crate::document::node::{Kind, Ref, Style};
use crate::source::Span;

pub(super) fn set(node: Ref<'_>, value: &Value, context: &Context) -> Result<TextEdit, Refusal> {
    if node.kind() != Kind::Scalar {
        return Err(Refusal::Form);
    }
    if let Value::Map(entries) = value
        && let Some(edit) = below_key(node, entries, context)
    {
        return Ok(edit);
    }
    let line_break = line_break(node.source().text(), node.span().start as usize);
    let hand = Hand { dialect: node.document().dialect(), quoting: context.quoting, line_break, step: 0 };
    let in_flow = node.parent().is_some_and(|parent| parent.style() == Style::Flow);
    let text = hand.inline(value, in_flow);
    if matches!(node.style(), Style::Literal | Style::Folded) {
        let behind_header = behind_header(node).ok_or(Refusal::Form)?;
        let lines = match value {
            Value::Text(text) if context.quoting == Quoting::Keep => {
                let decoded = node.document().decoded(&node.document().nodes[node.id()]);
                literal(text, decoded.map_or(0, |decoded| decoded.indent as usize), behind_header, line_break)
            }
            Value::Text(_) | Value::Plain(_) | Value::Map(_) => None,
        };
        return Ok(TextEdit { span: node.span(), text: lines.unwrap_or_else(|| [&text, behind_header].concat()) });
    }
    if !node.span().is_empty() {
        return Ok(TextEdit { span: node.span(), text });
    }
    // An empty value has no place of its own: it comes behind the colon of its key.
    let at = behind_colon(node).ok_or(Refusal::Form)?;
    Ok(TextEdit { span: Span::new(at, at), text: format!(" {text}") })
}

// What stands behind `|` or `>` and its indicators on their line: a comment, which stays.
fn behind_header(node: Ref<'_>) -> Option<&str> {
    let line = line_rest(node.source().text(), node.span().start as usize);
    let header = line.find([' ', '\t']).unwrap_or(line.len());
    let rest = line.get(header..)?;
    let rest = if is_blank(rest) { "" } else { rest };
    is_free(rest).then_some(rest)
}

fn behind_colon(node: Ref<'_>) -> Option<usize> {
    let end = node.key()?.span().end as usize;
    let line = line_rest(node.source().text(), end);
    let colon = line.find(':').filter(|at| line.get(..*at).is_some_and(is_blank))?;
    Some(end + colon + 1)
}

// A mapping by indentation below its key; none where only the flow style is possible.
fn below_key(node: Ref<'_>, entries: &[(String, Value)], context: &Context) -> Option<TextEdit> {
    let parent = node.parent().filter(|parent| parent.kind() == Kind::Mapping && parent.style() == Style::Block)?;
    let source = node.source().text();
    let (colon, end) = (behind_colon(node)?, node.span().end as usize);
    let rest = line_rest(source, end);
    let hand = context.hand(parent, colon);
    let column = column(source, parent.span().start as usize)? + step(parent);
    let text = || hand.block_entries(entries, column);
    if entries.is_empty() {
        return None;
    }
    if node.span().is_empty() {
        // A comment behind the key stays there.
        return is_free(rest).then(|| TextEdit { span: Span::new(end + rest.len(), end + rest.len()), text: text() });
    }
    let block = matches!(node.style(), Style::Literal | Style::Folded);
    let bare = source.get(colon..node.span().start as usize).is_some_and(is_blank)
        && (!block || behind_header(node) == Some(""))
        && is_blank(rest);
    bare.then(|| TextEdit { span: Span::new(colon, end), text: text() })
}
