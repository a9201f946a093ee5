use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::rbac_rule::{RoleRule, is_one, joins, listed, partial_rules};

pub(crate) static RULE: Rule = Rule {
    id: "role-with-wildcard",
    meta: Meta {
        title: "a role over all resources of the core group, or of all groups",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.2", "CIS-K8S-5.1.3", "NSA-3"],
        aliases: &["trivy/KSV-0046", "checkov/CKV_K8S_49", "kube-linter/wildcard-in-rules"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "name the resources that are used: `*` holds Secrets, `pods/exec`, `nodes/proxy` and whatever comes later";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let mut rules = partial_rules(cx, object);
    let found =
        rules.find(|rule| rule.is_wide() && !rule.is_limited() || rule.in_cluster() && rule.item("nonResourceURLs", "*").is_some());
    let Some(rule) = found.filter(|rule| !(rule.is_wide() && is_of_view(rule))) else { return };
    let title = object.title();
    let mut verbs = Vec::new();
    verbs.extend(rule.list("verbs"));
    let verbs = listed(&verbs);
    let (at, message) = match rule.item("resources", "*").filter(|_| rule.is_wide()) {
        Some(at) => {
            let all = rule.item("apiGroups", "*").is_some();
            let of = if all { "every group" } else { "the core group" };
            (at, format!("{title} grants {verbs} on every resource of {of}, Secrets and subresources included"))
        }
        None => {
            let at = rule.item("nonResourceURLs", "*").unwrap_or(rule.node);
            (at, format!("{title} grants {verbs} on every URL that is no resource, logs and profiles of the API server included"))
        }
    };
    let finding = RuleFinding::new(Place::node(at, "whatever there is"), message, HELP, title.as_str());
    out.found(finding.rated(severity(rule), Confidence::Medium).attribute("object", title));
}

// Of a role that joins `view`, `built-in-role-widened` speaks.
fn is_of_view(rule: &RoleRule<'_>) -> bool {
    let used = ["*", "create", "get", "list", "patch", "update", "watch"];
    joins(&rule.role, "view") && rule.in_cluster() && rule.list("verbs").any(|verb| is_one(verb, &used))
}

fn severity(rule: RoleRule<'_>) -> Severity {
    let writes = rule.list("verbs").any(|verb| is_one(verb, &["*", "create", "patch", "update"]));
    match (rule.is_wide(), rule.in_cluster(), writes) {
        (true, true, true) => Severity::High,
        (true, true, false) | (true, false, true) => Severity::Medium,
        _ => Severity::Low,
    }
}

const DOCS: &str = r#"
`*` for the resources of the core group, or of all groups, holds Secrets, `pods/exec`, `serviceaccounts/token`, `nodes/proxy` and
`namespaces`. Even `get` alone reads every Secret and, by `nodes/proxy`, runs commands. This is one finding, in place of one for each of
these.

**Mend it:** name the resources. `kubectl auth can-i --list` and the audit log tell what is used.

**How bad:** of a ClusterRole high with a verb that writes, else medium; of a Role medium, and low if it only reads. `nonResourceURLs:
["*"]` is low.

Not reported: `*` for the resources of another group: in an operator's own it is common, and what it gives in `apps`, `batch`,
`rbac.authorization.k8s.io` and the like other rules say (`open-ended-grant`, of the pack `strict`, names any `*`); a rule with
`resourceNames`; a role that joins `view`, which is `built-in-role-widened`; Kubernetes' own roles.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: ["*"] # <-
    verbs: [get, list]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [example.com]
    resources: ["*"]
    verbs: ["*"]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [apps]
    resources: ["*"]
    verbs: [get]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods, "pods/*"]
    verbs: [get]
  - apiGroups: ["*"]
    resources: [deployments]
    verbs: ["*"]
```
"#;
