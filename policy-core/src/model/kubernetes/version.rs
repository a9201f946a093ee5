//! The version of Kubernetes that manifests are held against.

/// A minor version of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u8);

impl Version {
    /// The newest one whose rules are known here.
    pub const NEWEST: Self = Self(37);

    /// The oldest one that clusters still run, as far as is known here: the project mends the last three or four, clouds a little more.
    pub const OLDEST_RUN: Self = Self(33);

    /// The version 1.`minor`; what is newer than [`Version::NEWEST`] is taken for that, as Kubernetes itself does.
    #[must_use]
    pub const fn minor(minor: u8) -> Self {
        if minor > Self::NEWEST.0 { Self::NEWEST } else { Self(minor) }
    }

    /// Reads `1.25`, `v1.25`, `1.25.3` or `latest`; none for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "latest" {
            return Some(Self::NEWEST);
        }
        let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.")?;
        let (minor, patch) = rest.split_once('.').map_or((rest, None), |(minor, patch)| (minor, Some(patch)));
        let digits = |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let known = digits(minor) && patch.is_none_or(digits);
        known.then(|| Self::minor(minor.parse().unwrap_or(u8::MAX)))
    }

    /// Whether it is 1.`minor` or newer.
    #[must_use]
    pub const fn is_at_least(self, minor: u8) -> bool {
        self.0 >= minor
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::NEWEST
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_with_and_without_a_patch() {
        for text in ["1.25", "v1.25", "1.25.3"] {
            assert_eq!(Version::parse(text), Some(Version::minor(25)), "{text}");
        }
        assert_eq!(Version::parse("latest"), Some(Version::NEWEST));
        assert_eq!(Version::parse("1.999"), Some(Version::NEWEST));
        for text in ["", "1", "1.", "2.1", "1.x", "1.25.", "1.25.x", "1.-1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
