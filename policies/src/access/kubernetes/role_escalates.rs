use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Grant, ROLES, RoleRule, partial_rules};

pub(crate) static RULE: Rule = Rule {
    id: "role-escalates",
    meta: Meta {
        title: "a role that gives itself any right",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.8", "NSA-3"],
        aliases: &["checkov/CKV_K8S_158"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "take `escalate` and `bind` away; `bind` may stay for roles that `resourceNames` names";

const HELP_FOR_ALL: &str = "write out the verbs that are used, without `escalate` and `bind`";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some((rule, grant)) = partial_rules(cx, object).find_map(|rule| Some((rule, given(rule)?))) else { return };
    let (severity, effect) = match rule.in_cluster() {
        true => (Severity::High, "it writes or binds roles with rights that it does not hold, up to `cluster-admin`"),
        false => (Severity::Medium, "it gives itself every right in its namespace"),
    };
    let help = if rule.item("verbs", "*").is_some() { HELP_FOR_ALL } else { HELP };
    out.found(rule.found(&grant, effect, help, "any right").rated(severity, Confidence::Medium));
}

fn given<'u>(rule: RoleRule<'u>) -> Option<Grant<'u>> {
    rule.grants_or_for(&["bind"], &[ROLES], &["cluster-admin"]).or_else(|| rule.grants(&["escalate"], &[ROLES]))
}

const DOCS: &str = r#"
The API server lets nobody write a role, or bind one, with rights that he does not hold himself: except by the verb `escalate` on roles
and clusterroles, and by `bind` on the roles that are bound. Who has one of these, or `*` for the verbs, has every right there is.

**Mend it:** take them away, and write the verbs out where `*` stands. Where an operator binds roles, name these in `resourceNames` with the verb `bind`, or let it hold the
rights.

**How bad:** high in a ClusterRole, medium in a Role.

Not reported: `bind` on bindings, which grants nothing; a rule with `resourceNames`, unless `bind` names `cluster-admin`; rules over
everything, which `role-over-everything` and `role-with-wildcard` report; `escalate` on clusterroles in a Role, where it grants nothing
(`bind` does).

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles, clusterrolebindings] # <-
    verbs: [get, create, bind]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    resourceNames: [tool-reader]
    verbs: [bind]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterrolebindings, rolebindings]
    verbs: [bind, "*"]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [roles]
    verbs: [get, create, update]
```
"#;
