use policy_core::budget::{Budget, FILE_BUDGET};
use policy_core::facts::{Cluster, JoinFinding, JoinOut, Row};
use policy_core::rbac::{Goal, Path, Policy, Start, paths};
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::tell_if_spent;

pub(crate) static RULE: Rule = Rule {
    id: "path-to-cluster-admin",
    meta: Meta {
        title: "a way from a pod or a subject to the whole cluster",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.8", "NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let budget = Budget::new(FILE_BUDGET);
    let accounts: Vec<Row<'_>> = cluster.rows().iter().copied().filter(|row| row.is("", "ServiceAccount")).collect();
    for path in paths(&Policy::new(cluster, &budget), &accounts, &budget) {
        out.found(finding(path));
    }
    tell_if_spent(cluster, &budget, out);
}

fn finding(path: Path<'_>) -> JoinFinding {
    let goal = match path.goal {
        Goal::ClusterAdmin => "everything in the cluster",
        Goal::Secrets => "all secrets of the cluster",
        Goal::Nodes => "every node",
    };
    let (row, who) = match path.start {
        Start::Workload(row) => (row, format!("whoever takes over a pod of {}", row.title())),
        Start::Subject(row) => (row, path.subject.clone()),
    };
    let steps: Vec<&str> = path.steps.iter().map(|step| step.what.as_str()).collect();
    let message = format!("{who} gets to {goal}: {}", steps.join("; then "));
    let related = path.steps.iter().filter_map(|step| Some((step.at.clone()?, step.what.clone()))).collect();
    JoinFinding {
        at: row.fact.place.clone(),
        label: "the way begins here".to_owned(),
        related,
        severity: Severity::High,
        confidence: Confidence::Medium,
        message,
        help: "take away one of the rights on the way, or bind it in a namespace where nothing of worth runs".to_owned(),
        object: format!("{} {goal}", path.subject),
        attributes: vec![("object", row.title()), ("steps", path.steps.len().to_string())],
    }
}

const DOCS: &str = r#"
Rights add up. Who may create pods in a namespace runs them as any service account there; who may open a shell in a pod has its token;
who holds a node has the tokens of all pods on it. This rule follows such steps over the roles and bindings of all files, from each
workload, user and group, and shows the shortest way to `cluster-admin`, else to all secrets, else to every node.

Steps: pods and what makes them; `pods/exec`, `pods/attach` and `pods/ephemeralcontainers`; `serviceaccounts/token`; a Secret that a
token is put into; `impersonate`; `bind` with bindings; `escalate` with roles; `nodes/proxy`; certificates that are approved; mutating
webhooks; pods that hold their node.

**Mend it:** take away the step that is needed least, such as a right in all namespaces where one would do, or a token that a pod does
not use (`automountServiceAccountToken: false`).

**How bad:** high. How sure: medium, since admission can stop a step, and what else is in the cluster is not known.

Not reported: what a user or group may do in one step (that is what it was given), a workload whose account reads secrets or reaches
nodes in one step, reading Secrets of one namespace (which hold tokens only where someone made them), pods without a token.

Where no namespace is written, objects count as of one namespace only within a folder; pods share nodes with those of their folder.

**It does not see:** roles and bindings that are not in these files.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # <-
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: web, image: nginx:1.29}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: runner, namespace: shop}
rules: [{apiGroups: [batch], resources: [jobs], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: operator}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: operator, namespace: shop}]
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  serviceAccountName: web
  automountServiceAccountToken: false
  containers: [{name: web, image: nginx:1.29}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web, image: nginx:1.29}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: platform-admins}]
```
"#;
