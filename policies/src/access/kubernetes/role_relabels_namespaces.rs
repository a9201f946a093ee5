use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-relabels-namespaces",
    meta: Meta {
        title: "a role that takes the pod security labels off namespaces",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
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

const POWERS: &[Power] = &[Power {
    verbs: &["patch", "update"],
    of: &[("", &["namespaces"])],
    in_cluster: (Severity::Medium, Confidence::Medium, "it takes away their pod security labels, so that any pod may run there"),
    in_namespace: Some((Severity::Low, Confidence::Medium, "it takes the pod security labels off its own namespace")),
    help: "take `update` and `patch` away, or name the namespaces in `resourceNames`",
    label: "the labels that guard pods",
}];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
Pod Security Admission reads from a namespace's labels what pods it lets in, and network policies select namespaces by labels. Who
updates or patches namespaces changes both.

**Mend it:** name the namespaces in `resourceNames`, or leave the labels to those who create namespaces.

**How bad:** medium in a ClusterRole. In a Role it is low: of namespaces, that grants the one that the Role stands in.

Not reported: a rule with `resourceNames`; rules over everything, which `role-over-everything` and `role-with-wildcard` report;
Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [namespaces, pods] # <-
    verbs: [get, list, patch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [namespaces]
    verbs: [get, list, watch, create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [namespaces]
    resourceNames: [team-a]
    verbs: [patch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [namespaces/finalizers, namespaces/status]
    verbs: [update]
```
"#;
