//! What steps and jobs use of other repositories.

use policy_core::document::Ref;
use policy_core::model::github::{ActionReference, Job, Remote};
use policy_core::read::Read;
use policy_core::rule::{Cx, Place};

use crate::version::Version;

/// The workflow of a repository that a job calls, and where its `uses` stands.
pub(crate) fn called<'u>(job: &Job<'u>) -> Option<(Ref<'u>, Remote<'u>)> {
    match job.uses() {
        Read::Is((node, ActionReference::Repository(remote))) => Some((node, remote)),
        _ => None,
    }
}

/// Whether it stands in the repository that is judged.
pub(crate) fn is_own(cx: &Cx<'_>, remote: Remote<'_>) -> bool {
    cx.options.repository.as_deref().is_some_and(|slug| remote.is_of(slug))
}

/// The bytes of its `owner/repository` in a `uses`.
pub(crate) fn slug_place<'u>(node: Ref<'u>, remote: Remote<'u>, label: &'static str) -> Place<'u> {
    Place::text(node, 0..remote.slug().len(), label)
}

/// The version that a comment behind the node gives: `# v4.1.2`, `# tag=v4.1.2`, `# ratchet:owner/name@v4.1.2`.
pub(crate) fn commented_version(node: Ref<'_>) -> Option<&str> {
    let (source, end) = (node.source(), node.span().end);
    let line = source.text().get(end as usize..)?.split(['\n', '\r']).next()?;
    // All comments of the file are looked for only where it is not plain which one stands behind.
    let comment = match line.trim_start_matches(' ') {
        comment if comment.starts_with('#') && comment.len() < line.len() => comment,
        other if !other.contains('#') => return None,
        _ => {
            let comments = node.document().comments();
            let behind = comments.get(comments.partition_point(|comment| comment.span.start < end))?;
            let between = source.text().get(end as usize..behind.span.start as usize)?;
            if between.contains('\n') {
                return None;
            }
            source.slice(behind.span)
        }
    };
    let is_version = |word: &&str| word.contains('.') || word.starts_with(['v', 'V']);
    let mut words = comment.split(|mark: char| mark.is_whitespace() || matches!(mark, '#' | '@' | '=' | ':' | ','));
    words.find(|word| is_version(word) && Version::parse(word).is_some())
}
