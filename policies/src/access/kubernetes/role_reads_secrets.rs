use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-reads-secrets",
    meta: Meta {
        title: "a role that reads every Secret",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.2", "NSA-3"],
        aliases: &["checkov/CKV2_K8S_5", "kube-linter/access-to-secrets", "trivy/KSV-0041", "trivy/KSV-0113"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const POWERS: &[Power] = &[Power {
    verbs: &["get", "list", "watch"],
    of: &[("", &["secrets"])],
    in_cluster: (
        Severity::Medium,
        Confidence::Medium,
        "it reads the tokens, passwords and keys of all namespaces that it is bound in",
    ),
    in_namespace: Some((Severity::Low, Confidence::Medium, "it reads every token, password and key of its namespace")),
    help: "name the Secrets in `resourceNames`, or use a Role in the one namespace that needs it",
    label: "all of them",
}];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
A role that gets, lists or watches `secrets` without names reads each of them: passwords, keys, and tokens of service accounts that may
do more. `list` and `watch` give the contents too.

**Mend it:** name what is needed in `resourceNames` (with `get`), or mount the Secret. An operator that reads Secrets that users name
needs a Role in each of these namespaces.

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
    resources: [configmaps, secrets] # <-
    verbs: [get, list, watch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [tool-tls]
    verbs: [get]
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [example.com]
    resources: [secrets]
    verbs: [get, list]
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get, list]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: inert}
rules:
  - apiGroups: [""]
    resources: ["secrets/*", Secrets]
    verbs: [get, list]
```
"#;
