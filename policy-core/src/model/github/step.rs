//! Steps of jobs and of composite actions.

use super::{ActionReference, Remote, boolean, text};
use crate::document::{Kind, Ref};
use crate::read::Read;

/// A step. Its keys are looked up once: every rule asks every step.
#[derive(Clone, Copy, Debug)]
pub struct Step<'u> {
    node: Ref<'u>,
    reference: Read<ActionReference<'u>>,
    keys: Keys<'u>,
    /// Its place among the steps of its unit, and the place of its job among the jobs.
    pub(crate) index: u32,
    pub(crate) job: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Keys<'u> {
    id: Option<Ref<'u>>,
    name: Option<Ref<'u>>,
    condition: Option<Ref<'u>>,
    uses: Option<Ref<'u>>,
    run: Option<Ref<'u>>,
    shell: Option<Ref<'u>>,
    with: Option<Ref<'u>>,
    env: Option<Ref<'u>>,
    working_directory: Option<Ref<'u>>,
    continue_on_error: Option<Ref<'u>>,
    timeout_minutes: Option<Ref<'u>>,
}

impl<'u> Keys<'u> {
    fn read(node: Ref<'u>) -> Self {
        let mut keys = Self::default();
        for (key, value) in node.entries() {
            let place = match key.text() {
                Some("id") => &mut keys.id,
                Some("name") => &mut keys.name,
                Some("if") => &mut keys.condition,
                Some("uses") => &mut keys.uses,
                Some("run") => &mut keys.run,
                Some("shell") => &mut keys.shell,
                Some("with") => &mut keys.with,
                Some("env") => &mut keys.env,
                Some("working-directory") => &mut keys.working_directory,
                Some("continue-on-error") => &mut keys.continue_on_error,
                Some("timeout-minutes") => &mut keys.timeout_minutes,
                _ => continue,
            };
            *place = place.or(Some(value));
        }
        keys
    }
}

impl<'u> Step<'u> {
    fn read(node: Ref<'u>) -> Self {
        let keys = Keys::read(node);
        Self { node, reference: super::reference(keys.uses), keys, index: 0, job: None }
    }

    /// Its mapping.
    #[must_use]
    pub fn node(&self) -> Ref<'u> {
        self.node
    }

    /// What others refer to it by.
    #[must_use]
    pub fn id(&self) -> Option<&'u str> {
        self.keys.id.and_then(Ref::value)
    }

    /// What it is called where people see it.
    #[must_use]
    pub fn name(&self) -> Read<&'u str> {
        text(self.keys.name)
    }

    /// Its `if`.
    #[must_use]
    pub fn condition(&self) -> Option<Ref<'u>> {
        self.keys.condition.filter(|node| node.kind() == Kind::Scalar)
    }

    /// The action that it runs, as written, and where.
    #[must_use]
    pub fn uses(&self) -> Read<(Ref<'u>, ActionReference<'u>)> {
        super::with_node(self.keys.uses, self.reference)
    }

    /// The action of a repository that it runs, and where its `uses` stands.
    #[must_use]
    pub fn remote(&self) -> Option<(Ref<'u>, Remote<'u>)> {
        match (self.keys.uses, self.reference) {
            (Some(node), Read::Is(ActionReference::Repository(remote))) => Some((node, remote)),
            _ => None,
        }
    }

    /// Whether it runs the action of that name: `owner/repository` or `owner/repository/path`.
    #[must_use]
    pub fn runs_action(&self, name: &str) -> bool {
        self.remote().is_some_and(|(_, remote)| remote.is(name))
    }

    /// The script that it runs.
    #[must_use]
    pub fn run(&self) -> Option<Ref<'u>> {
        self.keys.run.filter(|node| node.kind() == Kind::Scalar)
    }

    /// The shell that it names itself.
    #[must_use]
    pub fn shell(&self) -> Option<Ref<'u>> {
        self.keys.shell
    }

    /// The inputs that it gives to its action.
    #[must_use]
    pub fn with(&self) -> Option<Ref<'u>> {
        self.keys.with
    }

    /// An input that it gives to its action. Names of inputs do not depend on case.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<Ref<'u>> {
        self.keys.with?.entry_in_any_case(name).map(|(_, value)| value)
    }

    /// The text of an input that it gives to its action.
    #[must_use]
    pub fn input_text(&self, name: &str) -> Read<&'u str> {
        text(self.input(name))
    }

    /// Its variables.
    #[must_use]
    pub fn env(&self) -> Option<Ref<'u>> {
        self.keys.env
    }

    /// The folder that it runs in.
    #[must_use]
    pub fn working_directory(&self) -> Read<&'u str> {
        text(self.keys.working_directory)
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

    /// After how many minutes it is stopped, as written.
    #[must_use]
    pub fn timeout_minutes(&self) -> Read<&'u str> {
        text(self.keys.timeout_minutes)
    }
}

/// The steps of a list; those of a `parallel` group stand one by one.
pub(super) fn steps<'u>(list: Option<Ref<'u>>) -> impl Iterator<Item = Step<'u>> {
    let items = list.into_iter().flat_map(Ref::items);
    let flat = items.flat_map(|item| std::iter::once(item).chain(item.get("parallel").into_iter().flat_map(Ref::items)));
    flat.filter(|node| node.kind() == Kind::Mapping).map(Step::read)
}
