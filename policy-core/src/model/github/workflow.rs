//! Workflows.

use super::event::{Trigger, triggers};
use super::{Concurrency, Defaults, Event, Events, Job, Permissions, text};
use crate::document::{Kind, Ref};
use crate::read::Read;

/// A workflow file.
#[derive(Clone, Copy, Debug)]
pub struct Workflow<'u> {
    node: Ref<'u>,
}

impl<'u> Workflow<'u> {
    /// The workflow that a document's root is.
    #[must_use]
    pub fn new(root: Ref<'u>) -> Self {
        Self { node: root }
    }

    /// The root mapping.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> Read<&'u str> {
        text(self.node.get("name"))
    }

    /// The name of its runs.
    #[must_use]
    pub fn run_name(self) -> Read<&'u str> {
        text(self.node.get("run-name"))
    }

    /// What starts it.
    #[must_use]
    pub fn events(self) -> Events {
        Events::read(self.node.get("on"))
    }

    /// What it says of each event that starts it.
    pub fn triggers(self) -> impl Iterator<Item = Trigger<'u>> {
        triggers(self.node.get("on"))
    }

    /// What it says of one event.
    #[must_use]
    pub fn trigger(self, event: Event) -> Option<Trigger<'u>> {
        self.triggers().find(|trigger| trigger.event == event)
    }

    /// The token's permissions for jobs that set none.
    #[must_use]
    pub fn permissions(self) -> Option<Permissions<'u>> {
        Permissions::of(self.node)
    }

    /// The variables of all jobs.
    #[must_use]
    pub fn env(self) -> Option<Ref<'u>> {
        self.node.get("env")
    }

    /// What holds for every `run` that says nothing else.
    #[must_use]
    pub fn defaults(self) -> Defaults<'u> {
        Defaults::new(self.node.get("defaults"))
    }

    /// Which runs exclude each other.
    #[must_use]
    pub fn concurrency(self) -> Option<Concurrency<'u>> {
        self.node.get("concurrency").map(Concurrency::new)
    }

    /// The jobs, in the order of the file.
    pub fn jobs(self) -> impl Iterator<Item = Job<'u>> {
        let jobs = self.node.get("jobs");
        let entries = jobs.into_iter().flat_map(Ref::entries);
        entries.filter(|(_, node)| node.kind() == Kind::Mapping).map(move |(key, node)| Job::read(self, key, node))
    }
}
