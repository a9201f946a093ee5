use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{IDENTITIES, partial_rules};

pub(crate) static RULE: Rule = Rule {
    id: "role-impersonates",
    meta: Meta {
        title: "a role that acts as anyone",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.8", "NSA-3"],
        aliases: &["trivy/KSV-0043", "checkov/CKV2_K8S_3"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "name whom it may impersonate in `resourceNames`";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let granted = partial_rules(cx, object)
        .find_map(|rule| Some((rule, rule.grants_or_for(&["impersonate"], &[IDENTITIES], &["system:masters"])?)));
    let Some((rule, grant)) = granted else { return };
    let (severity, effect) = match rule.in_cluster() {
        true => (Severity::High, "it acts as any of them, with all their rights"),
        false => (Severity::Low, "it acts as any service account of its namespace"),
    };
    out.found(rule.found(&grant, effect, HELP, "anyone").rated(severity, Confidence::Medium));
}

const DOCS: &str = r#"
`impersonate` on users, groups or service accounts (all of the core group) lets a request act as another: in the group `system:masters`,
which may do everything, or as a controller of Kubernetes. `*` for the verbs grants it too.

**Mend it:** name the users or groups in `resourceNames`, and never `system:masters`. Grant service accounts verb by verb.

**How bad:** high in a ClusterRole; low in a Role, which reaches the service accounts of its namespace only.

Not reported: a rule with `resourceNames`, unless these name `system:masters`; `uids` and `userextras`, which do nothing without a user;
the constrained verbs (`impersonate:…`); rules over everything, which `role-over-everything` and `role-with-wildcard` report.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [groups, users] # <-
    verbs: [impersonate]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [groups]
    resourceNames: [developers]
    verbs: [impersonate]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [authentication.k8s.io]
    resources: [uids, userextras/scopes]
    verbs: [impersonate]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [""]
    resources: [users, groups]
    verbs: [impersonate]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [serviceaccounts]
    verbs: [get, list, create]
```
"#;
