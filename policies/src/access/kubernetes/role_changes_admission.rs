use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Of, Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-changes-admission",
    meta: Meta {
        title: "a role that changes what admission lets in",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.12", "NSA-3"],
        aliases: &["trivy/KSV-0114", "checkov/CKV_K8S_155"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const OF: &[Of] = &[(
    "admissionregistration.k8s.io",
    &[
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
    ],
)];

const POWERS: &[Power] = &[
    Power {
        verbs: &["create", "patch", "update"],
        of: OF,
        in_cluster: (
            Severity::Medium,
            Confidence::Medium,
            "it sends every object written from then on, Secrets too, to a webhook of its own, or turns off those that guard",
        ),
        in_namespace: None,
        help: "name the configurations in `resourceNames`, with `update` and `patch` only, and create them when the operator is installed",
        label: "the guards of the cluster",
    },
    Power {
        verbs: &["delete", "deletecollection"],
        of: OF,
        in_cluster: (Severity::Medium, Confidence::Medium, "it takes away the webhooks and policies that guard the cluster"),
        in_namespace: None,
        help: "name the configurations in `resourceNames`",
        label: "the guards of the cluster",
    },
];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
A webhook sees each object that is written, Secrets included, and a mutating one changes it on the way. Who writes their configurations
or the policies of admission reads and changes whatever is written, and takes away the policies that others rely on; for that the right
to delete them is enough.

**Mend it:** create the configurations when the operator is installed, and let it update its own by `resourceNames`: a CA bundle needs
no more.

**How bad:** medium.

Not reported: a rule that only reads; a rule with `resourceNames`; rules over everything, which `role-over-everything` and
`role-with-wildcard` report; Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [mutatingwebhookconfigurations, validatingwebhookconfigurations] # <-
    verbs: [get, list, watch, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [validatingwebhookconfigurations]
    resourceNames: [tool-webhook]
    verbs: [get, update, patch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [mutatingwebhookconfigurations]
    verbs: [get, list, watch]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [mutatingwebhookconfigurations]
    verbs: [update]
```
"#;
