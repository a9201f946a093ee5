//! Resources of Kubernetes' own groups. Source: the API reference of Kubernetes 1.37.

use policy_core::rbac::GROUP as RBAC;

const CLUSTER: bool = true;
const NAMESPACED: bool = false;

/// Group, plural, and whether there is one for the whole cluster. Those that roles name; each name stands once.
pub(crate) static RESOURCES: &[(&str, &str, bool)] = &[
    ("", "configmaps", NAMESPACED),
    ("", "endpoints", NAMESPACED),
    ("", "limitranges", NAMESPACED),
    ("", "namespaces", CLUSTER),
    ("", "nodes", CLUSTER),
    ("", "persistentvolumeclaims", NAMESPACED),
    ("", "persistentvolumes", CLUSTER),
    ("", "pods", NAMESPACED),
    ("", "replicationcontrollers", NAMESPACED),
    ("", "resourcequotas", NAMESPACED),
    ("", "secrets", NAMESPACED),
    ("", "serviceaccounts", NAMESPACED),
    ("", "services", NAMESPACED),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", CLUSTER),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies", CLUSTER),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings", CLUSTER),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", CLUSTER),
    ("apiextensions.k8s.io", "customresourcedefinitions", CLUSTER),
    ("apiregistration.k8s.io", "apiservices", CLUSTER),
    ("apps", "controllerrevisions", NAMESPACED),
    ("apps", "daemonsets", NAMESPACED),
    ("apps", "deployments", NAMESPACED),
    ("apps", "replicasets", NAMESPACED),
    ("apps", "statefulsets", NAMESPACED),
    ("authentication.k8s.io", "tokenreviews", CLUSTER),
    ("authorization.k8s.io", "selfsubjectaccessreviews", CLUSTER),
    ("authorization.k8s.io", "subjectaccessreviews", CLUSTER),
    ("autoscaling", "horizontalpodautoscalers", NAMESPACED),
    ("batch", "cronjobs", NAMESPACED),
    ("batch", "jobs", NAMESPACED),
    ("certificates.k8s.io", "certificatesigningrequests", CLUSTER),
    ("coordination.k8s.io", "leases", NAMESPACED),
    ("discovery.k8s.io", "endpointslices", NAMESPACED),
    ("networking.k8s.io", "ingressclasses", CLUSTER),
    ("networking.k8s.io", "ingresses", NAMESPACED),
    ("networking.k8s.io", "networkpolicies", NAMESPACED),
    ("policy", "poddisruptionbudgets", NAMESPACED),
    (RBAC, "clusterrolebindings", CLUSTER),
    (RBAC, "clusterroles", CLUSTER),
    (RBAC, "rolebindings", NAMESPACED),
    (RBAC, "roles", NAMESPACED),
    ("scheduling.k8s.io", "priorityclasses", CLUSTER),
    ("storage.k8s.io", "csidrivers", CLUSTER),
    ("storage.k8s.io", "csinodes", CLUSTER),
    ("storage.k8s.io", "storageclasses", CLUSTER),
    ("storage.k8s.io", "volumeattachments", CLUSTER),
];

/// Whether a Role grants nothing on it. Of namespaces it grants their own, and so do the rules that look for powers.
pub(crate) fn is_cluster_scoped(group: &str, resource: &str) -> bool {
    let name = resource.split_once('/').map_or(resource, |(name, _)| name);
    let known = |(of, plural, cluster): &(&str, &str, bool)| *cluster && *of == group && *plural == name;
    let virtual_one = group.is_empty() && matches!(name, "groups" | "users");
    (RESOURCES.iter().any(known) && name != "namespaces") || virtual_one
}

/// Whether a group is Kubernetes' own, so that its resources are known.
pub(crate) fn is_own_group(group: &str) -> bool {
    matches!(group, "events.k8s.io" | "extensions") || RESOURCES.iter().any(|(of, _, _)| *of == group)
}
