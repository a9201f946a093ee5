//! Patterns of paths: `*` within a folder, `**` over folders, `?` for a character. For hosts too, which answer patterns with files.

/// The most steps that matching one path may take; past them it does not match.
const MAX_STEPS: usize = 100_000;

/// The longest pattern that matches anything, in bytes: each star in it takes a place on the stack.
const MAX_PATTERN: usize = 1000;

/// Whether a path that is to be included is a pattern.
#[must_use]
pub fn is_pattern(path: &str) -> bool {
    path.contains('*')
}

/// Whether a path matches a pattern. Source: "Use `include:local` with wildcard file paths" of the GitLab documentation.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let mut steps = 0;
    pattern.len() <= MAX_PATTERN && matches_from(pattern.as_bytes(), path.as_bytes(), &mut steps)
}

fn matches_from(mut pattern: &[u8], mut path: &[u8], steps: &mut usize) -> bool {
    loop {
        *steps += 1;
        if *steps > MAX_STEPS {
            return false;
        }
        match pattern {
            [] => return path.is_empty(),
            [b'*', b'*', b'/', rest @ ..] => {
                // No folder, or any number of them.
                let behind = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
                let mut starts = std::iter::once(0).chain(behind);
                return starts.any(|at| matches_from(rest, path.get(at..).unwrap_or(&[]), steps));
            }
            [b'*', b'*', rest @ ..] => {
                return (0..=path.len()).any(|at| matches_from(rest, path.get(at..).unwrap_or(&[]), steps));
            }
            [b'*', rest @ ..] => {
                let folder = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
                return (0..=folder).any(|at| matches_from(rest, path.get(at..).unwrap_or(&[]), steps));
            }
            [b'?', rest @ ..] => match path {
                [byte, below @ ..] if *byte != b'/' => (pattern, path) = (rest, below),
                _ => return false,
            },
            [byte, rest @ ..] => match path {
                [other, below @ ..] if other == byte => (pattern, path) = (rest, below),
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_folders() {
        for (pattern, path, is) in [
            ("configs/*.yml", "configs/a.yml", true),
            ("configs/*.yml", "configs/sub/a.yml", false),
            ("configs/**.yml", "configs/a.yml", true),
            ("configs/**.yml", "configs/sub/a.yml", true),
            ("configs/**/*.yml", "configs/sub/a.yml", true),
            ("configs/**/*.yml", "configs/a.yml", true),
            ("**/x.yml", "x.yml", true),
            ("a?.yml", "ab.yml", true),
            ("a?.yml", "a/.yml", false),
            ("*.yml", "a.yaml", false),
        ] {
            assert_eq!(matches(pattern, path), is, "{pattern} {path}");
        }
        assert!(matches(&"**a".repeat(50), &"a".repeat(5_000)));
        // What takes too long does not match.
        assert!(!matches(&("**a".repeat(50) + "b"), &"a".repeat(5_000)));
        assert!(!matches(&"**/".repeat(100_000), &"a/".repeat(100_000)));
        assert!(matches("**/a", &("b/".repeat(50_000) + "a")));
    }
}
