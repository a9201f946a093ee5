//! Escapes in strings.

/// What the escape at a backslash means, and where it ends; an error is the place where it is none. None for half of a surrogate
/// pair that stands alone.
pub(crate) fn escape(bytes: &[u8], backslash: usize) -> Result<(Option<char>, usize), usize> {
    let at = backslash + 1;
    let character = match bytes.get(at) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return code_point(bytes, at + 1),
        _ => return Err(at),
    };
    Ok((Some(character), at + 1))
}

fn code_point(bytes: &[u8], at: usize) -> Result<(Option<char>, usize), usize> {
    let (first, after) = (four_digits(bytes, at)?, at + 4);
    let follows = bytes.get(after..after + 2) == Some(b"\\u");
    let (code, end) = match (first, four_digits(bytes, after + 2)) {
        (0xD800..=0xDBFF, Ok(second @ 0xDC00..=0xDFFF)) if follows => {
            (0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), after + 6)
        }
        _ => (first, after),
    };
    Ok((char::from_u32(code), end))
}

fn four_digits(bytes: &[u8], start: usize) -> Result<u32, usize> {
    (start..start + 4).try_fold(0, |value, at| {
        let digit = bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        digit.map(|digit| (value << 4) | digit).ok_or(at)
    })
}
