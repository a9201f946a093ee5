//! Jobs of workflows.

use std::ops::Range;

use super::list::{List, list};
use super::{ActionReference, Concurrency, Container, Defaults, Permissions, RunsOn, Step, Strategy, Workflow, boolean, text};
use crate::document::{Kind, Ref};
use crate::read::Read;

/// A job of a workflow. Its keys are looked up once: every rule asks every job.
#[derive(Clone, Copy, Debug)]
pub struct Job<'u> {
    workflow: Workflow<'u>,
    key: Ref<'u>,
    node: Ref<'u>,
    uses: Read<ActionReference<'u>>,
    keys: Keys<'u>,
    /// Its place among the jobs of its unit.
    pub(crate) index: u32,
    first_step: u32,
    end_step: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Keys<'u> {
    name: Option<Ref<'u>>,
    needs: Option<Ref<'u>>,
    condition: Option<Ref<'u>>,
    permissions: Option<Ref<'u>>,
    runs_on: Option<Ref<'u>>,
    environment: Option<Ref<'u>>,
    concurrency: Option<Ref<'u>>,
    outputs: Option<Ref<'u>>,
    env: Option<Ref<'u>>,
    defaults: Option<Ref<'u>>,
    steps: Option<Ref<'u>>,
    timeout_minutes: Option<Ref<'u>>,
    strategy: Option<Ref<'u>>,
    continue_on_error: Option<Ref<'u>>,
    container: Option<Ref<'u>>,
    services: Option<Ref<'u>>,
    uses: Option<Ref<'u>>,
    with: Option<Ref<'u>>,
    secrets: Option<Ref<'u>>,
}

impl<'u> Keys<'u> {
    fn read(node: Ref<'u>) -> Self {
        let mut keys = Self::default();
        for (key, value) in node.entries() {
            let place = match key.text() {
                Some("name") => &mut keys.name,
                Some("needs") => &mut keys.needs,
                Some("if") => &mut keys.condition,
                Some("permissions") => &mut keys.permissions,
                Some("runs-on") => &mut keys.runs_on,
                Some("environment") => &mut keys.environment,
                Some("concurrency") => &mut keys.concurrency,
                Some("outputs") => &mut keys.outputs,
                Some("env") => &mut keys.env,
                Some("defaults") => &mut keys.defaults,
                Some("steps") => &mut keys.steps,
                Some("timeout-minutes") => &mut keys.timeout_minutes,
                Some("strategy") => &mut keys.strategy,
                Some("continue-on-error") => &mut keys.continue_on_error,
                Some("container") => &mut keys.container,
                Some("services") => &mut keys.services,
                Some("uses") => &mut keys.uses,
                Some("with") => &mut keys.with,
                Some("secrets") => &mut keys.secrets,
                _ => continue,
            };
            *place = place.or(Some(value));
        }
        keys
    }
}

impl<'u> Job<'u> {
    pub(super) fn read(workflow: Workflow<'u>, key: Ref<'u>, node: Ref<'u>) -> Self {
        let keys = Keys::read(node);
        let uses = super::reference(keys.uses);
        Self { workflow, key, node, uses, keys, index: 0, first_step: 0, end_step: 0 }
    }

    /// The workflow that it is a job of.
    #[must_use]
    pub fn workflow(&self) -> Workflow<'u> {
        self.workflow
    }

    /// Its key in `jobs`.
    #[must_use]
    pub fn id(&self) -> &'u str {
        self.key.text().unwrap_or("")
    }

    /// Where its key stands.
    #[must_use]
    pub fn key(&self) -> Ref<'u> {
        self.key
    }

    /// Its mapping.
    #[must_use]
    pub fn node(&self) -> Ref<'u> {
        self.node
    }

    /// What it is called where people see it.
    #[must_use]
    pub fn name(&self) -> Read<&'u str> {
        text(self.keys.name)
    }

    /// The jobs that come before it.
    #[must_use]
    pub fn needs(&self) -> List<'u> {
        list(self.keys.needs)
    }

    /// Its `if`.
    #[must_use]
    pub fn condition(&self) -> Option<Ref<'u>> {
        self.keys.condition.filter(|node| node.kind() == Kind::Scalar)
    }

    /// The workflow that it calls, as written, and where; absent in a job that has steps of its own.
    #[must_use]
    pub fn uses(&self) -> Read<(Ref<'u>, ActionReference<'u>)> {
        super::with_node(self.keys.uses, self.uses)
    }

    /// What it gives to the workflow that it calls.
    #[must_use]
    pub fn with(&self) -> Option<Ref<'u>> {
        self.keys.with
    }

    /// The secrets that it gives to the workflow that it calls: a mapping, or `inherit`.
    #[must_use]
    pub fn secrets(&self) -> Option<Ref<'u>> {
        self.keys.secrets
    }

    /// Its own `permissions`, if it sets them.
    #[must_use]
    pub fn permissions(&self) -> Option<Permissions<'u>> {
        self.keys.permissions.map(Permissions::at)
    }

    /// The permissions that hold for it: its own, or else those of the workflow. None: the repository's settings decide.
    #[must_use]
    pub fn effective_permissions(&self) -> Option<Permissions<'u>> {
        self.permissions().or_else(|| self.workflow.permissions())
    }

    /// The name of its environment.
    #[must_use]
    pub fn environment(&self) -> Read<&'u str> {
        match self.keys.environment.map(Ref::kind) {
            Some(Kind::Mapping) => text(self.keys.environment.and_then(|mapping| mapping.get("name"))),
            _ => text(self.keys.environment),
        }
    }

    /// What it runs on; none for a job that calls a workflow.
    #[must_use]
    pub fn runs_on(&self) -> Option<RunsOn<'u>> {
        self.keys.runs_on.map(RunsOn::new)
    }

    /// Which runs exclude each other.
    #[must_use]
    pub fn concurrency(&self) -> Option<Concurrency<'u>> {
        self.keys.concurrency.map(Concurrency::new)
    }

    /// What it gives to the jobs that need it.
    #[must_use]
    pub fn outputs(&self) -> Option<Ref<'u>> {
        self.keys.outputs
    }

    /// The variables of its steps.
    #[must_use]
    pub fn env(&self) -> Option<Ref<'u>> {
        self.keys.env
    }

    /// What holds for every `run` of it that says nothing else.
    #[must_use]
    pub fn defaults(&self) -> Defaults<'u> {
        Defaults::new(self.keys.defaults)
    }

    /// How it is run several times.
    #[must_use]
    pub fn strategy(&self) -> Option<Strategy<'u>> {
        self.keys.strategy.map(Strategy::new)
    }

    /// After how many minutes it is stopped, as written.
    #[must_use]
    pub fn timeout_minutes(&self) -> Read<&'u str> {
        text(self.keys.timeout_minutes)
    }

    /// Whether its failure counts for nothing.
    #[must_use]
    pub fn continue_on_error(&self) -> Read<bool> {
        boolean(self.keys.continue_on_error)
    }

    /// Where `continue-on-error` stands.
    #[must_use]
    pub fn continue_on_error_node(&self) -> Option<Ref<'u>> {
        self.keys.continue_on_error
    }

    /// The container that its steps run in.
    #[must_use]
    pub fn container(&self) -> Option<Container<'u>> {
        self.keys.container.filter(|node| !node.is_null()).map(Container::new)
    }

    /// The containers beside it, by name.
    pub fn services(&self) -> impl Iterator<Item = (Ref<'u>, Container<'u>)> {
        self.keys.services.into_iter().flat_map(Ref::entries).map(|(name, node)| (name, Container::new(node)))
    }

    /// Its steps in the order of the file; those of a `parallel` group stand one by one.
    pub fn steps(&self) -> impl Iterator<Item = Step<'u>> {
        super::step::steps(self.keys.steps)
    }

    pub(crate) fn place_steps(&mut self, steps: Range<usize>) {
        self.first_step = u32::try_from(steps.start).unwrap_or(u32::MAX);
        self.end_step = u32::try_from(steps.end).unwrap_or(u32::MAX);
    }

    pub(crate) fn step_range(&self) -> Range<usize> {
        self.first_step as usize..self.end_step as usize
    }
}
