//! What an expression comes to before the pipeline runs, as far as that can be told. Facts of github.com/actions/runner (`Expressions`)
//! and of the documentation of expressions.

use super::functions::call;
use super::{ExprId, ExprKind, Expression, MAX_TEXT, Number, Path, Value};

/// What the caller knows of context paths; none where only the run can tell.
pub(super) type Lookup<'l> = dyn Fn(&Path<'_>) -> Option<Value> + 'l;

/// What is known of a part.
pub(super) enum Known {
    Value(Value),
    /// Only whether a condition takes it for true.
    Truth(bool),
    Nothing,
}

impl Known {
    pub(super) fn value(self) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Truth(_) | Self::Nothing => None,
        }
    }

    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Value(value) => Some(value.is_truthy()),
            Self::Truth(is) => Some(*is),
            Self::Nothing => None,
        }
    }
}

impl From<Option<Value>> for Known {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Self::Nothing, Self::Value)
    }
}

/// The value of a part; `lookup` gives those of context paths. A path that has an index or a `*` is asked for with [`super::Segment::Any`],
/// and then without it.
///
/// None where the value is not known before the run: where `lookup` knows too little, a number has more than 15 significant digits,
/// a text would be longer than [`MAX_TEXT`], letters beyond ASCII would have to be compared without case, or GitHub ends the run
/// with an error.
#[must_use]
pub fn evaluate(expression: &Expression<'_>, id: ExprId, lookup: &dyn Fn(&Path<'_>) -> Option<Value>) -> Option<Value> {
    known(expression, id, lookup).value()
}

/// Whether a condition takes a part for true. That can be known where the value is not: `x && false` is never true. What ends the
/// run with an error counts as not known.
#[must_use]
pub fn truthiness(expression: &Expression<'_>, id: ExprId, lookup: &dyn Fn(&Path<'_>) -> Option<Value>) -> Option<bool> {
    known(expression, id, lookup).truth()
}

// Looks at each node once, but for the ones that a short circuit skips. The parser bounds the depth.
pub(super) fn known(expression: &Expression<'_>, id: ExprId, lookup: &Lookup<'_>) -> Known {
    let children = expression.children(id);
    match expression.kind(id) {
        ExprKind::Literal => literal(expression.name(id)).into(),
        ExprKind::Text => expression.text_literal(id).map(|text| Value::Text(text.into_owned())).into(),
        ExprKind::Context | ExprKind::Property | ExprKind::Index | ExprKind::Wildcard => part(expression, id, lookup),
        ExprKind::Call => call(expression, id, lookup),
        ExprKind::Not => {
            let truth = children.first().and_then(|of| known(expression, *of, lookup).truth());
            truth.map(|is| Value::Bool(!is)).into()
        }
        ExprKind::And => first(expression, children, false, lookup),
        ExprKind::Or => first(expression, children, true, lookup),
        ExprKind::Comparison => compared(expression, id, lookup).map(Value::Bool).into(),
    }
}

fn literal(written: &str) -> Option<Value> {
    match written {
        "null" => Some(Value::Null),
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        number => Number::from_text(number).map(Value::Number),
    }
}

// The first operand that is as true as `wanted`, or else the last one.
fn first(expression: &Expression<'_>, operands: &[ExprId], wanted: bool, lookup: &Lookup<'_>) -> Known {
    let mut last = Known::Nothing;
    let mut unsure = false;
    for operand in operands {
        last = known(expression, *operand, lookup);
        match last.truth() {
            // One before it may be the result, but only if it is as true.
            Some(is) if is == wanted => return if unsure { Known::Truth(wanted) } else { last },
            Some(_) => {}
            None => unsure = true,
        }
    }
    if unsure { Known::Nothing } else { last }
}

fn compared(expression: &Expression<'_>, id: ExprId, lookup: &Lookup<'_>) -> Option<bool> {
    let [left, right] = expression.children(id) else { return None };
    let left = known(expression, *left, lookup).value()?;
    left.compare(expression.operator(id)?, &known(expression, *right, lookup).value()?)
}

// A context, or what is picked from a value.
fn part(expression: &Expression<'_>, id: ExprId, lookup: &Lookup<'_>) -> Known {
    let asked = expression.path(id).and_then(|path| lookup(&path));
    if let Some(value) = asked {
        let short = !matches!(&value, Value::Text(text) if text.len() > MAX_TEXT);
        return if short { Known::Value(value) } else { Known::Truth(true) };
    }
    // `*` makes a list of anything, and a list is true even when it is empty.
    if expression.kind(id) == ExprKind::Wildcard {
        return Known::Truth(true);
    }
    let [of, index @ ..] = expression.children(id) else { return Known::Nothing };
    match known(expression, *of, lookup) {
        Known::Value(Value::Array(items)) => {
            let index = match index.first() {
                Some(index) => known(expression, *index, lookup).value().and_then(|index| index.to_number()),
                None => Number::from_text(expression.name(id)),
            };
            index.map(|index| index.index().and_then(|at| items.into_iter().nth(at)).unwrap_or(Value::Null)).into()
        }
        Known::Value(Value::Object) | Known::Truth(_) | Known::Nothing => Known::Nothing,
        Known::Value(_) => Known::Value(Value::Null),
    }
}
