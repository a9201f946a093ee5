//! Composes the arena from the events of the YAML parser.

use std::collections::BTreeMap;

use granit_parser::{Event, ScalarStyle, ScanError, Span as EventSpan, StructureStyle};

use super::duplicates;
use super::node::{ANCHORED, DECODED, IS_KEY, Kind, Node, NodeId, Nodes, SHARED, Style};
use super::parser::{MAX_RECOVERIES, byte_span, explained, parser};
use super::{Decoded, Dialect, Document, MAX_EXPANDED, MAX_NODES, Problem, ProblemKind};
use crate::source::{EncodingFault, MAX_SOURCE_BYTES, Source, Span};

pub(super) fn compose<'a>(source: &'a Source<'a>, dialect: Dialect) -> Document<'a> {
    let mut composer = Composer::new(source, dialect);
    if let Some(fault) = source.fault() {
        composer.encoding_problem(fault);
        if fault.is_fatal() {
            return composer.document;
        }
    }
    composer.run();
    composer.document
}

struct Open {
    id: NodeId,
    children: u32,
    expanded: u64,
    anchor: usize,
}

// Where an anchor stands, and how many events it expands to; none while its node is still open.
struct Anchor {
    node: NodeId,
    expanded: Option<u64>,
}

struct Composer<'a> {
    document: Document<'a>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchor>,
    // Where the node that was met last ends: what follows up to the next node is blanks, comments, indicators and properties.
    last_end: usize,
    // The arena and its tables as they were before the current document of the stream.
    start: Mark,
}

#[derive(Clone, Copy)]
struct Mark {
    node: NodeId,
    text: usize,
    decoded: usize,
    tags: usize,
    expanded: u64,
}

impl<'a> Composer<'a> {
    fn new(source: &'a Source<'a>, dialect: Dialect) -> Self {
        let document = Document {
            source,
            dialect,
            nodes: Nodes::default(),
            roots: Vec::new(),
            text: String::new(),
            decoded: Vec::new(),
            tags: Vec::new(),
            comments: std::cell::OnceCell::new(),
            problems: Vec::new(),
            template_mark: None,
            expanded: 0,
            located: std::cell::RefCell::default(),
        };
        let start = Mark { node: document.nodes.next_id(), text: 0, decoded: 0, tags: 0, expanded: 0 };
        Self { document, open: Vec::new(), anchors: BTreeMap::new(), last_end: 0, start }
    }

    fn encoding_problem(&mut self, fault: EncodingFault) {
        let (kind, at, message) = match fault {
            EncodingFault::TooLarge => {
                (ProblemKind::Encoding, 0, format!("the file is larger than the {} MiB that are read", MAX_SOURCE_BYTES >> 20))
            }
            EncodingFault::WideBom => (ProblemKind::Encoding, 0, "the file is UTF-16 or UTF-32; only UTF-8 is read".to_owned()),
            EncodingFault::Nul(at) => {
                (ProblemKind::Encoding, at, "a NUL byte: YAML readers end the file here and hide what follows".to_owned())
            }
            EncodingFault::InvalidUtf8(at) => {
                (ProblemKind::InvalidUtf8, at, "the file is not UTF-8 from here; each such byte is read as `?`".to_owned())
            }
        };
        self.document.problems.push(Problem { kind, span: Span::new(at, at + 1), message });
    }

    fn run(&mut self) {
        // Workflows have a node for every 25 bytes or so; growing moves the whole arena.
        self.document.nodes.reserve((self.document.source.text().len() / 24).min(MAX_NODES));
        let mut parser = parser(self.document.source.text(), false);
        let mut recoveries = 0;
        while let Some(event) = parser.next_event() {
            let broken = match event {
                Ok((event, span)) => {
                    if !self.event(&event, &span) {
                        return;
                    }
                    continue;
                }
                Err(error) => error,
            };
            self.drop_current();
            self.syntax_problem(&broken);
            recoveries += 1;
            if recoveries >= MAX_RECOVERIES || !parser.proceed_next_document().unwrap_or(false) {
                return;
            }
        }
    }

    // False ends the reading: the document is too complex.
    fn event(&mut self, event: &Event<'_>, span: &EventSpan) -> bool {
        let bytes = byte_span(span);
        match event {
            Event::DocumentStart(..) => self.begin(bytes),
            Event::DocumentEnd => self.finish(),
            Event::Alias(anchor) => self.alias(*anchor, bytes),
            Event::UnresolvedAlias(_) => self.lost_alias(bytes, "this alias names an anchor that does not stand before it"),
            Event::Scalar(text, style, anchor, _) => {
                // The parser writes an empty value as `~` without width.
                let empty = *style == ScalarStyle::Plain && bytes.is_empty();
                let node = if empty { self.empty() } else { self.scalar(text, *style, span, bytes) };
                self.anchored(node, *anchor, Some(1));
                self.tagged(node, span);
                self.note_end(node);
            }
            Event::SequenceStart(style, anchor, _) => self.enter(Kind::Sequence, *style, *anchor, span, bytes),
            Event::MappingStart(style, anchor, _) => self.enter(Kind::Mapping, *style, *anchor, span, bytes),
            Event::SequenceEnd | Event::MappingEnd => self.leave(bytes),
            _ => {}
        }
        let open: u64 = self.open.last().map_or(0, |open| open.expanded);
        let complex = self.document.nodes.len() > MAX_NODES || open.max(self.document.expanded) > MAX_EXPANDED;
        if complex {
            self.too_complex(bytes);
        }
        !complex
    }

    fn begin(&mut self, span: Span) {
        self.mark();
        self.last_end = self.last_end.max(span.end as usize);
    }

    fn mark(&mut self) {
        self.start = Mark {
            node: self.document.nodes.next_id(),
            text: self.document.text.len(),
            decoded: self.document.decoded.len(),
            tags: self.document.tags.len(),
            expanded: self.document.expanded,
        };
    }

    fn finish(&mut self) {
        if self.start.node != self.document.nodes.next_id() {
            self.document.roots.push(self.start.node);
        }
        // An error may come before the next document begins: what is finished stays.
        self.mark();
        self.anchors.clear();
    }

    fn drop_current(&mut self) {
        self.open.clear();
        self.anchors.clear();
        let document = &mut self.document;
        document.nodes.truncate(self.start.node);
        document.text.truncate(self.start.text);
        document.decoded.truncate(self.start.decoded);
        document.tags.truncate(self.start.tags);
        document.expanded = self.start.expanded;
        document.template_mark = document.template_mark.filter(|mark| *mark < self.start.node);
    }

    fn syntax_problem(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0);
        let span = Span::new(at, at + 1);
        let (kind, message) = explained(error.kind());
        self.document.problems.push(Problem { kind, span, message });
    }

    fn too_complex(&mut self, span: Span) {
        self.drop_current();
        let message = format!("more than {MAX_EXPANDED} nodes, aliases expanded; the document is not judged");
        self.document.problems.push(Problem { kind: ProblemKind::TooComplex, span, message });
    }

    fn push(&mut self, kind: Kind, style: Style, span: Span) -> NodeId {
        let id = self.document.nodes.next_id();
        let (parent, key) = match self.open.last_mut() {
            Some(open) => {
                open.children += 1;
                let mapping = self.document.nodes[open.id].kind == Kind::Mapping;
                (open.id, mapping && open.children % 2 == 1)
            }
            None => (id, false),
        };
        let flags = if key { IS_KEY } else { 0 };
        let next = u32::try_from(id.index() + 1).unwrap_or(u32::MAX);
        self.document.nodes.push(Node { kind, style, flags, span, next, parent, text: 0 })
    }

    fn count(&mut self, expanded: u64) {
        let total = match self.open.last_mut() {
            Some(open) => &mut open.expanded,
            None => &mut self.document.expanded,
        };
        *total = total.saturating_add(expanded);
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, event: &EventSpan, span: Span) -> NodeId {
        self.count(1);
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        if matches!(style, Style::Literal | Style::Folded) {
            let indent = u32::try_from(event.indent.unwrap_or(0)).unwrap_or(0);
            let whole = self.block_span(span);
            let id = self.push(Kind::Scalar, style, whole);
            self.decode(id, text, indent, span.end);
            return id;
        }
        let id = self.push(Kind::Scalar, style, span);
        let quotes = u32::from(style != Style::Plain);
        let inner = Span { start: span.start + quotes, end: span.end.saturating_sub(quotes) };
        // What the parser borrowed is compared by address: it is nearly everything.
        let written = self.document.source.slice(inner);
        if !(std::ptr::eq(written, text) || written == text) {
            self.decode(id, text, 0, span.end);
        }
        id
    }

    // The parser places an empty value before the colon; a reader would look for it behind.
    fn empty(&mut self) -> NodeId {
        self.count(1);
        let rest = self.document.source.text().get(self.last_end..).unwrap_or("");
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let indicator = rest.get(blanks..).is_some_and(|rest| rest.starts_with([':', '-', '?']));
        let at = self.last_end + if indicator { blanks + 1 } else { 0 };
        self.push(Kind::Scalar, Style::Plain, Span::new(at, at))
    }

    fn decode(&mut self, id: NodeId, text: &str, indent: u32, body_end: u32) {
        let document = &mut self.document;
        let start = offset(document.text.len());
        document.text.push_str(text);
        let entry = offset(document.decoded.len());
        document.decoded.push(Decoded { start, end: offset(document.text.len()), indent, body_end });
        if let Some(node) = document.nodes.get_mut(id) {
            node.flags |= DECODED;
            node.text = entry;
        }
    }

    // The parser's span of a block scalar begins with its first content line and ends past its trailing blank lines.
    fn block_span(&self, body: Span) -> Span {
        let text = self.document.source.text();
        let start = block_header(text, self.last_end).unwrap_or(body.start as usize).min(body.start as usize);
        let written = text.get(start..body.end as usize).unwrap_or("").trim_end_matches([' ', '\t', '\n', '\r']);
        Span::new(start, start + written.len())
    }

    fn anchored(&mut self, id: NodeId, anchor: usize, expanded: Option<u64>) {
        if anchor == 0 {
            return;
        }
        self.anchors.insert(anchor, Anchor { node: id, expanded });
        if let Some(node) = self.document.nodes.get_mut(id) {
            node.flags |= ANCHORED;
        }
    }

    fn tagged(&mut self, id: NodeId, event: &EventSpan) {
        if let Some(tag) = event.tag_span() {
            self.document.tags.push((id, byte_span(&tag)));
        }
    }

    fn note_end(&mut self, id: NodeId) {
        self.last_end = self.last_end.max(self.document.nodes[id].span.end as usize);
    }

    fn enter(&mut self, kind: Kind, style: StructureStyle, anchor: usize, event: &EventSpan, span: Span) {
        let style = match style {
            StructureStyle::Block => Style::Block,
            StructureStyle::Flow => Style::Flow,
        };
        let id = self.push(kind, style, span);
        if style == Style::Flow && kind == Kind::Mapping && self.document.nodes[id].flags & IS_KEY != 0 {
            let outer = self.document.nodes[id].parent;
            let mark = (self.document.nodes[outer].style == Style::Flow).then_some(outer);
            self.document.template_mark = self.document.template_mark.or(mark);
        }
        self.anchored(id, anchor, None);
        self.tagged(id, event);
        self.last_end = self.last_end.max(span.start as usize);
        self.open.push(Open { id, children: 0, expanded: 2, anchor });
    }

    // A block collection's end event stands at the next token, so its end is that of its last child.
    fn leave(&mut self, event: Span) {
        let Some(open) = self.open.pop() else { return };
        let next = offset(self.document.nodes.next_id().index());
        let last_end = self.last_end;
        if let Some(node) = self.document.nodes.get_mut(open.id) {
            let end = if node.style == Style::Flow { last_end.max(event.end as usize) } else { last_end };
            node.span = Span::new(node.span.start as usize, end);
            node.next = next;
            self.last_end = end.max(last_end);
        }
        self.count(open.expanded);
        if let Some(anchor) = self.anchors.get_mut(&open.anchor) {
            anchor.expanded = Some(open.expanded);
        }
        if self.document.nodes[open.id].kind == Kind::Mapping {
            let problems = duplicates::of(&self.document, open.id);
            self.document.problems.extend(problems);
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let Some(&Anchor { node: target, expanded }) = self.anchors.get(&anchor) else {
            return self.lost_alias(span, "this alias names an anchor that does not stand before it");
        };
        let Some(expanded) = expanded else {
            return self.lost_alias(span, "this alias stands inside of what it names");
        };
        self.count(expanded);
        let id = self.push(Kind::Alias, Style::Plain, span);
        if let Some(node) = self.document.nodes.get_mut(id) {
            node.text = offset(target.index());
        }
        if let Some(node) = self.document.nodes.get_mut(target) {
            node.flags |= SHARED;
        }
        self.note_end(id);
    }

    fn lost_alias(&mut self, span: Span, message: &str) {
        self.count(1);
        let id = self.push(Kind::Scalar, Style::Plain, span);
        self.decode(id, "", 0, span.end);
        self.note_end(id);
        self.document.problems.push(Problem { kind: ProblemKind::Alias, span, message: message.to_owned() });
    }
}

fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The `|` or `>` of the block scalar that comes next after `from`: past blanks, comments, indicators, anchors and tags.
fn block_header(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'|' | b'>' => return Some(at),
            b'#' => at += memchr::memchr2(b'\n', b'\r', bytes.get(at..)?)?,
            b'&' | b'!' => at += bytes.get(at..)?.iter().position(|byte| byte.is_ascii_whitespace())?,
            _ => at += 1,
        }
    }
}
