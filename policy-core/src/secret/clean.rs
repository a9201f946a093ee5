//! What text of a file goes through before anyone sees it: secrets masked, and nothing left that a terminal or a CI log would
//! obey. Both keep the number of characters, so columns stay true.

use std::borrow::Cow;
use std::ops::Range;

use super::token::{SHORTEST_TOKEN, tokens};
use crate::sort::sorted_by_key;

/// Text that may be shown: redacted, then neutralised.
#[must_use]
pub fn clean(text: &str) -> String {
    neutral(&redact(text)).into_owned()
}

/// The most characters that are shown of a text that a file chose.
const MAX_SHOWN: usize = 1_000;

/// What is looked at of it, so that a secret at the cut is still recognised.
const MAX_LOOKED_AT: usize = 4 * MAX_SHOWN;

/// [`clean`] for messages and names: long text is cut, and ends in `…`.
#[must_use]
pub fn clean_short(text: &str) -> String {
    if text.len() <= MAX_SHOWN {
        return clean(text);
    }
    let looked_at = text.char_indices().nth(MAX_LOOKED_AT).map_or(text, |(end, _)| text.get(..end).unwrap_or(""));
    let cleaned = clean(looked_at);
    match cleaned.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", cleaned.get(..end).unwrap_or("")),
        None => cleaned,
    }
}

/// Whether [`clean`] would change nothing.
#[must_use]
pub fn is_clean(text: &str) -> bool {
    matches!(redact(text), Cow::Borrowed(_)) && matches!(neutral(text), Cow::Borrowed(_))
}

/// The text with every character of a secret's value replaced by `*`. What is the same in all tokens of a kind stays.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    // A key or a name: too short for a token, and with nothing behind which a value could stand.
    if text.len() < SHORTEST_TOKEN && !text.contains([':', '=', ' ']) {
        return Cow::Borrowed(text);
    }
    let mut ranges = named_secrets(text);
    ranges.extend(random_runs(text));
    masked(text, ranges)
}

/// [`redact`] for paths, part by part: several together often look as random as a key.
#[must_use]
pub fn redact_path(path: &str) -> Cow<'_, str> {
    let mut ranges = named_secrets(path);
    let mut start = 0;
    for part in path.split('/') {
        ranges.extend(random_runs(part).into_iter().map(|run| start + run.start..start + run.end));
        start += part.len() + 1;
    }
    masked(path, ranges)
}

/// What is a secret by its shape, or by what stands before it.
fn named_secrets(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = tokens(text).map(|token| token.range.start + token.prefix..token.range.end).collect();
    ranges.extend(url_passwords(text));
    ranges.extend(named_values(text));
    ranges
}

fn masked(text: &str, ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let ranges = sorted_by_key(ranges, |range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        let start = range.start.max(at);
        out.push_str(text.get(at..start).unwrap_or(""));
        let masked = text.get(start..range.end).unwrap_or("");
        out.extend(masked.chars().map(|character| if matches!(character, '\n' | '\r') { character } else { '*' }));
        at = start + masked.len();
    }
    out.push_str(text.get(at..).unwrap_or(""));
    Cow::Owned(out)
}

/// The password of `scheme://user:password@host`, also where the text ends before `@`: what stands behind a host is digits.
fn url_passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memchr(b':', text.as_bytes().get(from..).unwrap_or(&[])) {
        let start = from + at + 3;
        from += at + 1;
        if text.as_bytes().get(from..start) != Some(b"//") {
            continue;
        }
        let authority = text.get(start..).unwrap_or("");
        let authority = authority.split(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`')).next().unwrap_or("");
        let web = text.get(..start).is_some_and(|before| before.ends_with("http://") || before.ends_with("https://"));
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        let cut = || Some(authority).filter(|_| web && !authority.starts_with('['));
        let Some((name, password)) = user.or_else(cut).and_then(|user| user.split_once(':')) else { continue };
        let port = user.is_none() && password.bytes().all(|byte| byte.is_ascii_digit());
        if is_literal(password) && !port {
            let start = start + name.len() + 1;
            found.push(start..start + password.len());
        }
    }
    found
}

const SECRET_NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "private_key",
    "private-key",
    "access_key",
    "access-key",
    "secret_key",
    "secret-key",
    "credential",
    "credentials",
    "bearer",
    "authorization",
    "basic",
];

// Values that stand behind such names and say nothing: `id-token: write`, `secrets: inherit`.
const PLAIN_VALUES: &[&str] =
    &["write", "read", "none", "inherit", "true", "false", "null", "required", "bearer", "basic", "string", "token"];

/// The literal value of `PASSWORD=value`, `password: value`, `--token value`, `Authorization: Bearer value`.
fn named_values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut authorization = false;
    let mut at = 0;
    while let Some(word) = next_word(text, at) {
        at = word.end;
        let name = text.get(word.clone()).unwrap_or("");
        let named = |names: &[&str]| names.iter().any(|secret| ends_with(name, secret));
        if !may_end_a_secret_name(name) {
            continue;
        }
        authorization |= named(&["authorization"]);
        if named(SECRET_NAMES) {
            let option = text.get(..word.start).is_some_and(|before| before.ends_with("--")) || name.starts_with("--");
            let scheme = authorization && named(&["bearer", "basic", "token"]);
            found.extend(value_behind(text, at, option || scheme));
        }
    }
    found
}

// The last three letters of every name above: nearly all words are dismissed by them.
fn may_end_a_secret_name(word: &str) -> bool {
    const ENDINGS: &[&[u8; 3]] = &[b"ord", b"swd", b"ase", b"pwd", b"ret", b"ken", b"key", b"ial", b"als", b"rer", b"ion", b"sic"];
    let Some((_, last)) = word.as_bytes().split_last_chunk::<3>() else { return false };
    let lower = last.map(|byte| byte.to_ascii_lowercase());
    ENDINGS.contains(&&lower)
}

fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let rest = text.as_bytes().get(from..)?;
    let start = from + rest.iter().position(in_word)?;
    let length = text.as_bytes().get(start..)?.iter().take_while(|byte| in_word(byte)).count();
    Some(start..start + length)
}

fn ends_with(name: &str, ending: &str) -> bool {
    let tail = name.len().checked_sub(ending.len()).and_then(|at| name.as_bytes().get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending.as_bytes()))
}

fn value_behind(text: &str, at: usize, bare: bool) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let unquoted = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let separated = match unquoted.trim_start_matches([' ', '\t']).strip_prefix([':', '=']) {
        Some(value) => value,
        None if bare && unquoted.starts_with(' ') => unquoted,
        None => return None,
    };
    let value = separated.trim_start_matches([' ', '\t']);
    let value = value.strip_prefix(['"', '\'']).unwrap_or(value);
    let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';')).unwrap_or(value.len());
    let value = value.get(..end)?;
    let start = value.as_ptr() as usize - text.as_ptr() as usize;
    let says_nothing = PLAIN_VALUES.iter().any(|plain| plain.eq_ignore_ascii_case(value));
    (is_literal(value) && !says_nothing).then_some(start..start + value.len())
}

// References are not secrets: `${{ secrets.X }}`, `$TOKEN`, `{{ x }}`, `<token>`, `***`.
fn is_literal(value: &str) -> bool {
    !value.is_empty() && !value.starts_with(['$', '{', '}', '<', '*', '%', '(', '[', '&', '|', '>'])
}

/// Long runs that mix upper case, lower case and digits: keys, private key bodies, tokens of an unknown kind.
fn random_runs(text: &str) -> Vec<Range<usize>> {
    const SHORTEST: usize = 48;
    let bytes = text.as_bytes();
    let in_run = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-');
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes.get(at..).unwrap_or(&[]);
        let length = run.iter().take_while(|byte| in_run(**byte)).count();
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

/// The text with every character that a terminal or a CI log would obey replaced by one that is only shown.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    let obeyed = text.trim_start().starts_with("::") || text.contains("##") || text.chars().any(|c| replacement(c).is_some());
    if !obeyed {
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
    use super::{clean, is_clean, neutral, redact};

    #[test]
    fn values_are_masked_and_references_are_not() {
        let token = ["gl", "pat-", &"aB3".repeat(7)].concat();
        assert_eq!(redact(&format!("T: {token}")), format!("T: glpat-{}", "*".repeat(21)));
        assert_eq!(redact("PASSWORD=hunter2 x"), "PASSWORD=******* x");
        assert_eq!(redact("  db-password: 'hün ter'"), "  db-password: '*** ter'");
        assert_eq!(redact("curl -H \"Authorization: Bearer abc.def\""), "curl -H \"Authorization: Bearer *******\"");
        assert_eq!(redact("docker login --password hunter2"), "docker login --password *******");
        assert_eq!(redact("https://u:hunter2@h/p"), "https://u:*******@h/p");
        assert_eq!(redact("`https://u:hunter2` is cut"), "`https://u:*******` is cut");
        assert_eq!(redact(&format!("x {}", "aB3d".repeat(16))), format!("x {}", "*".repeat(64)));
        for plain in [
            "password: ${{ secrets.PASSWORD }}",
            "id-token: write",
            "asks for `id-token: write`, `contents: read`",
            "secrets: inherit",
            "TOKEN=$TOKEN",
            "-H \"Authorization: token ${{ secrets.PUBLISHING_TOKEN }}\"",
            "https://user@host/a:b",
            "http://localhost:8080/ docker://alpine:latest https://[::1]:80",
            "uses: actions/checkout@0123456789abcdef0123456789abcdef01234567",
            "path: a/Long-2-path/with-many/Words-and-3-more/separators-in-it/really",
        ] {
            assert!(is_clean(plain), "{plain}: {}", redact(plain));
        }
    }

    #[test]
    fn every_secret_name_passes_the_quick_look() {
        for name in super::SECRET_NAMES {
            assert!(super::may_end_a_secret_name(name), "{name}");
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
