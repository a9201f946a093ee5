//! What steps and jobs use of other repositories.

use policy_core::document::Ref;
use policy_core::model::github::{ActionReference, Job, Remote};
use policy_core::read::Read;
use policy_core::rule::{Cx, Place};

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
