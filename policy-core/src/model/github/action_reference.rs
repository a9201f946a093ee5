//! The value of `uses`.

use std::ops::Range;

use crate::text::is_digest;

/// What a `uses` refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionReference<'t> {
    /// `./path`, or `$/path`: a file of the same repository.
    Local(&'t str),
    /// `docker://image`
    Docker {
        /// The image without `docker://`.
        image: &'t str,
    },
    /// `owner/repository/path@ref`
    Repository(Remote<'t>),
}

/// An action or a workflow of a repository: `owner/repository/path@ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote<'t> {
    text: &'t str,
    slug_end: usize,
    ref_start: usize,
}

impl<'t> Remote<'t> {
    /// `owner/repository/path`
    #[must_use]
    pub fn name(self) -> &'t str {
        self.text.get(..self.ref_start.saturating_sub(1)).unwrap_or("")
    }

    /// `owner/repository`
    #[must_use]
    pub fn slug(self) -> &'t str {
        self.text.get(..self.slug_end).unwrap_or("")
    }

    /// The owner.
    #[must_use]
    pub fn owner(self) -> &'t str {
        self.slug().split('/').next().unwrap_or("")
    }

    /// The repository without its owner.
    #[must_use]
    pub fn repository(self) -> &'t str {
        self.slug().split('/').nth(1).unwrap_or("")
    }

    /// The path within the repository; empty for its root.
    #[must_use]
    pub fn path(self) -> &'t str {
        self.name().get(self.slug_end + 1..).unwrap_or("")
    }

    /// Branch, tag or commit.
    #[must_use]
    pub fn git_ref(self) -> &'t str {
        self.text.get(self.ref_start..).unwrap_or("")
    }

    /// The bytes of the ref in the whole text.
    #[must_use]
    pub fn git_ref_range(self) -> Range<usize> {
        self.ref_start..self.text.len()
    }

    /// Whether this is the action of that name, `owner/repository` or `owner/repository/path`. Names do not depend on case.
    #[inline]
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        // Rules ask for many names, and most are longer or shorter.
        self.ref_start == name.len() + 1 && self.name().eq_ignore_ascii_case(name)
    }

    /// Whether the action or workflow stands in that repository, whatever its path.
    #[inline]
    #[must_use]
    pub fn is_of(self, slug: &str) -> bool {
        self.slug_end == slug.len() && self.slug().eq_ignore_ascii_case(slug)
    }
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
        let (name, git_ref) = text.split_once('@')?;
        let mut parts = name.splitn(3, '/');
        let (owner, repository) = (parts.next()?, parts.next()?);
        let complete = !owner.is_empty() && !repository.is_empty() && !git_ref.is_empty();
        let slug_end = owner.len() + 1 + repository.len();
        complete.then_some(Self::Repository(Remote { text, slug_end, ref_start: name.len() + 1 }))
    }

    /// The action or workflow of a repository that this refers to, if it does.
    #[must_use]
    pub fn remote(self) -> Option<Remote<'t>> {
        match self {
            Self::Repository(remote) => Some(remote),
            Self::Local(_) | Self::Docker { .. } => None,
        }
    }

    /// Whether a ref is a whole commit id, of SHA-1 or SHA-256, and so cannot be moved.
    #[must_use]
    pub fn is_commit(git_ref: &str) -> bool {
        is_digest(git_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::ActionReference::{self, Docker, Local};

    #[test]
    fn forms_of_uses() {
        assert_eq!(ActionReference::parse("./a/b"), Some(Local("./a/b")));
        assert_eq!(ActionReference::parse("$/a"), Some(Local("$/a")));
        assert_eq!(ActionReference::parse("docker://alpine:3"), Some(Docker { image: "alpine:3" }));
        let parts = |text| {
            let remote = ActionReference::parse(text).and_then(ActionReference::remote)?;
            let parts = [remote.name(), remote.slug(), remote.owner(), remote.repository(), remote.path(), remote.git_ref()];
            Some((parts, remote.git_ref_range()))
        };
        assert_eq!(parts("o/r/p/q@v1"), Some((["o/r/p/q", "o/r", "o", "r", "p/q", "v1"], 8..10)));
        assert_eq!(parts("o/r@a/b@c"), Some((["o/r", "o/r", "o", "r", "", "a/b@c"], 4..9)));
        for wrong in ["o/r", "o@v1", "/r@v1", "o/r@", ""] {
            assert_eq!(ActionReference::parse(wrong), None, "{wrong}");
        }
    }
}
