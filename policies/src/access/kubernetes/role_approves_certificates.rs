use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Of, is_one, partial_rules};

pub(crate) static RULE: Rule = Rule {
    id: "role-approves-certificates",
    meta: Meta {
        title: "a role that approves certificates for anyone",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.11", "NSA-3"],
        aliases: &["checkov/CKV_K8S_156"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const APPROVAL: &[Of] = &[("certificates.k8s.io", &["certificatesigningrequests/approval"])];

const SIGNERS: &[Of] = &[("certificates.k8s.io", &["signers"])];

/// Signers of certificates that the API server takes for any user.
const OF_CLIENTS: &[&str] = &["kubernetes.io/*", "kubernetes.io/kube-apiserver-client"];

/// The signer whose certificates are for nodes alone.
const OF_NODES: &str = "kubernetes.io/kube-apiserver-client-kubelet";

const EFFECT: &str = "it makes a certificate valid that the API server takes for any user or node";

const HELP: &str = "name the signer in `resourceNames`; leave those of clients to people and to the controller of Kubernetes";

const EFFECT_NODES: &str =
    "it makes a certificate valid that the API server takes for any node, with the Secrets of the pods there";

const HELP_NODES: &str = "leave this signer to the controller of Kubernetes, which asks who may have the certificate of a node";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    if !partial_rules(cx, object).any(|rule| rule.names(&["patch", "update"], APPROVAL).is_some()) {
        return;
    }
    let granted = partial_rules(cx, object).find_map(|rule| {
        let approves = |signers: &[&str]| rule.grants_or_for(&["approve"], SIGNERS, signers);
        Some((rule, approves(OF_CLIENTS).or_else(|| approves(&[OF_NODES]))?))
    });
    let Some((rule, grant)) = granted.filter(|(rule, _)| rule.in_cluster()) else { return };
    let anyone = !rule.is_limited() || rule.list("resourceNames").any(|name| is_one(name, OF_CLIENTS));
    let (effect, help, label) = if anyone { (EFFECT, HELP, "any name") } else { (EFFECT_NODES, HELP_NODES, "any node") };
    out.found(rule.found(&grant, effect, help, label).rated(Severity::High, Confidence::Medium));
}

const DOCS: &str = r#"
Who may update `certificatesigningrequests/approval` and `approve` for the signer of clients lets the cluster sign a certificate for any
user, group or node: anyone may ask for one, and its name is free. The signer `kubernetes.io/kube-apiserver-client-kubelet` is for nodes
alone: a certificate of it reads the Secrets of the pods of any node.

**Mend it:** name the signers in `resourceNames` (`kubernetes.io/kubelet-serving`, or one of your own as `issuers.example.com/*`).

**How bad:** high.

Not reported: a role with one of the two rights only, since the API server asks for both; `approve` for signers whose certificates are
no clients'; `sign`, which is worth nothing without the key of the authority; rules over everything, which `role-over-everything` and
`role-with-wildcard` report.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests/approval]
    verbs: [update]
  - apiGroups: [certificates.k8s.io]
    resources: [signers] # <-
    verbs: [approve]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests/approval]
    verbs: [update]
  - apiGroups: [certificates.k8s.io]
    resources: [signers]
    resourceNames: ["issuers.example.com/*"]
    verbs: [approve]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests]
    verbs: [get, list, create]
  - apiGroups: [certificates.k8s.io]
    resources: [signers]
    verbs: [sign]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests/approval]
    verbs: [patch]
  - apiGroups: [certificates.k8s.io]
    resources: [signers]
    resourceNames: [kubernetes.io/kubelet-serving]
    verbs: [approve]
```
"#;
