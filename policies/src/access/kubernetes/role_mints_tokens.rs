use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-mints-tokens",
    meta: Meta {
        title: "a role that makes tokens of every service account",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.13", "NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const POWERS: &[Power] = &[Power {
    verbs: &["create"],
    of: &[("", &["serviceaccounts/token"])],
    in_cluster: (Severity::High, Confidence::Medium, "it becomes any service account of the namespaces that it is bound in"),
    in_namespace: Some((Severity::Medium, Confidence::Medium, "it becomes any service account of its namespace")),
    help: "name the service accounts in `resourceNames`: for this subresource they count",
    label: "any account",
}];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
Who may create `serviceaccounts/token` gets a token of any service account there, and with it whatever that account may do. In all
namespaces these are the controllers of Kubernetes too.

**Mend it:** name the accounts in `resourceNames`. `create` asks for a name here, since the account stands in the path.

**How bad:** high in a ClusterRole, medium in a Role.

Not reported: a rule with `resourceNames`; rules over everything, which `role-over-everything` and `role-with-wildcard` report;
Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token] # <-
    verbs: [create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token]
    resourceNames: [tool]
    verbs: [create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [serviceaccounts]
    verbs: [get, create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [authentication.k8s.io]
    resources: [tokenreviews]
    verbs: [create]
  - apiGroups: [""]
    resources: [serviceaccounts/token]
    verbs: [get]
```
"#;
