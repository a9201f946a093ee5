//! Whether the conditions of jobs and steps keep outsiders out: they are worked out for a run that an outsider starts, or that is
//! about the pull request of one.

use policy_core::document::Ref;
use policy_core::model::github::expression::{Condition, ExprKind, Expression, Path, Segment, Value, asks_for_status, truthiness};
use policy_core::model::github::{Event, Events, Job, List, Step};
use policy_core::reach::{FROM_FORKS, PRIVILEGED, Reach, Starter};
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
pub fn is_kept_out<'u>(cx: &Cx<'u>, condition: Option<Ref<'u>>, event: Event, outsider: Outsider) -> bool {
    match condition.and_then(|scalar| cx.unit.condition(scalar)) {
        Some(Condition::Expression { expression, .. }) => never_holds(expression, event, outsider),
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
    is_kept_out(cx, step.condition(), event, outsider)
        || cx.unit.job_of(step).is_some_and(|job| job_keeps_out(cx, job, event, outsider))
}

fn keeps_out_within<'u>(cx: &Cx<'u>, job: &Job<'u>, event: Event, outsider: Outsider, depth: u32) -> bool {
    let work = if job.needs().is_given() { cx.unit.jobs().len() / 8 } else { 0 };
    if !cx.budget.spend(1 + work) {
        return false;
    }
    let own = job.condition().and_then(|scalar| cx.unit.condition(scalar));
    let runs_anyway = match own {
        Some(Condition::Expression { expression, .. }) if never_holds(expression, event, outsider) => return true,
        Some(Condition::Expression { expression, .. }) => asks_for_status(expression),
        // Expressions within a text may ask for the status too.
        Some(Condition::Template { .. }) => true,
        _ => false,
    };
    let mut needed = cx.unit.jobs().iter().filter(|other| job.needs().names(other.id()));
    depth > 0 && !runs_anyway && needed.any(|other| keeps_out_within(cx, other, event, outsider, depth - 1))
}

/// Who can start a step, and what its job then can do, by the events that conditions do not keep outsiders out for.
#[must_use]
pub fn reach_of<'u>(cx: &Cx<'u>, step: &Step<'u>) -> Reach<'u> {
    reach_past(cx, cx.unit.job_of(step), |event| step_keeps_out(cx, step, event, Outsider::Starter))
}

/// The same for a job; of an action, without one.
#[must_use]
pub fn reach<'u>(cx: &Cx<'u>, job: Option<&Job<'u>>) -> Reach<'u> {
    reach_past(cx, job, |event| job.is_some_and(|job| job_keeps_out(cx, job, event, Outsider::Starter)))
}

/// Who starts what [`takes_member`].
pub const BY_MEMBER: &str = "it takes a label or the like, which who may triage sets, or a template for issues";

/// Activities that take the right to triage. What is labelled may still be an outsider's.
const OF_MEMBERS: &[&str] =
    &["assigned", "demilestoned", "labeled", "locked", "milestoned", "pinned", "unassigned", "unlabeled", "unlocked", "unpinned"];

/// Whether an event, which runs with the repository's rights, only starts the workflow for what members do.
#[must_use]
pub fn takes_member(cx: &Cx<'_>, event: Event) -> bool {
    let types = cx.unit.workflow().and_then(|workflow| workflow.trigger(event)).map(|trigger| trigger.types());
    let only = |types: List<'_>| types.texts().all(|kind| OF_MEMBERS.contains(&kind));
    PRIVILEGED.has(event) && types.is_some_and(|types| types.texts().next().is_some() && only(types))
}

fn reach_past<'u>(cx: &Cx<'u>, job: Option<&Job<'u>>, kept_out: impl Fn(Event) -> bool) -> Reach<'u> {
    let events = cx.unit.events();
    let open = events.and(PRIVILEGED.or(FROM_FORKS));
    let all = |of: &mut dyn Iterator<Item = Event>| of.fold(Events::default(), |all, event| all.or(Events::of(&[event])));
    let labelled = all(&mut open.iter().filter(|event| takes_member(cx, *event)));
    let closed = all(&mut open.without(labelled).iter().filter(|event| kept_out(*event)));
    let reach = Reach::new(events.without(closed).without(labelled), cx.reach(job).power);
    let why = if labelled.is_empty() { "conditions keep outsiders out" } else { BY_MEMBER };
    match reach.starter {
        Starter::Member if !closed.or(labelled).is_empty() => Reach { starter: Starter::Known(why), ..reach },
        _ => reach,
    }
}

/// Parts of the names of actions that ask what someone may do, or that do so before they dispatch a command.
const CHECKING_ACTIONS: &[&str] = &["permission", "membership", "authoriz", "slash-command-dispatch", "github/command"];

/// What scripts ask the API for.
const CHECKING_CALLS: &[&str] = &[
    "/collaborators",
    "/memberships/",
    "CollaboratorPermission",
    "checkCollaborator",
    "getMembership",
    "checkMembership",
    "author_association",
    "authorAssociation",
    "viewerPermission",
];

/// Whether a step asks what someone may do here: by an action made for it, or by a script.
#[must_use]
pub fn asks_permission(step: &Step<'_>) -> bool {
    let by_action = step.remote().is_some_and(|(_, remote)| CHECKING_ACTIONS.iter().any(|part| remote.name().contains(part)));
    let given = [step.run(), step.input("script"), step.input("route"), step.input("query")];
    let mut texts = given.into_iter().flatten().filter_map(Ref::text);
    by_action || texts.any(|text| CHECKING_CALLS.iter().any(|call| text.contains(call)))
}

/// Whether a job only runs if a job that it needs, which asks for someone's permission, gives an output that says so.
#[must_use]
pub fn job_asks_first<'u>(cx: &Cx<'u>, job: &Job<'u>, event: Event) -> bool {
    let Some(Condition::Expression { expression, .. }) = job.condition().and_then(|scalar| cx.unit.condition(scalar)) else {
        return false;
    };
    if !job.needs().is_given() || !cx.budget.spend(cx.unit.jobs().len() + cx.unit.steps().len()) {
        return false;
    }
    let needed = cx.unit.jobs().iter().filter(|other| job.needs().names(other.id()));
    let asking: Vec<&str> = needed.filter(|other| cx.unit.steps_of(other).iter().any(asks_permission)).map(Job::id).collect();
    // What the output says of an outsider is not known: nothing, no, or another word.
    !asking.is_empty()
        && ["", "false", OUTSIDER].iter().any(|said| {
            let lookup = |path: &Path<'_>| match path.segments() {
                [Segment::Name(needs), Segment::Name(id), Segment::Name(outputs), Segment::Name(_)]
                    if needs.eq_ignore_ascii_case("needs") && outputs.eq_ignore_ascii_case("outputs") =>
                {
                    asking.iter().any(|known| known.eq_ignore_ascii_case(id)).then(|| Value::Text((*said).to_owned()))
                }
                _ => known(path, event, Outsider::Starter, None, "NONE"),
            };
            truthiness(expression, expression.root(), &lookup) == Some(false)
        })
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
    let of_github = matches!(path.segments().first(), Some(Segment::Name(context)) if context.eq_ignore_ascii_case("github"));
    if !of_github || path.segments().contains(&Segment::Any) {
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

#[cfg(test)]
mod tests {
    use policy_core::model::github::Event;
    use policy_core::model::github::Event::{
        IssueComment, PullRequest, PullRequestReview, PullRequestReviewComment, PullRequestTarget, Push, WorkflowRun,
    };
    use policy_core::model::github::expression::Expression;

    use super::Outsider::{Author, Starter};
    use super::{Outsider, never_holds};

    fn keeps_out(condition: &str, event: Event, outsider: Outsider) -> Option<bool> {
        Expression::parse(condition).ok().map(|expression| never_holds(&expression, event, outsider))
    }

    #[test]
    fn conditions_that_keep_outsiders_out() {
        for (condition, event) in [
            ("github.event.pull_request.head.repo.full_name == github.repository", PullRequestTarget),
            ("github.repository == github.event.pull_request.head.repo.full_name", PullRequest),
            ("github.event.pull_request.head.repo.owner.login == github.repository_owner", PullRequestTarget),
            ("github.event.pull_request.head.repo.owner.login == 'some-org'", PullRequestReview),
            ("github.event.pull_request.head.user.login == github.event.pull_request.base.user.login", PullRequestReviewComment),
            ("!github.event.pull_request.head.repo.fork && vars.A", PullRequestReviewComment),
            ("github.event.pull_request.user.login == 'dependabot[bot]'", PullRequestTarget),
            ("github.event.pull_request.author_association == 'MEMBER'", PullRequestTarget),
            ("github.event.pull_request.merged == true && vars.A", PullRequestTarget),
            ("github.event_name == 'push'", PullRequestTarget),
            ("github.event.workflow_run.event == 'push'", WorkflowRun),
            ("github.event.workflow_run.event != 'pull_request'", WorkflowRun),
            ("github.event.workflow_run.head_repository.full_name == github.event.repository.full_name", WorkflowRun),
            ("github.event.workflow_run.head_repository.fork == false", WorkflowRun),
            ("false", Push),
        ] {
            for outsider in [Author, Starter] {
                assert_eq!(keeps_out(condition, event, outsider), Some(true), "{condition}");
            }
        }
        for condition in [
            "github.actor == 'alice'",
            "github.triggering_actor == 'alice'",
            "github.event.sender.login == 'alice'",
            "github.event.comment.user.login == github.repository_owner",
            "github.event.review.user.login == 'alice'",
            "contains(fromJSON('[\"OWNER\", \"MEMBER\"]'), github.event.comment.author_association)",
            "github.event.review.author_association == 'OWNER'",
        ] {
            for event in [IssueComment, PullRequestReview] {
                assert_eq!(keeps_out(condition, event, Starter), Some(true), "{condition}");
                assert_eq!(keeps_out(condition, event, Author), Some(false), "{condition}");
            }
            assert_eq!(keeps_out(condition, PullRequestTarget, Starter), Some(false), "{condition}");
        }
    }

    #[test]
    fn conditions_that_let_outsiders_in() {
        for (condition, event) in [
            ("github.event.pull_request.head.repo.full_name != github.repository", PullRequestTarget),
            // Any text may be the name of this repository, or of its owner.
            ("github.repository == 'some-org/product'", PullRequestTarget),
            ("github.repository_owner == 'some-org' && github.event.action == 'opened'", PullRequestTarget),
            ("github.event.pull_request.base.repo.owner.login == 'some-org'", PullRequestTarget),
            ("startsWith(github.repository, 'some-org/')", PullRequestTarget),
            ("github.event.pull_request.head.repo.fork", PullRequestTarget),
            ("github.event.pull_request.author_association != 'NONE'", PullRequestTarget),
            ("github.event.pull_request.author_association == 'CONTRIBUTOR'", PullRequestTarget),
            ("!github.event.pull_request.merged", PullRequestTarget),
            ("github.event.workflow_run.event == 'pull_request'", WorkflowRun),
            ("github.event.workflow_run.conclusion == 'success'", WorkflowRun),
            ("github.event.comment.author_association != 'NONE'", IssueComment),
            ("github.event_name == 'issue_comment'", IssueComment),
            ("github.event.action == 'labeled'", PullRequestTarget),
            // Of another event.
            ("github.event.pull_request.head.repo.full_name == github.repository", WorkflowRun),
            ("github.event.workflow_run.event == 'push'", PullRequestTarget),
            ("github.event.pull_request.user.login == 'alice'", IssueComment),
            // What is picked is not known.
            ("github.event[vars.A].head.repo.full_name == github.repository", PullRequestTarget),
            ("vars.A", PullRequestTarget),
        ] {
            for outsider in [Author, Starter] {
                assert_eq!(keeps_out(condition, event, outsider), Some(false), "{condition}");
            }
        }
        let known: Vec<String> = (0..20).map(|number| format!("github.repository == 'some-org/product{number}'")).collect();
        let other = "github.event.pull_request.head.repo.full_name == github.repository";
        assert_eq!(keeps_out(&format!("({}) && {other}", known.join(" || ")), PullRequestTarget, Author), Some(false));
        let few = known.iter().take(16).cloned().collect::<Vec<_>>().join(" || ");
        assert_eq!(keeps_out(&format!("({few}) && {other}"), PullRequestTarget, Author), Some(true));
    }
}
