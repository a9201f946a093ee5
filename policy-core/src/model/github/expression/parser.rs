//! Operator precedence over two explicit stacks: twenty thousand open parentheses cost memory, not the call stack.

use std::ops::Range;

use super::lexer::{self, Token};
use super::{Children, ExprId, ExprKind, Expression, ExpressionError, MAX_DEPTH, MAX_LENGTH, Node};

/// What is waiting for its right side.
enum Pending {
    Operator { token: Token, name: Range<usize> },
    Group { at: usize },
    Index { at: usize, of: ExprId },
    Call { at: usize, name: Range<usize>, first_argument: usize },
}

struct Parser<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    operands: Vec<ExprId>,
    pending: Vec<Pending>,
}

pub(super) fn parse(text: &str) -> Result<Expression<'_>, ExpressionError> {
    if text.len() > MAX_LENGTH && text.chars().count() > MAX_LENGTH {
        return Err(ExpressionError { at: 0, message: "longer than the 21,000 characters that GitHub takes" });
    }
    let mut parser = Parser { text, nodes: Vec::new(), operands: Vec::new(), pending: Vec::new() };
    parser.run()?;
    let root = parser.operands.pop().ok_or(ExpressionError { at: 0, message: "an expression is missing here" })?;
    Ok(Expression { text, nodes: parser.nodes, root })
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), ExpressionError> {
        let mut at = 0;
        let mut operand = true;
        while let Some(token) = lexer::next(self.text, at, operand) {
            let (token, span) = token?;
            at = span.end;
            operand = if operand { self.operand(token, &span, &mut at)? } else { self.operator(token, &span, &mut at)? };
        }
        if operand {
            return Err(ExpressionError { at: self.text.trim_end().len(), message: "an expression is missing here" });
        }
        self.reduce(0)?;
        match self.pending.last() {
            Some(Pending::Group { at } | Pending::Index { at, .. } | Pending::Call { at, .. }) => {
                Err(ExpressionError { at: *at, message: "this bracket is not closed" })
            }
            _ => Ok(()),
        }
    }

    // Takes a token where an operand has to begin. True: an operand is still missing.
    fn operand(&mut self, token: Token, span: &Range<usize>, at: &mut usize) -> Result<bool, ExpressionError> {
        match token {
            Token::Literal => self.leaf(ExprKind::Literal, span),
            Token::Text => self.leaf(ExprKind::Text, span),
            Token::Name => return self.name(span, at),
            Token::Not => {
                self.pending.push(Pending::Operator { token, name: span.clone() });
                return Ok(true);
            }
            Token::OpenGroup => {
                self.pending.push(Pending::Group { at: span.start });
                return Ok(true);
            }
            Token::CloseGroup if self.call_has_no_arguments_yet() => self.close_group(span)?,
            Token::Wildcard => self.index_wildcard(span, at)?,
            _ => return Err(ExpressionError { at: span.start, message: "an expression is missing before this" }),
        }
        Ok(false)
    }

    fn call_has_no_arguments_yet(&self) -> bool {
        matches!(self.pending.last(), Some(Pending::Call { first_argument, .. }) if *first_argument == self.operands.len())
    }

    fn name(&mut self, span: &Range<usize>, at: &mut usize) -> Result<bool, ExpressionError> {
        let literal = matches!(self.text.get(span.clone()), Some("null" | "true" | "false" | "NaN" | "Infinity"));
        if literal {
            self.leaf(ExprKind::Literal, span);
            return Ok(false);
        }
        match lexer::next(self.text, span.end, false) {
            Some(Ok((Token::OpenGroup, open))) => {
                *at = open.end;
                let first_argument = self.operands.len();
                self.pending.push(Pending::Call { at: open.start, name: span.clone(), first_argument });
                Ok(true)
            }
            _ => {
                self.leaf(ExprKind::Context, span);
                Ok(false)
            }
        }
    }

    // Takes a token behind an operand. True: another operand has to follow.
    fn operator(&mut self, token: Token, span: &Range<usize>, at: &mut usize) -> Result<bool, ExpressionError> {
        match token {
            Token::Dot => self.property(span, at).map(|()| false),
            Token::OpenIndex => {
                let of = self.dereferenced(span)?;
                self.pending.push(Pending::Index { at: span.start, of });
                Ok(true)
            }
            Token::CloseIndex => self.close_index(span).map(|()| false),
            Token::CloseGroup => self.close_group(span).map(|()| false),
            Token::Comma => {
                self.reduce(0)?;
                let in_call = matches!(self.pending.last(), Some(Pending::Call { .. }));
                if in_call { Ok(true) } else { Err(ExpressionError { at: span.start, message: "a comma outside of a call" }) }
            }
            Token::And | Token::Or | Token::Equality | Token::Order => {
                self.reduce(precedence(token))?;
                self.pending.push(Pending::Operator { token, name: span.clone() });
                Ok(true)
            }
            _ => Err(ExpressionError { at: span.start, message: "an operator is missing before this" }),
        }
    }

    fn property(&mut self, dot: &Range<usize>, at: &mut usize) -> Result<(), ExpressionError> {
        let of = self.dereferenced(dot)?;
        let (kind, name) = match lexer::next(self.text, dot.end, true) {
            Some(Ok((Token::Name, name))) => (ExprKind::Property, name),
            Some(Ok((Token::Wildcard, name))) => (ExprKind::Wildcard, name),
            _ => return Err(ExpressionError { at: dot.start, message: "the name of a property is missing behind this dot" }),
        };
        *at = name.end;
        let span = self.start(of)..name.end;
        self.push(kind, span, name, Children::One(of))
    }

    fn index_wildcard(&mut self, span: &Range<usize>, at: &mut usize) -> Result<(), ExpressionError> {
        let misplaced = ExpressionError { at: span.start, message: "`*` may only stand as `.*` or `[*]`" };
        let Some(Pending::Index { of, .. }) = self.pending.pop() else { return Err(misplaced) };
        match lexer::next(self.text, span.end, false) {
            Some(Ok((Token::CloseIndex, close))) => {
                *at = close.end;
                let whole = self.start(of)..close.end;
                self.push(ExprKind::Wildcard, whole, span.clone(), Children::One(of))
            }
            _ => Err(misplaced),
        }
    }

    // The operand that a dot or an index applies to; literals have no properties.
    fn dereferenced(&mut self, at: &Range<usize>) -> Result<ExprId, ExpressionError> {
        let literal = ExpressionError { at: at.start, message: "a literal has no properties" };
        let of = self.operands.pop().ok_or(literal)?;
        match self.nodes.get(of.0).map(|node| node.kind) {
            Some(ExprKind::Literal | ExprKind::Text) | None => Err(literal),
            Some(_) => Ok(of),
        }
    }

    fn close_index(&mut self, close: &Range<usize>) -> Result<(), ExpressionError> {
        self.reduce(0)?;
        let Some(Pending::Index { of, .. }) = self.pending.pop() else { return Err(unopened(close)) };
        let index = self.operands.pop().ok_or(unopened(close))?;
        self.push(ExprKind::Index, self.start(of)..close.end, close.clone(), Children::More(vec![of, index]))
    }

    fn close_group(&mut self, close: &Range<usize>) -> Result<(), ExpressionError> {
        self.reduce(0)?;
        match self.pending.pop() {
            Some(Pending::Group { .. }) => Ok(()),
            Some(Pending::Call { name, first_argument, .. }) => {
                let arguments = self.operands.split_off(first_argument);
                self.push(ExprKind::Call, name.start..close.end, name, Children::More(arguments))
            }
            _ => Err(unopened(close)),
        }
    }

    // Applies what waits and binds at least as tightly as `precedence`.
    fn reduce(&mut self, minimum: u8) -> Result<(), ExpressionError> {
        while let Some(Pending::Operator { token, name }) = self.pending.last() {
            let (token, name) = (*token, name.clone());
            if precedence(token) < minimum {
                break;
            }
            self.pending.pop();
            let missing = ExpressionError { at: name.start, message: "an expression is missing beside this operator" };
            let right = self.operands.pop().ok_or(missing)?;
            if token == Token::Not {
                let end = self.end(right);
                self.push(ExprKind::Not, name.start..end, name, Children::One(right))?;
                continue;
            }
            let left = self.operands.pop().ok_or(missing)?;
            let span = self.start(left)..self.end(right);
            let kind = match token {
                Token::And => ExprKind::And,
                Token::Or => ExprKind::Or,
                _ => ExprKind::Comparison,
            };
            let (children, depth) = self.flattened(kind, left, right);
            self.add(Node { kind, span, name, children: Children::More(children), depth })?;
        }
        Ok(())
    }

    // `a && b && c` is one node, as GitHub counts depth; the nodes that it takes the children from are left behind unused. The depth
    // comes from the two alone: to look at all children for each operator would be quadratic.
    fn flattened(&mut self, kind: ExprKind, left: ExprId, right: ExprId) -> (Vec<ExprId>, u32) {
        let mut taken = |id: ExprId| match self.nodes.get_mut(id.0) {
            Some(Node { kind: same, children: Children::More(children), depth, .. })
                if *same == kind && kind != ExprKind::Comparison =>
            {
                (std::mem::take(children), *depth)
            }
            node => (vec![id], node.map_or(0, |node| node.depth) + 1),
        };
        let (mut children, depth) = taken(left);
        let (mut more, other_depth) = taken(right);
        children.append(&mut more);
        (children, depth.max(other_depth))
    }

    fn leaf(&mut self, kind: ExprKind, span: &Range<usize>) {
        self.operands.push(ExprId(self.nodes.len()));
        self.nodes.push(Node { kind, span: span.clone(), name: span.clone(), children: Children::None, depth: 1 });
    }

    fn push(&mut self, kind: ExprKind, span: Range<usize>, name: Range<usize>, children: Children) -> Result<(), ExpressionError> {
        let deepest = children.as_slice().iter().filter_map(|child| self.nodes.get(child.0)).map(|node| node.depth).max();
        self.add(Node { kind, span, name, children, depth: deepest.unwrap_or(0) + 1 })
    }

    fn add(&mut self, node: Node) -> Result<(), ExpressionError> {
        if node.depth > MAX_DEPTH {
            return Err(ExpressionError { at: node.span.start, message: "nested deeper than the 50 levels that GitHub takes" });
        }
        self.operands.push(ExprId(self.nodes.len()));
        self.nodes.push(node);
        Ok(())
    }

    fn start(&self, id: ExprId) -> usize {
        self.nodes.get(id.0).map_or(0, |node| node.span.start)
    }

    fn end(&self, id: ExprId) -> usize {
        self.nodes.get(id.0).map_or(0, |node| node.span.end)
    }
}

fn unopened(close: &Range<usize>) -> ExpressionError {
    ExpressionError { at: close.start, message: "nothing opens this bracket" }
}

fn precedence(token: Token) -> u8 {
    match token {
        Token::Not => 16,
        Token::Order => 11,
        Token::Equality => 10,
        Token::And => 6,
        Token::Or => 5,
        _ => 0,
    }
}
