//! The events that start a workflow.

use crate::document::{Kind, Ref};

/// An event that matters to a rule; all others are [`Event::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the platform")]
pub enum Event {
    CommitComment,
    Discussion,
    DiscussionComment,
    Gollum,
    IssueComment,
    Issues,
    PullRequest,
    PullRequestReview,
    PullRequestReviewComment,
    PullRequestTarget,
    Push,
    WorkflowCall,
    WorkflowRun,
    Other,
}

const NAMES: &[(&str, Event)] = &[
    ("commit_comment", Event::CommitComment),
    ("discussion", Event::Discussion),
    ("discussion_comment", Event::DiscussionComment),
    ("gollum", Event::Gollum),
    ("issue_comment", Event::IssueComment),
    ("issues", Event::Issues),
    ("pull_request", Event::PullRequest),
    ("pull_request_review", Event::PullRequestReview),
    ("pull_request_review_comment", Event::PullRequestReviewComment),
    ("pull_request_target", Event::PullRequestTarget),
    ("push", Event::Push),
    ("workflow_call", Event::WorkflowCall),
    ("workflow_run", Event::WorkflowRun),
];

impl Event {
    /// The platform's name; `…` for an event that no rule asks for.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, event)| *event == self).map_or("…", |(name, _)| name)
    }

    fn named(name: &str) -> Self {
        NAMES.iter().find(|(known, _)| *known == name).map_or(Self::Other, |(_, event)| *event)
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u16);

impl Events {
    /// The set of these events.
    #[must_use]
    pub const fn of(events: &[Event]) -> Self {
        let mut bits = 0;
        let mut rest = events;
        while let [first, others @ ..] = rest {
            bits |= 1 << *first as u16;
            rest = others;
        }
        Self(bits)
    }

    /// What `on` names: a name, a list of names, or a mapping by name.
    #[must_use]
    pub fn read(on: Option<Ref<'_>>) -> Self {
        let Some(on) = on else { return Self::default() };
        let named = |node: Ref<'_>| node.value().map_or(0, |name| Event::named(name).bit());
        let bits = match on.kind() {
            Kind::Sequence => on.items().map(named).fold(0, |bits, bit| bits | bit),
            Kind::Mapping => on.entries().map(|(key, _)| named(key)).fold(0, |bits, bit| bits | bit),
            Kind::Scalar | Kind::Alias => named(on),
        };
        Self(bits)
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

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The events that rules ask for, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = Event> {
        NAMES.iter().map(|(_, event)| *event).filter(move |event| self.has(*event))
    }
}
