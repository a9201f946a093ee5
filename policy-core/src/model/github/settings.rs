//! Settings that workflows and jobs share: `defaults` and `concurrency`.

use super::{boolean, text};
use crate::document::{Kind, Ref};
use crate::read::Read;

/// `defaults`: what holds for every `run` that says nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Defaults<'u> {
    run: Option<Ref<'u>>,
}

impl<'u> Defaults<'u> {
    pub(super) fn new(node: Option<Ref<'u>>) -> Self {
        Self { run: node.and_then(|node| node.get("run")) }
    }

    /// The shell.
    #[must_use]
    pub fn shell(self) -> Option<Ref<'u>> {
        self.run.and_then(|run| run.get("shell"))
    }

    /// The folder.
    #[must_use]
    pub fn working_directory(self) -> Read<&'u str> {
        text(self.run.and_then(|run| run.get("working-directory")))
    }
}

/// `concurrency`: which runs exclude each other.
#[derive(Clone, Copy, Debug)]
pub struct Concurrency<'u> {
    node: Ref<'u>,
}

impl<'u> Concurrency<'u> {
    pub(super) fn new(node: Ref<'u>) -> Self {
        Self { node }
    }

    /// Where it stands.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// Runs of one group exclude each other.
    #[must_use]
    pub fn group(self) -> Read<&'u str> {
        match self.node.kind() {
            Kind::Mapping => text(self.node.get("group")),
            Kind::Scalar | Kind::Sequence | Kind::Alias => text(Some(self.node)),
        }
    }

    /// Whether a new run ends one that is under way.
    #[must_use]
    pub fn cancel_in_progress(self) -> Read<bool> {
        boolean(self.node.get("cancel-in-progress"))
    }
}
