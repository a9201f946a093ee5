use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-reaches-kubelets",
    meta: Meta {
        title: "a role that speaks with the kubelet of every node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.10", "NSA-3"],
        aliases: &["trivy/KSV-0047"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const POWERS: &[Power] = &[Power {
    verbs: &["create", "get"],
    of: &[("", &["nodes/proxy"])],
    in_cluster: (
        Severity::High,
        Confidence::Medium,
        "it runs commands in every pod of every node, past admission and the audit log",
    ),
    in_namespace: None,
    help: "grant `nodes/metrics`, `nodes/stats`, `nodes/log`, `nodes/healthz`, `nodes/pods` or `nodes/configz` instead, whichever is read",
    label: "any container of any node",
}];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
`nodes/proxy` is all of a kubelet's API: with it, commands run in any container of the node. `get` is enough, since a WebSocket begins
with GET. Neither admission nor the audit log of the API server sees what goes to the kubelet directly.

**Mend it:** grant the part that is read: `nodes/metrics` for Prometheus, `nodes/stats`, `nodes/log`, and since 1.33 `nodes/healthz`,
`nodes/pods` and `nodes/configz`.

**How bad:** high.

Not reported: a Role, where it grants nothing; a rule with `resourceNames`; rules over everything, which `role-over-everything` and
`role-with-wildcard` report; Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [nodes, nodes/proxy] # <-
    verbs: [get, list, watch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [nodes/metrics, nodes/stats]
    verbs: [get]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: monitoring}
rules:
  - apiGroups: [""]
    resources: [nodes/proxy]
    verbs: [get]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [nodes, services/proxy]
    verbs: [get]
  - apiGroups: [""]
    resources: [nodes/proxy]
    verbs: [list, watch]
```
"#;
