//! Kubernetes: manifests as the API server reads them. Source of every statement about the platform: the API reference of Kubernetes
//! 1.37, and the packages k8s.io/api and k8s.io/pod-security-admission.

mod carriers;
mod container;
mod node_access;
mod object;
mod pod;
mod selector;
mod value;
mod version;

pub use container::{Container, ContainerRole};
pub use node_access::{gives_node, node_access};
pub use object::{Object, objects};
pub use pod::Pod;
pub(crate) use pod::pods;
pub use selector::Selector;
pub use value::{boolean, field, fields, integer, is_dynamic, path, text};
pub use version::Version;

use crate::document::{Document, Ref};

/// Whether one of the documents of a file is an object of Kubernetes.
#[must_use]
pub fn is_manifest(document: &Document<'_>) -> bool {
    document.roots().any(|root| Object::of(root).is_some())
}

/// Whether the text may be one of a manifest: a line begins with `apiVersion:`, or it is JSON that names it. It is asked before the
/// file is read, since it decides how plain scalars are read.
#[must_use]
pub fn may_be_manifest(text: &str) -> bool {
    const KEY: &str = "apiVersion";
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let flow = text.starts_with('{');
    memchr::memmem::find_iter(text.as_bytes(), KEY).any(|at| {
        let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
        flow || matches!(before, None | Some(b'\n')) && text.get(at + KEY.len()..).is_some_and(|rest| rest.starts_with(':'))
    })
}

/// Kinds that carry no pods and that rules look at.
const JUDGED: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("", "Secret"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("argoproj.io", "AppProject"),
    ("bitnami.com", "SealedSecret"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("cilium.io", "CiliumNetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("extensions", "Ingress"),
    ("external-secrets.io", "ClusterExternalSecret"),
    ("external-secrets.io", "ExternalSecret"),
    ("networking.istio.io", "DestinationRule"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("security.istio.io", "AuthorizationPolicy"),
    ("security.istio.io", "PeerAuthentication"),
];

/// Whether rules look at objects of this kind.
#[must_use]
pub fn is_judged(object: &Object<'_>) -> bool {
    JUDGED.iter().any(|(group, kind)| object.is(group, kind)) || carriers::carries_pods(object)
}

/// A file of Kustomize: it says what is built of other files, and is no object of a cluster.
#[must_use]
pub fn is_kustomization_path(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
}

/// Whether an object is read by Kustomize rather than by a cluster.
#[must_use]
pub fn is_of_kustomize(object: &Object<'_>) -> bool {
    object.group() == "kustomize.config.k8s.io"
}

/// The value of `metadata.NAME`.
pub(crate) fn metadata<'u>(object: Ref<'u>, name: &str) -> Option<Ref<'u>> {
    field(object, "metadata").and_then(|metadata| field(metadata, name))
}
