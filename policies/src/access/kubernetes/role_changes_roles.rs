use policy_core::model::kubernetes::Object;
use policy_core::rbac::GROUP as RBAC;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Of, ROLES, partial_rules};

pub(crate) static RULE: Rule = Rule {
    id: "role-changes-roles",
    meta: Meta {
        title: "a role that hands on its rights",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Low,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &["trivy/KSV-0050", "trivy/KSV-0051", "trivy/KSV-0052", "trivy/KSV-0055"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const OBJECTS: &[Of] = &[(RBAC, &["clusterrolebindings", "clusterroles", "rolebindings", "roles"])];

const HELP: &str = "let people or a pipeline write roles and bindings, and take these verbs from what runs in the cluster";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let granted = partial_rules(cx, object).find_map(|rule| {
        // With these verbs it is `role-escalates`.
        let escalates = rule.names(&["bind"], &[ROLES]).or_else(|| rule.names(&["escalate"], &[ROLES])).is_some();
        Some((rule, rule.grants(&["create", "patch", "update"], OBJECTS).filter(|_| !escalates)?))
    });
    let Some((rule, grant)) = granted else { return };
    let (severity, effect) = match rule.in_cluster() {
        true => (Severity::Medium, "all that it may do, it gives to whom it likes, and takes their rights from others"),
        false => (Severity::Low, "all that it may do in its namespace, it gives to whom it likes"),
    };
    out.found(rule.found(&grant, effect, HELP, "rights of others").rated(severity, Confidence::Low));
}

const DOCS: &str = r#"
Who writes roles and bindings gives the rights that he holds to others, and keeps a way in that outlives his own account. The API server
lets nobody give more than he holds: so this is as bad as the rest of the role is strong.

**Mend it:** write roles and bindings where the operator is installed; name in `resourceNames` what it has to update.

**How bad:** medium in a ClusterRole and low in a Role, with low confidence.

Not reported: with `bind` or `escalate`, or `*` for the verbs of roles, it is `role-escalates`; a rule with `resourceNames`; rules over
everything, which `role-over-everything` and `role-with-wildcard` report.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [roles, rolebindings] # <-
    verbs: [get, create, patch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [roles, rolebindings]
    verbs: [get, list, delete]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    verbs: [create, escalate]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [rolebindings]
    resourceNames: [tool]
    verbs: [update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles, clusterrolebindings]
    verbs: [create]
```
"#;
