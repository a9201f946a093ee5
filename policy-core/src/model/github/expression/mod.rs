//! Expressions of GitHub Actions: `${{ … }}` found, parsed and followed. Grammar, precedence and limits are those of the
//! expression parser in github.com/actions/runner.

mod condition;
mod evaluate;
mod flow;
mod functions;
mod lexer;
mod number;
mod parser;
mod path;
mod value;
mod write;

use std::borrow::Cow;
use std::ops::Range;

pub use condition::{Condition, asks_for_status, condition};
pub use evaluate::{evaluate, truthiness};
pub use flow::{Contribution, contributions};
pub use number::Number;
pub use path::{Path, Segment};
pub use value::{MAX_TEXT, Value};

/// The deepest tree that GitHub takes.
pub const MAX_DEPTH: u32 = 50;

/// The longest expression that GitHub takes, in characters.
pub const MAX_LENGTH: usize = 21_000;

/// A node of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExprId(usize);

/// What a node of an expression is. Children stand in [`Expression::children`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `null`, `true`, `12`: a literal that is no text.
    Literal,
    /// `'text'`
    Text,
    /// `github`, `secrets`: the name of a context.
    Context,
    /// `a.name`: one child.
    Property,
    /// `a[b]`: two children.
    Index,
    /// `a.*` or `a[*]`: one child.
    Wildcard,
    /// `f(…)`: the arguments are the children.
    Call,
    /// `!a`
    Not,
    /// `a && b && …`, nested ones flattened.
    And,
    /// `a || b || …`, nested ones flattened.
    Or,
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`: two children.
    Comparison,
}

/// What a comparison compares by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

#[derive(Debug)]
struct Node {
    kind: ExprKind,
    // Of the whole node in the text of the expression.
    span: Range<usize>,
    // Of the name alone: context, property, function or operator.
    name: Range<usize>,
    children: Children,
    depth: u32,
}

/// Most nodes have one child or none, which needs no memory of its own.
#[derive(Debug)]
enum Children {
    None,
    One(ExprId),
    More(Vec<ExprId>),
}

impl Children {
    fn as_slice(&self) -> &[ExprId] {
        match self {
            Self::None => &[],
            Self::One(child) => std::slice::from_ref(child),
            Self::More(children) => children,
        }
    }
}

/// A parsed expression over its text.
#[derive(Debug)]
pub struct Expression<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    root: ExprId,
}

/// Why a text is no expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where, in bytes of the text that was read.
    pub at: usize,
    /// The fact, for a person; never echoes the text.
    pub message: &'static str,
}

impl<'t> Expression<'t> {
    /// Parses the text between `${{` and `}}`.
    ///
    /// # Errors
    /// When GitHub would refuse the text; the place is in bytes of it.
    pub fn parse(text: &'t str) -> Result<Self, ExpressionError> {
        parser::parse(text)
    }

    /// The outermost node.
    #[must_use]
    pub fn root(&self) -> ExprId {
        self.root
    }

    /// What a node is.
    #[must_use]
    pub fn kind(&self, id: ExprId) -> ExprKind {
        self.node(id).map_or(ExprKind::Literal, |node| node.kind)
    }

    /// The children of a node, in the order of the text.
    #[must_use]
    pub fn children(&self, id: ExprId) -> &[ExprId] {
        self.node(id).map_or(&[], |node| node.children.as_slice())
    }

    /// The bytes of a node in the text of the expression.
    #[must_use]
    pub fn span(&self, id: ExprId) -> Range<usize> {
        self.node(id).map_or(0..0, |node| node.span.clone())
    }

    /// The name of a context, property or function as written; the raw text of a literal or an operator.
    #[must_use]
    pub fn name(&self, id: ExprId) -> &'t str {
        self.node(id).and_then(|node| self.text.get(node.name.clone())).unwrap_or("")
    }

    /// What a comparison compares by; none for every other kind.
    #[must_use]
    pub fn operator(&self, id: ExprId) -> Option<Operator> {
        match (self.kind(id), self.name(id)) {
            (ExprKind::Comparison, "==") => Some(Operator::Equal),
            (ExprKind::Comparison, "!=") => Some(Operator::NotEqual),
            (ExprKind::Comparison, "<") => Some(Operator::Less),
            (ExprKind::Comparison, "<=") => Some(Operator::LessOrEqual),
            (ExprKind::Comparison, ">") => Some(Operator::Greater),
            (ExprKind::Comparison, ">=") => Some(Operator::GreaterOrEqual),
            _ => None,
        }
    }

    /// What a text literal says: `'it''s'` is `it's`. None for every other kind.
    #[must_use]
    pub fn text_literal(&self, id: ExprId) -> Option<Cow<'t, str>> {
        let quoted = self.name(id).strip_prefix('\'')?.strip_suffix('\'')?;
        match self.kind(id) {
            ExprKind::Text if quoted.contains('\'') => Some(Cow::Owned(quoted.replace("''", "'"))),
            ExprKind::Text => Some(Cow::Borrowed(quoted)),
            _ => None,
        }
    }

    /// The expression in one form of writing: single spaces, `.*` for `[*]`, and only the brackets that it needs. Names and literals
    /// stay as written. It parses to the same tree, unless the spaces make it longer than [`MAX_LENGTH`].
    #[must_use]
    pub fn to_text(&self) -> String {
        write::to_text(self)
    }

    /// All nodes, children before parents.
    pub fn ids(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..self.nodes.len()).map(ExprId)
    }

    /// The context path that a node is, such as `github.event.issue.title`, if it is one.
    #[must_use]
    pub fn path(&self, id: ExprId) -> Option<Path<'t>> {
        path::of(self, id)
    }

    fn node(&self, id: ExprId) -> Option<&Node> {
        self.nodes.get(id.0)
    }
}

/// An expression within a text: from `${{` to `}}`, and what stands between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// With the marks.
    pub outer: Range<usize>,
    /// Between the marks.
    pub inner: Range<usize>,
}

/// The first `${{` at or after `from`. Most scalars are short, and have no `$` at all.
pub(crate) fn opening(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr::memchr(b'$', text.get(from..)?)?;
        if text.get(at + 1..at + 3) == Some(b"{{") {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Finds the expressions of a text, as GitHub does: `}}` within `'…'` does not close.
///
/// # Errors
/// The place of a `${{` that nothing closes ends the list.
pub fn fences(text: &str) -> impl Iterator<Item = Result<Fence, ExpressionError>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let open = opening(text.as_bytes(), from)?;
        let inner = open + 3;
        let Some(close) = closing(text.as_bytes(), inner) else {
            from = text.len();
            return Some(Err(ExpressionError { at: open, message: "this `${{` is not closed by `}}`" }));
        };
        from = close + 2;
        Some(Ok(Fence { outer: open..from, inner: inner..close }))
    })
}

fn closing(bytes: &[u8], from: usize) -> Option<usize> {
    let mut in_text = false;
    for (at, pair) in bytes.get(from..)?.windows(2).enumerate() {
        match pair {
            [b'\'', _] => in_text = !in_text,
            [b'}', b'}'] if !in_text => return Some(from + at),
            _ => {}
        }
    }
    None
}
