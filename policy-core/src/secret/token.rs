//! Tokens that tell what they are: an unmistakable prefix, then so many characters of one class, then a boundary.

use std::ops::Range;

/// Characters that a token's body is made of.
#[derive(Clone, Copy)]
enum Class {
    /// `0-9A-Za-z`
    Alphanumeric,
    /// `0-9A-Za-z_-`
    Url,
    /// `0-9A-Za-z_-.`
    Dotted,
    /// `0-9a-f`
    Hex,
    /// `A-Z2-7`
    Base32,
    /// `0-9A-Za-z_/`
    Path,
}

impl Class {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Hex => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
            Self::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Self::Path => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/'),
        }
    }
}

struct Shape {
    kind: &'static str,
    prefix: &'static str,
    body: Class,
    min: usize,
    max: usize,
}

const fn shape(kind: &'static str, prefix: &'static str, body: Class, min: usize, max: usize) -> Shape {
    Shape { kind, prefix, body, min, max }
}

use Class::{Alphanumeric, Base32, Dotted, Hex, Path, Url};

/// No token has fewer bytes than this.
pub(super) const SHORTEST_TOKEN: usize = 16;

// Shapes with date 2026-11; a token of a provider is only taken in where the prefix alone makes it unmistakable.
const SHAPES: &[Shape] = &[
    shape("GitHub token", "ghp_", Alphanumeric, 36, 36),
    shape("GitHub token", "gho_", Alphanumeric, 36, 36),
    shape("GitHub token", "ghu_", Alphanumeric, 36, 36),
    shape("GitHub token", "ghs_", Alphanumeric, 36, 36),
    shape("GitHub token", "ghr_", Alphanumeric, 36, 76),
    shape("GitHub token", "github_pat_", Url, 82, 82),
    shape("GitLab token", "glpat-", Dotted, 20, 310),
    shape("GitLab token", "gldt-", Dotted, 20, 310),
    shape("GitLab token", "glrt-", Dotted, 20, 310),
    shape("GitLab token", "glcbt-", Dotted, 20, 310),
    shape("GitLab token", "glptt-", Hex, 40, 40),
    shape("npm token", "npm_", Alphanumeric, 36, 36),
    shape("PyPI token", "pypi-AgE", Url, 50, 1000),
    shape("RubyGems token", "rubygems_", Hex, 48, 48),
    shape("Docker token", "dckr_pat_", Url, 27, 27),
    shape("Docker token", "dckr_oat_", Url, 32, 32),
    shape("AWS access key id", "AKIA", Base32, 16, 16),
    shape("AWS access key id", "ASIA", Base32, 16, 16),
    shape("Google API key", "AIza", Url, 35, 35),
    shape("Google OAuth secret", "GOCSPX-", Url, 28, 28),
    shape("Slack token", "xoxb-", Url, 20, 200),
    shape("Slack token", "xoxp-", Url, 20, 200),
    shape("Slack token", "xoxe-", Url, 20, 200),
    shape("Slack token", "xapp-1-", Url, 20, 200),
    shape("Slack webhook", "hooks.slack.com/services/", Path, 40, 80),
    shape("Stripe key", "sk_live_", Alphanumeric, 16, 200),
    shape("Stripe key", "rk_live_", Alphanumeric, 16, 200),
    shape("Anthropic key", "sk-ant-api03-", Url, 80, 120),
    shape("Anthropic key", "sk-ant-admin01-", Url, 80, 120),
    shape("OpenAI key", "sk-proj-", Url, 40, 250),
    shape("OpenAI key", "sk-svcacct-", Url, 40, 250),
    shape("Hugging Face token", "hf_", Alphanumeric, 34, 34),
    shape("Groq key", "gsk_", Alphanumeric, 52, 52),
    shape("NVIDIA key", "nvapi-", Url, 60, 100),
    shape("SendGrid key", "SG.", Dotted, 66, 66),
    shape("DigitalOcean token", "dop_v1_", Hex, 64, 64),
    shape("DigitalOcean token", "doo_v1_", Hex, 64, 64),
    shape("Shopify token", "shpat_", Hex, 32, 32),
    shape("Shopify token", "shpss_", Hex, 32, 32),
    shape("Atlassian token", "ATATT3", Url, 100, 250),
    shape("Linear key", "lin_api_", Alphanumeric, 40, 40),
    shape("Figma token", "figd_", Url, 40, 60),
    shape("Postman key", "PMAK-", Url, 59, 59),
    shape("New Relic key", "NRAK-", Alphanumeric, 27, 27),
    shape("Grafana token", "glsa_", Url, 41, 41),
    shape("Vault token", "hvs.", Url, 90, 150),
    shape("Vault token", "hvb.", Url, 130, 300),
    shape("age key", "AGE-SECRET-KEY-1", Alphanumeric, 58, 58),
    shape("Databricks token", "dapi", Hex, 32, 32),
    shape("Pulumi token", "pul-", Hex, 40, 40),
    shape("Tailscale key", "tskey-auth-", Url, 20, 80),
    shape("Tailscale key", "tskey-api-", Url, 20, 80),
    shape("CircleCI token", "CCIPAT_", Url, 60, 70),
    shape("Sentry token", "sntrys_", Url, 60, 400),
    shape("Doppler token", "dp.pt.", Alphanumeric, 43, 43),
    shape("Doppler token", "dp.st.", Dotted, 40, 80),
];

/// Whether a token's own checksum holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It holds: this is, or was, a real token.
    Holds,
    /// It does not: an example, or a mistake in copying.
    Fails,
    /// This kind has none that is known.
    Unknown,
}

/// A token found in a text. Holds places, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is, for a person.
    pub kind: &'static str,
    /// The bytes of the whole token.
    pub range: Range<usize>,
    /// How many of them are the prefix that is the same in all tokens of the kind.
    pub prefix: usize,
    /// Whether its checksum holds.
    pub checksum: Checksum,
}

/// The tokens of a text, in order, not overlapping.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if let Some(token) = token_at(bytes, at) {
                at = token.range.end;
                return Some(token);
            }
            at += 1;
        }
        None
    })
}

fn token_at(bytes: &[u8], at: usize) -> Option<Token> {
    let rest = bytes.get(at..)?;
    let mut shapes = shapes_of(rest);
    if shapes == 0 {
        return None;
    }
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return None;
    }
    while let Some(shape) = SHAPES.get(shapes.trailing_zeros() as usize) {
        shapes &= shapes - 1;
        let found = shape.token(rest);
        if let Some((length, checksum)) = found {
            let prefix = shape.prefix.len();
            return Some(Token { kind: shape.kind, prefix, checksum, range: at..at + prefix + length });
        }
    }
    None
}

impl Shape {
    // How long the body is of a token of this shape with which a text begins, and its checksum.
    fn token(&self, text: &[u8]) -> Option<(usize, Checksum)> {
        let body = text.strip_prefix(self.prefix.as_bytes())?;
        let length = body.iter().take(self.max + 1).take_while(|byte| self.body.has(**byte)).count();
        // A dot that ends a sentence is not part of a token.
        let length = if body.get(length.wrapping_sub(1)) == Some(&b'.') { length - 1 } else { length };
        let bounded = !body.get(length).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let fits = (self.min..=self.max).contains(&length) && bounded;
        fits.then(|| (length, checksum(self.prefix, body.get(..length).unwrap_or(&[]))))
    }
}

// The shapes that share their first three bytes with a text, a bit each.
fn shapes_of(text: &[u8]) -> u64 {
    const AT: [[u64; 128]; 3] = beginnings();
    let shapes = |(byte, at): (&u8, &[u64; 128])| at.get(usize::from(*byte)).copied().unwrap_or(0);
    match text.first_chunk::<3>() {
        Some(first) => first.iter().zip(&AT).map(shapes).fold(u64::MAX, |all, shapes| all & shapes),
        None => 0,
    }
}

// For each of the first three places, which shapes have a byte there: most positions of a text are dismissed by it.
#[expect(clippy::indexing_slicing, reason = "a constant of the compiler: an index out of range does not build")]
const fn beginnings() -> [[u64; 128]; 3] {
    let mut beginnings = [[0; 128]; 3];
    let mut shape = 0;
    while shape < SHAPES.len() {
        let prefix = SHAPES[shape].prefix.as_bytes();
        let mut at = 0;
        while at < beginnings.len() {
            beginnings[at][prefix[at] as usize] |= 1 << shape;
            at += 1;
        }
        shape += 1;
    }
    beginnings
}

// GitHub and npm: the last 6 of 36 characters are the CRC-32 of the 30 before them, in base 62.
fn checksum(prefix: &str, body: &[u8]) -> Checksum {
    let has_one = matches!(prefix, "ghp_" | "gho_" | "ghu_" | "ghs_" | "ghr_" | "npm_");
    let Some((random, tail)) = body.split_at_checked(30).filter(|(_, tail)| has_one && tail.len() == 6) else {
        return Checksum::Unknown;
    };
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => u64::from(byte - b'0'),
        b'A'..=b'Z' => u64::from(byte - b'A') + 10,
        _ => u64::from(byte.wrapping_sub(b'a')) + 36,
    };
    let written = tail.iter().fold(0_u64, |value, byte| value * 62 + digit(byte));
    if written == u64::from(crc32(random)) { Checksum::Holds } else { Checksum::Fails }
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::{Checksum, crc32, tokens};

    #[test]
    fn no_shape_is_shorter_than_the_shortest() {
        for shape in super::SHAPES {
            assert!(shape.prefix.len() + shape.min >= super::SHORTEST_TOKEN, "{}", shape.prefix);
        }
    }

    // Real-looking tokens are put together here and never stored.
    fn github(random: &str) -> String {
        let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
        let mut crc = u64::from(crc32(random.as_bytes()));
        let mut tail = String::new();
        for _ in 0..6 {
            tail.insert(0, digits[usize::try_from(crc % 62).unwrap()]);
            crc /= 62;
        }
        ["gh", "p_", random, &tail].concat()
    }

    #[test]
    fn a_token_is_its_prefix_its_length_and_its_boundary() {
        let good = github(&"aB3".repeat(10));
        let found: Vec<_> = tokens(&format!("x={good}; y")).collect();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].kind, found[0].range.clone(), found[0].checksum), ("GitHub token", 2..42, Checksum::Holds));
        let bad = ["gh", "p_", &"a".repeat(36)].concat();
        assert_eq!(tokens(&bad).next().map(|token| token.checksum), Some(Checksum::Fails));
        for near in
            [format!("x{good}"), format!("{good}z"), format!("{good}_"), good.chars().take(39).collect(), "AKIA1".to_owned()]
        {
            assert_eq!(tokens(&near).count(), 0, "{near}");
        }
        assert_eq!(tokens(&["gl", "pat-", &"a1".repeat(10), "."].concat()).count(), 1);
    }
}
