//! `container` and `services`: the images that a job runs in and beside.

use super::text;
use crate::document::{Kind, Ref};
use crate::read::Read;

/// A container of a job.
#[derive(Clone, Copy, Debug)]
pub struct Container<'u> {
    node: Ref<'u>,
}

impl<'u> Container<'u> {
    pub(super) fn new(node: Ref<'u>) -> Self {
        Self { node }
    }

    /// Where it stands: the name of an image, or a mapping.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// Where its image stands.
    #[must_use]
    pub fn image(self) -> Option<Ref<'u>> {
        let image = if self.node.kind() == Kind::Mapping { self.node.get("image") } else { Some(self.node) };
        image.filter(|image| image.kind() == Kind::Scalar && !image.is_null())
    }

    /// Its variables.
    #[must_use]
    pub fn env(self) -> Option<Ref<'u>> {
        self.node.get("env")
    }

    /// What it says to the container engine.
    #[must_use]
    pub fn options(self) -> Read<&'u str> {
        text(self.node.get("options"))
    }

    /// The user that its image is pulled as.
    #[must_use]
    pub fn username(self) -> Option<Ref<'u>> {
        self.node.get("credentials").and_then(|credentials| credentials.get("username"))
    }

    /// The password that its image is pulled with.
    #[must_use]
    pub fn password(self) -> Option<Ref<'u>> {
        self.node.get("credentials").and_then(|credentials| credentials.get("password"))
    }

    /// What it mounts.
    pub fn volumes(self) -> impl Iterator<Item = Ref<'u>> {
        self.node.get("volumes").into_iter().flat_map(Ref::items)
    }

    /// The ports that it opens.
    pub fn ports(self) -> impl Iterator<Item = Ref<'u>> {
        self.node.get("ports").into_iter().flat_map(Ref::items)
    }
}
