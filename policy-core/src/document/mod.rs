//! One YAML stream or JSON value as a pre-order arena of small nodes whose text lies in the source. Reading never fails: what
//! is wrong becomes a [`Problem`].

mod common;
mod compose;
mod dialect;
mod duplicates;
pub mod edit;
mod json;
mod layout;
mod lines;
mod node;
mod parser;
mod template;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

pub use dialect::{Dialect, Syntax};
pub use node::{Kind, NodeId, Ref, Style};
pub use template::Template;

use crate::source::{Source, Span};
use layout::Layout;
use node::{Node, Nodes};

/// The most nodes a document may have; past it the document is [`ProblemKind::TooComplex`].
pub const MAX_NODES: usize = 1_000_000;

/// The most nodes there may be once every alias is expanded. Composing counts them without expanding anything.
pub const MAX_EXPANDED: u64 = 1_000_000;

/// A comment, as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line, without the break.
    pub span: Span,
    /// Whether nothing but blanks stands before it on its line.
    pub own_line: bool,
}

/// What kind of thing is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The bytes are not text that can be read.
    Encoding,
    /// Some bytes are not UTF-8; the rest was read.
    InvalidUtf8,
    /// The text is not of the dialect's syntax; the document that holds the error has no nodes.
    Syntax,
    /// A mapping has a key twice; both entries are in the arena.
    DuplicateKey,
    /// An alias names an anchor that is not there, or one that it stands in; it reads as null.
    Alias,
    /// More nodes than [`MAX_NODES`], or than [`MAX_EXPANDED`] with aliases expanded; the document has no nodes.
    TooComplex,
}

/// Something wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// The fact, for a person; never echoes text of the file.
    pub message: String,
}

/// Decoded text of a scalar whose text is not a slice of the source.
#[derive(Clone, Copy, Debug)]
struct Decoded {
    /// Range in [`Document::text`].
    start: u32,
    end: u32,
    /// Block scalars: columns of indentation that every content line drops.
    indent: u32,
    /// Block scalars: where the lines that belong to it end, trailing blank ones included.
    body_end: u32,
}

/// One file read as YAML or JSON: all its documents, comments and problems.
#[derive(Debug)]
pub struct Document<'a> {
    source: &'a Source<'a>,
    dialect: Dialect,
    nodes: Nodes,
    roots: Vec<NodeId>,
    text: String,
    decoded: Vec<Decoded>,
    tags: Vec<(NodeId, Span)>,
    // Read by themselves, when they are first asked for: most files are judged without.
    comments: OnceCell<Vec<Comment>>,
    problems: Vec<Problem>,
    template_mark: Option<NodeId>,
    expanded: u64,
    common: bool,
    aliased: bool,
    // A bit for each first byte of a scalar's text.
    first_bytes: u128,
    // The layout of the scalar that was located last: most of what is reported lies in few scalars, and some of those are huge.
    located: RefCell<Option<(NodeId, Rc<Layout>)>>,
}

impl<'a> Document<'a> {
    /// Reads a source. Any bytes give a document.
    #[must_use]
    pub fn read(source: &'a Source<'a>, dialect: Dialect) -> Self {
        compose::compose(source, dialect)
    }

    /// Reads a source with the parser alone. [`Document::read`] gives the same, faster for what is written in the common form; tests
    /// and fuzzing hold the two against each other. Of JSON there is but one reader.
    #[must_use]
    pub fn read_by_parser(source: &'a Source<'a>, dialect: Dialect) -> Self {
        compose::by_parser(source, dialect).document
    }

    /// Whether the file is written in the common form, and was read without the parser.
    #[must_use]
    pub fn is_common(&self) -> bool {
        self.common
    }

    /// The first place where another reading of the same file differs, if it does.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Span> {
        let same = |id: NodeId| self.nodes[id] == other.nodes[id] && self.decoded_text(id) == other.decoded_text(id);
        let both = self.nodes.ids().take(other.nodes.len());
        let differs = both.filter(|id| !same(*id)).map(|id| self.nodes[id].span).next();
        let tables = self.nodes.len() == other.nodes.len()
            && (&self.roots, &self.tags, &self.problems, self.template_mark, self.expanded)
                == (&other.roots, &other.tags, &other.problems, other.template_mark, other.expanded)
            && (self.first_bytes, self.aliased) == (other.first_bytes, other.aliased)
            && self.comments() == other.comments();
        differs.or((!tables).then(Span::default))
    }

    fn decoded_text(&self, id: NodeId) -> Option<(&str, u32, u32)> {
        let decoded = self.decoded(&self.nodes[id])?;
        Some((self.text.get(decoded.start as usize..decoded.end as usize)?, decoded.indent, decoded.body_end))
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> &'a Source<'a> {
        self.source
    }

    /// How this platform reads the file.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The first document of the stream, if there is one that could be read.
    #[must_use]
    pub fn root(&self) -> Option<Ref<'_>> {
        self.roots().next()
    }

    /// The documents of the stream that could be read.
    pub fn roots(&self) -> impl Iterator<Item = Ref<'_>> {
        self.roots.iter().map(|id| Ref::new(self, *id))
    }

    /// Whether a node of it is shown in other places too.
    #[must_use]
    pub fn has_aliases(&self) -> bool {
        self.aliased
    }

    /// Whether the text of a scalar begins with this byte of ASCII.
    #[must_use]
    pub fn has_scalar_beginning(&self, byte: u8) -> bool {
        self.first_bytes & 1_u128.wrapping_shl(u32::from(byte)) != 0
    }

    /// The last node that begins at or before this byte: the innermost one that holds it, if any does.
    pub(crate) fn at(&self, byte: u32) -> Option<Ref<'_>> {
        self.nodes.last_before(byte).map(|id| Ref::new(self, id))
    }

    /// Every scalar, in the order of the file; aliases are not followed.
    pub fn scalars(&self) -> impl Iterator<Item = Ref<'_>> {
        self.nodes.ids().map(|id| Ref::new(self, id)).filter(|node| node.kind() == Kind::Scalar)
    }

    /// Where `{{ … }}` of a template language was read as YAML: a mapping as the key of a mapping, which no platform takes.
    #[must_use]
    pub fn template_mark(&self) -> Option<Ref<'_>> {
        self.template_mark.map(|id| Ref::new(self, id))
    }

    /// Comments, in the order of the file; JSON has none.
    #[must_use]
    pub fn comments(&self) -> &[Comment] {
        self.comments.get_or_init(|| match self.dialect.syntax() {
            Syntax::Yaml if self.common => common::comments(self),
            Syntax::Yaml => parser::comments(self.source),
            Syntax::Json => Vec::new(),
            Syntax::Lines => lines::comments(self.source),
        })
    }

    /// What is wrong, in the order it was met.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many YAML events a reader that follows aliases meets: one a scalar, two a collection.
    #[must_use]
    pub fn expanded(&self) -> u64 {
        self.expanded
    }

    /// The template language that this file seems to be written in, if any.
    #[must_use]
    pub fn template(&self) -> Option<Template> {
        template::recognise(self.source.text())
    }

    fn layout(&self, id: NodeId) -> Rc<Layout> {
        let mut located = self.located.borrow_mut();
        match located.as_ref() {
            Some((last, layout)) if *last == id => Rc::clone(layout),
            _ => {
                let layout = Rc::new(layout::of(self, id));
                *located = Some((id, Rc::clone(&layout)));
                layout
            }
        }
    }

    fn decoded(&self, node: &Node) -> Option<&Decoded> {
        node.is_decoded().then(|| self.decoded.get(node.text as usize)).flatten()
    }
}
