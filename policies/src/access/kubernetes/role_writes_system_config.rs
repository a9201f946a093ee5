use policy_core::model::kubernetes::Object;
use policy_core::rbac::GROUP as RBAC;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Of, is_one, partial_rules};

pub(crate) static RULE: Rule = Rule {
    id: "role-writes-system-config",
    meta: Meta {
        title: "a role that rewrites the configuration of the cluster",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &["trivy/KSV-0049"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const CONFIG: &[Of] = &[("", &["configmaps"])];

const EFFECT: &str = "it rewrites how the cluster resolves names, and on EKS who is an administrator";

const HELP: &str = "name the ConfigMaps in `resourceNames`, or keep them in a namespace of their own";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let in_system = !object.is(RBAC, "ClusterRole") && object.namespace().is() == Some("kube-system");
    let granted = partial_rules(cx, object).find_map(|rule| {
        let named = rule.list("resourceNames").any(|name| is_one(name, &["aws-auth"]));
        let all = in_system && !rule.is_limited();
        let grant = rule.names(&["patch", "update"], CONFIG).filter(|_| all || named)?;
        Some((rule, grant))
    });
    if let Some((rule, grant)) = granted {
        out.found(rule.found(&grant, EFFECT, HELP, "CoreDNS, `aws-auth`").rated(Severity::Medium, Confidence::Medium));
    }
}

const DOCS: &str = r#"
ConfigMaps of the namespace `kube-system` configure the cluster: `coredns` says where every name leads, and on EKS `aws-auth` says which
identity of AWS is an administrator. Who updates them all takes over traffic, or the cluster.

**Mend it:** name the ConfigMap that is meant in `resourceNames`; for the election of a leader, a Lease does.

**How bad:** medium.

Not reported: `create`, which changes none of those that are there; `resourceNames`, unless these name `aws-auth`; a ClusterRole without
names: what it reaches, its binding decides.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: kube-system}
rules:
  - apiGroups: [""]
    resources: [configmaps] # <-
    verbs: [get, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: kube-system}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [tool-leader]
    verbs: [get, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: tool}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: kube-system}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get, list, create]
```
"#;
