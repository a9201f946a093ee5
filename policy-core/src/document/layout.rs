//! Where each piece of a decoded scalar came from. Mirrors how the parser decodes, for all five scalar styles, and
//! asks the reader of JSON; the tests hold it against both, over every scalar of the corpora.

use std::ops::Range;

use super::node::{NodeId, Ref, Style};
use super::{Decoded, Document, Syntax};
use crate::json;
use crate::source::Span;

/// A piece of decoded text. Verbatim pieces stand in the source byte for byte; others are atoms: an escape, a fold, a break.
#[derive(Clone, Copy, Debug)]
struct Piece {
    decoded: usize,
    length: usize,
    source: usize,
    source_length: usize,
    verbatim: bool,
}

/// The pieces of one scalar, in order, without gaps in the decoded text.
#[derive(Debug)]
pub(super) struct Layout {
    pieces: Vec<Piece>,
    start: usize,
    end: usize,
}

impl Layout {
    /// The source bytes of a range of the decoded text; none if the range is not in the text.
    pub(super) fn locate(&self, range: Range<usize>) -> Option<Span> {
        let Some(last_byte) = range.end.checked_sub(1).filter(|_| !range.is_empty()) else {
            let at = self.piece(range.start).map_or(self.end, |piece| piece.start_of(range.start));
            return Some(Span::new(at, at));
        };
        let first = self.piece(range.start)?;
        let last = self.piece(last_byte)?;
        Some(Span::new(first.start_of(range.start), last.end_of(last_byte)))
    }

    fn piece(&self, decoded: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.decoded <= decoded);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        (decoded < piece.decoded + piece.length).then_some(piece)
    }
}

impl Piece {
    fn start_of(&self, decoded: usize) -> usize {
        if self.verbatim { self.source + (decoded - self.decoded) } else { self.source }
    }

    fn end_of(&self, decoded: usize) -> usize {
        if self.verbatim { self.source + (decoded - self.decoded) + 1 } else { self.source + self.source_length }
    }
}

/// The layout of a scalar that was decoded.
pub(super) fn of(document: &Document<'_>, id: NodeId) -> Layout {
    let node = Ref::new(document, id);
    let span = node.span().range();
    let length = node.text().unwrap_or("").len();
    let text = document.source().text();
    match (node.style(), document.decoded(&document.nodes[id])) {
        (Style::Literal, Some(decoded)) => block(text, span.start, decoded, length, false),
        (Style::Folded, Some(decoded)) => block(text, span.start, decoded, length, true),
        (Style::SingleQuoted, _) => flow(text, span.start + 1..span.end.saturating_sub(1), length, Quote::Single),
        (Style::DoubleQuoted, _) if document.dialect().syntax() == Syntax::Json => {
            json_string(text, span.start + 1..span.end.saturating_sub(1), length)
        }
        (Style::DoubleQuoted, _) => flow(text, span.start + 1..span.end.saturating_sub(1), length, Quote::Double),
        _ => flow(text, span, length, Quote::None),
    }
}

struct Builder {
    layout: Layout,
    decoded: usize,
    // Decoded text ends here: what chomping drops gets no piece.
    limit: usize,
}

impl Builder {
    fn new(start: usize, limit: usize) -> Self {
        Self { layout: Layout { pieces: Vec::new(), start, end: start }, decoded: 0, limit }
    }

    fn verbatim(&mut self, source: Range<usize>) {
        self.push(source.clone(), source.len(), true);
    }

    fn atom(&mut self, source: Range<usize>, length: usize) {
        self.push(source, length, false);
    }

    fn push(&mut self, source: Range<usize>, length: usize, verbatim: bool) {
        let length = length.min(self.limit - self.decoded);
        if length == 0 {
            return;
        }
        let piece = Piece { decoded: self.decoded, length, source: source.start, source_length: source.len(), verbatim };
        self.layout.end = if verbatim { source.start + length } else { source.end };
        self.layout.pieces.push(piece);
        self.decoded += length;
    }

    // A last line without a break still ends with one once decoded.
    fn finish(mut self, end: usize) -> Layout {
        let rest = self.limit - self.decoded;
        self.atom(end..end, rest);
        let start = self.layout.start;
        self.layout.end = self.layout.end.max(start);
        self.layout
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

fn flow(text: &str, inner: Range<usize>, length: usize, quote: Quote) -> Layout {
    let bytes = text.as_bytes().get(..inner.end).unwrap_or(&[]);
    let mut builder = Builder::new(inner.start, length);
    let mut at = inner.start;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        at = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => blanks_or_fold(&mut builder, bytes, at),
            b'\'' if quote == Quote::Single => {
                builder.atom(at..at + 2, 1);
                at + 2
            }
            b'\\' if quote == Quote::Double && matches!(next, Some(b'\n' | b'\r')) => {
                breaks(&mut builder, bytes, end_of_break(bytes, at + 1))
            }
            b'\\' if quote == Quote::Double => escape(&mut builder, bytes, at),
            _ => {
                let end = run_end(bytes, at);
                builder.verbatim(at..end);
                end
            }
        };
    }
    builder.finish(inner.end)
}

// Nothing folds in JSON, and its escapes are read as its reader reads them.
fn json_string(text: &str, inner: Range<usize>, length: usize) -> Layout {
    let bytes = text.as_bytes().get(..inner.end).unwrap_or(&[]);
    let mut builder = Builder::new(inner.start, length);
    let mut at = inner.start;
    while let Some(run) = memchr::memchr(b'\\', bytes.get(at..).unwrap_or(&[])) {
        let backslash = at + run;
        builder.verbatim(at..backslash);
        let Ok((character, end)) = json::escape(bytes, backslash) else { break };
        builder.atom(backslash..end, character.unwrap_or(char::REPLACEMENT_CHARACTER).len_utf8());
        at = end;
    }
    builder.verbatim(at..inner.end);
    builder.finish(inner.end)
}

fn run_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at + 1..).unwrap_or(&[]);
    let length = rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\'' | b'\\'));
    length.map_or(bytes.len(), |length| at + 1 + length)
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

fn is_break(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), Some(b'\n' | b'\r'))
}

fn end_of_break(bytes: &[u8], at: usize) -> usize {
    let crlf = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
    at + if crlf { 2 } else { 1 }
}

// Blanks within a line stand as they are; blanks around a break fold: one break is a space, n breaks are n - 1 breaks.
fn blanks_or_fold(builder: &mut Builder, bytes: &[u8], at: usize) -> usize {
    let after_blanks = skip_blanks(bytes, at);
    if !is_break(bytes, after_blanks) {
        builder.verbatim(at..after_blanks);
        return after_blanks;
    }
    let next_line = end_of_break(bytes, after_blanks);
    let content = skip_blanks(bytes, next_line);
    if is_break(bytes, content) {
        return breaks(builder, bytes, next_line);
    }
    builder.atom(at..content, 1);
    content
}

// Empty lines after a break that is already accounted for: each is one break. Blanks before the content are dropped.
fn breaks(builder: &mut Builder, bytes: &[u8], mut at: usize) -> usize {
    loop {
        let content = skip_blanks(bytes, at);
        if !is_break(bytes, content) {
            return content;
        }
        let next = end_of_break(bytes, content);
        builder.atom(at..next, 1);
        at = next;
    }
}

fn escape(builder: &mut Builder, bytes: &[u8], at: usize) -> usize {
    let digits = |from: usize, count: usize| -> u32 {
        let hex = bytes.get(from..from + count).unwrap_or(&[]);
        hex.iter().fold(0, |value, byte| (value << 4) | char::from(*byte).to_digit(16).unwrap_or(0))
    };
    let (end, character) = match bytes.get(at + 1) {
        Some(b'x') => (at + 4, digits(at + 2, 2)),
        Some(b'U') => (at + 10, digits(at + 2, 8)),
        Some(b'u') => match digits(at + 2, 4) {
            // Two escapes of a surrogate pair are one character outside of the basic plane.
            0xD800..=0xDBFF => (at + 12, 0x1_0000),
            character => (at + 6, character),
        },
        Some(b'N' | b'_') => (at + 2, 0xA0),
        Some(b'L' | b'P') => (at + 2, 0x2028),
        _ => (at + 2, 0),
    };
    builder.atom(at..end, char::from_u32(character).map_or(1, char::len_utf8));
    end
}

struct Line {
    start: usize,
    content: usize,
    end: usize,
    next: usize,
}

fn block(text: &str, header: usize, decoded: &Decoded, length: usize, folded: bool) -> Layout {
    let bytes = text.as_bytes().get(..decoded.body_end as usize).unwrap_or(&[]);
    let body = memchr::memchr2(b'\n', b'\r', bytes.get(header..).unwrap_or(&[]));
    let Some(body) = body.map(|at| end_of_break(bytes, header + at)) else {
        return Builder::new(bytes.len(), length).finish(bytes.len());
    };
    let mut builder = Builder::new(body, length);
    // A line of content whose break is not yet accounted for: its break, and whether it began with a blank.
    let mut pending: Option<(Range<usize>, bool)> = None;
    let mut empty: Vec<Range<usize>> = Vec::new();
    let mut at = body;
    while at < bytes.len() {
        let line = read_line(bytes, at, decoded.indent as usize);
        at = line.next;
        if line.content == line.end {
            empty.push(line.start..line.next);
            continue;
        }
        let indented = matches!(bytes.get(line.content), Some(b' ' | b'\t'));
        join(&mut builder, pending.take(), &mut empty, folded && !indented);
        builder.verbatim(line.content..line.end);
        pending = Some((line.end..line.next, indented));
    }
    join(&mut builder, pending, &mut empty, false);
    builder.finish(bytes.len())
}

fn read_line(bytes: &[u8], start: usize, indent: usize) -> Line {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let end = memchr::memchr2(b'\n', b'\r', rest).map_or(bytes.len(), |at| start + at);
    let spaces = rest.iter().take(indent).take_while(|byte| **byte == b' ').count();
    let next = if end < bytes.len() { end_of_break(bytes, end) } else { end };
    Line { start, content: (start + spaces).min(end), end, next }
}

// What stands between two lines of content, or after the last. Folding makes one break a space and drops the first of several.
fn join(builder: &mut Builder, before: Option<(Range<usize>, bool)>, empty: &mut Vec<Range<usize>>, fold: bool) {
    if let Some((line_break, indented)) = before {
        let dropped = fold && !indented && !empty.is_empty();
        builder.atom(line_break, usize::from(!dropped));
    }
    for line in empty.drain(..) {
        builder.atom(line, 1);
    }
}
