//! `runs-on`: which machine a job runs on.

use super::list::list;
use super::text;
use crate::document::{Kind, Ref};
use crate::read::Read;

/// What a job asks of the machine that it runs on.
#[derive(Clone, Copy, Debug)]
pub struct RunsOn<'u> {
    node: Ref<'u>,
}

impl<'u> RunsOn<'u> {
    pub(super) fn new(node: Ref<'u>) -> Self {
        Self { node }
    }

    /// Where it stands.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// The group of runners that it asks for.
    #[must_use]
    pub fn group(self) -> Read<&'u str> {
        text(self.node.get("group"))
    }

    /// Its labels: one, a list, or `labels` of a mapping. An expression stands among them as it is written.
    pub fn labels(self) -> impl Iterator<Item = Ref<'u>> {
        let labels = if self.node.kind() == Kind::Mapping { self.node.get("labels") } else { Some(self.node) };
        list(labels).items()
    }
}
