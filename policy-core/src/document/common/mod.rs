//! The form in which nearly every file is written, read line by line without the parser: block mappings and sequences, scalars on
//! one line, literal and folded blocks, flow collections on one line. Whatever else is met, be it legal or not, ends the attempt
//! and the parser reads the file from its beginning. What this gives is what the parser gives: tests and a fuzz target hold the two
//! against each other.
//!
//! Every function answers `None` for "not of the common form".

mod line;

use super::compose::Composer;
use super::node::{Kind, NodeId, Style};
use super::{Comment, Document};
use crate::source::Span;
use line::{Line, Text, is_common_text};

/// The parser refuses documents that are nested deeper than 255 levels; far below that nothing is common.
const MAX_LEVELS: usize = 100;

/// Reads the whole file. False leaves the arena in any state.
pub(super) fn read(composer: &mut Composer<'_>) -> bool {
    let source = composer.document.source;
    let bytes = source.text().as_bytes();
    if !is_common_text(bytes) {
        return false;
    }
    let mut reader =
        Reader { composer, text: Text { source, bytes }, levels: Vec::new(), open: Expected::Root, block: String::new() };
    let read = reader.document().is_some();
    composer.document.common = read;
    read
}

/// The comments of a document of the common form: what stands behind a `#` at the beginning of a line or behind a blank, outside of
/// every scalar.
pub(super) fn comments(document: &Document<'_>) -> Vec<Comment> {
    let text = document.source.text();
    let bytes = text.as_bytes();
    let mut scalars = document.nodes.ids().map(|id| region(document, id)).filter(|(start, end)| start < end).peekable();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = bytes.get(from..).and_then(|rest| memchr::memchr(b'#', rest)).map(|at| from + at) {
        while scalars.next_if(|(_, end)| *end <= at).is_some() {}
        if let Some((_, end)) = scalars.peek().filter(|(start, _)| *start <= at) {
            from = *end;
            continue;
        }
        let end = memchr::memchr(b'\n', bytes.get(at..).unwrap_or(&[])).map_or(bytes.len(), |length| at + length);
        let before = text.get(..at).unwrap_or("").trim_end_matches(' ');
        let own_line = before.is_empty() || before.ends_with('\n');
        if own_line || before.len() < at {
            found.push(Comment { span: Span::new(at, end), own_line });
        }
        from = end;
    }
    found
}

// Where a scalar's text stands; a comment may stand behind the header of a block.
fn region(document: &Document<'_>, id: NodeId) -> (usize, usize) {
    let node = &document.nodes[id];
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    match (node.kind, node.style, document.decoded(node)) {
        (Kind::Scalar, Style::Literal | Style::Folded, Some(decoded)) => {
            let header = document.source.text().get(start..).and_then(|rest| rest.find('\n')).map_or(end, |at| start + at);
            (header, (decoded.body_end as usize).max(header))
        }
        (Kind::Scalar, ..) => (start, end),
        _ => (start, start),
    }
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

struct Reader<'c, 'a> {
    composer: &'c mut Composer<'a>,
    text: Text<'a>,
    levels: Vec<Level>,
    open: Expected,
    // The text of the last block, whose memory serves the next.
    block: String,
}

impl Reader<'_, '_> {
    fn document(&mut self) -> Option<()> {
        let (mut at, mut begun) = (0, false);
        while at < self.text.bytes.len() {
            let end = self.text.line_end(at);
            let content = self.text.skip_spaces(at, end);
            if content == end || self.text.byte(content) == b'#' {
                at = end + 1;
                continue;
            }
            let marker = self.text.bytes.get(at..at + 3).filter(|_| content == at);
            if marker == Some(b"---") || marker == Some(b"...") {
                if begun || self.text.skip_spaces(at + 3, end) != end || marker == Some(b"...") {
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
        let dash = self.text.is_dash(content, end);
        self.close(indent, dash)?;
        if dash && (self.open != Expected::Entry) {
            self.enter(Kind::Sequence, indent, content);
        }
        let begins = self.open != Expected::Entry;
        self.open = Expected::Entry;
        if dash {
            return self.item(indent, content, end);
        }
        let (key, after) = self.text.key(content, end)?;
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
            let value = self.text.skip_spaces(dash + 1, end);
            if value == end || self.text.byte(value) == b'#' {
                self.open = Expected::Value;
                return Some(end + 1);
            }
            column += value - dash;
            if self.text.is_dash(value, end) {
                self.enter(Kind::Sequence, column, value);
                dash = value;
                if self.levels.len() > MAX_LEVELS {
                    return None;
                }
                continue;
            }
            return match self.text.key(value, end) {
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
        let value = self.text.skip_spaces(after, end);
        if value == end || self.text.byte(value) == b'#' {
            self.open = Expected::Value;
            return Some(end + 1);
        }
        self.value(value, end)
    }

    fn value(&mut self, at: usize, end: usize) -> Option<usize> {
        match self.text.byte(at) {
            b'|' => self.block(at, end, Style::Literal),
            b'>' => self.block(at, end, Style::Folded),
            b'[' | b'{' => {
                let after = self.flow(at, end, 0)?;
                self.text.nothing_more(after, end)
            }
            b'"' | b'\'' => {
                let line = self.text.quoted(at, end)?;
                self.emit(&line);
                self.text.nothing_more(line.span.end as usize, end)
            }
            _ => {
                let line = self.text.plain(at, end, |_, _| false)?;
                let written = self.text.bytes.get(line.span.range())?;
                // A colon here is a mapping where none may begin.
                let colon = (line.span.start..line.span.end).any(|at| self.text.is_colon(at as usize, end));
                self.emit(&line);
                (!colon && !written.is_empty()).then_some(end + 1)
            }
        }
    }

    fn emit(&mut self, line: &Line) {
        let inner =
            if line.style == Style::Plain { line.span } else { Span { start: line.span.start + 1, end: line.span.end - 1 } };
        let written = self.text.source.slice(inner);
        self.composer.scalar(line.decoded.as_deref().unwrap_or(written), line.style, line.span);
    }

    /// A flow collection that ends on its line; gives the place behind it.
    fn flow(&mut self, start: usize, end: usize, depth: usize) -> Option<usize> {
        let mapping = self.text.byte(start) == b'{';
        let (kind, close) = if mapping { (Kind::Mapping, b'}') } else { (Kind::Sequence, b']') };
        if depth > MAX_LEVELS {
            return None;
        }
        self.composer.enter(kind, Style::Flow, Span::new(start, start + 1), 0);
        let mut at = self.text.skip_spaces(start + 1, end);
        if at < end && self.text.byte(at) == close {
            self.composer.leave(Span::new(start, at + 1));
            return Some(at + 1);
        }
        loop {
            if mapping {
                let key = self.text.flow_scalar(at, end)?;
                self.emit(&key);
                let colon = self.text.skip_spaces(key.span.end as usize, end);
                let value = self.text.skip_spaces(colon + 1, end);
                // The value has to be there, behind a blank.
                if colon >= end || self.text.byte(colon) != b':' || value == colon + 1 || value >= end {
                    return None;
                }
                at = value;
            }
            let after = match (at < end).then(|| self.text.byte(at))? {
                b'[' | b'{' => self.flow(at, end, depth + 1)?,
                _ => {
                    let scalar = self.text.flow_scalar(at, end)?;
                    self.emit(&scalar);
                    scalar.span.end as usize
                }
            };
            at = self.text.skip_spaces(after, end);
            match (at < end).then(|| self.text.byte(at))? {
                b',' => at = self.text.skip_spaces(at + 1, end),
                byte if byte == close => break,
                _ => return None,
            }
        }
        self.composer.leave(Span::new(start, at + 1));
        Some(at + 1)
    }

    /// A literal or folded block; gives where the line behind it begins.
    fn block(&mut self, header: usize, end: usize, style: Style) -> Option<usize> {
        let chomp = self.text.byte(header + 1);
        let after = header + if matches!(chomp, b'+' | b'-') { 2 } else { 1 };
        let body = self.text.nothing_more(after, end)?;
        let parent = self.levels.last()?.indent;
        let mut text = std::mem::take(&mut self.block);
        text.clear();
        let (mut at, mut indent, mut breaks, mut widest) = (body, None, 0, 0);
        while at < self.text.bytes.len() {
            let line_end = self.text.line_end(at);
            let content = self.text.skip_spaces(at, line_end);
            let spaces = content - at;
            // Blanks at the very end of a file are a line to some readers, and none to others.
            if content == line_end && line_end == self.text.bytes.len() {
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
            text.push_str(self.text.source.slice(Span::new(at + columns, line_end)));
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
        let at = at.min(self.text.bytes.len());
        self.composer.block_scalar(&text, style, Span::new(body, at), indent);
        self.block = text;
        Some(at)
    }
}
