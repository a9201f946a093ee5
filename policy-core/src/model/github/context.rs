//! What the values of contexts can hold, and who chooses them. Source: the published contexts and webhook payloads.

use super::expression::{Path, Segment};
use super::{Event, Events};

use Event::{
    CommitComment, Discussion, DiscussionComment, Gollum, IssueComment, Issues, PullRequest, PullRequestReview,
    PullRequestReviewComment, PullRequestTarget, Push, WorkflowRun,
};

/// What a text can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// A number, a date, a commit id, or one of few words: nothing that a shell takes for more than a word.
    Fixed,
    /// A form with rules, such as a login, the name of a repository or an address that GitHub makes: no quotes, no blanks.
    Structured,
    /// Not known here.
    Unknown,
    /// Anything that someone types.
    Arbitrary,
}

const OF_PULL_REQUESTS: Events = Events::of(&[PullRequest, PullRequestReview, PullRequestReviewComment, PullRequestTarget]);
const CHANGED: Events = Events::of(&[
    Issues,
    IssueComment,
    Discussion,
    DiscussionComment,
    PullRequest,
    PullRequestReview,
    PullRequestReviewComment,
    PullRequestTarget,
]);
const OF_ISSUES: Events = Events::of(&[Issues, IssueComment]);
const OF_DISCUSSIONS: Events = Events::of(&[Discussion, DiscussionComment]);
const OF_COMMENTS: Events = Events::of(&[CommitComment, DiscussionComment, IssueComment, PullRequestReviewComment]);
const OF_REVIEWS: Events = Events::of(&[PullRequestReview, PullRequestReviewComment]);
const OF_RUNS: Events = Events::of(&[WorkflowRun]);
const OF_PUSHES: Events = Events::of(&[Push]);
const OF_WIKI: Events = Events::of(&[Gollum]);

/// Free text that outsiders choose, and the events whose payload holds it. In all other events it is empty.
pub const CHOSEN_BY_OUTSIDERS: &[(&str, Events)] = &[
    ("github.head_ref", OF_PULL_REQUESTS),
    ("github.event.issue.title", OF_ISSUES),
    ("github.event.issue.body", OF_ISSUES),
    ("github.event.changes.title.from", CHANGED),
    ("github.event.changes.body.from", CHANGED),
    ("github.event.pull_request.title", OF_PULL_REQUESTS),
    ("github.event.pull_request.body", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.ref", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.label", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.repo.default_branch", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.repo.description", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.repo.homepage", OF_PULL_REQUESTS),
    ("github.event.comment.body", OF_COMMENTS),
    ("github.event.review.body", OF_REVIEWS),
    ("github.event.review_comment.body", OF_REVIEWS),
    ("github.event.discussion.title", OF_DISCUSSIONS),
    ("github.event.discussion.body", OF_DISCUSSIONS),
    ("github.event.pages.*.page_name", OF_WIKI),
    ("github.event.commits.*.message", OF_PUSHES),
    ("github.event.commits.*.author.email", OF_PUSHES),
    ("github.event.commits.*.author.name", OF_PUSHES),
    ("github.event.head_commit.message", OF_PUSHES),
    ("github.event.head_commit.author.email", OF_PUSHES),
    ("github.event.head_commit.author.name", OF_PUSHES),
    ("github.event.workflow_run.display_title", OF_RUNS),
    ("github.event.workflow_run.head_branch", OF_RUNS),
    ("github.event.workflow_run.head_commit.message", OF_RUNS),
    ("github.event.workflow_run.head_commit.author.email", OF_RUNS),
    ("github.event.workflow_run.head_commit.author.name", OF_RUNS),
    ("github.event.workflow_run.head_repository.description", OF_RUNS),
    ("github.event.workflow_run.pull_requests.*.head.ref", OF_RUNS),
];

/// Fields of `github` itself that hold more than fixed text; all others are set by GitHub or stand in the workflow.
const OF_GITHUB: &[(&str, Capability)] = &[
    ("actor", Capability::Structured),
    ("triggering_actor", Capability::Structured),
    ("repository", Capability::Structured),
    ("repository_owner", Capability::Structured),
    ("repositoryurl", Capability::Structured),
    ("base_ref", Capability::Arbitrary),
    ("head_ref", Capability::Arbitrary),
    ("ref", Capability::Arbitrary),
    ("ref_name", Capability::Arbitrary),
    ("workflow_ref", Capability::Arbitrary),
];

/// Variables that the runner sets to fields of `github`, and the contexts.
const RUNNER_VARIABLES: &[(&str, &str)] = &[
    ("GITHUB_ACTION", "github.action"),
    ("GITHUB_ACTOR", "github.actor"),
    ("GITHUB_ACTOR_ID", "github.actor_id"),
    ("GITHUB_API_URL", "github.api_url"),
    ("GITHUB_BASE_REF", "github.base_ref"),
    ("GITHUB_EVENT_NAME", "github.event_name"),
    ("GITHUB_EVENT_PATH", "github.event_path"),
    ("GITHUB_HEAD_REF", "github.head_ref"),
    ("GITHUB_JOB", "github.job"),
    ("GITHUB_REF", "github.ref"),
    ("GITHUB_REF_NAME", "github.ref_name"),
    ("GITHUB_REF_TYPE", "github.ref_type"),
    ("GITHUB_REPOSITORY", "github.repository"),
    ("GITHUB_REPOSITORY_ID", "github.repository_id"),
    ("GITHUB_REPOSITORY_OWNER", "github.repository_owner"),
    ("GITHUB_RUN_ATTEMPT", "github.run_attempt"),
    ("GITHUB_RUN_ID", "github.run_id"),
    ("GITHUB_RUN_NUMBER", "github.run_number"),
    ("GITHUB_SERVER_URL", "github.server_url"),
    ("GITHUB_SHA", "github.sha"),
    ("GITHUB_TRIGGERING_ACTOR", "github.triggering_actor"),
    ("GITHUB_WORKFLOW", "github.workflow"),
    ("GITHUB_WORKFLOW_REF", "github.workflow_ref"),
    ("GITHUB_WORKFLOW_SHA", "github.workflow_sha"),
    ("GITHUB_WORKSPACE", "github.workspace"),
];

/// The context that the runner sets a variable of this name to.
#[must_use]
pub fn runner_variable(name: &str) -> Option<&'static str> {
    RUNNER_VARIABLES.iter().find(|(known, _)| *known == name).map(|(_, context)| *context)
}

/// The variable that the runner sets to what a context path holds.
#[must_use]
pub fn runner_variable_of(path: &Path<'_>) -> Option<&'static str> {
    let one = !path.segments().contains(&Segment::Any);
    RUNNER_VARIABLES.iter().find(|(_, context)| one && path.matches(context)).map(|(name, _)| *name)
}

/// Last names of payload fields that hold numbers, dates, commit ids and words of GitHub's own.
const FIXED_FIELDS: &[&str] = &[
    "action",
    "active_lock_reason",
    "additions",
    "after",
    "archived",
    "author_association",
    "before",
    "changed_files",
    "closed",
    "comments",
    "commits",
    "conclusion",
    "created",
    "deleted",
    "deletions",
    "disabled",
    "draft",
    "event",
    "forced",
    "fork",
    "forks",
    "id",
    "installation",
    "line",
    "locked",
    "maintainer_can_modify",
    "mergeable",
    "mergeable_state",
    "merged",
    "number",
    "open_issues",
    "original_line",
    "original_position",
    "position",
    "prerelease",
    "private",
    "pusher_type",
    "rebaseable",
    "ref_type",
    "review_comments",
    "run_attempt",
    "run_number",
    "schedule",
    "sha",
    "side",
    "site_admin",
    "size",
    "start_line",
    "start_side",
    "state",
    "state_reason",
    "status",
    "type",
    "visibility",
    "watchers",
];

const FIXED_ENDINGS: &[&str] = &["_at", "_count", "_id", "_sha"];
const FIXED_BEGINNINGS: &[&str] = &["allow_", "has_", "is_"];

/// What the value at a path below `github` can hold. `serialised`: the whole object is written out.
#[must_use]
pub fn capability(path: &Path<'_>, serialised: bool) -> Capability {
    let rest = match path.segments() {
        [Segment::Name(_), rest @ ..] => rest,
        _ => return Capability::Arbitrary,
    };
    match rest {
        [] => Capability::Arbitrary,
        [Segment::Name(field)] if field.eq_ignore_ascii_case("event") => Capability::Arbitrary,
        [Segment::Name(field)] => {
            let known = OF_GITHUB.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
            known.map_or(Capability::Fixed, |(_, capability)| *capability)
        }
        [Segment::Name(event), fields @ ..] if event.eq_ignore_ascii_case("event") => of_payload(fields, serialised),
        _ => Capability::Arbitrary,
    }
}

fn of_payload(fields: &[Segment<'_>], serialised: bool) -> Capability {
    let Some(Segment::Name(last)) = fields.iter().rev().find(|field| matches!(field, Segment::Name(_))) else {
        return Capability::Arbitrary;
    };
    let last = last.to_ascii_lowercase();
    // `toJSON` of an object writes all that is below it; of a number, the number.
    if fields.last() == Some(&Segment::Any) && !FIXED_FIELDS.contains(&last.as_str()) {
        return Capability::Arbitrary;
    }
    let fixed = FIXED_FIELDS.contains(&last.as_str())
        || FIXED_ENDINGS.iter().any(|ending| last.ends_with(ending))
        || FIXED_BEGINNINGS.iter().any(|beginning| last.starts_with(beginning));
    if fixed && !(serialised && matches!(last.as_str(), "commits" | "comments" | "installation")) {
        return Capability::Fixed;
    }
    let of_owner = |name: &str| matches!(fields, [.., Segment::Name(before), _] if before.eq_ignore_ascii_case(name));
    let repository = ["repository", "repo", "head_repository"].into_iter().any(of_owner);
    let structured = match last.as_str() {
        "login" | "full_name" => true,
        "name" => repository || of_owner("pusher"),
        "url" | "href" => true,
        other => other.ends_with("_url"),
    };
    if structured && !serialised { Capability::Structured } else { Capability::Arbitrary }
}

/// The events in whose payload outsiders choose what stands at a path, or below it if the whole object is written out.
#[must_use]
pub fn chosen_by_outsiders(path: &Path<'_>, serialised: bool) -> Events {
    let chosen = CHOSEN_BY_OUTSIDERS.iter().filter(|(pattern, _)| match serialised {
        true => path.is_prefix_of(pattern),
        false => path.matches(pattern),
    });
    chosen.fold(Events::default(), |all, (_, events)| all.or(*events))
}
