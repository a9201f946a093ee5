//! What the name of a branch or a tag can hold: filters of events and conditions can leave nothing but plain names.

use policy_core::document::Ref;
use policy_core::model::github::expression::{Condition, ExprId, ExprKind, Expression, Path, Value, truthiness};
use policy_core::model::github::{Event, Events, Step, Trigger};
use policy_core::rule::Cx;

/// Events whose runs stand on the default branch, or on the number of a pull request: nobody chooses a name by causing them.
const ON_DEFAULT: Events = Events::of(&[
    Event::BranchProtectionRule,
    Event::CheckRun,
    Event::CheckSuite,
    Event::CommitComment,
    Event::Discussion,
    Event::DiscussionComment,
    Event::Fork,
    Event::Gollum,
    Event::IssueComment,
    Event::Issues,
    Event::Label,
    Event::Milestone,
    Event::PageBuild,
    Event::Public,
    Event::PullRequest,
    Event::PullRequestReview,
    Event::PullRequestReviewComment,
    Event::PullRequestTarget,
    Event::RepositoryDispatch,
    Event::Schedule,
    Event::Watch,
    Event::WorkflowRun,
]);

const REF_OF_RUN: &[&str] = &["github.ref", "github.ref_name", "github.workflow_ref"];

/// What can start a run by its ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Branch,
    Tag,
    Either,
}

impl Pushed {
    /// What it is, in words.
    pub(crate) fn named(self) -> &'static str {
        match self {
            Self::Branch => "a branch",
            Self::Tag => "a tag",
            Self::Either => "a branch or a tag",
        }
    }
}

/// Whether a path is the ref of the run, or its name.
pub(crate) fn is_of_run(path: &str) -> bool {
    REF_OF_RUN.iter().any(|known| path.eq_ignore_ascii_case(known))
}

/// Whether a path names the branch that a pull request is for: one of this repository.
pub(crate) fn is_base(path: &str) -> bool {
    ["github.base_ref", "github.event.pull_request.base.ref"].iter().any(|known| path.eq_ignore_ascii_case(known))
}

/// Whether a path names a branch or a tag that, in runs of this step, can hold nothing that a shell acts on.
pub(crate) fn is_plain(cx: &Cx<'_>, step: &Step<'_>, path: &str) -> bool {
    let Some(workflow) = cx.unit.workflow() else { return false };
    let is = |known: &str| path.eq_ignore_ascii_case(known);
    let filtered = |of: Events| {
        let mut filling = workflow.triggers().filter(|trigger| of.has(trigger.event)).peekable();
        filling.peek().is_some() && filling.all(|trigger| are_plain(&[trigger.branches().texts().collect()]))
    };
    // Who calls this workflow has events of their own.
    if cx.unit.events().has(Event::WorkflowCall) {
        return false;
    }
    if is_of_run(path) {
        return workflow.triggers().all(|trigger| has_plain_ref(&trigger)) || pushed(cx, step).is_none();
    }
    if is("github.event.workflow_run.head_branch") {
        return filtered(Events::of(&[Event::WorkflowRun]));
    }
    let reviews = Events::of(&[Event::PullRequestReview, Event::PullRequestReviewComment]);
    is_base(path)
        && cx.unit.events().and(reviews).is_empty()
        && filtered(Events::of(&[Event::PullRequest, Event::PullRequestTarget]))
}

/// What it takes to choose the name of the ref that a step runs for; none if conditions leave only names that stand in the file.
pub(crate) fn pushed(cx: &Cx<'_>, step: &Step<'_>) -> Option<Pushed> {
    let triggers = || cx.unit.workflow().into_iter().flat_map(|workflow| workflow.triggers());
    let choosing = || triggers().filter(|trigger| !ON_DEFAULT.has(trigger.event));
    let pushes = |trigger: &Trigger<'_>| trigger.event == Event::Push;
    let tags = |trigger: &Trigger<'_>| trigger.tags().is_given() || trigger.tags_ignore().is_given();
    let branches = |trigger: &Trigger<'_>| trigger.branches().is_given() || trigger.branches_ignore().is_given();
    let only_tags =
        |trigger: &Trigger<'_>| trigger.event == Event::Release || pushes(trigger) && tags(trigger) && !branches(trigger);
    let only_branches = |trigger: &Trigger<'_>| pushes(trigger) && branches(trigger) && !tags(trigger);
    let conditions = || [step.condition(), cx.unit.job_of(step).and_then(|job| job.condition())];
    let excluded = |kind: &str| conditions().into_iter().flatten().any(|scalar| excludes(cx, scalar, kind));
    let branch = !choosing().all(|trigger| only_tags(&trigger)) && !excluded("heads");
    let tag = !choosing().all(|trigger| only_branches(&trigger)) && !excluded("tags");
    match (branch, tag) {
        (true, false) => Some(Pushed::Branch),
        (false, true) => Some(Pushed::Tag),
        (true, true) => Some(Pushed::Either),
        (false, false) => None,
    }
}

// Whether a condition never holds on a branch, or on a tag, of a name that the condition does not give.
fn excludes(cx: &Cx<'_>, scalar: Ref<'_>, kind: &str) -> bool {
    let Some(Condition::Expression { expression, .. }) = cx.unit.condition(scalar) else { return false };
    let by_name = !expression.ids().any(|id| asks_for_part(expression, id));
    let text = |text: String| Some(Value::Text(text));
    let lookup = |path: &Path<'_>| match path {
        path if path.matches("github.ref_type") => text(if kind == "heads" { "branch" } else { "tag" }.to_owned()),
        path if by_name && (path.matches("github.ref") || path.matches("github.event.ref")) => text(format!("refs/{kind}/\n")),
        path if by_name && path.matches("github.ref_name") => text("\n".to_owned()),
        _ => None,
    };
    truthiness(expression, expression.root(), &lookup) == Some(false)
}

// Whether a part of an expression asks for more of a name's text than whether it is a branch's or a tag's.
fn asks_for_part(expression: &Expression<'_>, id: ExprId) -> bool {
    let [subject, sought, ..] = expression.children(id) else { return false };
    let of_ref = |id| expression.path(id).is_some_and(|path| path.to_string().to_ascii_lowercase().contains("ref"));
    let whole = |id| expression.text_literal(id).is_some_and(|text| matches!(&*text, "refs/heads/" | "refs/tags/" | "refs/pull/"));
    expression.kind(id) == ExprKind::Call && of_ref(*subject) && !whole(*sought)
}

fn has_plain_ref(trigger: &Trigger<'_>) -> bool {
    match trigger.event {
        Event::Push if trigger.branches_ignore().is_given() || trigger.tags_ignore().is_given() => false,
        Event::Push => {
            let given = [trigger.branches(), trigger.tags()].into_iter().filter(|list| list.is_given());
            are_plain(&given.map(|list| list.texts().collect()).collect::<Vec<_>>())
        }
        Event::MergeGroup => are_plain(&[trigger.branches().texts().collect()]),
        event => ON_DEFAULT.has(event),
    }
}

// Whether lists of patterns, each of which lets something through, let nothing but plain names through.
fn are_plain(lists: &[Vec<&str>]) -> bool {
    let taking = |pattern: &&&str| !pattern.starts_with('!');
    let plain = |list: &Vec<&str>| {
        let mut patterns = list.iter().filter(taking).peekable();
        patterns.peek().is_some() && patterns.all(|pattern| matches_plain_names_only(pattern))
    };
    !lists.is_empty() && lists.iter().all(plain)
}

// In filters, `?` and `+` say how often the character before them stands; `*` and `**` are any text.
fn matches_plain_names_only(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        let plain = match next {
            '[' => {
                let within: Vec<char> = rest.by_ref().take_while(|mark| *mark != ']').collect();
                is_plain_class(&within)
            }
            '\\' => rest.next().is_some_and(is_plain_mark),
            '?' | '+' => true,
            mark => is_plain_mark(mark),
        };
        if !plain {
            return false;
        }
    }
    true
}

fn is_plain_mark(mark: char) -> bool {
    mark.is_ascii_alphanumeric() || matches!(mark, '.' | '-' | '_' | '/' | '+')
}

// A range from `A` to `z` has marks in it that a shell acts on.
fn is_plain_class(within: &[char]) -> bool {
    let kind = |mark: char| (mark.is_ascii_digit(), mark.is_ascii_lowercase(), mark.is_ascii_uppercase());
    let ranges = within.windows(3).all(|three| match three {
        [from, '-', to] => kind(*from) == kind(*to) && from.is_ascii_alphanumeric(),
        _ => true,
    });
    !within.is_empty() && ranges && within.iter().all(|mark| is_plain_mark(*mark))
}

#[cfg(test)]
mod tests {
    use super::matches_plain_names_only;

    #[test]
    fn patterns_that_match_plain_names_only() {
        for pattern in ["main", "[0-9]+.[0-9]+.[0-9]+", "v[0-9]+.[0-9]+?", "releases/v1_2-x", "v[12].x", r"v1\+2", "[a-zA-Z0-9.-]+"]
        {
            assert!(matches_plain_names_only(pattern), "{pattern}");
        }
        for pattern in ["*", "v*", "release/**", "v[0-9]*", "[A-z]+", "[!a]", "v[0-9", "a$(b)", "é", r"a\", r"\*", "[]", "[$-9]"] {
            let open = pattern == "v[0-9";
            assert_eq!(matches_plain_names_only(pattern), open, "{pattern}");
        }
    }
}
