//! What rules on workloads share.

use std::borrow::Cow;

use policy_core::document::Ref;
use policy_core::model::kubernetes::{Container, ContainerRole, Object, Pod, field, text};
use policy_core::read::Read;
use policy_core::rule::{Confidence, Cx, Out, Place, RuleFinding, Severity};

/// The pod of a container and the object that carries it.
pub(crate) fn owner<'u>(cx: &Cx<'u>, container: &Container<'u>) -> Option<(&'u Pod<'u>, &'u Object<'u>)> {
    let pod = cx.unit.pod_of(container)?;
    Some((pod, cx.unit.object_of(pod)?))
}

/// The title of the object that carries a pod.
pub(crate) fn title(cx: &Cx<'_>, pod: &Pod<'_>) -> String {
    cx.unit.object_of(pod).map_or_else(String::new, Object::title)
}

/// The same, where nothing of the pod comes from elsewhere, so that what is not here is lacking.
pub(crate) fn complete<'u>(cx: &Cx<'u>, container: &Container<'u>) -> Option<(&'u Pod<'u>, &'u Object<'u>)> {
    owner(cx, container).filter(|(pod, _)| !pod.is_open() && container.role() != ContainerRole::Ephemeral)
}

/// What is said of a container or of something in it.
pub(crate) struct Said<'u> {
    pub(crate) at: Place<'u>,
    pub(crate) message: Cow<'static, str>,
    pub(crate) help: &'static str,
    pub(crate) rated: (Severity, Confidence),
}

/// Says it, with the object that it belongs to.
pub(crate) fn say<'u>(cx: &Cx<'u>, container: &Container<'u>, said: Said<'u>, out: &mut Out<'u>) {
    let title = cx.unit.pod_of(container).map_or_else(String::new, |pod| title(cx, pod));
    say_of(&title, container.name(), said, out);
}

/// Says it of a named part of an object.
pub(crate) fn say_of<'u>(title: &str, name: &str, said: Said<'u>, out: &mut Out<'u>) {
    let Said { at, message, help, rated: (severity, confidence) } = said;
    out.found(RuleFinding::new(at, message, help, name).rated(severity, confidence).attribute("object", title));
}

/// What a container is called in a message: those of Argo need no name.
pub(crate) fn called(name: &str) -> String {
    if name.is_empty() { "the container".to_owned() } else { format!("the container `{name}`") }
}

/// Kinds whose pods are there to stay.
const SERVING: &[&str] =
    &["CloneSet", "DaemonSet", "Deployment", "DeploymentConfig", "ReplicaSet", "ReplicationController", "Rollout", "StatefulSet"];

/// Whether pods of this object are there to stay.
pub(crate) fn serves(object: &Object<'_>) -> bool {
    SERVING.contains(&object.kind())
}

/// Whether a chain of fields surely leads nowhere: no value, and no part of it that a later step fills in.
pub(crate) fn lacks(node: Ref<'_>, names: &[&str]) -> bool {
    let mut node = node;
    for name in names {
        match field(node, name) {
            Some(inner) if text(Some(inner)) != Read::Dynamic => node = inner,
            Some(_) => return false,
            None => return true,
        }
    }
    false
}
