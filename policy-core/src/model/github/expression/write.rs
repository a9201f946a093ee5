//! An expression written out again.

use super::{ExprId, ExprKind, Expression};

pub(super) fn to_text(expression: &Expression<'_>) -> String {
    let mut text = String::new();
    write(expression, expression.root(), &mut text);
    text
}

// The parser bounds the depth.
fn write(expression: &Expression<'_>, id: ExprId, text: &mut String) {
    let children = expression.children(id);
    let binds = strength(expression, id);
    match expression.kind(id) {
        ExprKind::Literal | ExprKind::Text | ExprKind::Context => text.push_str(expression.name(id)),
        ExprKind::Property | ExprKind::Wildcard => {
            operands(expression, children, "", binds, text);
            text.push('.');
            text.push_str(expression.name(id));
        }
        ExprKind::Index => {
            let (of, index) = children.split_at(children.len().min(1));
            operands(expression, of, "", binds, text);
            text.push('[');
            operands(expression, index, "", 0, text);
            text.push(']');
        }
        ExprKind::Call => {
            text.push_str(expression.name(id));
            text.push('(');
            operands(expression, children, ", ", 0, text);
            text.push(')');
        }
        ExprKind::Not => {
            text.push('!');
            operands(expression, children, "", binds, text);
        }
        ExprKind::And => operands(expression, children, " && ", binds + 1, text),
        ExprKind::Or => operands(expression, children, " || ", binds + 1, text),
        ExprKind::Comparison => {
            // `a == b == c` is `(a == b) == c`.
            let (left, right) = children.split_at(children.len().min(1));
            operands(expression, left, "", binds, text);
            text.push(' ');
            text.push_str(expression.name(id));
            text.push(' ');
            operands(expression, right, "", binds + 1, text);
        }
    }
}

// In brackets are those that bind less than what they stand in asks for.
fn operands(expression: &Expression<'_>, ids: &[ExprId], between: &str, least: u8, text: &mut String) {
    for (at, id) in ids.iter().enumerate() {
        if at > 0 {
            text.push_str(between);
        }
        let brackets = strength(expression, *id) < least;
        if brackets {
            text.push('(');
        }
        write(expression, *id, text);
        if brackets {
            text.push(')');
        }
    }
}

// How tightly a node holds together, in the order of the parser's precedence.
fn strength(expression: &Expression<'_>, id: ExprId) -> u8 {
    match expression.kind(id) {
        ExprKind::Or => 1,
        ExprKind::And => 2,
        ExprKind::Comparison if matches!(expression.name(id), "==" | "!=") => 4,
        ExprKind::Comparison => 6,
        ExprKind::Not => 8,
        _ => 10,
    }
}
