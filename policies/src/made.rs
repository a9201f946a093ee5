//! Whether a text looks as if a machine had made it, or stands in for such a text.

/// Words of values that stand in for a secret, or are made for a test.
const STAND_INS: &[&str] = &[
    "123456",
    "abcdef",
    "admin",
    "change",
    "default",
    "demo",
    "dummy",
    "example",
    "fake",
    "foobar",
    "insecure",
    "invalid",
    "local",
    "mock",
    "pass",
    "placeholder",
    "redacted",
    "replace",
    "sample",
    "secret",
    "test",
    "token",
    "xxx",
    "your",
];

/// The fewest characters of a text that is taken for a secret by its looks.
const MIN_LENGTH: usize = 12;

/// How many characters of it have to differ.
pub(crate) const MIN_DISTINCT: usize = 8;

/// Whether a text looks made: long, of letters and digits, with nothing that says what it is.
pub(crate) fn looks_made(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'$' | b'<' | b'{' | b'[' | b'*'));
    let path = text.starts_with(['/', '.', '~']) || text.contains("://") || text.matches('/').count() > 2;
    let mixed = text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    // Words that lines or dots hold together are names.
    let words =
        text.split(['-', '_', '.', ':', '/']).filter(|word| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    let named = words.map(str::len).sum::<usize>() * 2 > text.len();
    text.len() >= MIN_LENGTH && plain && !path && mixed && !named && !stands_in(text) && distinct(&lower) >= MIN_DISTINCT
}

/// Whether a word of a text says that it stands in for another one.
pub(crate) fn stands_in(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    STAND_INS.iter().any(|word| lower.contains(word))
}

/// How many characters of a text differ.
pub(crate) fn distinct(text: &str) -> usize {
    let mut seen = [false; 128];
    for byte in text.bytes() {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

#[cfg(test)]
mod tests {
    use super::looks_made;

    #[test]
    fn what_a_machine_makes_tells_itself_from_words() {
        let made = ["k9", "QzW4mT", "x7Lb2V"].concat();
        for text in [made.as_str(), "8f14e45f-ceea-467f-9d0b-1c2e3a4b5c6d", "Xk2!bQ9-vR7mZ"] {
            assert!(looks_made(text), "{text}");
        }
        for text in [
            "k9QzW4mT",
            "/tmp/k9QzW4mTx7Lb",
            "https://a.b/k9QzW4mTx7Lb",
            "k9QzW4mT $x7Lb2V",
            "mysql_strong_password",
            "invalid_key_but_this_is_fine",
            "test-k9QzW4mTx7Lb",
            "poc-project-secret-env1",
            "production-cluster-api-2",
            "aaaaaaaaaaa1",
            "kqzwmtxlbvrs",
            "120395847362",
            "<k9QzW4mTx7Lb2V>",
        ] {
            assert!(!looks_made(text), "{text}");
        }
    }
}
