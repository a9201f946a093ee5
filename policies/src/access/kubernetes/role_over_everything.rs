use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::rbac_rule::rules;

pub(crate) static RULE: Rule = Rule {
    id: "role-over-everything",
    meta: Meta {
        title: "a role that may do everything",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.1", "CIS-K8S-5.1.3", "NSA-3"],
        aliases: &["trivy/KSV-0044", "checkov/CKV_K8S_49", "kube-linter/wildcard-in-rules"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let named_so = object.name().is() == Some("cluster-admin");
    let Some(rule) = rules(cx, object).find(|rule| rule.is_everything()).filter(|_| !named_so) else { return };
    let title = object.title();
    let (severity, reach) = match rule.in_cluster() {
        true => (Severity::High, "it is `cluster-admin` by another name"),
        false => (Severity::Medium, "its namespace is its own, Secrets and roles included"),
    };
    let at = Place::node(rule.item("resources", "*").unwrap_or(rule.node), "whatever there is");
    let message = format!("{title} grants every verb on every resource of every group: {reach}");
    let finding = RuleFinding::new(at, message, "name the groups, resources and verbs that are used", title.as_str());
    out.found(finding.rated(severity, Confidence::Medium).attribute("object", title));
}

const DOCS: &str = r#"
A role with `*` for verbs, resources and groups in one rule may do all there is: read Secrets, run pods on any node, and give itself and
others more. What is added to the cluster later belongs to it too. Each rule of a role is read, and this is then the one finding on the
role.

**Mend it:** name the groups, resources and verbs that are used; the audit log tells which.

**How bad:** high in a ClusterRole, medium in a Role; with medium confidence, since a role that nobody is bound to gives nobody
anything.

Not reported: the ClusterRole `cluster-admin` itself (bindings to it are `cluster-admin-binding`), and a rule with `resourceNames`.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get]
  - apiGroups: ["*"]
    resources: ["*"] # <-
    verbs: ["*"]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin}
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: ["*"]
    resources: ["*"]
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
  - apiGroups: ["*"]
    resources: [pods]
    verbs: [get]
```
"#;
