//! Runs of the characters that tokens and keys are made of. Few texts have long ones, so looking for them comes first.

use std::ops::Range;

use super::token::SHORTEST_TOKEN;

/// The runs of a text that are long enough for a token or a key: each lies in one of them as a whole.
pub(super) fn long_runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        // Backwards from where a long run would have to reach, most bytes are never looked at.
        while let Some(window) = bytes.get(at..at + SHORTEST_TOKEN) {
            if let Some(outside) = window.iter().rposition(|byte| !in_long_run(*byte)) {
                at += outside + 1;
                continue;
            }
            let start = at;
            let rest = bytes.get(start..).unwrap_or(&[]);
            let end = start + rest.iter().position(|byte| !in_long_run(*byte)).unwrap_or(rest.len());
            at = end;
            return Some(start..end);
        }
        None
    })
}

// What `random_runs` takes, and the dots of tokens.
fn in_long_run(byte: u8) -> bool {
    in_random_run(byte) || byte == b'.'
}

fn in_random_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

/// Long runs that mix upper case, lower case and digits: keys, private key bodies, tokens of an unknown kind.
pub(super) fn random_runs(text: &str) -> Vec<Range<usize>> {
    const SHORTEST: usize = 48;
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while bytes.len() - at >= SHORTEST {
        let run = bytes.get(at..).unwrap_or(&[]);
        let length = run.iter().take_while(|byte| in_random_run(**byte)).count();
        let run = run.get(..length).unwrap_or(&[]);
        if length >= SHORTEST && is_random(run) {
            found.push(at..at + length);
        }
        at += length.max(1);
    }
    found
}

fn is_random(run: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| run.iter().any(test);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    // Words joined by separators are names or paths, not keys.
    let words = run.iter().filter(|byte| matches!(byte, b'/' | b'-' | b'_')).count();
    mixed && words * 8 <= run.len()
}
