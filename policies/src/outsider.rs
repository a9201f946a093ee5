//! Whether the conditions of jobs and steps keep outsiders out: they are worked out for a run that an outsider starts, or that is
//! about the pull request of one.

use policy_core::document::Ref;
use policy_core::model::github::expression::{
    Condition, ExprKind, Expression, Path, Segment, Value, asks_for_status, condition, truthiness,
};
use policy_core::model::github::{Event, Job, Step};
use policy_core::rule::Cx;

use Event::{
    CommitComment, DiscussionComment, IssueComment, PullRequest, PullRequestReview, PullRequestReviewComment, PullRequestTarget,
    WorkflowRun,
};

/// Who is the outsider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outsider {
    /// Whoever causes the event, such as the author of a comment, and of the pull request.
    Starter,
    /// The author of the pull request; a member may have caused the event.
    Author,
}

// Names that no one has, and that no condition can compare with by chance.
const OUTSIDER: &str = "\n";
const HERE: &str = "\r/\r";

const OF_AUTHOR: &[&str] = &[
    "github.event.pull_request.user.login",
    "github.event.pull_request.head.user.login",
    "github.event.pull_request.head.repo.full_name",
    "github.event.pull_request.head.repo.owner.login",
];

const OF_RUN: &[&str] =
    &["github.event.workflow_run.head_repository.full_name", "github.event.workflow_run.head_repository.owner.login"];

const OF_COMMENTER: &[&str] = &[
    "github.actor",
    "github.triggering_actor",
    "github.event.sender.login",
    "github.event.comment.user.login",
    "github.event.review.user.login",
];

const REPOSITORY: &[&str] =
    &["github.repository", "github.event.repository.full_name", "github.event.pull_request.base.repo.full_name"];

const OWNER: &[&str] = &[
    "github.repository_owner",
    "github.event.repository.owner.login",
    "github.event.pull_request.base.repo.owner.login",
    "github.event.pull_request.base.user.login",
];

/// What an outsider can be to a repository.
const ASSOCIATIONS: [&str; 2] = ["NONE", "CONTRIBUTOR"];

/// The most texts of a condition that are tried as the name of the repository.
const MAX_NAMES: usize = 16;

/// Whether a condition never holds for an outsider. One that cannot be read, or that only the run can tell, may hold.
#[must_use]
pub fn is_kept_out(condition_of: Option<Ref<'_>>, event: Event, outsider: Outsider) -> bool {
    match condition_of.and_then(Ref::text).map(condition) {
        Some(Condition::Expression { expression, .. }) => never_holds(&expression, event, outsider),
        _ => false,
    }
}

/// Whether a job never runs for an outsider: by its own condition, or by that of a job that it needs.
#[must_use]
pub fn job_keeps_out<'u>(cx: &Cx<'u>, job: &Job<'u>, event: Event, outsider: Outsider) -> bool {
    keeps_out_within(cx, job, event, outsider, 2)
}

/// The same for a step, by its own condition or its job.
#[must_use]
pub fn step_keeps_out<'u>(cx: &Cx<'u>, step: &Step<'u>, event: Event, outsider: Outsider) -> bool {
    is_kept_out(step.condition(), event, outsider)
        || cx.unit.job_of(step).is_some_and(|job| job_keeps_out(cx, job, event, outsider))
}

fn keeps_out_within<'u>(cx: &Cx<'u>, job: &Job<'u>, event: Event, outsider: Outsider, depth: u32) -> bool {
    if !cx.budget.spend(1) {
        return false;
    }
    let own = job.condition().and_then(Ref::text).map(condition);
    let runs_anyway = match own {
        Some(Condition::Expression { expression, .. }) if never_holds(&expression, event, outsider) => return true,
        Some(Condition::Expression { expression, .. }) => asks_for_status(&expression),
        // Expressions within a text may ask for the status too.
        Some(Condition::Template { .. }) => true,
        _ => false,
    };
    let mut needed = cx.unit.jobs().iter().filter(|other| job.needs().names(other.id()));
    depth > 0 && !runs_anyway && needed.any(|other| keeps_out_within(cx, other, event, outsider, depth - 1))
}

/// Whether an expression, as a condition, never holds for an outsider.
#[must_use]
pub fn never_holds(expression: &Expression<'_>, event: Event, outsider: Outsider) -> bool {
    let never = |repository: &str| {
        ASSOCIATIONS.iter().all(|association| {
            let lookup = |path: &Path<'_>| known(path, event, outsider, Some(repository), association);
            truthiness(expression, expression.root(), &lookup) == Some(false)
        })
    };
    if !never(HERE) {
        return false;
    }
    // Any text of the condition may be the name of this repository, or of its owner.
    let mut names =
        expression.ids().filter(|id| expression.kind(*id) == ExprKind::Text).filter_map(|id| expression.text_literal(id));
    let of_repository =
        expression.ids().filter_map(|id| expression.path(id)).any(|path| is_any(&path, REPOSITORY) || is_any(&path, OWNER));
    !of_repository || (names.by_ref().take(MAX_NAMES).all(|name| never(&name)) && names.next().is_none())
}

/// What is known of a context path in a run that an outsider starts. Without `repository`, its name is not known.
#[must_use]
pub fn known(path: &Path<'_>, event: Event, outsider: Outsider, repository: Option<&str>, association: &str) -> Option<Value> {
    if path.segments().contains(&Segment::Any) {
        return None;
    }
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    if path.matches("github.event_name") {
        return text(event.name());
    }
    if is_any(path, REPOSITORY) {
        return text(repository?);
    }
    if is_any(path, OWNER) {
        return text(repository?.split('/').next().unwrap_or(""));
    }
    match event {
        PullRequest | PullRequestTarget | PullRequestReview | PullRequestReviewComment if is_any(path, OF_AUTHOR) => text(OUTSIDER),
        PullRequest | PullRequestTarget if path.matches("github.event.pull_request.author_association") => text(association),
        PullRequest | PullRequestTarget | PullRequestReview | PullRequestReviewComment
            if path.matches("github.event.pull_request.head.repo.fork") =>
        {
            Some(Value::Bool(true))
        }
        // What a member has merged is no longer an outsider's.
        PullRequest | PullRequestTarget if path.matches("github.event.pull_request.merged") => Some(Value::Bool(false)),
        WorkflowRun if is_any(path, OF_RUN) => text(OUTSIDER),
        WorkflowRun if path.matches("github.event.workflow_run.head_repository.fork") => Some(Value::Bool(true)),
        WorkflowRun if path.matches("github.event.workflow_run.event") => text("pull_request"),
        CommitComment | DiscussionComment | IssueComment | PullRequestReview | PullRequestReviewComment
            if outsider == Outsider::Starter =>
        {
            let associated = is_any(path, &["github.event.comment.author_association", "github.event.review.author_association"]);
            if associated { text(association) } else { is_any(path, OF_COMMENTER).then(|| Value::Text(OUTSIDER.to_owned())) }
        }
        _ => None,
    }
}

fn is_any(path: &Path<'_>, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| path.matches(pattern))
}
