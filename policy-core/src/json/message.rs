//! What is said of a text that is no JSON: the fact, and what to do.

use super::scan::Kind;

pub(super) const UNQUOTED: &str =
    "no value of JSON: put text in double quotes; of other words there are only `true`, `false` and `null`";
const COMMENT: &str = "JSON has no comments";
const SINGLE_QUOTE: &str = "JSON takes double quotes only";
const OPEN_OBJECT: &str = "the text ends within an object: close it with `}`";

pub(super) fn no_value(found: Option<u8>) -> &'static str {
    match found {
        None => "the text ends where a value has to stand",
        Some(b'/' | b'#') => COMMENT,
        Some(b'\'') => SINGLE_QUOTE,
        Some(b',' | b':' | b']' | b'}') => "a value has to stand before this",
        Some(b'+' | b'.') => "a number begins with a digit, or with `-` and a digit",
        Some(_) => UNQUOTED,
    }
}

pub(super) fn no_key(found: Option<u8>) -> &'static str {
    match found {
        None => OPEN_OBJECT,
        Some(b'/' | b'#') => COMMENT,
        Some(b'\'') => SINGLE_QUOTE,
        Some(_) => "a key has to stand here, in double quotes",
    }
}

pub(super) fn no_separator(found: Option<u8>, kind: Kind) -> &'static str {
    match (found, kind) {
        (None, Kind::Object) => OPEN_OBJECT,
        (None, Kind::Array) => "the text ends within an array: close it with `]`",
        (Some(b'/' | b'#'), _) => COMMENT,
        (Some(_), Kind::Object) => "a `,` before the next key or the `}` of this object has to stand here",
        (Some(_), Kind::Array) => "a `,` before the next value or the `]` of this array has to stand here",
    }
}

pub(super) fn control_character(found: u8) -> &'static str {
    match found {
        b'\n' | b'\r' => "a line ends within a string: close its quote, or write the break as `\\n`",
        _ => "a control character in a string: write it as an escape, such as `\\t` or `\\u001b`",
    }
}

pub(super) fn no_escape(unknown: bool) -> &'static str {
    if unknown { "no escape of JSON: write a backslash as `\\\\`" } else { "four hexadecimal digits have to stand behind `\\u`" }
}
