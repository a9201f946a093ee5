//! What a job does with the permissions that its workflow, or the job itself, grants: one that calls a workflow hands them on, and what
//! that workflow declares narrows them.

use policy_core::model::github::{Grant, Job, Permissions};
use policy_core::read::Read;
use policy_core::rule::Cx;

/// Whether the token of a job, or of one in the workflow that it calls, gets a permission that is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gets {
    /// It does not: what the called workflow declares is less.
    Less,
    /// The called workflow, which is not here, decides.
    Perhaps,
    /// It does.
    Whole,
}

/// What comes of a permission that a job is granted; `whole` says whether a declared grant holds all of it.
pub(crate) fn gets<'u>(cx: &Cx<'u>, job: &Job<'u>, whole: impl Fn(Grant<'u>) -> bool) -> Gets {
    let called = match cx.unit.called_workflow(job) {
        Read::Absent => return Gets::Whole,
        Read::Is(called) if cx.budget.spend(called.node().len()) => called,
        Read::Is(_) | Read::Dynamic | Read::Wrong => return Gets::Perhaps,
    };
    let each = called.jobs().map(|inner| match inner.effective_permissions().map(Permissions::grant) {
        Some(Read::Is(grant)) if whole(grant) => handed_on(&inner),
        Some(Read::Is(_) | Read::Absent) => Gets::Less,
        Some(Read::Dynamic | Read::Wrong) => Gets::Perhaps,
        None => handed_on(&inner),
    });
    each.max().unwrap_or(Gets::Perhaps)
}

// Further in nothing is followed.
fn handed_on(job: &Job<'_>) -> Gets {
    if job.uses() == Read::Absent { Gets::Whole } else { Gets::Perhaps }
}
