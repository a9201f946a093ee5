//! `CODEOWNERS`: whose review a change of which files needs. Source: the published syntax.

use crate::document::Ref;

/// The folders that GitHub looks for `CODEOWNERS` in, in this order; the first file counts alone.
pub const CODEOWNERS_PATHS: &[&str] = &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The place of a file among [`CODEOWNERS_PATHS`], by the folder that it stands in.
#[must_use]
pub fn codeowners_place(path: &str) -> usize {
    match path.rsplit('/').nth(1) {
        Some(".github") => 0,
        Some("docs") => 2,
        _ => 1,
    }
}

/// The owners of a repository's files.
#[derive(Clone, Copy, Debug)]
pub struct Codeowners<'u> {
    node: Ref<'u>,
}

/// A line: a pattern and who owns what it matches; nobody, if no owner stands there.
#[derive(Clone, Copy, Debug)]
pub struct Owned<'u> {
    node: Ref<'u>,
}

impl<'u> Codeowners<'u> {
    /// The owners that a document of lines holds.
    #[must_use]
    pub fn new(root: Ref<'u>) -> Self {
        Self { node: root }
    }

    /// The lines.
    pub fn lines(self) -> impl Iterator<Item = Owned<'u>> {
        self.node.items().map(|node| Owned { node })
    }

    /// The line that decides about a path: the last whose pattern matches it. GitHub skips lines with an owner that is none.
    #[must_use]
    pub fn deciding(self, path: &str) -> Option<Owned<'u>> {
        self.lines().filter(|line| line.owners().all(is_owner) && line.matches(path)).last()
    }
}

impl<'u> Owned<'u> {
    /// Where its pattern stands.
    #[must_use]
    pub fn pattern(self) -> Option<Ref<'u>> {
        self.node.items().next()
    }

    /// Users, teams and addresses.
    pub fn owners(self) -> impl Iterator<Item = Ref<'u>> {
        self.node.items().skip(1)
    }

    /// Whether its pattern matches a path below the root of the repository: as in `.gitignore`, without `!`, `[ ]` and escapes.
    #[must_use]
    pub fn matches(self, path: &str) -> bool {
        self.pattern().and_then(Ref::text).is_some_and(|pattern| matches(pattern, path))
    }
}

// `@user`, `@organisation/team`, or an address.
fn is_owner(word: Ref<'_>) -> bool {
    word.text().is_some_and(|text| text.contains('@'))
}

fn matches(pattern: &str, path: &str) -> bool {
    // A `/` at the beginning or within binds the pattern to the root.
    let rooted = pattern.trim_end_matches('/').contains('/');
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let names: Vec<&str> = path.split('/').collect();
    let folder = pattern.ends_with('/');
    let starts = if rooted { 0..1 } else { 0..names.len() };
    !parts.is_empty()
        && starts.into_iter().any(|start| names.get(start..).is_some_and(|names| matches_parts(&parts, names, folder, rooted)))
}

// A pattern that ends before the path does names a folder, and so all that is in it; but `dir/*` stops at the files of `dir`.
fn matches_parts(parts: &[&str], names: &[&str], folder: bool, rooted: bool) -> bool {
    let (mut part, mut name) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (parts.get(part), names.get(name)) {
            (Some(&"**"), _) => {
                retry = Some((part + 1, name));
                part += 1;
                // `dir/**` matches everything in the folder.
                if part == parts.len() {
                    return name < names.len();
                }
                continue;
            }
            (Some(pattern), Some(text)) if matches_name(pattern, text) => {
                part += 1;
                name += 1;
                continue;
            }
            (None, None) if !folder => return true,
            (None, Some(_)) if !rooted || folder || parts.last() != Some(&"*") => return true,
            _ => {}
        }
        match retry {
            Some((at, from)) if from < names.len() => {
                retry = Some((at, from + 1));
                part = at;
                name = from + 1;
            }
            _ => return false,
        }
    }
}

// `*` is any number of characters, `?` is one.
fn matches_name(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, from)) = retry else { return false };
                retry = Some((at, from + 1));
                p = at;
                n = from + 1;
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::{CODEOWNERS_PATHS, codeowners_place, matches};

    #[test]
    fn files_are_placed_by_their_folder() {
        for (place, path) in CODEOWNERS_PATHS.iter().enumerate() {
            assert_eq!(codeowners_place(path), place);
            assert_eq!(codeowners_place(&format!("below/{path}")), place);
        }
    }

    #[test]
    fn patterns_match_as_published() {
        let workflow = ".github/workflows/ci.yml";
        for pattern in [
            "*",
            "/.github/",
            ".github/",
            ".github/workflows/",
            "/.github/workflows/*",
            "/.github/workflows/*.yml",
            "*.yml",
            "**/workflows/**",
            ".github",
            "/.github/**",
            ".github/**/*.yml",
            "workflows/",
            "/.github/workflows/ci.yml",
            "/**",
            "/*/",
            "/.github/*/",
        ] {
            assert!(matches(pattern, workflow), "{pattern}");
        }
        for pattern in [
            "/workflows/",
            "*.yaml",
            "/.github/*",
            "docs/",
            ".github/workflows/*.yaml",
            "/*",
            "/.github/workflows/*/",
            "ci.yml/",
            "/.github/workflows/ci",
            "",
        ] {
            assert!(!matches(pattern, workflow), "{pattern}");
        }
    }
}
