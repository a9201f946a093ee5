//! The value of `uses`.

use std::ops::Range;

/// What a `uses` refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionReference<'t> {
    /// `./path`, or `$/path`: a file of the same repository.
    Local(&'t str),
    /// `docker://image`
    Docker {
        /// The image without `docker://`.
        image: &'t str,
    },
    /// `owner/repository/path@ref`
    Repository {
        /// The owner.
        owner: &'t str,
        /// The repository.
        repository: &'t str,
        /// The path within the repository; empty for its root.
        path: &'t str,
        /// Branch, tag or commit.
        git_ref: &'t str,
        /// The bytes of `git_ref` in the whole text.
        git_ref_range: Range<usize>,
    },
}

impl<'t> ActionReference<'t> {
    /// Parses the text of a `uses`; none for what GitHub would refuse.
    #[must_use]
    pub fn parse(text: &'t str) -> Option<Self> {
        if text.starts_with("./") || text.starts_with("$/") || text == "." {
            return Some(Self::Local(text));
        }
        if let Some(image) = text.strip_prefix("docker://") {
            return (!image.is_empty()).then_some(Self::Docker { image });
        }
        let (slug, git_ref) = text.split_once('@')?;
        let mut parts = slug.splitn(3, '/');
        let (owner, repository) = (parts.next()?, parts.next()?);
        let complete = !owner.is_empty() && !repository.is_empty() && !git_ref.is_empty();
        let start = slug.len() + 1;
        complete.then_some(Self::Repository {
            owner,
            repository,
            path: parts.next().unwrap_or(""),
            git_ref,
            git_ref_range: start..text.len(),
        })
    }

    /// Whether a ref is a whole commit id, of SHA-1 or SHA-256, and so cannot be moved.
    #[must_use]
    pub fn is_commit(git_ref: &str) -> bool {
        matches!(git_ref.len(), 40 | 64) && git_ref.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

#[cfg(test)]
mod tests {
    use super::ActionReference::{self, Docker, Local, Repository};

    #[test]
    fn forms_of_uses() {
        assert_eq!(ActionReference::parse("./a/b"), Some(Local("./a/b")));
        assert_eq!(ActionReference::parse("$/a"), Some(Local("$/a")));
        assert_eq!(ActionReference::parse("docker://alpine:3"), Some(Docker { image: "alpine:3" }));
        assert_eq!(
            ActionReference::parse("o/r/p/q@v1"),
            Some(Repository { owner: "o", repository: "r", path: "p/q", git_ref: "v1", git_ref_range: 8..10 })
        );
        for wrong in ["o/r", "o@v1", "/r@v1", "o/r@", ""] {
            assert_eq!(ActionReference::parse(wrong), None, "{wrong}");
        }
    }
}
