//! Steps of jobs and of composite actions.

use super::{ActionReference, Job, text};
use crate::document::{Kind, Ref};
use crate::read::Read;

/// A step.
#[derive(Clone, Copy, Debug)]
pub struct Step<'u> {
    job: Option<Job<'u>>,
    node: Ref<'u>,
}

impl<'u> Step<'u> {
    /// The job that it is a step of; none in a composite action.
    #[must_use]
    pub fn job(self) -> Option<Job<'u>> {
        self.job
    }

    /// Its mapping.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// The action that it runs, as written, and where.
    #[must_use]
    pub fn uses(self) -> Read<(Ref<'u>, ActionReference<'u>)> {
        let node = self.node.get("uses");
        text(node).and_then(|written| match (node, ActionReference::parse(written)) {
            (Some(node), Some(reference)) => Read::Is((node, reference)),
            _ => Read::Wrong,
        })
    }

    /// The script that it runs.
    #[must_use]
    pub fn run(self) -> Option<Ref<'u>> {
        self.node.get("run").filter(|node| node.kind() == Kind::Scalar)
    }

    /// An input that it gives to its action. Names of inputs do not depend on case.
    #[must_use]
    pub fn input(self, name: &str) -> Option<Ref<'u>> {
        let inputs = self.node.get("with")?;
        let named = |key: &Ref<'u>| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name));
        inputs.entries().find(|(key, _)| named(key)).map(|(_, value)| value)
    }
}

/// The steps of a list; those of a `parallel` group stand one by one.
pub(super) fn steps<'u>(list: Option<Ref<'u>>, job: Option<Job<'u>>) -> impl Iterator<Item = Step<'u>> {
    let items = list.into_iter().flat_map(Ref::items);
    let flat = items.flat_map(|item| std::iter::once(item).chain(item.get("parallel").into_iter().flat_map(Ref::items)));
    flat.filter(|node| node.kind() == Kind::Mapping).map(move |node| Step { job, node })
}

/// The description of an action: `action.yml`.
#[derive(Clone, Copy, Debug)]
pub struct Action<'u> {
    node: Ref<'u>,
}

impl<'u> Action<'u> {
    /// The action that a document's root is.
    #[must_use]
    pub fn new(root: Ref<'u>) -> Self {
        Self { node: root }
    }

    /// The steps of a composite action; none for one of JavaScript or Docker.
    pub fn steps(self) -> impl Iterator<Item = Step<'u>> {
        steps(self.node.get("runs").and_then(|runs| runs.get("steps")), None)
    }
}
