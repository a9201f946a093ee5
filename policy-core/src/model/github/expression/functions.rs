//! The functions of expressions.

use super::evaluate::{Known, Lookup, known};
use super::value::ignoring_case;
use super::{ExprId, ExprKind, Expression, MAX_TEXT, Number, Operator, Value};
use crate::json::reader::Reader;

/// What a call comes to. GitHub refuses calls with too few or too many arguments; they are not known here.
pub(super) fn call(expression: &Expression<'_>, id: ExprId, lookup: &Lookup<'_>) -> Known {
    let get = |argument: &ExprId| known(expression, *argument, lookup);
    let name = expression.name(id).to_ascii_lowercase();
    match (name.as_str(), expression.children(id)) {
        ("always", []) => Known::Value(Value::Bool(true)),
        ("contains", [text, part]) => contains(&get(text), || get(part).value()).map(Value::Bool).into(),
        ("startswith", [text, part]) => affix(&get(text), || get(part).value(), |text, part| text.starts_with(part)),
        ("endswith", [text, part]) => affix(&get(text), || get(part).value(), |text, part| text.ends_with(part)),
        ("format", [format, arguments @ ..]) => match get(format).value() {
            Some(format) => formatted(expression, &format.to_text(), arguments, lookup),
            None => Known::Nothing,
        },
        ("join", [items]) => joined(get(items).value(), || Some(Value::Text(",".to_owned()))),
        ("join", [items, separator]) => joined(get(items).value(), || get(separator).value()),
        // The JSON of any value has a character.
        ("tojson", [value]) => get(value).value().and_then(|value| to_json(&value)).map_or(Known::Truth(true), known_text),
        ("fromjson", [json]) => get(json).value().map_or(Known::Nothing, |json| from_json(&json.to_text())),
        ("case", arguments) => case(expression, arguments, lookup),
        _ => Known::Nothing,
    }
}

fn known_text(text: String) -> Known {
    if text.len() > MAX_TEXT { Known::Truth(true) } else { Known::Value(Value::Text(text)) }
}

fn contains(within: &Known, part: impl Fn() -> Option<Value>) -> Option<bool> {
    match within {
        Known::Value(Value::Object) => Some(false),
        Known::Value(Value::Array(items)) if items.is_empty() => Some(false),
        Known::Value(Value::Array(items)) => {
            let part = part()?;
            // Once, not for each item: the text may be long.
            let number = part.to_number().map(Value::Number);
            let mut all_known = true;
            for item in items {
                let equal = match (&part, item) {
                    (Value::Text(_), Value::Text(_)) => part.compare(Operator::Equal, item),
                    (Value::Text(_), _) => number.as_ref().and_then(|number| number.compare(Operator::Equal, item)),
                    _ => part.compare(Operator::Equal, item),
                };
                match equal {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => all_known = false,
                }
            }
            all_known.then_some(false)
        }
        Known::Value(text) => {
            let part = part()?;
            if !part.is_primitive() {
                return Some(false);
            }
            ignoring_case(&text.to_text(), &part.to_text(), |text, part| text.contains(part))
        }
        Known::Truth(_) | Known::Nothing => None,
    }
}

fn affix(text: &Known, part: impl Fn() -> Option<Value>, test: fn(&str, &str) -> bool) -> Known {
    let Known::Value(text) = text else { return Known::Nothing };
    let found = match part() {
        _ if !text.is_primitive() => Some(false),
        Some(part) if !part.is_primitive() => Some(false),
        Some(part) => ignoring_case(&text.to_text(), &part.to_text(), test),
        None => None,
    };
    found.map(Value::Bool).into()
}

/// `{0}` stands for the first argument, `{{` and `}}` for braces. Only the arguments that are named are looked at.
fn formatted(expression: &Expression<'_>, format: &str, arguments: &[ExprId], lookup: &Lookup<'_>) -> Known {
    let mut worked_out: Vec<Option<Result<String, bool>>> = arguments.iter().map(|_| None).collect();
    let mut text = Some(String::new());
    let mut filled = false;
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        add(&mut text, &mut filled, before);
        if let Some(behind) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            add(&mut text, &mut filled, if from.starts_with('{') { "{" } else { "}" });
            rest = behind;
            continue;
        }
        let Some((index, behind)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) else { return Known::Nothing };
        // GitHub refuses what is no number, every `{0:…}`, and what names no argument.
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        let index = index.parse::<u8>().ok().filter(|_| digits).map(usize::from);
        let Some((argument, slot)) = index.and_then(|at| arguments.get(at).zip(worked_out.get_mut(at))) else {
            return Known::Nothing;
        };
        match slot.get_or_insert_with(|| shown(expression, *argument, lookup)) {
            Ok(value) => add(&mut text, &mut filled, value),
            Err(never_empty) => {
                text = None;
                filled |= *never_empty;
            }
        }
        rest = behind;
    }
    add(&mut text, &mut filled, rest);
    put_together(text, filled)
}

fn put_together(text: Option<String>, filled: bool) -> Known {
    match text {
        Some(text) => Known::Value(Value::Text(text)),
        None if filled => Known::Truth(true),
        None => Known::Nothing,
    }
}

/// The text of a part; where it is not known, whether it is never empty.
pub(super) fn shown(expression: &Expression<'_>, id: ExprId, lookup: &Lookup<'_>) -> Result<String, bool> {
    match known(expression, id, lookup) {
        Known::Value(value) => Ok(value.to_text()),
        unknown => Err(unknown.truth() == Some(true) || decides(expression, id)),
    }
}

// A decision is written out as `true` or `false`.
fn decides(expression: &Expression<'_>, id: ExprId) -> bool {
    const DECISIONS: [&str; 7] = ["contains", "startswith", "endswith", "always", "success", "failure", "cancelled"];
    match expression.kind(id) {
        ExprKind::Comparison | ExprKind::Not => true,
        ExprKind::Call => DECISIONS.iter().any(|name| expression.name(id).eq_ignore_ascii_case(name)),
        ExprKind::And | ExprKind::Or => expression.children(id).iter().all(|operand| decides(expression, *operand)),
        _ => false,
    }
}

// A text that would be too long is not known, but that it is not empty.
fn add(text: &mut Option<String>, filled: &mut bool, part: &str) {
    *filled |= !part.is_empty();
    match text {
        Some(so_far) if so_far.len() + part.len() <= MAX_TEXT => so_far.push_str(part),
        _ => *text = None,
    }
}

fn joined(items: Option<Value>, separator: impl Fn() -> Option<Value>) -> Known {
    let items = match items {
        Some(Value::Array(items)) => items,
        Some(Value::Object) => return Known::Value(Value::Text(String::new())),
        Some(primitive) => return Known::Value(Value::Text(primitive.to_text())),
        None => return Known::Nothing,
    };
    let between = match items.len() {
        0 | 1 => Some(String::new()),
        _ => separator().map(|separator| if separator.is_primitive() { separator.to_text() } else { ",".to_owned() }),
    };
    let mut text = between.is_some().then(String::new);
    let mut filled = false;
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            add(&mut text, &mut filled, between.as_deref().unwrap_or(""));
        }
        add(&mut text, &mut filled, &item.to_text());
    }
    put_together(text, filled)
}

fn to_json(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_text()),
        Value::Text(text) => json_text(text),
        Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Array(items) => {
            let mut text = String::from("[");
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "\n  " } else { ",\n  " });
                text.push_str(&to_json(item)?);
            }
            text.push_str("\n]");
            Some(text)
        }
        Value::Object => None,
    }
}

// Json.NET writes these three as escapes, though JSON does not ask for it.
fn json_text(text: &str) -> Option<String> {
    let escaped = serde_json::to_string(text).ok()?;
    let plain = !escaped.contains(['\u{85}', '\u{2028}', '\u{2029}']);
    let escape = |text: String| text.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Some(if plain { escaped } else { escape(escaped) })
}

/// The value of a JSON text. Of lists within lists and of objects it is known only that they are true. The runner also takes what is
/// not quite JSON (comments, single quotes); that is not known here.
fn from_json(json: &str) -> Known {
    let mut reader = Reader::new(json);
    let whole = reader.raw().and_then(|json| reader.end().map(|()| json));
    let Ok(json) = whole else { return Known::Nothing };
    if !json.starts_with(['[', '{']) {
        return scalar(json).into();
    }
    let items = Reader::new(json).list(Reader::raw).unwrap_or_default();
    let items: Option<Vec<Value>> = items.iter().map(|item| scalar(item)).collect();
    match items {
        _ if json.starts_with('{') => Known::Value(Value::Object),
        Some(items) => Known::Value(Value::Array(items)),
        None => Known::Truth(true),
    }
}

fn scalar(json: &str) -> Option<Value> {
    match json {
        "null" => Some(Value::Null),
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ if json.starts_with('"') => Reader::new(json).string().ok().map(Value::Text),
        _ if json.starts_with(['[', '{']) => None,
        number => Number::from_text(number).map(Value::Number),
    }
}

/// `case(condition, value, …, default)`: the first value whose condition is true. Conditions have to be `true` or `false`.
fn case(expression: &Expression<'_>, arguments: &[ExprId], lookup: &Lookup<'_>) -> Known {
    let (pairs, default) = arguments.as_chunks::<2>();
    let [default] = default else { return Known::Nothing };
    if pairs.is_empty() {
        return Known::Nothing;
    }
    for [condition, value] in pairs {
        match known(expression, *condition, lookup) {
            Known::Value(Value::Bool(true)) => return known(expression, *value, lookup),
            Known::Value(Value::Bool(false)) => {}
            _ => return Known::Nothing,
        }
    }
    known(expression, *default, lookup)
}
