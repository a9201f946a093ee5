use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_binding::Binding;
use crate::rbac_rule::{is_one, rules};

pub(crate) static RULE: Rule = Rule {
    id: "binding-to-everyone",
    meta: Meta {
        title: "a binding to everyone who has a login",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

/// Roles that are made for it.
const COMMON: &[&str] =
    &["system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery"];

const HELP: &str = "bind the groups or service accounts that need it, by name";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(binding) = Binding::of(cx, object) else { return };
    let Some(role) = binding.cluster_role().filter(|role| !COMMON.contains(role)) else { return };
    let strong = ["admin", "cluster-admin", "edit"].contains(&role);
    let (severity, confidence) = match (binding.in_cluster(), strong, role) {
        (true, true, _) => (Severity::High, Confidence::High),
        (true, false, "view") | (false, true, _) => (Severity::Medium, Confidence::High),
        (true, false, _) => (Severity::Medium, Confidence::Low),
        (false, false, _) => return,
    };
    for subject in binding.subjects() {
        let who = match subject.group() {
            Some("system:authenticated") => "every user and service account",
            Some("system:serviceaccounts") => "every service account of the cluster",
            Some(group) if group.starts_with("system:serviceaccounts:") && binding.in_cluster() => {
                "every service account of a namespace"
            }
            _ => continue,
        };
        if confidence == Confidence::Low && is_harmless(cx, role) {
            return;
        }
        let reach = if binding.in_cluster() { "the cluster" } else { "its namespace" };
        let message = format!("{} gives the ClusterRole `{role}` in all of {reach} to {who}", object.title());
        out.found(binding.found(subject, "everyone", message, HELP).rated(severity, confidence));
    }
}

// A role of the same file that shows nothing secret, or allows pods what a PodSecurityPolicy says.
fn is_harmless(cx: &Cx<'_>, name: &str) -> bool {
    let role = cx.unit.objects().iter().find(|object| object.kind() == "ClusterRole" && object.name().is() == Some(name));
    role.is_some_and(|role| {
        let reads = ["get", "list", "watch", "use"];
        rules(cx, role).all(|rule| {
            let resources = rule.list("resources").all(|item| !is_one(item, &["*", "secrets", "nodes/proxy", "pods/exec"]));
            resources && rule.list("verbs").all(|verb| is_one(verb, &reads))
        })
    })
}

const DOCS: &str = r#"
The group `system:authenticated` is every user and every service account, so every pod with a token; on some clouds it is whoever has an
account there. `system:serviceaccounts` is every service account of the cluster. A right for all of them is one for whoever gets into
any pod.

**Mend it:** bind the groups or service accounts that need it.

**How bad:** high for `cluster-admin`, `admin` and `edit` in a ClusterRoleBinding; medium for `view` and, with low confidence, for a
ClusterRole that stands elsewhere or writes. In a RoleBinding, medium for `cluster-admin`, `admin` and `edit`.

Not reported: the roles that each cluster gives to all (`system:basic-user`, `system:discovery`, …); a RoleBinding to a role of one's
own; the service accounts of one namespace in a RoleBinding; a ClusterRole of the same file that only reads, and no Secrets, or uses a
PodSecurityPolicy.

**It does not see:** bindings that are made in the cluster; what a later step fills in; who holds a user or is in a group.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"} # <-
```

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts"} # <-
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:basic-user}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "developers"}
```
"#;
