use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Of, Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-enters-pods",
    meta: Meta {
        title: "a role that runs commands in every pod",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &["trivy/KSV-0053", "trivy/KSV-0054", "checkov/CKV2_K8S_2"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const IN_CLUSTER: (Severity, Confidence, &str) = (
    Severity::Medium,
    Confidence::Medium,
    "it runs commands in pods of all namespaces that it is bound in, with what these pods may do",
);

const IN_NAMESPACE: Option<(Severity, Confidence, &str)> =
    Some((Severity::Low, Confidence::Medium, "it runs commands in the pods of its namespace, with what these pods may do"));

const HELP: &str = "take it away, or bind it in the one namespace that needs it; a Job does what is to be run by a machine";

const fn enters(verbs: &'static [&'static str], of: &'static [Of]) -> Power {
    Power { verbs, of, in_cluster: IN_CLUSTER, in_namespace: IN_NAMESPACE, help: HELP, label: "a shell in pods" }
}

const STREAMS: &[Of] = &[("", &["pods/attach", "pods/exec"])];

const EPHEMERAL: Power = enters(&["patch", "update"], &[("", &["pods/ephemeralcontainers"])]);

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    // A WebSocket begins with GET. Since 1.35 the right to create is asked for as well.
    let verbs: &[&str] = if cx.kubernetes.is_at_least(35) { &["create"] } else { &["create", "get"] };
    report(cx, object, &[enters(verbs, STREAMS), EPHEMERAL], out);
}

const DOCS: &str = r#"
Who may create `pods/exec` or `pods/attach`, or update `pods/ephemeralcontainers`, runs commands in pods: with their service account,
their Secrets, and their place in the network.

Before Kubernetes 1.35, `get` on `pods/exec` is enough: a WebSocket begins with GET.

**Mend it:** take it away. People get it for the namespaces that are theirs, by a RoleBinding; what a machine is to run is a Job.

**How bad:** medium in a ClusterRole, low in a Role.

Not reported: a rule with `resourceNames`; rules over everything, which `role-over-everything` and `role-with-wildcard` report;
Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods, pods/exec] # <-
    verbs: [create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods, pods/log]
    verbs: [get, list]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods/exec]
    resourceNames: [debug-0]
    verbs: [create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods/exec]
    verbs: [list, watch]
  - apiGroups: [""]
    resources: ["pods/*"]
    verbs: [create]
```
"#;
