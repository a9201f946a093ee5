//! One structural edit as a replacement of bytes, in the style of the file around it.

use std::ops::Range;

use super::{Edit, Refusal, TextEdit};
use crate::document::node::{Kind, NodeId, Ref, Style};
use crate::document::{Dialect, Document, Syntax};
use crate::source::Span;

/// Whether the style of an edited scalar stays, or becomes a quoted one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Keep,
    Force,
}

/// The replacement for one edit; none if there is nothing to do.
pub(super) fn one(document: &Document<'_>, edit: &Edit, quoting: Quoting) -> Result<Option<TextEdit>, Refusal> {
    match edit {
        Edit::Splice { scalar, decoded, text } => splice(own(document, *scalar)?, decoded, text, quoting).map(Some),
        Edit::Set { node, text } => set(own(document, *node)?, text, quoting).map(Some),
        Edit::Insert { map, key, value } => insert(own(document, *map)?, key, value).map(Some),
        Edit::Comment { after, text } => comment(own(document, *after)?, text),
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

fn set(node: Ref<'_>, text: &str, quoting: Quoting) -> Result<TextEdit, Refusal> {
    if node.kind() != Kind::Scalar || matches!(node.style(), Style::Literal | Style::Folded) {
        return Err(Refusal::Form);
    }
    let dialect = node.document().dialect();
    let text = if quoting == Quoting::Force { quoted(text, dialect) } else { written(text, dialect) };
    if !node.span().is_empty() {
        return Ok(TextEdit { span: node.span(), text });
    }
    // An empty value has no place of its own: it comes behind the colon of its key.
    let key = node.key().ok_or(Refusal::Form)?;
    let line = node.source().text().get(key.span().end as usize..).unwrap_or("");
    let colon = line.find(':').filter(|at| line.get(..*at).is_some_and(|before| before.trim().is_empty()));
    let at = key.span().end as usize + colon.ok_or(Refusal::Form)? + 1;
    Ok(TextEdit { span: Span::new(at, at), text: format!(" {text}") })
}

fn insert(map: Ref<'_>, key: &str, value: &str) -> Result<TextEdit, Refusal> {
    if map.kind() != Kind::Mapping || map.get(key).is_some() {
        return Err(Refusal::Form);
    }
    let dialect = map.document().dialect();
    let entry = format!("{}: {}", written(key, dialect), written(value, dialect));
    let last = map.entries().last();
    let last_end = last.map(|(key, value)| own_end(key).max(own_end(value)));
    match (map.style(), last_end) {
        (Style::Flow, Some(end)) => {
            let gap = last.and_then(|(key, _)| gap_before(key)).unwrap_or(" ");
            Ok(TextEdit { span: Span::new(end, end), text: format!(",{gap}{entry}") })
        }
        (Style::Flow, None) => {
            let inside = map.span().start as usize + 1;
            Ok(TextEdit { span: Span::new(inside, inside), text: entry })
        }
        (_, Some(end)) => {
            let source = map.source().text();
            let indent = indentation(source, map.span().start as usize).ok_or(Refusal::Form)?;
            let at = end + line_rest(source, end).len();
            let text = format!("{}{indent}{entry}", line_break(source, at));
            Ok(TextEdit { span: Span::new(at, at), text })
        }
        (_, None) => Err(Refusal::Form),
    }
}

// The line break and the indentation before a key that begins its line.
fn gap_before(key: Ref<'_>) -> Option<&str> {
    let before = key.source().text().get(..key.span().start as usize)?;
    let gap = before.get(before.trim_end_matches([' ', '\t', '\n', '\r']).len()..)?;
    gap.contains(['\n', '\r']).then_some(gap)
}

// Where a node ends in this place of the file, also when an alias stands for it there.
fn own_end(node: Ref<'_>) -> usize {
    let id = node.via().unwrap_or(node.id());
    node.document().nodes[id].span.end as usize
}

fn comment(node: Ref<'_>, text: &str) -> Result<Option<TextEdit>, Refusal> {
    let json = node.document().dialect().syntax() == Syntax::Json;
    if json || text.contains(['\n', '\r']) || matches!(node.style(), Style::Literal | Style::Folded) {
        return Err(Refusal::Form);
    }
    let end = node.span().end as usize;
    let rest = line_rest(node.source().text(), end);
    let free = rest.trim().is_empty();
    // Blanks at the end of the line would become part of the comment.
    Ok(free.then(|| TextEdit { span: Span::new(end, end + rest.len()), text: format!(" # {text}") }))
}

fn line_rest(source: &str, at: usize) -> &str {
    let rest = source.get(at..).unwrap_or("");
    rest.split(['\n', '\r']).next().unwrap_or(rest)
}

fn line_break(source: &str, at: usize) -> &'static str {
    let windows = source.get(at..).is_some_and(|rest| rest.starts_with("\r\n")) || (at == source.len() && source.contains("\r\n"));
    if windows { "\r\n" } else { "\n" }
}

// Spaces up to the column of `at`; what may stand before it on its line is blanks and the `-` of sequences.
fn indentation(source: &str, at: usize) -> Option<String> {
    let before = source.get(..at)?;
    let line = before.rsplit(['\n', '\r']).next()?;
    line.chars().all(|c| matches!(c, ' ' | '-')).then(|| " ".repeat(line.len()))
}

fn indented(node: Ref<'_>, text: &str) -> Option<String> {
    if !text.contains('\n') {
        return Some(text.to_owned());
    }
    let decoded = node.document().decoded(&node.document().nodes[node.id()])?;
    let source = node.source().text();
    let windows = source.get(node.span().range()).is_some_and(|written| written.contains("\r\n"));
    let line_break = if windows { "\r\n" } else { "\n" };
    Some(text.replace('\n', &format!("{line_break}{}", " ".repeat(decoded.indent as usize))))
}

// Plain only where no reader could take it for anything but this text.
fn written(text: &str, dialect: &Dialect) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@');
    let plain = dialect.syntax() == Syntax::Yaml
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(simple);
    if plain && dialect.is_text(text) { text.to_owned() } else { quoted(text, dialect) }
}

fn quoted(text: &str, dialect: &Dialect) -> String {
    if dialect.syntax() == Syntax::Json || text.chars().any(char::is_control) {
        return format!("\"{}\"", escaped(text));
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if character.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out
}
