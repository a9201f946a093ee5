//! What text of a file goes through before anyone sees it: secrets masked, and nothing left that a terminal or a CI log would
//! obey. Both keep the number of characters, so columns stay true.

use std::borrow::Cow;
use std::ops::Range;

use super::neutral::neutral;
use super::runs::{long_runs, random_runs};
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

/// [`clean_short`] for what is mostly a plain name of few letters, which needs no second look.
#[must_use]
pub fn clean_name(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if text.len() < SHORTEST_TOKEN && text.bytes().all(plain) { text.to_owned() } else { clean_short(text) }
}

/// Whether [`clean`] would change nothing.
#[must_use]
pub fn is_clean(text: &str) -> bool {
    matches!(redact(text), Cow::Borrowed(_)) && matches!(neutral(text), Cow::Borrowed(_))
}

/// The text with every character of a secret's value replaced by `*`. What is the same in all tokens of a kind stays.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut ranges = named_secrets(text);
    for run in long_runs(text) {
        ranges.extend(within(&run, token_bodies(text.get(run.clone()).unwrap_or(""))));
        ranges.extend(within(&run, random_runs(text.get(run.clone()).unwrap_or(""))));
    }
    masked(text, ranges)
}

/// [`redact`] for paths, part by part: several together often look as random as a key.
#[must_use]
pub fn redact_path(path: &str) -> Cow<'_, str> {
    let mut ranges = named_secrets(path);
    ranges.extend(token_bodies(path));
    let mut start = 0;
    for part in path.split('/') {
        let end = start + part.len();
        ranges.extend(within(&(start..end), random_runs(part)));
        start = end + 1;
    }
    masked(path, ranges)
}

fn within(run: &Range<usize>, found: impl IntoIterator<Item = Range<usize>>) -> impl Iterator<Item = Range<usize>> {
    found.into_iter().map(|range| run.start + range.start..run.start + range.end)
}

/// What is a secret by its shape.
fn token_bodies(text: &str) -> impl Iterator<Item = Range<usize>> {
    tokens(text).map(|token| token.range.start + token.prefix..token.range.end)
}

/// What is a secret by what stands before it.
fn named_secrets(text: &str) -> Vec<Range<usize>> {
    let mut ranges = url_passwords(text);
    if may_name_a_value(text) {
        ranges.extend(named_values(text));
    }
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
        let name = text.as_bytes().get(word.clone()).unwrap_or(&[]);
        let named = |names: &[&str]| names.iter().any(|secret| ends_with(name, secret.as_bytes()));
        if !may_end_a_secret_name(name) {
            continue;
        }
        authorization |= named(&["authorization"]);
        if named(SECRET_NAMES) {
            let option = text.get(..word.start).is_some_and(|before| before.ends_with("--")) || name.starts_with(b"--");
            let scheme = authorization && named(&["bearer", "basic", "token"]);
            found.extend(value_behind(text, at, option || scheme));
        }
    }
    found
}

// Where `named_values` would find nothing, nearly all texts are told by the few bytes that a value needs before it.
fn may_name_a_value(text: &str) -> bool {
    let bytes = text.as_bytes();
    let named = |at: usize| {
        let before = bytes.get(..at).unwrap_or(&[]);
        let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let before = before.get(..before.len() - blanks).unwrap_or(&[]);
        let quoted = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'"));
        may_end_a_secret_name(quoted.unwrap_or(before))
    };
    memchr::memchr2_iter(b':', b'=', bytes).any(named)
        // `--token value`
        || memchr::memchr_iter(b'-', bytes).any(|at| bytes.get(at + 1) == Some(&b'-'))
        // `authorization, bearer value`
        || memchr::memchr2_iter(b'z', b'Z', bytes).any(|at| bytes.get(..at).is_some_and(|before| ends_with(before, b"authori")))
}

// The last three letters of every name above: nearly all words are dismissed by them.
fn may_end_a_secret_name(word: &[u8]) -> bool {
    let Some((_, last)) = word.split_last_chunk::<3>() else { return false };
    matches!(
        &last.map(|byte| byte.to_ascii_lowercase()),
        b"ord" | b"swd" | b"ase" | b"pwd" | b"ret" | b"ken" | b"key" | b"ial" | b"als" | b"rer" | b"ion" | b"sic"
    )
}

fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let rest = text.as_bytes().get(from..)?;
    let start = from + rest.iter().position(in_word)?;
    let length = text.as_bytes().get(start..)?.iter().take_while(|byte| in_word(byte)).count();
    Some(start..start + length)
}

fn ends_with(name: &[u8], ending: &[u8]) -> bool {
    let tail = name.len().checked_sub(ending.len()).and_then(|at| name.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
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

#[cfg(test)]
#[path = "../../../tests/corpora.rs"]
mod corpora;

#[cfg(test)]
mod tests {
    use super::corpora;
    use super::{is_clean, redact};

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

    /// [`redact`] without a quick look.
    fn redacted_slowly(text: &str) -> std::borrow::Cow<'_, str> {
        let mut ranges = super::url_passwords(text);
        ranges.extend(super::named_values(text));
        ranges.extend(super::token_bodies(text));
        ranges.extend(super::random_runs(text));
        super::masked(text, ranges)
    }

    #[test]
    fn quick_looks_change_nothing_in_the_corpora() {
        for name in ["github-real", "gitlab-real", "k8s-real", "secrets"] {
            let Some(folder) = corpora::folder(name) else { continue };
            for path in corpora::files(&folder, &[""]) {
                let bytes = std::fs::read(path).unwrap_or_default();
                for line in String::from_utf8_lossy(&bytes).lines() {
                    assert_eq!(redact(line), redacted_slowly(line));
                }
            }
        }
    }

    #[test]
    fn quick_looks_change_nothing_in_generated_text() {
        let token = ["gl", "pat-", &"aB3".repeat(7)].concat();
        let run = "aB3d".repeat(12);
        let words = "authorization|Bearer|basic|token|API-KEY|password|version|hunter2|https://|u:p@|ghp_|AKIA|x9";
        let marks = "--|-|_|.|:|=|\"|'| |  |\t|/|+|,|$|é";
        let pieces: Vec<&str> = words.split('|').chain(marks.split('|')).chain([token.as_str(), run.as_str()]).collect();
        let mut state = 1_u64;
        for _ in 0..100_000 {
            let mut text = String::new();
            for _ in 0..9 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            assert_eq!(redact(&text), redacted_slowly(&text), "{text}");
        }
    }

    #[test]
    fn plain_names_are_clean() {
        for name in ["on", "build-and-test", "password", "bearer", "a.b_c", "--token"] {
            assert_eq!(super::clean_name(name), super::clean_short(name));
        }
    }

    #[test]
    fn every_secret_name_passes_the_quick_look() {
        for name in super::SECRET_NAMES {
            assert!(super::may_end_a_secret_name(name.as_bytes()), "{name}");
        }
    }
}
