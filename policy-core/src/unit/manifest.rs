//! Units of Kubernetes.

use super::Unit;
use crate::document::Ref;
use crate::model::kubernetes::{self, Container, Object, Pod, Version};
use crate::rule::Platform;

impl<'u> Unit<'u> {
    /// The platform whose rules look at the unit.
    #[must_use]
    pub fn platform(&self) -> Platform {
        match self.gitlab {
            Some(_) => Platform::Gitlab,
            None if self.roles.kubernetes => Platform::Kubernetes,
            None => Platform::Github,
        }
    }

    /// The objects of the file, those of lists one by one.
    #[must_use]
    pub fn objects(&self) -> &[Object<'u>] {
        &self.objects
    }

    /// The pods that they carry.
    #[must_use]
    pub fn pods(&self) -> &[Pod<'u>] {
        &self.pods
    }

    /// The containers of these, in the order of their pods: of each the init containers, the regular and the ephemeral ones.
    #[must_use]
    pub fn containers(&self) -> &[Container<'u>] {
        &self.containers
    }

    /// The containers of one of [`Unit::pods`].
    #[must_use]
    pub fn containers_of(&self, pod: &Pod<'u>) -> &[Container<'u>] {
        self.containers.get(pod.containers.clone()).unwrap_or(&[])
    }

    /// The pod of one of [`Unit::containers`].
    #[must_use]
    pub fn pod_of(&self, container: &Container<'u>) -> Option<&Pod<'u>> {
        self.pods.get(container.pod as usize)
    }

    /// The object that carries one of [`Unit::pods`].
    #[must_use]
    pub fn object_of(&self, pod: &Pod<'u>) -> Option<&Object<'u>> {
        self.objects.get(pod.object as usize)
    }

    /// Whether a node stands in an object that the API server of a version does not take, so that what is said of it may not matter. A
    /// selector that is lacking counts where no other could be meant: in a ReplicationController.
    pub(crate) fn is_refused(&self, node: Ref<'u>, version: Version) -> bool {
        let holds = |object: &&Object<'u>| object.node().id() <= node.id() && node.id() < object.node().end();
        let holding = self.objects.iter().rfind(holds);
        let unselected = |object: &Object<'u>| {
            let controller = object.is("", "ReplicationController");
            controller && self.pods_of(object).iter().any(|pod| kubernetes::mismatch(object, pod).is_some())
        };
        holding.is_some_and(|object| kubernetes::removed_in(object, version).is_some() || unselected(object))
    }

    /// The pods of one of [`Unit::objects`].
    #[must_use]
    pub fn pods_of(&self, object: &Object<'u>) -> &[Pod<'u>] {
        let first = self.pods.partition_point(|pod| pod.object < object.index);
        let rest = self.pods.get(first..).unwrap_or(&[]);
        rest.get(..rest.partition_point(|pod| pod.object == object.index)).unwrap_or(&[])
    }
}
