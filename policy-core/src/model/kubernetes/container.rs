//! Containers, whatever list they stand in.

use super::{boolean, field, path, text};
use crate::document::Ref;
use crate::read::Read;

/// When a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerRole {
    /// Beside the others, as long as the pod.
    Regular,
    /// Before the regular ones, until it ends.
    Init,
    /// From before the regular ones on, as long as the pod: an init container with `restartPolicy: Always`.
    Sidecar,
    /// Put into a pod that runs, to look at it.
    Ephemeral,
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct Container<'u> {
    node: Ref<'u>,
    // What stands here counts where the container says nothing: `stepTemplate` of Tekton.
    fallback: Option<Ref<'u>>,
    role: ContainerRole,
    pub(crate) pod: u32,
}

impl<'u> Container<'u> {
    pub(super) fn new(node: Ref<'u>, fallback: Option<Ref<'u>>, role: ContainerRole, pod: u32) -> Self {
        let stays = role == ContainerRole::Init && text(field(node, "restartPolicy")) == Read::Is("Always");
        Self { node, fallback, role: if stays { ContainerRole::Sidecar } else { role }, pod }
    }

    /// The mapping.
    #[must_use]
    pub fn node(&self) -> Ref<'u> {
        self.node
    }

    /// When it runs.
    #[must_use]
    pub fn role(&self) -> ContainerRole {
        self.role
    }

    /// Whether it runs as long as the pod, so that probes and exposure make sense.
    #[must_use]
    pub fn stays(&self) -> bool {
        matches!(self.role, ContainerRole::Regular | ContainerRole::Sidecar)
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Ref<'u>> {
        field(self.node, name).or_else(|| field(self.fallback?, name))
    }

    /// The value at the end of a chain of fields.
    #[must_use]
    pub fn path(&self, names: &[&str]) -> Option<Ref<'u>> {
        path(self.node, names).or_else(|| path(self.fallback?, names))
    }

    /// A field of its security context.
    #[must_use]
    pub fn security(&self, name: &str) -> Option<Ref<'u>> {
        self.path(&["securityContext", name])
    }

    /// A field of its security context that is true or false.
    #[must_use]
    pub fn security_flag(&self, name: &str) -> Read<bool> {
        boolean(self.security(name))
    }

    /// Its name; empty where it has none that is written.
    #[must_use]
    pub fn name(&self) -> &'u str {
        field(self.node, "name").and_then(Ref::text).unwrap_or("")
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> Read<&'u str> {
        text(self.get("image"))
    }

    /// Where a finding on the container as a whole points: its name, else its image, else the whole of it.
    #[must_use]
    pub fn head(&self) -> Ref<'u> {
        let scalar = |name| field(self.node, name).filter(|node| node.text().is_some());
        scalar("name").or_else(|| scalar("image")).unwrap_or(self.node)
    }
}
