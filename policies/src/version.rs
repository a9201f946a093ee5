//! Versions of actions, as their tags give them, and the ranges of advisories.

/// A version as a tag gives it: `v4`, `v4.1`, `4.1.3`, `v2.x`, `v1.0.0-rc.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    parts: [u32; 3],
    // How many of the parts the tag gives. With fewer than three, its owner moves it to the newest release that begins so.
    given: usize,
    // Something stands behind `-`: it comes before the release of the same number.
    before_release: bool,
}

impl Version {
    /// Reads a tag. `None` for what is no version: a branch, a commit, `v3-node20`, `release/v1`.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let text = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (numbers, before_release) = text.split_once('-').map_or((text, false), |(numbers, _)| (numbers, true));
        let mut version = Self { parts: [0; 3], given: 0, before_release };
        let mut written = numbers.split('.');
        for part in &mut version.parts {
            match written.next() {
                None => break,
                Some("x") if version.given > 0 => break,
                Some(number) if number.len() <= 9 && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                    *part = number.parse().ok()?;
                    version.given += 1;
                }
                Some(_) => return None,
            }
        }
        let whole = version.given == 3 || !before_release;
        (whole && version.given > 0 && written.next().is_none()).then_some(version)
    }

    /// Whether the tag gives all three numbers. One with fewer is moved to the newest release that begins so.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.given == 3
    }

    /// The first number.
    #[must_use]
    pub fn major(&self) -> u32 {
        let [major, ..] = self.parts;
        major
    }

    fn order(&self) -> ([u32; 3], bool) {
        (self.parts, !self.before_release)
    }

    fn first(&self, parts: usize) -> &[u32] {
        self.parts.get(..parts).unwrap_or(&self.parts)
    }
}

/// A range of an advisory: `>=4.0.0,<4.1.3`, of which each part has to hold, or `@0e58ed8` for a commit by the digits that it
/// begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<'a>(&'a str);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Below,
    AtMost,
    Exactly,
    AtLeast,
    Above,
}

impl<'a> Range<'a> {
    /// Reads a range. `None` if a part of it is not of the form.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let digits = |text: &str| (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let of_form = match text.strip_prefix('@') {
            Some(commit) => digits(commit),
            None => text.split(',').all(|part| bound(part).is_some()),
        };
        of_form.then_some(Self(text))
    }

    /// Whether what a reference stands for is in the range. `fixed` is the first release without the defect.
    ///
    /// A tag of less than three numbers, as `v4`, stands for the newest release that begins with it. It is in the range if every
    /// such release is, or if the range ends with one of them and the release that mends it does not begin so: then there is
    /// none to move to.
    #[must_use]
    pub fn affects(&self, git_ref: &str, fixed: Option<Version>) -> bool {
        if let Some(commit) = self.0.strip_prefix('@') {
            return git_ref.get(..commit.len()).is_some_and(|digits| digits.eq_ignore_ascii_case(commit));
        }
        let Some(version) = Version::parse(git_ref) else { return false };
        let parts = version.given;
        let mended = parts < 3 && fixed.is_some_and(|fixed| fixed.first(parts) == version.first(parts));
        !mended && self.0.split(',').all(|part| bound(part).is_some_and(|bound| holds(&version, bound)))
    }
}

fn bound(text: &str) -> Option<(Bound, Version)> {
    let signs = [("<=", Bound::AtMost), (">=", Bound::AtLeast), ("<", Bound::Below), (">", Bound::Above), ("=", Bound::Exactly)];
    let (bound, version) = signs.iter().find_map(|(sign, bound)| Some((*bound, text.strip_prefix(sign)?)))?;
    Some((bound, Version::parse(version)?))
}

fn holds(version: &Version, (bound, limit): (Bound, Version)) -> bool {
    if version.given < 3 {
        let (of_version, of_limit) = (version.first(version.given), limit.first(version.given));
        return match bound {
            Bound::Below => of_version < of_limit,
            Bound::AtMost => of_version <= of_limit,
            Bound::Exactly => false,
            Bound::AtLeast | Bound::Above => of_version >= of_limit,
        };
    }
    let (version, limit) = (version.order(), limit.order());
    match bound {
        Bound::Below => version < limit,
        Bound::AtMost => version <= limit,
        Bound::Exactly => version == limit,
        Bound::AtLeast => version >= limit,
        Bound::Above => version > limit,
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, Version};

    #[test]
    fn tags_are_read_as_versions() {
        for (tag, parts, given) in [
            ("v4", [4, 0, 0], 1),
            ("V2.0.0", [2, 0, 0], 3),
            ("1.2", [1, 2, 0], 2),
            ("v2.x", [2, 0, 0], 1),
            ("v1.2.3-rc.1", [1, 2, 3], 3),
            ("1.2.3+build-7", [1, 2, 3], 3),
            ("0", [0, 0, 0], 1),
        ] {
            let found = Version::parse(tag);
            assert_eq!(found.map(|found| (found.parts, found.given)), Some((parts, given)), "{tag}");
            assert_eq!(found.is_some_and(|found| found.is_whole()), given == 3, "{tag}");
        }
        for tag in
            ["", "v", "main", "x", "v3-node20", "release/v1", "1.2.3.4", "1..2", "1.", "99999999999", "0e58ed8671d6b60d", "v1.2.3x"]
        {
            assert_eq!(Version::parse(tag), None, "{tag}");
        }
    }

    #[test]
    fn ranges_are_read_or_refused() {
        for range in ["<1", ">=4.0.0,<4.1.3", "<=45.0.7", "=1.2.3", ">1", "@0e58ed8"] {
            assert!(Range::parse(range).is_some(), "{range}");
        }
        for range in ["", "1", "<", "<1,", "<main", ">= 4", "@0e5", "@nothing", "<1;>2"] {
            assert!(Range::parse(range).is_none(), "{range}");
        }
    }

    #[test]
    fn what_a_range_affects() {
        let affects =
            |git_ref, range, fixed| Range::parse(range).is_some_and(|range| range.affects(git_ref, Version::parse(fixed)));
        for (git_ref, range, fixed, expected) in [
            ("v4.1.2", ">=4.0.0,<4.1.3", "4.1.3", true),
            ("v4.1.3", ">=4.0.0,<4.1.3", "4.1.3", false),
            ("4.0.0", ">=4.0.0,<4.1.3", "4.1.3", true),
            ("v4.0.0-beta", ">=4.0.0,<4.1.3", "4.1.3", false),
            ("v4.1.3-rc1", ">=4.0.0,<4.1.3", "4.1.3", true),
            ("v3.0.2", ">=4.0.0,<4.1.3", "4.1.3", false),
            // A moving tag has moved on to what mends it,
            ("v4", ">=4.0.0,<4.1.3", "4.1.3", false),
            ("v4.1", ">=4.0.0,<4.1.3", "4.1.3", false),
            // but not if all that begins so is affected,
            ("v4.0", ">=4.0.0,<4.1.3", "4.1.3", true),
            ("v3", ">=4.0.0,<4.1.3", "4.1.3", false),
            ("v5", ">=4.0.0,<4.1.3", "4.1.3", false),
            ("v40", "<41", "41", true),
            ("v41", "<41", "41", false),
            ("v2", ">=2.26.11,<3.0.0", "3.28.3", true),
            // or if what mends it begins otherwise, or is not there.
            ("v45", "<=45.0.7", "46.0.1", true),
            ("v45.0", "<=45.0.7", "46.0.1", true),
            ("v46", "<=45.0.7", "46.0.1", false),
            ("v1", "<=1.1.0", "-", true),
            ("v1", "<=1.0.5", "1.0.6", false),
            ("v2", "<=1.1.0", "-", false),
            ("v1", "=1.2.3", "1.2.4", false),
            ("v1.2.3", "=1.2.3", "1.2.4", true),
            ("v1.2.4", ">1.2.3", "-", true),
            ("main", "<=45.0.7", "46.0.1", false),
            ("0E58ed8671d6b60d0890c21b07f8835ace038e67", "@0e58ed8", "46.0.1", true),
            ("1e58ed8671d6b60d0890c21b07f8835ace038e67", "@0e58ed8", "46.0.1", false),
            ("0e58", "@0e58ed8", "46.0.1", false),
            ("v1", "@0e58ed8", "46.0.1", false),
        ] {
            assert_eq!(affects(git_ref, range, fixed), expected, "{git_ref} in {range}, mended in {fixed}");
        }
    }
}
