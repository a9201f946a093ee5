//! Whether a text looks as if a machine had made it, or stands in for such a text.

/// Words of values that stand in for a secret, or are made for a test.
const STAND_INS: &[&str] = &[
    "123456",
    "abcdef",
    "change",
    "default",
    "demo",
    "dummy",
    "example",
    "fake",
    "foobar",
    "insecure",
    "invalid",
    "mock",
    "placeholder",
    "redacted",
    "replace",
    "sample",
    "secret",
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

/// Short words that stand in for a secret, and that chance or a person puts into real ones too.
const SHORT: &[&str] = &["admin", "local", "pass", "test"];

/// What has to be left of a text without its short words, so that they do not count: characters, and how often their class changes.
const MIN_LEFT: (usize, usize) = (8, 5);

/// Whether a word of a text says that it stands in for another one.
pub(crate) fn stands_in(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    STAND_INS.iter().any(|word| lower.contains(word)) || is_of_short_words(text, &lower)
}

// Whether a short word stands alone, or with little else: `test-1`, `Password1`, and not `Passw0rd!2024Xq`.
fn is_of_short_words(text: &str, lower: &str) -> bool {
    let alone = || lower.split(|character: char| !character.is_ascii_alphanumeric()).any(|part| SHORT.contains(&part));
    let starts = |at: usize| SHORT.iter().find(|word| lower.get(at..).is_some_and(|rest| rest.starts_with(**word)));
    let (mut covered, mut left, mut changes, mut last) = (0, 0, 0, 4);
    for (at, byte) in text.bytes().enumerate() {
        covered = starts(at).map_or(0, |word| word.len()).max(covered);
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let class = match byte {
            b'0'..=b'9' => 0,
            b'A'..=b'Z' => 1,
            b'a'..=b'z' => 2,
            _ => 3,
        };
        left += 1;
        changes += usize::from(class != last);
        last = class;
    }
    left < text.len() && (alone() || left < MIN_LEFT.0 || changes <= MIN_LEFT.1)
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
        for text in [made.as_str(), "8f14e45f-ceea-467f-9d0b-1c2e3a4b5c6d", "Xk2!bQ9-vR7mZ", "Passw0rd!2024Xq", "MyLocalDb91xQz"] {
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
            "postgrespassword123",
            "PostgresPassword123",
            "LocalPassword12!",
            "AdminPanel2024!",
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
