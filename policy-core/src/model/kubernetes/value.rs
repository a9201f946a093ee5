//! Values as Kubernetes reads them: YAML 1.1 turned into JSON, then fields of known types, whose names depend on case.

use crate::document::{Kind, Ref, Style};
use crate::map::Map;
use crate::read::Read;

/// The value of a field of a mapping; none where it is null. Of what stands there twice, or is merged by `<<`, the last counts.
#[must_use]
pub fn field<'u>(node: Ref<'u>, name: &str) -> Option<Ref<'u>> {
    let found = if is_plain(node) { node.get(name) } else { last(node, name, MAX_MERGES) };
    found.filter(|value| !value.is_null())
}

/// How deep merges may lie in each other.
const MAX_MERGES: u8 = 16;

const MERGE: &str = "<<";

// Whether no key stands in a mapping twice, and nothing is merged: nearly always.
fn is_plain(node: Ref<'_>) -> bool {
    let document = node.document();
    document.problems().is_empty() && !document.has_scalar_beginning(b'<')
}

// Of several mappings that are merged at one place the first counts.
fn merged<'u>(value: Ref<'u>) -> Vec<Ref<'u>> {
    let mut maps: Vec<Ref<'u>> = Vec::new();
    maps.extend(value.items());
    maps.reverse();
    if value.kind() == Kind::Mapping { vec![value] } else { maps }
}

fn last<'u>(node: Ref<'u>, name: &str, depth: u8) -> Option<Ref<'u>> {
    let mut found = None;
    for (key, value) in node.entries() {
        match key.text() {
            Some(text) if text == name => found = Some(value),
            Some(MERGE) if depth > 0 => {
                found = merged(value).into_iter().filter_map(|map| last(map, name, depth - 1)).last().or(found);
            }
            _ => {}
        }
    }
    found
}

/// The value at the end of a chain of fields.
#[must_use]
pub fn path<'u>(node: Ref<'u>, names: &[&str]) -> Option<Ref<'u>> {
    names.iter().try_fold(node, |node, name| field(node, name))
}

/// The entries of a mapping that are not null, each key once and in the order in which it is met first.
pub fn fields<'u>(node: Ref<'u>) -> impl Iterator<Item = (Ref<'u>, Ref<'u>)> {
    let mut all: Vec<(Ref<'u>, Ref<'u>)> = Vec::new();
    if is_plain(node) {
        all.extend(node.entries());
    } else {
        fold(node, MAX_MERGES, &mut Map::new(), &mut all);
    }
    all.into_iter().filter(|(_, value)| !value.is_null())
}

fn fold<'u>(node: Ref<'u>, depth: u8, places: &mut Map<&'u str, usize>, all: &mut Vec<(Ref<'u>, Ref<'u>)>) {
    for (key, value) in node.entries() {
        let Some(text) = key.text() else {
            all.push((key, value));
            continue;
        };
        if text == MERGE && depth > 0 {
            merged(value).into_iter().for_each(|map| fold(map, depth - 1, places, all));
            continue;
        }
        let at = *places.get_or_insert_with(text, || all.len());
        match all.get_mut(at) {
            Some(place) => *place = (key, value),
            None => all.push((key, value)),
        }
    }
}

/// Whether a later step fills the text: `${NAME}` of envsubst and Flux, `{{ }}` of Helm and Argo, `$(NAME)` of Tekton and Kustomize.
#[must_use]
pub fn is_dynamic(text: &str) -> bool {
    text.contains('$') && (text.contains("${") || text.contains("$(")) || text.contains("{{")
}

/// The text of a field that takes text.
#[must_use]
pub fn text(node: Option<Ref<'_>>) -> Read<&str> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Read::Absent };
    match node.text() {
        Some(text) if is_dynamic(text) => Read::Dynamic,
        Some(text) => Read::Is(text),
        None if is_template(node) => Read::Dynamic,
        None => Read::Wrong,
    }
}

/// The truth of a field that takes a boolean: text in quotes is none.
#[must_use]
pub fn boolean(node: Option<Ref<'_>>) -> Read<bool> {
    text(node).and_then(|text| {
        let plain = node.is_some_and(|node| node.style() == Style::Plain);
        let known = node.and_then(|node| node.document().dialect().boolean(text)).filter(|_| plain);
        known.map_or(Read::Wrong, Read::Is)
    })
}

/// The number of a field that takes a whole number: text in quotes is none.
#[must_use]
pub fn integer(node: Option<Ref<'_>>) -> Read<i64> {
    let plain = node.is_some_and(|node| node.style() == Style::Plain);
    text(node).and_then(|text| number(text).filter(|_| plain).map_or(Read::Wrong, Read::Is))
}

// As YAML 1.1 writes whole numbers; a fraction of nothing is left out on the way to JSON.
fn number(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
        return None;
    }
    let radix = |prefix: &str, radix| digits.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok());
    let octal = || digits.strip_prefix('0').filter(|rest| !rest.is_empty()).and_then(|rest| i64::from_str_radix(rest, 8).ok());
    let whole = || {
        let (whole, rest) = digits.split_once('.')?;
        rest.bytes().all(|byte| byte == b'0').then(|| whole.parse().ok()).flatten()
    };
    let found = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)).or_else(octal);
    found.or_else(|| digits.parse().ok()).or_else(whole).map(|number: i64| sign * number)
}

// `{{ x }}` without quotes reads as a mapping with a mapping for its key.
pub(crate) fn is_template(node: Ref<'_>) -> bool {
    node.kind() == Kind::Mapping && node.entries().next().is_some_and(|(key, _)| key.kind() == Kind::Mapping)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_those_of_yaml_1_1() {
        let cases = [("0", Some(0)), ("00", Some(0)), ("010", Some(8)), ("0x10", Some(16)), ("0.0", Some(0)), ("-1", Some(-1))];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text}");
        }
        for text in ["", "x", "1.5", "1e3", "--1", "0x-1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
