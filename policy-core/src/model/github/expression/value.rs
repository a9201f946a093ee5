//! Values of expressions, and how GitHub coerces and compares them. Facts of `EvaluationResult` in github.com/actions/runner, and of
//! the documentation of expressions.

use std::cmp::Ordering;

use super::{Number, Operator};

/// The longest text that is worked out, in bytes. What would be longer is not known.
pub const MAX_TEXT: usize = 64 * 1024;

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list of values that are neither lists nor objects.
    Array(Vec<Value>),
    /// An object, of which no more is known.
    Object,
}

impl Value {
    /// Whether a condition takes the value for true. False are `null`, `false`, zero, NaN and the empty text.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(is) => *is,
            Self::Number(number) => !number.is_falsy(),
            Self::Text(text) => !text.is_empty(),
            Self::Array(_) | Self::Object => true,
        }
    }

    /// What stands in a text where the value is put in.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(is) => is.to_string(),
            Self::Number(number) => number.to_text(),
            Self::Text(text) => text.clone(),
            Self::Array(_) => "Array".to_owned(),
            Self::Object => "Object".to_owned(),
        }
    }

    /// Whether the value is neither a list nor an object.
    #[must_use]
    pub fn is_primitive(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Object)
    }

    /// The number that the value is coerced to: NaN for lists and objects. None where it is not exact, see [`Number::from_text`].
    #[must_use]
    pub fn to_number(&self) -> Option<Number> {
        match self {
            Self::Null | Self::Bool(false) => Some(Number::ZERO),
            Self::Bool(true) => Some(Number::ONE),
            Self::Number(number) => Some(*number),
            Self::Text(text) => Number::from_text(text),
            Self::Array(_) | Self::Object => Some(Number::NAN),
        }
    }

    /// What a comparison with another value comes to. Texts are compared without regard to case, and different kinds as numbers.
    /// None where that cannot be told: two lists or two objects, which equal only themselves, numbers that are not exact, and texts
    /// that differ only in characters beyond ASCII, whose case is not looked up here.
    #[must_use]
    pub fn compare(&self, operator: Operator, other: &Self) -> Option<bool> {
        let order = order(self, other)?;
        Some(match operator {
            Operator::Equal => order == Some(Ordering::Equal),
            Operator::NotEqual => order != Some(Ordering::Equal),
            Operator::Less => order == Some(Ordering::Less),
            Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
            Operator::Greater => order == Some(Ordering::Greater),
            Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        })
    }
}

// Within: none where neither is the greater one and they are not equal.
fn order(left: &Value, right: &Value) -> Option<Option<Ordering>> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(Some(Ordering::Equal)),
        (Value::Text(left), Value::Text(right)) => texts(left, right).map(Some),
        (Value::Array(_), Value::Array(_)) | (Value::Object, Value::Object) => None,
        (Value::Array(_) | Value::Object, _) | (_, Value::Array(_) | Value::Object) => Some(None),
        _ => Some(left.to_number()?.compare(right.to_number()?)),
    }
}

// In the order of the capitals, as .NET's `OrdinalIgnoreCase`; there no character of ASCII equals one beyond it.
fn texts(left: &str, right: &str) -> Option<Ordering> {
    let mut right = right.chars();
    for left in left.chars() {
        match right.next() {
            None => return Some(Ordering::Greater),
            Some(right) if left == right => {}
            Some(right) if !left.is_ascii() && !right.is_ascii() => return None,
            Some(right) => match left.to_ascii_uppercase().cmp(&right.to_ascii_uppercase()) {
                Ordering::Equal => {}
                order => return Some(order),
            },
        }
    }
    Some(if right.next().is_some() { Ordering::Less } else { Ordering::Equal })
}

/// Whether `test` holds for two texts without regard to case; none where that rests on characters beyond ASCII.
pub(super) fn ignoring_case(text: &str, part: &str, test: fn(&str, &str) -> bool) -> Option<bool> {
    if test(&text.to_ascii_uppercase(), &part.to_ascii_uppercase()) {
        return Some(true);
    }
    (text.is_ascii() || part.is_ascii()).then_some(false)
}
