//! Nodes of the arena, and [`Ref`], the view that everything else works with.

mod children;

use std::ops::{Index, Range};

use children::Children;

use super::{Document, layout::Layout};
use crate::source::{Source, Span};

/// A node of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, in any style; an empty value is a plain scalar without text.
    Scalar,
    /// A sequence.
    Sequence,
    /// A mapping; its children are keys and values in turn.
    Mapping,
    /// A reference to an anchored node; [`Ref`]s step over it.
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection by indentation.
    Block,
    /// `[…]` or `{…}`
    Flow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) style: Style,
    pub(super) flags: u16,
    pub(super) span: Span,
    /// The node after the last descendant: the next sibling, if the parent has one.
    pub(super) next: u32,
    /// The mapping or sequence that holds this node; a root is its own parent.
    pub(super) parent: NodeId,
    /// Scalars: an index of `Document::decoded` if DECODED is set. Aliases: the target.
    pub(super) text: u32,
}

pub(super) const DECODED: u16 = 1;
pub(super) const ANCHORED: u16 = 2;
pub(super) const SHARED: u16 = 4;
pub(super) const IS_KEY: u16 = 8;

impl Node {
    pub(super) fn is_decoded(&self) -> bool {
        self.flags & DECODED != 0
    }
}

/// The arena.
#[derive(Debug, Default)]
pub(super) struct Nodes(Vec<Node>);

impl Nodes {
    pub(super) fn push(&mut self, node: Node) -> NodeId {
        let id = self.next_id();
        self.0.push(node);
        id
    }

    pub(super) fn next_id(&self) -> NodeId {
        NodeId(u32::try_from(self.0.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn reserve(&mut self, nodes: usize) {
        self.0.reserve(nodes);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn truncate(&mut self, first_dropped: NodeId) {
        self.0.truncate(first_dropped.index());
    }

    pub(super) fn get_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.0.get_mut(id.index())
    }

    /// The last node that this one holds; itself, if it holds none.
    pub(super) fn last_within(&self, id: NodeId) -> NodeId {
        NodeId(self[id].next.saturating_sub(1).max(id.0))
    }

    pub(super) fn last_before(&self, byte: u32) -> Option<NodeId> {
        u32::try_from(self.0.partition_point(|node| node.span.start <= byte)).ok()?.checked_sub(1).map(NodeId)
    }

    /// All nodes from the first to the last, as they stand in the file.
    pub(super) fn range(&self, first: NodeId, last: NodeId) -> &[Node] {
        self.0.get(first.index()..=last.index()).unwrap_or(&[])
    }

    /// A node and all that it holds, as they stand in the file.
    pub(super) fn within(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (id.0..self[id].next).map(NodeId)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.next_id().0).map(NodeId)
    }
}

impl Index<NodeId> for Nodes {
    type Output = Node;

    // INVARIANT: a NodeId is only made by `push` and by walking `next` of the same arena, and nodes are only dropped
    // while composing, together with every id that names them. So an id that a document hands out is in range.
    #[expect(clippy::indexing_slicing, reason = "the one index of the arena; the invariant stands above")]
    fn index(&self, id: NodeId) -> &Node {
        &self.0[id.index()]
    }
}

/// A node of a document, as a value that is copied freely. Never an alias: stepping onto one lands on its target.
#[derive(Clone, Copy, Debug)]
pub struct Ref<'d> {
    document: &'d Document<'d>,
    id: NodeId,
    via: Option<NodeId>,
}

impl PartialEq for Ref<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

impl<'d> Ref<'d> {
    pub(super) fn new(document: &'d Document<'d>, id: NodeId) -> Self {
        Self { document, id, via: None }.resolved()
    }

    #[inline]
    fn resolved(self) -> Self {
        let node = self.node();
        match node.kind {
            Kind::Alias => Self { id: NodeId(node.text), via: Some(self.id), ..self },
            Kind::Scalar | Kind::Sequence | Kind::Mapping => self,
        }
    }

    #[inline]
    fn child(self, id: NodeId) -> Self {
        Self { id, ..self }.resolved()
    }

    #[inline]
    fn node(self) -> &'d Node {
        &self.document.nodes[self.id]
    }

    /// The document that holds the node.
    #[must_use]
    pub fn document(self) -> &'d Document<'d> {
        self.document
    }

    /// The file that holds the node.
    #[must_use]
    pub fn source(self) -> &'d Source<'d> {
        self.document.source
    }

    /// The node's place in its document.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The alias that was stepped over on the way here, if any: the node is then shared with other places.
    #[must_use]
    pub fn via(self) -> Option<NodeId> {
        self.via
    }

    /// What the node is; never [`Kind::Alias`].
    #[must_use]
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// The node's place in its document as a number.
    pub(crate) fn number(self) -> u32 {
        self.id.0
    }

    /// How the node is written.
    #[must_use]
    pub fn style(self) -> Style {
        self.node().style
    }

    /// From the first to the last byte of the node as written: quotes and block headers included, trailing blank lines not.
    #[must_use]
    pub fn span(self) -> Span {
        self.node().span
    }

    /// The explicit tag's span, `!` included.
    #[must_use]
    pub fn tag(self) -> Option<Span> {
        let tags = &self.document.tags;
        tags.binary_search_by_key(&self.id, |(id, _)| *id).ok().and_then(|at| tags.get(at)).map(|(_, span)| *span)
    }

    /// Whether the node is the key of an entry where it stands in the file.
    #[must_use]
    pub fn is_key(self) -> bool {
        self.node().flags & IS_KEY != 0
    }

    /// Whether an anchor is set on this node.
    #[must_use]
    pub fn is_anchored(self) -> bool {
        self.node().flags & ANCHORED != 0
    }

    /// Whether an alias elsewhere shows this node, or one that holds it.
    #[must_use]
    pub fn is_shared(self) -> bool {
        self.ancestors().any(|node| node.node().flags & SHARED != 0)
    }

    /// The text of a scalar, decoded.
    #[must_use]
    pub fn text(self) -> Option<&'d str> {
        let node = self.node();
        match (node.kind, self.document.decoded(node)) {
            (Kind::Scalar, Some(text)) => self.document.text.get(text.start as usize..text.end as usize),
            (Kind::Scalar, None) => Some(self.document.source.slice(self.verbatim_span())),
            (Kind::Sequence | Kind::Mapping | Kind::Alias, _) => None,
        }
    }

    /// The text of a scalar that is not null.
    #[must_use]
    pub fn value(self) -> Option<&'d str> {
        self.text().filter(|_| !self.is_null())
    }

    // A scalar that needed no decoding: its text is what stands between the quotes.
    fn verbatim_span(self) -> Span {
        let span = self.span();
        match self.style() {
            Style::SingleQuoted | Style::DoubleQuoted => Span::new(span.start as usize + 1, (span.end as usize).saturating_sub(1)),
            Style::Plain | Style::Literal | Style::Folded | Style::Block | Style::Flow => span,
        }
    }

    /// Whether this is a plain scalar that the platform reads as null.
    #[must_use]
    pub fn is_null(self) -> bool {
        let plain = self.kind() == Kind::Scalar && self.style() == Style::Plain && self.tag().is_none();
        plain && self.text().is_some_and(|text| self.document.dialect.is_null(text))
    }

    /// The bytes that a range of the decoded text came from, exact for every scalar style. For what is no scalar, and for a
    /// range outside the text, the whole node.
    #[must_use]
    pub fn locate(self, range: Range<usize>) -> Span {
        if self.kind() != Kind::Scalar || self.text().is_none_or(|text| range.end > text.len() || range.start > range.end) {
            return self.span();
        }
        if self.document.decoded(self.node()).is_none() {
            let start = self.verbatim_span().start as usize;
            return Span::new(start + range.start, start + range.end);
        }
        let layout: std::rc::Rc<Layout> = self.document.layout(self.id);
        layout.locate(range).unwrap_or(self.span())
    }

    /// The value of a key of a mapping; the first, if the key stands there twice.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Ref<'d>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key and the value of an entry of a mapping; the first, if the key stands there twice.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<(Ref<'d>, Ref<'d>)> {
        let mut children = self.children_if(Kind::Mapping);
        std::iter::from_fn(|| Some((children.next()?, children.next()?))).find(|(found, _)| found.is_text(key))
    }

    /// The same for names that do not depend on the case of ASCII letters, as those of inputs, variables and outputs.
    #[must_use]
    pub fn entry_in_any_case(self, name: &str) -> Option<(Ref<'d>, Ref<'d>)> {
        self.entries().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)))
    }

    // Whether a scalar's text is this; most keys are dismissed by their length alone.
    fn is_text(self, text: &str) -> bool {
        let node = self.node();
        if node.is_decoded() || node.style != Style::Plain {
            return self.text() == Some(text);
        }
        let (span, text) = (node.span.range(), text.as_bytes());
        // `name`, `uses`, `with` and `jobs` have one length: the first byte comes before the comparison of all.
        let bytes = self.document.source.text().as_bytes();
        let alike = node.kind == Kind::Scalar
            && span.len() == text.len()
            && text.first().is_none_or(|first| bytes.get(span.start) == Some(first));
        alike && bytes.get(span) == Some(text)
    }

    /// The entries of a mapping, in the order of the file; none for what is no mapping.
    pub fn entries(self) -> impl Iterator<Item = (Ref<'d>, Ref<'d>)> {
        let mut children = self.children_if(Kind::Mapping);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The items of a sequence; none for what is no sequence.
    pub fn items(self) -> impl Iterator<Item = Ref<'d>> {
        self.children_if(Kind::Sequence)
    }

    fn children_if(self, kind: Kind) -> Children<'d> {
        let node = self.node();
        let end = if node.kind == kind { node.next } else { self.id.0 + 1 };
        Children { parent: self, next: self.id.0 + 1, end }
    }

    /// The children as they stand in the file, aliases not followed.
    pub(super) fn raw_children(self) -> impl Iterator<Item = NodeId> {
        let (mut next, end) = (self.id.0 + 1, self.node().next);
        std::iter::from_fn(move || {
            let id = (next < end).then_some(NodeId(next))?;
            next = self.document.nodes[id].next;
            Some(id)
        })
    }

    /// The first node past this one and all that it holds.
    #[must_use]
    pub fn end(self) -> NodeId {
        NodeId(self.node().next)
    }

    /// How many nodes this one and all that it holds are, aliases not expanded.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a node is at least itself")]
    pub fn len(self) -> usize {
        (self.node().next - self.id.0) as usize
    }

    /// The mapping or sequence that holds this node where it stands in the file.
    #[must_use]
    pub fn parent(self) -> Option<Ref<'d>> {
        let parent = self.node().parent;
        (parent != self.id).then_some(Ref { id: parent, ..self })
    }

    /// This node, its parent, and so on up to the root.
    pub fn ancestors(self) -> impl Iterator<Item = Ref<'d>> {
        std::iter::successors(Some(self), |node| node.parent())
    }

    /// The key of this node, if it is a value of a mapping.
    #[must_use]
    pub fn key(self) -> Option<Ref<'d>> {
        let parent = self.parent().filter(|parent| parent.kind() == Kind::Mapping)?;
        // What stands right before a value is its key, or, if a collection is the key, the last node within it.
        let mut before = NodeId(self.id.0.checked_sub(1)?);
        while before != parent.id && self.document.nodes[before].parent != parent.id {
            before = self.document.nodes[before].parent;
        }
        (self.document.nodes[before].flags & IS_KEY != 0 && before != parent.id).then(|| parent.child(before))
    }
}
