//! New values as text, in the style of the file around them.

use super::Value;
use crate::document::{Dialect, Syntax};

/// Whether the style of a scalar is what is usual at its place, or quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Keep,
    Force,
}

/// What there is to know of the file to write into it.
#[derive(Clone, Copy)]
pub(super) struct Hand<'d> {
    pub(super) dialect: &'d Dialect,
    pub(super) quoting: Quoting,
    pub(super) line_break: &'static str,
    /// Columns by which a nested mapping is indented.
    pub(super) step: usize,
}

impl Hand<'_> {
    /// An entry in block style, from its key on, whose key stands at this column.
    pub(super) fn block_entry(&self, key: &str, value: &Value, column: usize) -> String {
        let mut out = self.key(key);
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                out.push(':');
                out.push_str(&self.block_entries(entries, column + self.step));
            }
            Value::Text(text) => {
                let literal = literal(text, column + self.step, "", self.line_break).filter(|_| self.quoting == Quoting::Keep);
                out.push_str(": ");
                out.push_str(&literal.unwrap_or_else(|| self.text(text, false)));
            }
            Value::Plain(_) | Value::Map(_) => {
                out.push_str(": ");
                out.push_str(&self.inline(value, false));
            }
        }
        out
    }

    /// Entries in block style, each behind a break.
    pub(super) fn block_entries(&self, entries: &[(String, Value)], column: usize) -> String {
        let entry =
            |(key, value): &(String, Value)| [self.line_break, &" ".repeat(column), &self.block_entry(key, value, column)].concat();
        entries.iter().map(entry).collect()
    }

    /// An entry in flow style.
    pub(super) fn flow_entry(&self, key: &str, value: &Value) -> String {
        format!("{}: {}", self.key(key), self.inline(value, true))
    }

    /// A value on one line.
    pub(super) fn inline(&self, value: &Value, in_flow: bool) -> String {
        match value {
            Value::Text(text) => self.text(text, in_flow),
            Value::Plain(text) => text.clone(),
            Value::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(key, value)| self.flow_entry(key, value)).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    fn key(&self, key: &str) -> String {
        let plain = self.dialect.syntax() == Syntax::Yaml && is_word(key) && self.dialect.is_text(key);
        if plain { key.to_owned() } else { quoted(key, self.dialect) }
    }

    // Plain only where no reader could take it for anything but this text.
    fn text(&self, text: &str, in_flow: bool) -> String {
        let plain = self.dialect.syntax() == Syntax::Yaml && (is_word(text) || (!in_flow && is_plain(text)));
        let keep = plain && self.quoting == Quoting::Keep && self.dialect.is_text(text);
        if keep { text.to_owned() } else { quoted(text, self.dialect) }
    }
}

fn is_word(text: &str) -> bool {
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(simple)
}

// Not within a flow collection, where commas and brackets end a scalar.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || text.starts_with("${{");
    let ends = !text.ends_with([' ', ':']);
    begins && ends && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains(": ") && !text.contains(" #")
}

/// A text of several lines as a literal block with its header, whose lines stand at this column; none if it is of one line, or
/// a literal block cannot hold it. `behind_header` is a comment that stays.
pub(super) fn literal(text: &str, column: usize, behind_header: &str, line_break: &str) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let held = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    // A first line that is blank or indented would need its indentation told, and what follows could blur breaks at the end.
    let begins = !body.is_empty() && !body.starts_with([' ', '\t', '\n']) && !body.ends_with('\n');
    if column == 0 || !text.contains('\n') || !begins || !text.chars().all(held) {
        return None;
    }
    let mut out = [if body.len() == text.len() { "|-" } else { "|" }, behind_header].concat();
    for line in body.split('\n') {
        out.push_str(line_break);
        if !line.is_empty() {
            out.push_str(&" ".repeat(column));
            out.push_str(line);
        }
    }
    Some(out)
}

pub(super) fn quoted(text: &str, dialect: &Dialect) -> String {
    if dialect.syntax() == Syntax::Json || text.chars().any(char::is_control) {
        return format!("\"{}\"", escaped(text));
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A text as it stands between double quotes.
pub(super) fn escaped(text: &str) -> String {
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
