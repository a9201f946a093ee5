//! Text that a terminal or a CI log would obey, made into text that is only shown.

use std::borrow::Cow;

/// The text with every character that a terminal or a CI log would obey replaced by one that is only shown.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    let replaced = !text.bytes().all(is_printable) && text.chars().any(|c| replacement(c).is_some());
    let doubled = memchr::memchr_iter(b'#', text.as_bytes()).any(|at| text.as_bytes().get(at + 1) == Some(&b'#'));
    if !replaced && !doubled && !text.trim_start().starts_with("::") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut only_blanks = true;
    for (at, character) in text.char_indices() {
        // `::set-env` at the start of a line, `##[group]` and `##vso[` anywhere: commands to CI systems.
        let shown = match character {
            ':' if only_blanks => '\u{2236}',
            '#' if before == '#' && opens_command(text.get(at + 1..).unwrap_or("")) => '\u{266F}',
            _ => replacement(character).unwrap_or(character),
        };
        only_blanks &= character.is_whitespace();
        before = character;
        out.push(shown);
    }
    Cow::Owned(out)
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

fn opens_command(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[')
}

fn replacement(character: char) -> Option<char> {
    match character {
        '\t' => None,
        // The pictures of the control characters.
        '\0'..='\u{1F}' => char::from_u32(0x2400 + u32::from(character)),
        '\u{7F}' => Some('\u{2421}'),
        '\u{80}'..='\u{9F}'
        | '\u{AD}'
        | '\u{61C}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{200C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}' => Some('\u{FFFD}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_printable, neutral, replacement};
    use crate::secret::clean;

    #[test]
    fn what_is_printable_is_not_replaced() {
        for byte in 0..0x80_u8 {
            let replaced = replacement(char::from(byte)).is_some();
            assert_eq!(is_printable(byte), !replaced, "{byte}");
        }
    }

    #[test]
    fn nothing_is_left_to_obey() {
        assert_eq!(neutral("a\u{1B}[31mb\nc\u{202E}d"), "a\u{241B}[31mb\u{240A}c\u{FFFD}d");
        assert_eq!(neutral("  ::set-env name=x::y"), "  \u{2236}:set-env name=x::y");
        assert_eq!(neutral("x ##[group]y ##vso["), "x #\u{266F}[group]y #\u{266F}vso[");
        for plain in ["plain: text # comment", "echo \"## Results\" >> $GITHUB_STEP_SUMMARY", "name: \u{2714}\u{FE0F} Basic checks"]
        {
            assert_eq!(clean(plain), plain);
        }
    }
}
