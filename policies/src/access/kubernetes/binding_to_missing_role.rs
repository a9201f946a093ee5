use policy_core::facts::{Cluster, JoinOut, Row};
use policy_core::model::kubernetes::{field, text};
use policy_core::rbac::GROUP as RBAC;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::{Names, finding, lacks};
use crate::rbac_rule::is_system_name;

pub(crate) static RULE: Rule = Rule {
    id: "binding-to-missing-role",
    meta: Meta {
        title: "a binding to a role that is not there",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let roles = Names::of(cluster, &["ClusterRole", "Role"]);
    for row in cluster.rows().iter().filter(|row| row.is(RBAC, "RoleBinding") || row.is(RBAC, "ClusterRoleBinding")) {
        let Some((kind, name)) = role(row) else { continue };
        let namespace = if kind == "Role" { row.fact.namespace.as_str() } else { "" };
        if is_built_in(name) || !roles.lacks(&row.fact.scope, kind, namespace, name) {
            continue;
        }
        let message = format!(
            "{} grants {kind} {name}, which no file has: who creates a role of that name decides what is granted",
            row.title()
        );
        let help = "add the role, or take the binding away";
        lacks(cluster, row, finding(row, "grants a role that is not here", message, help, name), out);
    }
}

fn role<'c>(row: &Row<'c>) -> Option<(&'c str, &'c str)> {
    let of = |name| text(row.get("roleRef").and_then(|role| field(role, name)));
    match (of("kind"), of("name")) {
        (Read::Is(kind @ ("ClusterRole" | "Role")), Read::Is(name)) => Some((kind, name)),
        _ => None,
    }
}

fn is_built_in(name: &str) -> bool {
    is_system_name(name) || name == "extension-apiserver-authentication-reader" || name.starts_with("kubeadm:")
}

const DOCS: &str = r#"
A binding whose role is not there grants nothing, until someone creates a role of that name: what it then says is granted at once. Mostly
the role was renamed, and what the binding is for does not work.

**Mend it:** add the role, or take the binding away.

**How bad:** low.

Not reported: the roles that every cluster has (`cluster-admin`, `admin`, `edit`, `view`, `system:…`), and kinds of roles of which no file
has any in the namespace: then they are kept elsewhere. An object without a namespace may be of any.

**It does not see:** roles that an operator or another repository creates. It says that it does not know if there are templates or
kustomizations that it cannot read.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: pod-reader, namespace: web}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: read # <-
  namespace: web
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: pods-reader}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: readers}]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: pod-reader}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: pod-reader}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: own}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: auth}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:auth-delegator}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: pod-reader}
```
"#;
