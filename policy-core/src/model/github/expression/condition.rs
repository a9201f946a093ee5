//! Conditions: what stands behind `if:`.

use super::functions::shown;
use super::{ExprKind, Expression, ExpressionError, Fence, fences, opening};

/// What GitHub makes of the text of an `if:`.
#[derive(Debug)]
pub enum Condition<'t> {
    /// Nothing, or nothing but white space: `success()`.
    Default,
    /// An expression, with or without `${{ }}`.
    Expression {
        /// Where its text begins, in bytes of the text that was read.
        start: usize,
        /// The expression.
        expression: Expression<'t>,
    },
    /// A text into which expressions are put: the condition holds if the text is not empty, whatever it says.
    Template {
        /// The expressions, in the order of the text; each can be parsed.
        fences: Vec<Fence>,
        /// Whether the text is never empty, so that the condition always holds: something stands around the expressions, be it only
        /// the line break at the end of a block scalar, or one of them is never empty.
        always_true: bool,
    },
    /// GitHub refuses the workflow; the place is in bytes of the text that was read.
    Refused(ExpressionError),
}

/// Reads the decoded text of an `if:` as github.com/actions/runner does (`TemplateReader.ParseScalar`, `ConvertToIfCondition`).
///
/// Without `${{` the whole text is an expression. With it, nothing is trimmed: one `${{ }}` and nothing else is an expression, and
/// everything else becomes a call of `format` with the text around the expressions. A lone `${{ 'text' }}` is replaced by its text
/// before the condition is read, so that text is an expression: `${{ 'false' }}` does not hold. (A text with `''` in it is left
/// as the expression that it seems to be.)
///
/// In every case GitHub asks for `success()` too, unless a status function is called somewhere: see [`asks_for_status`].
#[must_use]
pub fn condition(text: &str) -> Condition<'_> {
    if opening(text.as_bytes(), 0).is_none() {
        return whole(text, 0);
    }
    let found: Vec<Fence> = match fences(text).collect() {
        Ok(found) => found,
        Err(error) => return Condition::Refused(error),
    };
    match found.as_slice() {
        [only] if only.outer == (0..text.len()) => alone(text, only),
        _ => template(text, found),
    }
}

/// Whether an expression calls `always`, `cancelled`, `failure` or `success`. A condition without any of them, in none of its
/// expressions, holds only if `success()` does.
#[must_use]
pub fn asks_for_status(expression: &Expression<'_>) -> bool {
    const STATUS: [&str; 4] = ["always", "cancelled", "failure", "success"];
    let mut calls = expression.ids().filter(|id| expression.kind(*id) == ExprKind::Call);
    calls.any(|id| STATUS.iter().any(|name| expression.name(id).eq_ignore_ascii_case(name)))
}

fn whole(text: &str, start: usize) -> Condition<'_> {
    if text.trim().is_empty() {
        return Condition::Default;
    }
    parsed(text, start)
}

fn parsed(text: &str, start: usize) -> Condition<'_> {
    match Expression::parse(text) {
        Ok(expression) => Condition::Expression { start, expression },
        Err(error) => Condition::Refused(ExpressionError { at: start + error.at, ..error }),
    }
}

fn alone<'t>(text: &'t str, fence: &Fence) -> Condition<'t> {
    let inner = text.get(fence.inner.clone()).unwrap_or("");
    let trimmed = inner.trim();
    match trimmed.strip_prefix('\'').and_then(|quoted| quoted.strip_suffix('\'')) {
        Some(said) if !said.contains('\'') => {
            let indent = inner.len() - inner.trim_start().len();
            whole(said, fence.inner.start + indent + 1)
        }
        _ => parsed(inner, fence.inner.start),
    }
}

fn template(text: &str, fences: Vec<Fence>) -> Condition<'_> {
    let mut always_true = text.len() > fences.iter().map(|fence| fence.outer.len()).sum();
    for fence in &fences {
        match Expression::parse(text.get(fence.inner.clone()).unwrap_or("")) {
            Ok(expression) => {
                let text = shown(&expression, expression.root(), &|_| None);
                always_true |= text.map_or_else(|never_empty| never_empty, |text| !text.is_empty());
            }
            Err(error) => return Condition::Refused(ExpressionError { at: fence.inner.start + error.at, ..error }),
        }
    }
    Condition::Template { fences, always_true }
}
