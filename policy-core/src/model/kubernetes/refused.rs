//! Objects that the API server refuses, or no longer knows.

use super::{Object, Pod, Selector, Version, field, text};
use crate::document::Ref;
use crate::read::{Read, Truth};

/// The version in which the API server stopped to serve a kind of this group and version; no kind stands for all of them. Source: the
/// "Deprecated API Migration Guide" of Kubernetes.
const REMOVED: &[(&str, &str, u8)] = &[
    ("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", 22),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", 22),
    ("apps/v1beta1", "", 16),
    ("apps/v1beta2", "", 16),
    ("batch/v1beta1", "CronJob", 25),
    ("batch/v2alpha1", "CronJob", 21),
    ("extensions/v1beta1", "DaemonSet", 16),
    ("extensions/v1beta1", "Deployment", 16),
    ("extensions/v1beta1", "Ingress", 22),
    ("extensions/v1beta1", "NetworkPolicy", 16),
    ("extensions/v1beta1", "PodSecurityPolicy", 16),
    ("extensions/v1beta1", "ReplicaSet", 16),
    ("networking.k8s.io/v1beta1", "Ingress", 22),
    ("rbac.authorization.k8s.io/v1alpha1", "", 22),
    ("rbac.authorization.k8s.io/v1beta1", "", 22),
];

/// The minor version of Kubernetes 1 since which objects of this version and kind are no longer served, if that is so.
#[must_use]
pub fn removed_in(object: &Object<'_>, version: Version) -> Option<u8> {
    let written = field(object.node(), "apiVersion").and_then(Ref::text)?;
    let is = |(group, kind, _): &&(&str, &str, u8)| *group == written && (kind.is_empty() || *kind == object.kind());
    REMOVED.iter().find(is).map(|(_, _, minor)| *minor).filter(|minor| version.is_at_least(*minor))
}

/// How the selector of a controller fails its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// There is none, and none is filled in.
    Absent,
    /// It does not select the pods that the controller makes.
    Other,
}

/// Whether the API server refuses a controller for its selector: those of `apps` have to give one, and it has to select the labels of
/// their template.
#[must_use]
pub fn mismatch<'u>(object: &Object<'u>, pod: &Pod<'u>) -> Option<(Mismatch, Ref<'u>)> {
    let label = |name: &str| text(pod.labels().and_then(|labels| field(labels, name)));
    let selector = object.path(&["spec", "selector"]);
    if object.is("", "ReplicationController") {
        let labels = pod.labels().is_some_and(|labels| labels.entries().next().is_some());
        return (selector.is_none() && !labels).then(|| (Mismatch::Absent, object.head()));
    }
    let controls = ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"].contains(&object.kind());
    if !controls || object.group() != "apps" || pod.is_open() {
        return None;
    }
    match selector {
        None => Some((Mismatch::Absent, object.head())),
        Some(selector) => {
            let selects = Selector::new(selector).selects(&|name| match label(name) {
                Read::Wrong => Read::Dynamic,
                read => read,
            });
            (selects == Truth::False).then_some((Mismatch::Other, selector))
        }
    }
}
