//! Kubernetes: manifests as the API server reads them. Source of every statement about the platform: the API reference of Kubernetes
//! 1.37, and the packages k8s.io/api and k8s.io/pod-security-admission.

mod carriers;
mod container;
mod node_access;
mod object;
mod pod;
mod refused;
mod secret_values;
mod selector;
mod value;
mod version;

pub use container::{Container, ContainerRole};
pub use node_access::{NodePath, node_access, node_path, plain_path};
pub use object::{Object, objects};
pub use pod::Pod;
pub(crate) use pod::pods;
pub use refused::{Mismatch, mismatch, removed_in};
pub use secret_values::secret_values;
pub use selector::Selector;
pub(crate) use value::is_template;
pub use value::{boolean, field, fields, integer, is_dynamic, path, text};
pub use version::Version;

use crate::document::{Document, Ref};
use crate::rbac;

/// Whether one of the documents of a file is an object of Kubernetes.
#[must_use]
pub fn is_manifest(document: &Document<'_>) -> bool {
    document.roots().any(|root| Object::of(root).is_some())
}

/// The bytes at the beginning of a file that are looked at where it cannot be read.
const LOOKED_AT: usize = 1 << 20;

/// Whether a file that cannot be read may be a manifest, so that a cluster may still take it: one of another encoding, with a NUL, too
/// large, or with an error that other readers pass over.
#[must_use]
pub fn may_be_unread_manifest(bytes: &[u8]) -> bool {
    let mut plain: Vec<u8> = Vec::new();
    plain.extend(bytes.iter().take(LOOKED_AT).filter(|byte| **byte != 0));
    let text = String::from_utf8_lossy(&plain);
    text.contains("kind") && may_be_manifest(&text)
}

/// Whether the text may be one of a manifest: a line begins with the key `apiVersion`, or it is JSON that names it. It is asked before
/// the file is read, since it decides how plain scalars are read.
#[must_use]
pub fn may_be_manifest(text: &str) -> bool {
    const KEY: &str = "apiVersion";
    // What stands for the order of bytes is another character to who reads them as another encoding.
    let text = text.trim_start_matches(['\u{FEFF}', '\u{FFFD}']).trim_start();
    let text = text.strip_prefix("---").map_or(text, str::trim_start);
    let flow = text.starts_with('{');
    memchr::memmem::find_iter(text.as_bytes(), KEY).any(|at| flow || is_key(text.get(..at), text.get(at + KEY.len()..)))
}

// Whether what stands between is the key of a line that is not indented, be it in quotes.
fn is_key(before: Option<&str>, behind: Option<&str>) -> bool {
    let (Some(before), Some(behind)) = (before, behind) else { return false };
    let quoted = |quote: char| Some((before.strip_suffix(quote)?, behind.strip_prefix(quote)?));
    let (before, behind) = quoted('"').or_else(|| quoted('\'')).unwrap_or((before, behind));
    (before.is_empty() || before.ends_with(['\n', '\r'])) && behind.trim_start_matches(' ').starts_with(':')
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
    (rbac::GROUP, "ClusterRole"),
    (rbac::GROUP, "ClusterRoleBinding"),
    (rbac::GROUP, "Role"),
    (rbac::GROUP, "RoleBinding"),
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

#[cfg(test)]
mod tests {
    use super::may_be_manifest;

    #[test]
    fn manifests_are_told_by_a_key() {
        for text in [
            "apiVersion: v1\n",
            "# a\napiVersion: v1",
            "a: 1\r\n---\r\napiVersion : v1",
            "\"apiVersion\": v1",
            "a: 1\n'apiVersion': v1",
            "---\n  apiVersion: v1",
            "\u{FEFF}{\"items\": [{\"apiVersion\": \"v1\"}]}",
            "---\n{apiVersion: v1}",
        ] {
            assert!(may_be_manifest(text), "{text}");
        }
        for text in ["", "a:\n  apiVersion: v1", "apiVersions: 1", "x apiVersion: 1", "'apiVersion\": v1", "[apiVersion]"] {
            assert!(!may_be_manifest(text), "{text}");
        }
    }
}
