//! Variables in text: `$NAME`, `${NAME}`, `$$`, and inputs that nobody has filled: `$[[ … ]]`.

use std::ops::Range;

/// A variable in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable<'t> {
    /// Its name; of `$[[ … ]]`, all that stands between the brackets.
    pub name: &'t str,
    /// From `$` to its end.
    pub range: Range<usize>,
    /// Whether it is `$[[ … ]]`: replaced before anything else is read.
    pub is_input: bool,
}

/// The first variable of a text.
#[must_use]
pub fn first(text: &str) -> Option<Variable<'_>> {
    next(text, 0)
}

/// The variables of a text, in its order.
pub fn all(text: &str) -> impl Iterator<Item = Variable<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let found = next(text, from)?;
        from = found.range.end;
        Some(found)
    })
}

fn next(text: &str, mut from: usize) -> Option<Variable<'_>> {
    loop {
        let start = from + memchr::memchr(b'$', text.as_bytes().get(from..)?)?;
        let rest = text.get(start + 1..)?;
        if rest.starts_with('$') {
            from = start + 2;
            continue;
        }
        let bracketed = |open: &str, close: &str| {
            let inner = rest.strip_prefix(open)?;
            let end = inner.find(close)?;
            Some((inner.get(..end)?, start + 1 + open.len() + end + close.len()))
        };
        if let Some((name, end)) = bracketed("[[", "]]") {
            return Some(Variable { name: name.trim(), range: start..end, is_input: true });
        }
        let (name, end) = match bracketed("{", "}") {
            Some(found) => found,
            None => {
                let length = word(rest);
                (rest.get(..length)?, start + 1 + length)
            }
        };
        if !name.is_empty() && word(name) == name.len() {
            return Some(Variable { name, range: start..end, is_input: false });
        }
        from = start + 1;
    }
}

fn word(text: &str) -> usize {
    let bytes = text.bytes();
    let length = bytes.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.starts_with(|first: char| first.is_ascii_digit()) { 0 } else { length }
}
