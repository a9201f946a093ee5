use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinOut, Row};
use policy_core::map::Map;
use policy_core::model::kubernetes::{field, text};
use policy_core::rbac::GROUP as RBAC;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::finding;

pub(crate) static RULE: Rule = Rule {
    id: "cluster-role-binding-for-one-namespace",
    meta: Meta {
        title: "rights in every namespace for an account of one",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Low,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.1", "NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

/// Resources that lie in namespaces, by their group, those of rules that grant them.
const IN_NAMESPACES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "bindings",
            "configmaps",
            "endpoints",
            "events",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "podtemplates",
            "replicationcontrollers",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "services",
        ],
    ),
    ("apps", &["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"]),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs", "jobs"]),
    ("coordination.k8s.io", &["leases"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("events.k8s.io", &["events"]),
    ("networking.k8s.io", &["ingresses", "networkpolicies"]),
    ("policy", &["poddisruptionbudgets"]),
    (RBAC, &["rolebindings", "roles"]),
];

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    // Two roles of one name are those of two clusters.
    let mut roles: Map<(&str, &str), Option<Row<'_>>> = Map::new();
    for row in cluster.rows().iter().filter(|row| row.is(RBAC, "ClusterRole")) {
        let key = (row.fact.scope.as_str(), row.fact.name.as_str());
        let first = !roles.contains_key(&key);
        roles.insert(key, Some(*row).filter(|row| first && grants_in_namespaces(row)));
    }
    for row in cluster.rows().iter().filter(|row| row.is(RBAC, "ClusterRoleBinding")) {
        let role = row.get("roleRef").and_then(|role| field(role, "name"));
        let (Some(namespace), Read::Is(role)) = (namespace_of_subjects(row), text(role)) else { continue };
        let Some(of) = roles.get(&(row.fact.scope.as_str(), role)).copied().flatten() else { continue };
        let message = format!(
            "{} gives accounts of the namespace {namespace} rights in every namespace, to nothing that lies outside of one",
            row.title()
        );
        let help = "bind the role by a RoleBinding in each namespace where it is needed";
        let mut finding = finding(row, "in every namespace", message, help, role);
        finding.related.push((of.fact.place.location.clone(), "the role".to_owned()));
        finding.confidence = Confidence::Low;
        out.found(finding);
    }
}

fn grants_in_namespaces(role: &Row<'_>) -> bool {
    let rules = || role.get("rules").into_iter().flat_map(Ref::items);
    role.get("aggregationRule").is_none() && rules().next().is_some() && rules().all(lies_in_namespaces)
}

fn namespace_of_subjects<'c>(row: &Row<'c>) -> Option<&'c str> {
    let mut found = None;
    for subject in row.get("subjects").into_iter().flat_map(Ref::items) {
        let of = |name| text(field(subject, name));
        let (Read::Is("ServiceAccount"), Read::Is(namespace)) = (of("kind"), of("namespace")) else { return None };
        if found.replace(namespace).is_some_and(|other| other != namespace) {
            return None;
        }
    }
    found
}

fn lies_in_namespaces(rule: Ref<'_>) -> bool {
    let items = |name| field(rule, name).into_iter().flat_map(Ref::items).map(|item| item.text().unwrap_or("*"));
    let known = |resource: &str| {
        let whole = resource.split('/').next().unwrap_or(resource);
        items("apiGroups").all(|group| IN_NAMESPACES.iter().any(|(of, names)| *of == group && names.contains(&whole)))
    };
    field(rule, "nonResourceURLs").is_none()
        && items("apiGroups").next().is_some()
        && items("resources").next().is_some()
        && items("resources").all(known)
}

const DOCS: &str = r#"
A ClusterRoleBinding gives its rights in every namespace. If the role is about things that lie in namespaces alone, and all who get it are
service accounts of one namespace, a RoleBinding may do, and who takes over the workload then holds one namespace instead of all.

**Mend it:** bind the role by a RoleBinding in each namespace where it is needed; a RoleBinding can name a ClusterRole.

**How bad:** low, and optional: a controller that watches every namespace needs it so.

Not reported: roles with wildcards, with resources that lie outside of namespaces, or of groups of their own (CRDs), aggregated roles and
those that no file has.

**It does not see:** what the workload does with its rights.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: leader}
rules: [{apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: leader # <-
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: leader}
subjects: [{kind: ServiceAccount, name: web, namespace: web}]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: nodes}
rules: [{apiGroups: [""], resources: [pods, nodes], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nodes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: nodes}
subjects: [{kind: ServiceAccount, name: web, namespace: web}]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: pods}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: pods}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: pods}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: operators}]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: web}]
```
"#;
