//! Workflows and their jobs.

use super::{ActionReference, Events, Permissions, Step, text};
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

    /// What starts it.
    #[must_use]
    pub fn events(self) -> Events {
        Events::read(self.node.get("on"))
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

    /// The jobs, in the order of the file.
    pub fn jobs(self) -> impl Iterator<Item = Job<'u>> {
        let jobs = self.node.get("jobs");
        let entries = jobs.into_iter().flat_map(Ref::entries);
        entries.filter(|(_, node)| node.kind() == Kind::Mapping).map(move |(key, node)| Job { workflow: self, key, node })
    }
}

/// A job of a workflow.
#[derive(Clone, Copy, Debug)]
pub struct Job<'u> {
    workflow: Workflow<'u>,
    key: Ref<'u>,
    node: Ref<'u>,
}

impl<'u> Job<'u> {
    /// The workflow that it is a job of.
    #[must_use]
    pub fn workflow(self) -> Workflow<'u> {
        self.workflow
    }

    /// Its key in `jobs`.
    #[must_use]
    pub fn id(self) -> &'u str {
        self.key.text().unwrap_or("")
    }

    /// Where its key stands.
    #[must_use]
    pub fn key(self) -> Ref<'u> {
        self.key
    }

    /// Its mapping.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// The workflow that it calls, as written, and where; absent in a job that has steps of its own.
    #[must_use]
    pub fn uses(self) -> Read<(Ref<'u>, ActionReference<'u>)> {
        let node = self.node.get("uses");
        text(node).and_then(|written| match (node, ActionReference::parse(written)) {
            (Some(node), Some(reference)) => Read::Is((node, reference)),
            _ => Read::Wrong,
        })
    }

    /// Its own `permissions`, if it sets them.
    #[must_use]
    pub fn permissions(self) -> Option<Permissions<'u>> {
        Permissions::of(self.node)
    }

    /// The name of its environment.
    #[must_use]
    pub fn environment(self) -> Read<&'u str> {
        let environment = self.node.get("environment");
        match environment.map(Ref::kind) {
            Some(Kind::Mapping) => text(environment.and_then(|mapping| mapping.get("name"))),
            _ => text(environment),
        }
    }

    /// Its steps in the order of the file; those of a `parallel` group stand one by one.
    pub fn steps(self) -> impl Iterator<Item = Step<'u>> {
        super::step::steps(self.node.get("steps"), Some(self))
    }
}
