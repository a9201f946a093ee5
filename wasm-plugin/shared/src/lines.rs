//! JSON that a program wrote, as a person would.

/// The same JSON with a line for each part. Programs write one line, and no rule points at a line that shows a secret: what is wrong there
/// would not be said.
#[must_use]
pub fn in_lines(json: &str) -> Vec<u8> {
    let mut lines = Vec::with_capacity(json.len() + json.len() / 8);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.bytes() {
        lines.push(byte);
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' | b',' if !in_text => lines.push(b'\n'),
            _ => {}
        }
    }
    lines
}
