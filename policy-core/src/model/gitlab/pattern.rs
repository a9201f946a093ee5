//! Regular expressions of conditions, as far as most are written: text between anchors, alternatives, `.*`. What is more is unknown.

use crate::read::Truth;

/// Whether a text matches a pattern; unknown for a pattern that is more than text, alternatives, anchors and `.*`.
#[must_use]
pub(super) fn matches(pattern: &str, flags: &str, text: &str) -> Truth {
    if flags.bytes().any(|flag| flag != b'i') {
        return Truth::Unknown;
    }
    let fold = |text: &str| if flags.is_empty() { text.to_owned() } else { text.to_ascii_lowercase() };
    let text = fold(text);
    let grouped = pattern.strip_prefix("^(").and_then(|rest| rest.strip_suffix(")$"));
    let plain = |inner: &str| !inner.contains(['(', ')']);
    let mut truth = Truth::False;
    match grouped.filter(|inner| plain(inner)) {
        Some(inner) => inner.split('|').for_each(|part| truth = truth.or(one(&format!("^{part}$"), &text, &fold))),
        None => pattern.split('|').for_each(|part| truth = truth.or(one(part, &text, &fold))),
    }
    truth
}

fn one(pattern: &str, text: &str, fold: &dyn Fn(&str) -> String) -> Truth {
    let (from_start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (to_end, rest) = match rest.strip_suffix('$') {
        Some(inner) if !inner.ends_with('\\') => (true, inner),
        _ => (false, rest),
    };
    // `.*` at an open end says nothing more; between texts it is any text.
    let mut parts = Vec::new();
    for part in rest.split(".*") {
        match literal(part) {
            Some(part) => parts.push(fold(&part)),
            None => return Truth::Unknown,
        }
    }
    let mut at = 0;
    let last = parts.len().saturating_sub(1);
    for (number, part) in parts.iter().enumerate() {
        let rest = text.get(at..).unwrap_or("");
        let found = match (number == 0 && from_start, number == last && to_end) {
            (true, true) => (rest == part).then_some(0),
            (true, false) => rest.starts_with(part.as_str()).then_some(0),
            (false, true) => rest.ends_with(part.as_str()).then(|| rest.len() - part.len()),
            (false, false) => rest.find(part.as_str()),
        };
        match found {
            Some(found) => at += found + part.len(),
            None => return Truth::False,
        }
    }
    Truth::True
}

// The text that a part of a pattern stands for; none where it is more than text.
fn literal(part: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = part.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push(letters.next().filter(|next| !next.is_ascii_alphanumeric())?),
            '.' | '*' | '+' | '?' | '[' | ']' | '(' | ')' | '{' | '}' | '^' | '$' => return None,
            _ => out.push(letter),
        }
    }
    Some(out)
}
