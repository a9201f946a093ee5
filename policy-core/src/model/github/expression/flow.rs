//! Which parts of an expression can become text of its result.

use super::{ExprId, ExprKind, Expression};

/// A part whose value can stand in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The part: a context path, or a call whose result is read further.
    pub id: ExprId,
    /// Whether the whole object is written out, by `toJSON`: then everything below the path stands in the result.
    pub serialised: bool,
}

/// The context paths whose values can stand in the result. A comparison or a condition decides, but contributes no text.
#[must_use]
pub fn contributions(expression: &Expression<'_>) -> Vec<Contribution> {
    let mut found = Vec::new();
    collect(expression, expression.root(), false, &mut found);
    found
}

// The parser bounds the depth.
fn collect(expression: &Expression<'_>, id: ExprId, serialised: bool, found: &mut Vec<Contribution>) {
    let children = expression.children(id);
    match expression.kind(id) {
        ExprKind::Context => found.push(Contribution { id, serialised }),
        ExprKind::Property | ExprKind::Wildcard | ExprKind::Index => match (expression.path(id), children.first()) {
            (Some(_), _) => found.push(Contribution { id, serialised }),
            // A property of a call: any text of the call's result may be what is picked.
            (None, Some(of)) => collect(expression, *of, serialised, found),
            (None, None) => {}
        },
        ExprKind::And => children.last().into_iter().for_each(|last| collect(expression, *last, serialised, found)),
        ExprKind::Or => children.iter().for_each(|child| collect(expression, *child, serialised, found)),
        ExprKind::Call => call(expression, id, serialised, found),
        ExprKind::Literal | ExprKind::Text | ExprKind::Not | ExprKind::Comparison => {}
    }
}

fn call(expression: &Expression<'_>, id: ExprId, serialised: bool, found: &mut Vec<Contribution>) {
    let arguments = expression.children(id);
    match expression.name(id).to_ascii_lowercase().as_str() {
        "tojson" => arguments.iter().for_each(|argument| collect(expression, *argument, true, found)),
        "format" | "join" | "fromjson" => {
            arguments.iter().for_each(|argument| collect(expression, *argument, serialised, found));
        }
        // case(condition, value, condition, value, …, default)
        "case" => {
            let last = arguments.len().saturating_sub(1);
            let values = arguments.iter().enumerate().filter(|(at, _)| at % 2 == 1 || *at == last);
            values.for_each(|(_, value)| collect(expression, *value, serialised, found));
        }
        _ => {}
    }
}
