use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{OF_APPS, OF_BATCH, Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-starts-workloads",
    meta: Meta {
        title: "a ClusterRole that starts pods in every namespace",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.4", "NSA-3"],
        aliases: &["kube-linter/access-to-create-pods", "trivy/KSV-0048"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const IN_CLUSTER: (Severity, Confidence, &str) =
    (Severity::Medium, Confidence::Medium, "it runs what it likes with any service account of the namespaces that it is bound in");

const HELP: &str =
    "use a Role in the namespaces where it runs things, or let Pod Security Admission and a policy of accounts bound what runs";

const POWERS: &[Power] = &[
    Power {
        verbs: &["create"],
        of: &[("", &["pods"])],
        in_cluster: IN_CLUSTER,
        in_namespace: None,
        help: HELP,
        label: "any pod, any account",
    },
    Power {
        verbs: &["create", "patch", "update"],
        of: &[OF_APPS, OF_BATCH],
        in_cluster: IN_CLUSTER,
        in_namespace: None,
        help: HELP,
        label: "any pod, any account",
    },
    Power {
        verbs: &["create", "patch", "update"],
        of: &[("", &["replicationcontrollers"])],
        in_cluster: IN_CLUSTER,
        in_namespace: None,
        help: HELP,
        label: "any pod, any account",
    },
];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
Who starts pods chooses their service account, and mounts any Secret of the namespace: the right to create a pod is the right to all
that is there. What writes a Deployment, a Job or the like starts pods too.

**Mend it:** bind it in the namespaces where it is needed, by RoleBindings. Pod Security Admission bounds what the pods may do to their
node.

**How bad:** medium.

Not reported: a Role; `update` and `patch` of pods, whose account is fixed; a rule with `resourceNames`; rules over everything, which
`role-over-everything` and `role-with-wildcard` report; Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods] # <-
    verbs: [get, create]
```

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [apps, example.com]
    resources: [deployments, deployments/status] # <-
    verbs: [get, patch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list, delete, patch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [create, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [apps]
    resources: [deployments/scale, deployments/status]
    verbs: [update, patch]
  - apiGroups: [example.com]
    resources: [deployments]
    verbs: [create]
```
"#;
