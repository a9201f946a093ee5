//! Base64, as values of Secrets are written.

/// The longest text that is decoded.
const MAX: usize = 200_000;

/// The text that stands behind base64; none where it is not base64 or no text. Blanks in it do not count.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut held, mut ended) = (0_u32, 0_u32, false);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                ended = true;
                continue;
            }
            _ => return None,
        };
        if ended || bytes.len() > MAX {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).unwrap_or(0));
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf8(bytes).ok().filter(|text| held < 6 && !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn text_comes_back() {
        for (written, text) in [("aGVsbG8=", "hello"), ("aGVs\nbG8", "hello"), ("aMO8bg==", "hün"), ("YQ==", "a")] {
            assert_eq!(decoded(written).as_deref(), Some(text));
        }
        for written in ["", "a", "a=b=", "aGV sbG8*", "/////w=="] {
            assert_eq!(decoded(written), None, "{written}");
        }
    }
}
