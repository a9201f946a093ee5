//! The form in which nearly every file is written, read line by line without the parser: block mappings and sequences, scalars on
//! one line, literal and folded blocks, flow collections on one line. Whatever else is met, be it legal or not, ends the attempt
//! and the parser reads the file from its beginning. What this gives is what the parser gives: tests and a fuzz target hold the two
//! against each other.
//!
//! Every function answers `None` for "not of the common form".

use super::compose::Composer;
use super::node::{Kind, Style};
use crate::source::{Source, Span};

/// The parser refuses documents that are nested deeper than 255 levels; far below that nothing is common.
const MAX_LEVELS: usize = 100;

/// The parser takes no longer keys.
const MAX_KEY: usize = 1000;

/// Reads the whole file. False leaves the arena in any state.
pub(super) fn read(composer: &mut Composer<'_>) -> bool {
    let source = composer.document.source;
    let bytes = source.text().as_bytes();
    if !is_common_text(bytes) {
        return false;
    }
    let mut reader = Reader { composer, source, bytes, levels: Vec::new(), open: Expected::Root };
    let read = reader.document().is_some();
    composer.document.common = read;
    read
}

// Tabs, carriage returns and what else a parser treats on its own are not common.
fn is_common_text(bytes: &[u8]) -> bool {
    let odd = |byte: u8| (byte < 0x20 && byte != b'\n') || matches!(byte, 0x7F | 0xC2 | 0xEF | 0xE2);
    // Of the characters that begin with these bytes, only some are odd; those are looked at one by one.
    let common = |at: usize| match bytes.get(at..at + 3) {
        Some([0xE2, 0x80, third]) => !matches!(third, 0xA8 | 0xA9),
        Some([0xE2, ..]) => true,
        Some([0xC2, second, _]) => *second >= 0xA0,
        Some([0xEF, second, _]) => !matches!(second, 0xBB | 0xBF),
        _ => false,
    };
    bytes.iter().enumerate().filter(|(_, byte)| odd(**byte)).all(|(at, _)| common(at))
}

#[derive(Clone, Copy)]
struct Level {
    indent: usize,
    kind: Kind,
}

/// What may stand on the next line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The first node of the document.
    Root,
    /// An entry of an open level.
    Entry,
    /// The value of the key or `-` that was met last, or an entry, which leaves that value empty.
    Value,
}

/// A scalar on one line: its span, with quotes, and its text if that is not what is written.
struct Line {
    span: Span,
    style: Style,
    decoded: Option<String>,
}

struct Reader<'c, 'a> {
    composer: &'c mut Composer<'a>,
    source: &'a Source<'a>,
    bytes: &'a [u8],
    levels: Vec<Level>,
    open: Expected,
}

impl Reader<'_, '_> {
    fn document(&mut self) -> Option<()> {
        let (mut at, mut begun) = (0, false);
        while at < self.bytes.len() {
            let end = self.line_end(at);
            let content = self.skip_spaces(at, end);
            if content == end || self.byte(content) == b'#' {
                at = end + 1;
                continue;
            }
            let marker = self.bytes.get(at..at + 3).filter(|_| content == at);
            if marker == Some(b"---") || marker == Some(b"...") {
                if begun || self.skip_spaces(at + 3, end) != end || marker == Some(b"...") {
                    return None;
                }
                self.composer.begin(Span::new(at, at + 3));
                (begun, at) = (true, end + 1);
                continue;
            }
            if !begun {
                self.composer.begin(Span::new(content, content));
                begun = true;
            }
            at = self.line(content - at, content, end)?;
            if self.composer.is_full() || self.levels.len() > MAX_LEVELS {
                return None;
            }
        }
        if self.open == Expected::Root {
            return None;
        }
        if self.open == Expected::Value {
            self.composer.empty();
        }
        self.levels.drain(..).for_each(|_| self.composer.leave(Span::default()));
        self.composer.finish();
        Some(())
    }

    /// Reads a line, and what of the next lines belongs to its last scalar; gives where the next line begins.
    fn line(&mut self, indent: usize, content: usize, end: usize) -> Option<usize> {
        let dash = self.is_dash(content, end);
        self.close(indent, dash)?;
        if dash && (self.open != Expected::Entry) {
            self.enter(Kind::Sequence, indent, content);
        }
        let begins = self.open != Expected::Entry;
        self.open = Expected::Entry;
        if dash {
            return self.item(indent, content, end);
        }
        let (key, after) = self.key(content, end)?;
        if begins {
            self.enter(Kind::Mapping, indent, content);
        }
        self.entry(&key, after, end)
    }

    // Ends the levels that a line of this indentation does not belong to.
    fn close(&mut self, indent: usize, dash: bool) -> Option<()> {
        if self.open == Expected::Root {
            return Some(());
        }
        loop {
            let top = *self.levels.last()?;
            if self.open == Expected::Value {
                // A sequence may stand at the column of the key that it is the value of.
                if indent > top.indent || (dash && indent == top.indent && top.kind == Kind::Mapping) {
                    return Some(());
                }
                self.composer.empty();
                self.open = Expected::Entry;
            }
            if indent == top.indent && dash == (top.kind == Kind::Sequence) {
                return Some(());
            }
            // Deeper than what is open: a scalar that goes on, or a mistake.
            if indent > top.indent || (indent == top.indent && top.kind == Kind::Mapping) {
                return None;
            }
            self.composer.leave(Span::default());
            self.levels.pop();
        }
    }

    fn enter(&mut self, kind: Kind, indent: usize, at: usize) {
        self.composer.enter(kind, Style::Block, Span::new(at, at), 0);
        self.levels.push(Level { indent, kind });
    }

    // `- ` and what stands behind it on the line.
    fn item(&mut self, mut column: usize, mut dash: usize, end: usize) -> Option<usize> {
        loop {
            let value = self.skip_spaces(dash + 1, end);
            if value == end || self.byte(value) == b'#' {
                self.open = Expected::Value;
                return Some(end + 1);
            }
            column += value - dash;
            if self.is_dash(value, end) {
                self.enter(Kind::Sequence, column, value);
                dash = value;
                if self.levels.len() > MAX_LEVELS {
                    return None;
                }
                continue;
            }
            return match self.key(value, end) {
                Some((key, after)) => {
                    self.enter(Kind::Mapping, column, value);
                    self.entry(&key, after, end)
                }
                None => self.value(value, end),
            };
        }
    }

    fn entry(&mut self, key: &Line, after: usize, end: usize) -> Option<usize> {
        self.emit(key);
        let value = self.skip_spaces(after, end);
        if value == end || self.byte(value) == b'#' {
            self.open = Expected::Value;
            return Some(end + 1);
        }
        self.value(value, end)
    }

    /// A scalar that `:` stands behind, and the place behind that.
    fn key(&self, at: usize, end: usize) -> Option<(Line, usize)> {
        let line = match self.byte(at) {
            b'"' | b'\'' => self.quoted(at, end)?,
            _ => self.plain(at, end, |reader, at| reader.is_colon(at, end))?,
        };
        let colon = self.skip_spaces(line.span.end as usize, end);
        let short = (line.span.end - line.span.start) as usize <= MAX_KEY;
        (colon < end && self.is_colon(colon, end) && short).then_some((line, colon + 1))
    }

    fn value(&mut self, at: usize, end: usize) -> Option<usize> {
        match self.byte(at) {
            b'|' => self.block(at, end, Style::Literal),
            b'>' => self.block(at, end, Style::Folded),
            b'[' | b'{' => {
                let after = self.flow(at, end, 0)?;
                self.nothing_more(after, end)
            }
            b'"' | b'\'' => {
                let line = self.quoted(at, end)?;
                self.emit(&line);
                self.nothing_more(line.span.end as usize, end)
            }
            _ => {
                let line = self.plain(at, end, |_, _| false)?;
                let written = self.bytes.get(line.span.range())?;
                // A colon here is a mapping where none may begin.
                let colon = (line.span.start..line.span.end).any(|at| self.is_colon(at as usize, end));
                self.emit(&line);
                (!colon && !written.is_empty()).then_some(end + 1)
            }
        }
    }

    fn emit(&mut self, line: &Line) {
        let inner =
            if line.style == Style::Plain { line.span } else { Span { start: line.span.start + 1, end: line.span.end - 1 } };
        let written = self.source.slice(inner);
        self.composer.scalar(line.decoded.as_deref().unwrap_or(written), line.style, line.span);
    }

    // From here on the line holds blanks, or a comment behind one.
    fn nothing_more(&self, at: usize, end: usize) -> Option<usize> {
        let rest = self.skip_spaces(at, end);
        (rest == end || (rest > at && self.byte(rest) == b'#')).then_some(end + 1)
    }

    /// A plain scalar up to a comment, the end of the line, or where `stops` says.
    fn plain(&self, start: usize, end: usize, stops: impl Fn(&Self, usize) -> bool) -> Option<Line> {
        let first = self.byte(start);
        let second = if start + 1 < end { self.byte(start + 1) } else { b' ' };
        let begins = first.is_ascii_alphanumeric()
            || first >= 0x80
            || matches!(first, b'_' | b'/' | b'.' | b'$' | b'(' | b'<' | b'=' | b'+' | b'~' | b'^');
        if !begins && !(first == b'-' && (second.is_ascii_alphanumeric() || second == b'-')) {
            return None;
        }
        let mut at = start + 1;
        while at < end && !(self.byte(at) == b'#' && self.byte(at - 1) == b' ') && !stops(self, at) {
            at += 1;
        }
        let written = self.source.slice(Span::new(start, at)).trim_end_matches(' ');
        Some(Line { span: Span::new(start, start + written.len()), style: Style::Plain, decoded: None })
    }

    /// A quoted scalar that ends on its line.
    fn quoted(&self, start: usize, end: usize) -> Option<Line> {
        let quote = self.byte(start);
        let mut decoded: Option<String> = None;
        let (mut at, mut from) = (start + 1, start + 1);
        while at < end {
            let next = if at + 1 < end { self.byte(at + 1) } else { 0 };
            let replaced = match (self.byte(at), next) {
                (b'\'', b'\'') if quote == b'\'' => '\'',
                (b'\\', _) if quote == b'"' => match next {
                    b'n' => '\n',
                    b't' => '\t',
                    b'"' | b'\\' | b'/' => char::from(next),
                    _ => return None,
                },
                (byte, _) if byte == quote => {
                    let rest = self.source.slice(Span::new(from, at));
                    let decoded = decoded.map(|text| text + rest);
                    let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                    return Some(Line { span: Span::new(start, at + 1), style, decoded });
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            let text = decoded.get_or_insert_default();
            text.push_str(self.source.slice(Span::new(from, at)));
            text.push(replaced);
            at += 2;
            from = at;
        }
        None
    }

    /// A flow collection that ends on its line; gives the place behind it.
    fn flow(&mut self, start: usize, end: usize, depth: usize) -> Option<usize> {
        let mapping = self.byte(start) == b'{';
        let (kind, close) = if mapping { (Kind::Mapping, b'}') } else { (Kind::Sequence, b']') };
        if depth > MAX_LEVELS {
            return None;
        }
        self.composer.enter(kind, Style::Flow, Span::new(start, start + 1), 0);
        let mut at = self.skip_spaces(start + 1, end);
        let empty = at < end && self.byte(at) == close;
        while !empty {
            if mapping {
                let key = self.flow_scalar(at, end)?;
                self.emit(&key);
                let colon = self.skip_spaces(key.span.end as usize, end);
                let value = self.skip_spaces(colon + 1, end);
                // The value has to be there, behind a blank.
                if colon >= end || self.byte(colon) != b':' || value == colon + 1 || value >= end {
                    return None;
                }
                at = value;
            }
            let after = match (at < end).then(|| self.byte(at))? {
                b'[' | b'{' => self.flow(at, end, depth + 1)?,
                _ => {
                    let scalar = self.flow_scalar(at, end)?;
                    self.emit(&scalar);
                    scalar.span.end as usize
                }
            };
            at = self.skip_spaces(after, end);
            match (at < end).then(|| self.byte(at))? {
                b',' => at = self.skip_spaces(at + 1, end),
                byte if byte == close => break,
                _ => return None,
            }
        }
        self.composer.leave(Span::new(start, at + 1));
        Some(at + 1)
    }

    fn flow_scalar(&self, at: usize, end: usize) -> Option<Line> {
        let line = match (at < end).then(|| self.byte(at))? {
            b'"' | b'\'' => return self.quoted(at, end),
            _ => self.plain(at, end, |reader, at| matches!(reader.byte(at), b',' | b'[' | b']' | b'{' | b'}' | b':' | b'?'))?,
        };
        // What else stops a scalar here is not told apart.
        let stop = self.skip_spaces(line.span.end as usize, end);
        let colon = stop < end && self.byte(stop) == b':' && self.is_colon(stop, end);
        (colon || (stop < end && matches!(self.byte(stop), b',' | b']' | b'}'))).then_some(line)
    }

    /// A literal or folded block; gives where the line behind it begins.
    fn block(&mut self, header: usize, end: usize, style: Style) -> Option<usize> {
        let chomp = self.byte(header + 1).min(if header + 1 < end { 0xFF } else { b' ' });
        let after = header + if matches!(chomp, b'+' | b'-') { 2 } else { 1 };
        let body = self.nothing_more(after, end)?;
        let parent = self.levels.last()?.indent;
        let mut text = String::new();
        let (mut at, mut indent, mut breaks, mut widest) = (body, None, 0, 0);
        while at < self.bytes.len() {
            let line_end = self.line_end(at);
            let content = self.skip_spaces(at, line_end);
            let spaces = content - at;
            // Blanks at the very end of a file are a line to some readers, and none to others.
            if content == line_end && line_end == self.bytes.len() {
                return None;
            }
            if content == line_end && indent.is_none_or(|indent| spaces <= indent) {
                widest = widest.max(if indent.is_none() { spaces } else { 0 });
                breaks += 1;
                at = line_end + 1;
                continue;
            }
            let columns = *indent.get_or_insert(spaces);
            if spaces < columns {
                break;
            }
            // Empty lines that are wider than the text are a mistake; lines that are indented more are folded otherwise.
            if columns <= parent || widest > columns || (style == Style::Folded && spaces > columns) {
                return None;
            }
            let joined = style == Style::Folded && !text.is_empty() && text.ends_with('\n');
            if joined {
                text.pop();
                text.push_str(if breaks == 0 { " " } else { "" });
            }
            text.extend(std::iter::repeat_n('\n', breaks));
            text.push_str(self.source.slice(Span::new(at + columns, line_end)));
            text.push('\n');
            breaks = 0;
            at = line_end + 1;
        }
        let indent = indent.filter(|indent| *indent > parent && !text.is_empty())?;
        match chomp {
            b'-' => {
                text.pop();
            }
            b'+' => text.extend(std::iter::repeat_n('\n', breaks)),
            _ => {}
        }
        let at = at.min(self.bytes.len());
        self.composer.block_scalar(&text, style, Span::new(body, at), indent);
        Some(at)
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |length| at + length)
    }

    fn skip_spaces(&self, mut at: usize, end: usize) -> usize {
        while at < end && self.byte(at) == b' ' {
            at += 1;
        }
        at
    }

    fn is_dash(&self, at: usize, end: usize) -> bool {
        self.byte(at) == b'-' && (at + 1 >= end || self.byte(at + 1) == b' ')
    }

    fn is_colon(&self, at: usize, end: usize) -> bool {
        self.byte(at) == b':' && (at + 1 >= end || self.byte(at + 1) == b' ')
    }
}
