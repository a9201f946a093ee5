//! The form in which nearly every file is written, read line by line without the parser: documents of block mappings and sequences,
//! scalars on one line, plain ones on several, literal and folded blocks, flow collections, anchors, aliases and tags in front of
//! values. Whatever else is met, be it legal or not, ends the attempt and the parser reads the file from its beginning. What this gives
//! is what the parser gives: tests and a fuzz target hold the two against each other.
//!
//! Every function answers `None` for "not of the common form".

mod line;
mod value;

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
    let mut reader = Reader {
        composer,
        text: Text { source, bytes },
        levels: Vec::new(),
        open: Expected::Root,
        properties: None,
        anchors: Vec::new(),
        text_of_lines: String::new(),
    };
    let read = reader.document().is_some();
    composer.document.common = read;
    read
}

/// The comments of a document of the common form: what stands behind a `#` at the beginning of a line or behind a blank, outside of
/// every scalar. Where more than 100,000 stand in a row the parser stops giving them; these are all.
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

/// The most anchors that a document of the common form has: an alias looks through all.
const MAX_ANCHORS: usize = 64;

/// What stands in front of a value: an anchor or a tag. What has both is left to the parser.
#[derive(Clone, Copy)]
struct Properties {
    /// The number of its anchor, from one, or 0.
    anchor: usize,
    tag: Option<Span>,
}

struct Reader<'c, 'a> {
    composer: &'c mut Composer<'a>,
    text: Text<'a>,
    levels: Vec<Level>,
    open: Expected,
    // Those of the value that comes next.
    properties: Option<Properties>,
    // The names of this document's anchors; the number of each is its place, from one.
    anchors: Vec<Span>,
    // The text of the last scalar of several lines, whose memory serves the next.
    text_of_lines: String,
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
            if marker == Some(b"...") {
                return None;
            }
            if marker == Some(b"---") {
                let next = self.text.nothing_more(at + 3, end)?;
                if begun {
                    self.finish()?;
                }
                self.composer.begin(Span::new(at, at + 3));
                (begun, at) = (true, next);
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
        if !begun {
            return None;
        }
        self.finish()?;
        (!self.composer.is_full()).then_some(())
    }

    // Ends the document. One that holds nothing is left to the parser.
    fn finish(&mut self) -> Option<()> {
        match self.open {
            Expected::Root => return None,
            Expected::Value => self.empty()?,
            Expected::Entry => {}
        }
        self.levels.drain(..).for_each(|_| self.composer.leave(Span::default()));
        self.anchors.clear();
        self.open = Expected::Root;
        self.composer.finish();
        Some(())
    }

    // An empty value; one with an anchor or a tag is left to the parser.
    fn empty(&mut self) -> Option<()> {
        self.composer.empty();
        self.properties.is_none().then_some(())
    }

    /// Reads a line, and what of the next lines belongs to its last scalar; gives where the next line begins.
    fn line(&mut self, indent: usize, content: usize, end: usize) -> Option<usize> {
        let dash = self.text.is_dash(content, end);
        self.close(indent, dash)?;
        if dash && (self.open != Expected::Entry) {
            self.enter(Kind::Sequence, indent, content);
        }
        let open = std::mem::replace(&mut self.open, Expected::Entry);
        if dash {
            return self.item(indent, content, end);
        }
        match self.text.key(content, end) {
            Some((key, after)) => {
                if open != Expected::Entry {
                    self.enter(Kind::Mapping, indent, content);
                }
                self.entry(&key, after, end)
            }
            None if open == Expected::Value => self.value(content, end),
            None => None,
        }
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
                self.empty()?;
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
        self.begin(kind, Style::Block, Span::new(at, at));
        self.levels.push(Level { indent, kind });
    }

    // A collection begins, with what stands in front of it.
    fn begin(&mut self, kind: Kind, style: Style, span: Span) {
        let Properties { anchor, tag } = self.properties.take().unwrap_or(Properties { anchor: 0, tag: None });
        let id = self.composer.enter(kind, style, span, anchor);
        self.composer.tagged(id, tag);
    }

    // Gives a scalar what stands in front of it.
    fn give_properties(&mut self, id: NodeId) {
        if let Some(Properties { anchor, tag }) = self.properties.take() {
            self.composer.anchored(id, anchor, Some(1));
            self.composer.tagged(id, tag);
        }
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
}
