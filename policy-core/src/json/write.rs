//! JSON as it leaves the module.

use serde::Serialize;

/// A value as JSON. What is long is written into memory that is large enough from the beginning: to grow, it would be copied, and
/// twice as much touched.
pub(crate) fn written<T: Serialize>(value: &T, length: usize) -> Option<Vec<u8>> {
    let mut json = Vec::with_capacity(length.max(128));
    serde_json::to_writer(&mut json, value).ok().map(|()| json)
}

/// CI systems obey `##[…]` and `##vso[…]` anywhere in a line. In JSON two of these characters only stand side by side within a
/// string, where the second can be written as an escape.
pub(crate) fn without_commands(json: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut from = 0;
    // Few of a thousand letters are such marks.
    let room = json.len() + json.len() / 256;
    let second = |at: &usize| at.checked_sub(1).is_some_and(|before| json.get(before) == Some(&b'#'));
    for at in memchr::memchr_iter(b'#', &json).filter(second) {
        out.reserve(if from == 0 { room } else { 0 });
        out.extend_from_slice(json.get(from..at).unwrap_or(&[]));
        out.extend_from_slice(br"\u0023");
        from = at + 1;
    }
    if from == 0 {
        return json;
    }
    out.extend_from_slice(json.get(from..).unwrap_or(&[]));
    out
}
