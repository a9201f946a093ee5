//! The events that start a workflow, and what a workflow says of each. Source: the published list of events.

use super::input::{Input, inputs};
use super::list::{List, list};
use crate::document::{Kind, Ref};

/// An event that starts workflows; one that is not published is [`Event::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the platform")]
pub enum Event {
    BranchProtectionRule,
    CheckRun,
    CheckSuite,
    CommitComment,
    Create,
    Delete,
    Deployment,
    DeploymentStatus,
    Discussion,
    DiscussionComment,
    Fork,
    Gollum,
    ImageVersion,
    IssueComment,
    Issues,
    Label,
    MergeGroup,
    Milestone,
    PageBuild,
    Public,
    PullRequest,
    PullRequestReview,
    PullRequestReviewComment,
    PullRequestTarget,
    Push,
    RegistryPackage,
    Release,
    RepositoryDispatch,
    Schedule,
    Status,
    Watch,
    WorkflowCall,
    WorkflowDispatch,
    WorkflowRun,
    Other,
}

const NAMES: &[(&str, Event)] = &[
    ("branch_protection_rule", Event::BranchProtectionRule),
    ("check_run", Event::CheckRun),
    ("check_suite", Event::CheckSuite),
    ("commit_comment", Event::CommitComment),
    ("create", Event::Create),
    ("delete", Event::Delete),
    ("deployment", Event::Deployment),
    ("deployment_status", Event::DeploymentStatus),
    ("discussion", Event::Discussion),
    ("discussion_comment", Event::DiscussionComment),
    ("fork", Event::Fork),
    ("gollum", Event::Gollum),
    ("image_version", Event::ImageVersion),
    ("issue_comment", Event::IssueComment),
    ("issues", Event::Issues),
    ("label", Event::Label),
    ("merge_group", Event::MergeGroup),
    ("milestone", Event::Milestone),
    ("page_build", Event::PageBuild),
    ("public", Event::Public),
    ("pull_request", Event::PullRequest),
    ("pull_request_review", Event::PullRequestReview),
    ("pull_request_review_comment", Event::PullRequestReviewComment),
    ("pull_request_target", Event::PullRequestTarget),
    ("push", Event::Push),
    ("registry_package", Event::RegistryPackage),
    ("release", Event::Release),
    ("repository_dispatch", Event::RepositoryDispatch),
    ("schedule", Event::Schedule),
    ("status", Event::Status),
    ("watch", Event::Watch),
    ("workflow_call", Event::WorkflowCall),
    ("workflow_dispatch", Event::WorkflowDispatch),
    ("workflow_run", Event::WorkflowRun),
];

impl Event {
    /// The platform's name; `…` for an event that is not published.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, event)| *event == self).map_or("…", |(name, _)| name)
    }

    fn named(name: &str) -> Self {
        NAMES.iter().find(|(known, _)| *known == name).map_or(Self::Other, |(_, event)| *event)
    }

    fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// A set of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u64);

impl Events {
    /// The set of these events.
    #[must_use]
    pub const fn of(events: &[Event]) -> Self {
        let mut bits = 0;
        let mut rest = events;
        while let [first, others @ ..] = rest {
            bits |= 1 << *first as u64;
            rest = others;
        }
        Self(bits)
    }

    /// What `on` names: a name, a list of names, or a mapping by name.
    #[must_use]
    pub fn read(on: Option<Ref<'_>>) -> Self {
        Self(triggers(on).fold(0, |bits, trigger| bits | trigger.event.bit()))
    }

    /// Whether the set has this event.
    #[must_use]
    pub fn has(self, event: Event) -> bool {
        self.0 & event.bit() != 0
    }

    /// The events of both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The events of either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The events of this set that the other does not have.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The published events of the set, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = Event> {
        NAMES.iter().map(|(_, event)| *event).filter(move |event| self.has(*event))
    }
}

/// What a workflow says of one event.
#[derive(Clone, Copy, Debug)]
pub struct Trigger<'u> {
    /// The event.
    pub event: Event,
    /// Where its name stands.
    pub name: Ref<'u>,
    settings: Option<Ref<'u>>,
}

/// What `on` says, event by event, in the order of the file.
pub(super) fn triggers<'u>(on: Option<Ref<'u>>) -> impl Iterator<Item = Trigger<'u>> {
    let trigger = |name: Ref<'u>, settings| name.value().map(|text| Trigger { event: Event::named(text), name, settings });
    let alone = on.filter(|on| on.kind() == Kind::Scalar).and_then(move |on| trigger(on, None));
    let listed = on.into_iter().flat_map(Ref::items).filter_map(move |name| trigger(name, None));
    let mapped = on.into_iter().flat_map(Ref::entries).filter_map(move |(key, value)| trigger(key, Some(value)));
    alone.into_iter().chain(listed).chain(mapped)
}

impl<'u> Trigger<'u> {
    fn list(self, key: &str) -> List<'u> {
        list(self.settings.and_then(|settings| settings.get(key)))
    }

    /// `types`: the activities that start it.
    #[must_use]
    pub fn types(self) -> List<'u> {
        self.list("types")
    }

    /// `branches`: patterns of branches.
    #[must_use]
    pub fn branches(self) -> List<'u> {
        self.list("branches")
    }

    /// `branches-ignore`
    #[must_use]
    pub fn branches_ignore(self) -> List<'u> {
        self.list("branches-ignore")
    }

    /// `tags`: patterns of tags.
    #[must_use]
    pub fn tags(self) -> List<'u> {
        self.list("tags")
    }

    /// `tags-ignore`
    #[must_use]
    pub fn tags_ignore(self) -> List<'u> {
        self.list("tags-ignore")
    }

    /// `paths`: patterns of changed files.
    #[must_use]
    pub fn paths(self) -> List<'u> {
        self.list("paths")
    }

    /// `paths-ignore`
    #[must_use]
    pub fn paths_ignore(self) -> List<'u> {
        self.list("paths-ignore")
    }

    /// `workflows` of `workflow_run`: names of the workflows whose runs start it.
    #[must_use]
    pub fn workflows(self) -> List<'u> {
        self.list("workflows")
    }

    /// `cron` of each entry of `schedule`.
    pub fn crons(self) -> impl Iterator<Item = Ref<'u>> {
        self.settings.into_iter().flat_map(Ref::items).filter_map(|entry| entry.get("cron"))
    }

    /// `inputs` of `workflow_call` and `workflow_dispatch`.
    pub fn inputs(self) -> impl Iterator<Item = Input<'u>> {
        inputs(self.settings.and_then(|settings| settings.get("inputs")))
    }

    /// `secrets` of `workflow_call`: name and description.
    pub fn secrets(self) -> impl Iterator<Item = (Ref<'u>, Ref<'u>)> {
        self.settings.and_then(|settings| settings.get("secrets")).into_iter().flat_map(Ref::entries)
    }

    /// `outputs` of `workflow_call`: name and the node of its value.
    pub fn outputs(self) -> impl Iterator<Item = (Ref<'u>, Ref<'u>)> {
        let outputs = self.settings.and_then(|settings| settings.get("outputs")).into_iter().flat_map(Ref::entries);
        outputs.filter_map(|(name, output)| Some((name, output.get("value")?)))
    }
}
