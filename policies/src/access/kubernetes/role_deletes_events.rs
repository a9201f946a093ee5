use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-deletes-events",
    meta: Meta {
        title: "a role that deletes events",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-4"],
        aliases: &["kubescape/C-0031"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const POWERS: &[Power] = &[Power {
    verbs: &["delete", "deletecollection"],
    of: &[("", &["events"]), ("events.k8s.io", &["events"])],
    in_cluster: (Severity::Low, Confidence::Medium, "it wipes out what the cluster tells of it"),
    in_namespace: None,
    help: "grant `create` and `patch` on events only",
    label: "traces",
}];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
Events tell what was pulled, started and killed, and where. Who deletes them hides that.

**Mend it:** grant `create` and `patch`: no controller needs more. Send events to where the cluster cannot delete them.

**How bad:** low. The rule runs in the pack `strict` only.

Not reported: a Role; a rule with `resourceNames`; rules over everything, which `role-over-everything` and `role-with-wildcard` report;
Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [events] # <-
    verbs: ["*"]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [events]
    verbs: [create, patch, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [""]
    resources: [events]
    verbs: [delete]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [argoproj.io]
    resources: [events]
    verbs: [delete]
```
"#;
