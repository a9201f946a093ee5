//! Resources by the names that people give them: `po`, `Pod`, `deployments.apps`, `pods/exec`.

/// A resource of Kubernetes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'q> {
    /// Its group; empty for the core.
    pub group: &'q str,
    /// Its name, in plural.
    pub name: &'q str,
    /// Its part; empty for the resource itself.
    pub subresource: &'q str,
    /// Whether its objects are in namespaces; none if that is not known.
    pub namespaced: Option<bool>,
}

/// By group and whether they are in namespaces: the resources, each with its short names behind `:`. Source: `kubectl api-resources`
/// of Kubernetes 1.37, and what the API server asks the authorizer for beside them. The first of a name counts.
const KNOWN: &[(&str, bool, &str)] = &[
    (
        "",
        true,
        "bindings configmaps:cm endpoints:ep events:ev limitranges:limits persistentvolumeclaims:pvc pods:po podtemplates \
         replicationcontrollers:rc resourcequotas:quota secrets serviceaccounts:sa services:svc",
    ),
    ("", false, "componentstatuses:cs groups namespaces:ns nodes:no persistentvolumes:pv users"),
    ("apps", true, "controllerrevisions daemonsets:ds deployments:deploy replicasets:rs statefulsets:sts"),
    ("batch", true, "cronjobs:cj jobs"),
    ("autoscaling", true, "horizontalpodautoscalers:hpa"),
    ("policy", true, "poddisruptionbudgets:pdb"),
    ("networking.k8s.io", true, "ingresses:ing networkpolicies:netpol"),
    ("networking.k8s.io", false, "ingressclasses ipaddresses:ip servicecidrs"),
    ("discovery.k8s.io", true, "endpointslices"),
    ("coordination.k8s.io", true, "leasecandidates leases"),
    ("rbac.authorization.k8s.io", true, "rolebindings roles"),
    ("rbac.authorization.k8s.io", false, "clusterrolebindings clusterroles"),
    ("certificates.k8s.io", false, "certificatesigningrequests:csr clustertrustbundles signers"),
    ("certificates.k8s.io", true, "podcertificaterequests"),
    (
        "admissionregistration.k8s.io",
        false,
        "mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations validatingadmissionpolicies \
         validatingadmissionpolicybindings validatingwebhookconfigurations",
    ),
    ("apiextensions.k8s.io", false, "customresourcedefinitions:crd:crds"),
    ("apiregistration.k8s.io", false, "apiservices"),
    ("authentication.k8s.io", false, "selfsubjectreviews tokenreviews uids userextras"),
    ("authorization.k8s.io", true, "localsubjectaccessreviews"),
    ("authorization.k8s.io", false, "selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews"),
    ("flowcontrol.apiserver.k8s.io", false, "flowschemas prioritylevelconfigurations"),
    ("node.k8s.io", false, "runtimeclasses"),
    ("scheduling.k8s.io", false, "priorityclasses:pc"),
    ("storage.k8s.io", true, "csistoragecapacities"),
    ("storage.k8s.io", false, "csidrivers csinodes storageclasses:sc volumeattachments volumeattributesclasses:vac"),
    ("resource.k8s.io", true, "resourceclaims resourceclaimtemplates"),
    ("resource.k8s.io", false, "deviceclasses resourceslices"),
];

/// The resource that is written as people write it, with its group behind `.` and its part behind `/`; none where the group of a
/// resource is not known and not written.
#[must_use]
pub fn resource(written: &str) -> Option<Resource<'_>> {
    let (whole, subresource) = written.split_once('/').unwrap_or((written, ""));
    let (named, group) = whole.split_once('.').map_or((whole, None), |(named, group)| (named, Some(group)));
    if named == "*" {
        return Some(Resource { group: group.unwrap_or("*"), name: "*", subresource, namespaced: None });
    }
    let all =
        KNOWN.iter().flat_map(|(group, namespaced, names)| names.split_ascii_whitespace().map(move |of| (*group, *namespaced, of)));
    let mut known = all.filter(|(of, _, names)| group.is_none_or(|group| group == *of) && is_called(names, named));
    match (known.next(), group) {
        (Some((group, namespaced, names)), _) => {
            let name = names.split(':').next().unwrap_or(names);
            Some(Resource { group, name, subresource, namespaced: Some(namespaced) })
        }
        (None, Some(group)) => Some(Resource { group, name: named, subresource, namespaced: None }),
        (None, None) => None,
    }
}

// Also by its kind, in whatever case.
fn is_called(names: &str, written: &str) -> bool {
    let same = |name: &str| name.eq_ignore_ascii_case(written);
    let plural = names.split(':').next().unwrap_or(names);
    let singular = plural.strip_suffix('s').unwrap_or(plural);
    let of_kind = singular.strip_suffix("ie").is_some_and(|stem| written.len() == stem.len() + 1 && same(&[stem, "y"].concat()));
    names.split(':').any(same) || same(singular) || of_kind || singular.strip_suffix('e').is_some_and(same)
}

/// All names of resources, for whoever mistypes one.
pub fn names() -> impl Iterator<Item = &'static str> {
    let names = KNOWN.iter().flat_map(|(_, _, names)| names.split_ascii_whitespace());
    names.map(|names| names.split(':').next().unwrap_or(names))
}

impl<'q> Resource<'q> {
    /// `pods/exec`, `deployments.apps`: as it is written, with its group.
    #[must_use]
    pub fn title(&self) -> String {
        let Self { group, name, subresource, .. } = self;
        let dot = if group.is_empty() { "" } else { "." };
        let slash = if subresource.is_empty() { "" } else { "/" };
        [name, dot, group, slash, subresource].concat()
    }
}
