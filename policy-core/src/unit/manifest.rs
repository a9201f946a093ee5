//! Units of Kubernetes.

use super::Unit;
use crate::document::NodeId;
use crate::model::kubernetes::{self, Container, Object, Pod, Version};
use crate::rule::Platform;
use crate::sort::sorted;

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

    /// The objects that the API server of a version does not take, so that what is said of them may not matter: from the first node
    /// of each to past its last, in the order of the file. A selector that is lacking counts where no other could be meant: in a
    /// ReplicationController.
    pub(crate) fn refused(&self, version: Version) -> Vec<(NodeId, NodeId)> {
        let unselected = |object: &Object<'u>| {
            let controller = object.is("", "ReplicationController");
            controller && self.pods_of(object).iter().any(|pod| kubernetes::mismatch(object, pod).is_some())
        };
        let refused = |object: &&Object<'u>| kubernetes::removed_in(object, version).is_some() || unselected(object);
        let mut found: Vec<(NodeId, NodeId)> = Vec::new();
        found.extend(self.objects.iter().filter(refused).map(|object| (object.node().id(), object.node().end())));
        // An alias can show an object behind others that stand below it.
        sorted(found, |a, b| a.cmp(b))
    }

    /// The pods of one of [`Unit::objects`].
    #[must_use]
    pub fn pods_of(&self, object: &Object<'u>) -> &[Pod<'u>] {
        let first = self.pods.partition_point(|pod| pod.object < object.index);
        let rest = self.pods.get(first..).unwrap_or(&[]);
        rest.get(..rest.partition_point(|pod| pod.object == object.index)).unwrap_or(&[])
    }
}
