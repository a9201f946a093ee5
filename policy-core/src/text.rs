//! Looking for text in text, and for names that are near to one.

use memchr::{memchr, memmem};

/// Where a text first holds another. Unlike the search of `str`, which is made for processors with vectors, this one is quick in a
/// module too. Made for names of a few letters: long ones that repeat themselves make it slow.
#[must_use]
pub fn find(text: &str, name: &str) -> Option<usize> {
    let (text, name) = (text.as_bytes(), name.as_bytes());
    // Where much is to be searched, it pays to prepare for it.
    const LONG: usize = 2048;
    if text.len() >= LONG {
        return memmem::find(text, name);
    }
    let rarest = (0..name.len()).max_by_key(|at| name.get(*at).map_or(0, rarity)).unwrap_or(0);
    let Some(rare) = name.get(rarest) else { return Some(0) };
    let mut from = rarest;
    loop {
        let at = from + memchr(*rare, text.get(from..)?)?;
        let start = at - rarest;
        if text.get(start..).is_some_and(|rest| rest.starts_with(name)) {
            return Some(start);
        }
        from = at + 1;
    }
}

/// Whether a text holds another, as [`find`] finds it.
#[must_use]
pub fn contains(text: &str, name: &str) -> bool {
    find(text, name).is_some()
}

fn rarity(byte: &u8) -> u8 {
    RARITY.get(usize::from(*byte)).copied().unwrap_or(0)
}

/// Whether a text is a digest of SHA-1 or SHA-256 in hexadecimal digits, as whole commit ids are.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Lower-case hexadecimal digits, two a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble & 15)).map_or('0', |digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

// By how often letters stand in scripts: the less often, the more places are passed over.
static RARITY: [u8; 128] = rarities();

#[expect(clippy::indexing_slicing, reason = "a constant of the compiler: an index out of range does not build")]
const fn rarities() -> [u8; 128] {
    let mut all = [1; 128];
    let mut byte = 0;
    while byte < 128 {
        all[byte as usize] = match byte {
            b'A'..=b'Z' | b'_' | b':' | b'%' | b'@' | b'#' | b'q' | b'z' | b'j' => 3,
            b'0'..=b'9' | b'x' | b'k' | b'v' | b'w' | b'y' | b'b' => 2,
            b'e' | b'a' | b'o' | b't' | b'i' | b's' | b'r' | b'n' | b' ' | b'-' | b'.' | b'/' => 0,
            _ => 1,
        };
        byte += 1;
    }
    all
}

/// The known name that is nearest to a mistyped one, if one is near.
#[must_use]
pub fn did_you_mean<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let near = known.iter().map(|name| (distance(typed, name), *name)).min()?;
    (near.0 <= 1 + typed.len().min(near.1.len()) / 4).then_some(near.1)
}

// Levenshtein's distance. Names are short; what is long is no misspelling of one.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 80 || b.len() > 80 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, byte) in a.bytes().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(b.bytes()) {
            let replaced = diagonal + usize::from(byte != other);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_first_place_is_found() {
        let text = "npm publish; git push origin --tags\nGITHUB_ENV é __x";
        for name in ["", "n", "npm publish", "git push", "GITHUB_ENV", "_", "__x", "_x", "x", "é", "absent", "xx", "é __x and more"]
        {
            assert_eq!(find(text, name), text.find(name), "{name}");
        }
        let long = " ".repeat(5_000) + text;
        assert_eq!((find(&long, "__x"), find(&long, "absent")), (long.find("__x"), None));
        assert_eq!(find("", "a"), None);
        assert_eq!(find("", ""), Some(0));
    }
}
