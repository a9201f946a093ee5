use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::rbac_rule::partial_rules;

pub(crate) static RULE: Rule = Rule {
    id: "open-ended-grant",
    meta: Meta {
        title: "a grant that grows by itself",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.3"],
        aliases: &["trivy/KSV-0045", "trivy/KSV-0112", "checkov/CKV_K8S_49", "kube-linter/wildcard-in-rules"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let mut found: Option<RuleFinding<'u>> = None;
    let rules = partial_rules(cx, object).filter(|rule| !rule.is_wide() || rule.is_limited());
    for item in rules.filter_map(|rule| ["verbs", "resources", "apiGroups"].iter().find_map(|name| rule.item(name, "*"))) {
        if let Some(first) = &mut found {
            first.related.push(Place::node(item, "and here"));
            continue;
        }
        let title = object.title();
        let message = format!("{title} grants by `*`: what a later version brings is granted too");
        let finding = RuleFinding::new(Place::node(item, "anything"), message, "name what is used", title.as_str());
        found = Some(finding.rated(Severity::Low, Confidence::High).attribute("object", title));
    }
    if let Some(found) = found {
        out.found(found);
    }
}

const DOCS: &str = r#"
`*` for verbs grants those that few think of (`escalate`, `bind`, `impersonate`, `deletecollection`); `*` for resources or groups grants
what an update brings.

**Mend it:** name verbs, resources and groups.

**How bad:** low. The rule runs in the pack `strict` only: in an operator's own group, `*` is common.

Not reported: `*` over the core group or all groups, which `role-over-everything` and `role-with-wildcard` report; roles that grant
everything in another rule; URLs that end in `*`.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [example.com]
    resources: [widgets]
    verbs: ["*"] # <-
  - apiGroups: [example.com]
    resources: ["*"]
    verbs: [get]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [example.com]
    resources: [widgets]
    verbs: [get, list, create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: ["pods/*"]
    verbs: [get]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
  - apiGroups: [example.com]
    resources: ["*"]
    verbs: ["*"]
```
"#;
