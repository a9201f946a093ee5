//! Looking for text in text.

use memchr::memchr;

/// Where a text first holds another. Unlike the search of `str`, which is made for processors with vectors, this one is quick in a
/// module too. Made for names of a few letters: long ones that repeat themselves make it slow.
#[must_use]
pub fn find(text: &str, name: &str) -> Option<usize> {
    let (text, name) = (text.as_bytes(), name.as_bytes());
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

// By how often letters stand in scripts: the less often, the more places are passed over.
fn rarity(byte: &u8) -> u8 {
    match byte {
        b'A'..=b'Z' | b'_' | b':' | b'%' | b'@' | b'#' | b'q' | b'z' | b'j' => 3,
        b'0'..=b'9' | b'x' | b'k' | b'v' | b'w' | b'y' | b'b' => 2,
        b'e' | b'a' | b'o' | b't' | b'i' | b's' | b'r' | b'n' | b' ' | b'-' | b'.' | b'/' => 0,
        _ => 1,
    }
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
        assert_eq!(find("", "a"), None);
        assert_eq!(find("", ""), Some(0));
    }
}
