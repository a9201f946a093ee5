//! Composes the arena from what a reader meets, in the order of the file.

use super::node::{ANCHORED, DECODED, IS_KEY, Kind, Node, NodeId, Nodes, SHARED, Style};
use super::{
    Decoded, Dialect, Document, MAX_EXPANDED, MAX_NODES, Problem, ProblemKind, Syntax, common, duplicates, json, lines, parser,
};
use crate::source::{EncodingFault, MAX_SOURCE_BYTES, Source, Span};

pub(super) fn compose<'a>(source: &'a Source<'a>, dialect: Dialect) -> Document<'a> {
    if source.fault().is_some() || dialect.syntax() != Syntax::Yaml {
        return by_parser(source, dialect).document;
    }
    let mut composer = Composer::new(source, dialect);
    // Workflows have a node for every 25 bytes or so; growing moves the whole arena.
    composer.document.nodes.reserve((source.text().len() / 24).min(MAX_NODES));
    composer.document.text.reserve(source.text().len() / 2);
    if !common::read(&mut composer) {
        composer = by_parser(source, dialect);
    }
    composer.document
}

/// What the parser of the syntax alone gives: [`compose`] has to give the same.
pub(super) fn by_parser<'a>(source: &'a Source<'a>, dialect: Dialect) -> Composer<'a> {
    let mut composer = Composer::new(source, dialect);
    if let Some(fault) = source.fault() {
        composer.encoding_problem(fault);
        if fault.is_fatal() {
            return composer;
        }
    }
    match dialect.syntax() {
        Syntax::Yaml => parser::read(&mut composer),
        Syntax::Json => json::read(&mut composer),
        Syntax::Lines => lines::read(&mut composer),
    }
    composer
}

struct Open {
    id: NodeId,
    children: u32,
    expanded: u64,
    anchor: usize,
}

// An anchor by its number, where it stands, and how many events it expands to; none while its node is still open.
struct Anchor {
    number: usize,
    node: NodeId,
    expanded: Option<u64>,
}

/// The arena while it grows.
pub(super) struct Composer<'a> {
    pub(super) document: Document<'a>,
    open: Vec<Open>,
    // Those of the current document, in the order of their numbers.
    anchors: Vec<Anchor>,
    // Where the node that was met last ends: what follows up to the next node is blanks, comments, indicators and properties.
    last_end: usize,
    // Whether so much was counted once: what ends a collection is added to the one that holds it, and may be forgotten there.
    full: bool,
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
            common: false,
            aliased: false,
            first_bytes: 0,
            located: std::cell::RefCell::default(),
        };
        let start = Mark { node: document.nodes.next_id(), text: 0, decoded: 0, tags: 0, expanded: 0 };
        Self { document, open: Vec::new(), anchors: Vec::new(), last_end: 0, full: false, start }
    }

    fn encoding_problem(&mut self, fault: EncodingFault) {
        let (kind, at, message) = match fault {
            EncodingFault::TooLarge => {
                (ProblemKind::Encoding, 0, format!("the file is larger than the {} MiB that are read", MAX_SOURCE_BYTES >> 20))
            }
            EncodingFault::WideBom => (ProblemKind::Encoding, 0, "the file is UTF-16 or UTF-32; only UTF-8 is read".to_owned()),
            EncodingFault::Nul(at) if self.document.dialect.syntax() == Syntax::Json => {
                (ProblemKind::Encoding, at, "a NUL byte, which no JSON holds".to_owned())
            }
            EncodingFault::Nul(at) => {
                (ProblemKind::Encoding, at, "a NUL byte: YAML readers end the file here and hide what follows".to_owned())
            }
            EncodingFault::InvalidUtf8(at) => {
                (ProblemKind::InvalidUtf8, at, "the file is not UTF-8 from here; each such byte is read as `?`".to_owned())
            }
        };
        self.document.problems.push(Problem { kind, span: Span::new(at, at + 1), message });
    }

    /// A document of the stream begins.
    pub(super) fn begin(&mut self, span: Span) {
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

    /// It ends.
    pub(super) fn finish(&mut self) {
        if self.start.node != self.document.nodes.next_id() {
            self.document.roots.push(self.start.node);
        }
        // An error may come before the next document begins: what is finished stays.
        self.mark();
        self.anchors.clear();
    }

    /// What was read of the current document goes.
    pub(super) fn drop_current(&mut self) {
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

    /// The current document is not read further.
    pub(super) fn too_complex(&mut self, span: Span) {
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
        self.full |= *total > MAX_EXPANDED;
    }

    // A text of a scalar is noted by its first byte.
    fn note_text(&mut self, text: &str) {
        self.document.first_bytes |= text.bytes().next().map_or(0, |byte| 1_u128.wrapping_shl(u32::from(byte)));
    }

    /// A plain or quoted scalar: its decoded text, and its span with the quotes.
    pub(super) fn scalar(&mut self, text: &str, style: Style, span: Span) -> NodeId {
        self.count(1);
        self.note_text(text);
        let id = self.push(Kind::Scalar, style, span);
        let quotes = u32::from(style != Style::Plain);
        let inner = Span { start: span.start + quotes, end: span.end.saturating_sub(quotes) };
        // What was not decoded is compared by address: it is nearly everything.
        let written = self.document.source.slice(inner);
        if !(std::ptr::eq(written, text) || written == text) {
            self.decode(id, text, 0, span.end);
        }
        self.note_end(id);
        id
    }

    /// A block scalar: its decoded text, the lines that belong to it, and the columns that they drop.
    pub(super) fn block_scalar(&mut self, text: &str, style: Style, body: Span, indent: usize) -> NodeId {
        self.count(1);
        self.note_text(text);
        let id = self.push(Kind::Scalar, style, self.block_span(body));
        let lines = self.document.source.text().get(..body.end as usize).unwrap_or("");
        // The parser ends where the next token begins, behind its indentation.
        let end = lines.trim_end_matches(' ');
        let end = if end.ends_with(['\n', '\r']) { end.len() } else { lines.len() };
        self.decode(id, text, offset(indent), offset(end));
        self.note_end(id);
        id
    }

    /// An empty value, where a reader would look for it: behind the indicator.
    pub(super) fn empty(&mut self) -> NodeId {
        self.count(1);
        let rest = self.document.source.text().get(self.last_end..).unwrap_or("");
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let indicator = rest.get(blanks..).is_some_and(|rest| rest.starts_with([':', '-', '?']));
        let at = self.last_end + if indicator { blanks + 1 } else { 0 };
        let id = self.push(Kind::Scalar, Style::Plain, Span::new(at, at));
        self.note_end(id);
        id
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
        let start = block_header(text.as_bytes().get(..body.start as usize).unwrap_or(&[]), self.last_end)
            .unwrap_or(body.start as usize)
            .min(body.start as usize);
        let written = text.get(start..body.end as usize).unwrap_or("").trim_end_matches([' ', '\t', '\n', '\r']);
        Span::new(start, start + written.len())
    }

    /// A node has an anchor, and expands to so many events once it is complete.
    pub(super) fn anchored(&mut self, id: NodeId, anchor: usize, expanded: Option<u64>) {
        if anchor == 0 {
            return;
        }
        self.anchors.push(Anchor { number: anchor, node: id, expanded });
        if let Some(node) = self.document.nodes.get_mut(id) {
            node.flags |= ANCHORED;
        }
    }

    /// A node has a tag.
    pub(super) fn tagged(&mut self, id: NodeId, tag: Option<Span>) {
        self.document.tags.extend(tag.map(|tag| (id, tag)));
    }

    /// Whether more was read than a document may hold.
    pub(super) fn is_full(&self) -> bool {
        self.full || self.document.nodes.len() > MAX_NODES
    }

    fn note_end(&mut self, id: NodeId) {
        self.last_end = self.last_end.max(self.document.nodes[id].span.end as usize);
    }

    /// A mapping or sequence begins.
    pub(super) fn enter(&mut self, kind: Kind, style: Style, span: Span, anchor: usize) -> NodeId {
        // The parser places a sequence at the column of its key behind its first `-`.
        let dashes = kind == Kind::Sequence && style == Style::Block;
        let bytes = self.document.source.text().as_bytes();
        let before = bytes.get(..(span.start as usize + 1).min(bytes.len())).filter(|_| dashes);
        let dash = before.and_then(|before| first_dash(before, self.last_end));
        let start = dash.unwrap_or(span.start as usize);
        let id = self.push(kind, style, Span::new(start, span.end as usize));
        if style == Style::Flow && kind == Kind::Mapping && self.document.nodes[id].flags & IS_KEY != 0 {
            let outer = self.document.nodes[id].parent;
            let mark = (self.document.nodes[outer].style == Style::Flow).then_some(outer);
            self.document.template_mark = self.document.template_mark.or(mark);
        }
        self.anchored(id, anchor, None);
        self.last_end = self.last_end.max(start + usize::from(dash.is_some()));
        self.open.push(Open { id, children: 0, expanded: 2, anchor });
        id
    }

    /// The innermost mapping or sequence ends: in flow style at `event`, else with its last child.
    pub(super) fn leave(&mut self, event: Span) {
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
        let anchor = self.anchors.binary_search_by_key(&open.anchor, |anchor| anchor.number);
        if let Some(anchor) = anchor.ok().and_then(|at| self.anchors.get_mut(at)) {
            anchor.expanded = Some(open.expanded);
        }
        if self.document.nodes[open.id].kind == Kind::Mapping {
            let problems = duplicates::of(&self.document, open.id);
            self.document.problems.extend(problems);
        }
    }

    /// A node is shown again.
    pub(super) fn alias(&mut self, anchor: usize, span: Span) {
        let known = self.anchors.binary_search_by_key(&anchor, |anchor| anchor.number).ok();
        let Some(&Anchor { node: target, expanded, .. }) = known.and_then(|at| self.anchors.get(at)) else {
            return self.lost_alias(span, "this alias names an anchor that does not stand before it");
        };
        let Some(expanded) = expanded else {
            return self.lost_alias(span, "this alias stands inside of what it names");
        };
        self.count(expanded);
        self.document.aliased = true;
        let id = self.push(Kind::Alias, Style::Plain, span);
        if let Some(node) = self.document.nodes.get_mut(id) {
            node.text = offset(target.index());
        }
        if let Some(node) = self.document.nodes.get_mut(target) {
            node.flags |= SHARED;
        }
        self.note_end(id);
    }

    /// An alias that shows nothing.
    pub(super) fn lost_alias(&mut self, span: Span, message: &str) {
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

/// The `|` or `>` of the block scalar that comes next after `from`.
fn block_header(bytes: &[u8], from: usize) -> Option<usize> {
    next_indicator(bytes, from, |byte| matches!(byte, b'|' | b'>'))
}

/// The `-` of the sequence that comes next after `from`.
fn first_dash(bytes: &[u8], from: usize) -> Option<usize> {
    next_indicator(bytes, from, |byte| byte == b'-')
}

// Past blanks, comments, other indicators, anchors and tags.
fn next_indicator(bytes: &[u8], from: usize, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    let mut at = from;
    loop {
        match bytes.get(at)? {
            byte if is_it(*byte) => return Some(at),
            b'#' => at += memchr::memchr2(b'\n', b'\r', bytes.get(at..)?)?,
            b'&' | b'!' => at += bytes.get(at..)?.iter().position(|byte| byte.is_ascii_whitespace())?,
            _ => at += 1,
        }
    }
}
