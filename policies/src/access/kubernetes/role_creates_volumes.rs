use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{Power, report};

pub(crate) static RULE: Rule = Rule {
    id: "role-creates-volumes",
    meta: Meta {
        title: "a role that creates persistent volumes",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.9", "NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const POWERS: &[Power] = &[Power {
    verbs: &["create"],
    of: &[("", &["persistentvolumes"])],
    in_cluster: (
        Severity::Medium,
        Confidence::Medium,
        "a volume of the type `hostPath` opens the disk of any node, which Pod Security Admission does not see",
    ),
    in_namespace: None,
    help: "let a StorageClass provision volumes; only its provisioner needs this",
    label: "any path of any node",
}];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    report(cx, object, POWERS, out);
}

const DOCS: &str = r#"
A persistent volume of the type `hostPath` or `local` is a folder of a node. A pod gets it by a claim, which the Pod Security Standards
allow: who creates volumes reads and writes the disks of nodes.

**Mend it:** let a StorageClass provision volumes. Only its provisioner creates them.

**How bad:** medium.

Not reported: a Role, where it grants nothing; a rule with `resourceNames`; rules over everything, which `role-over-everything` and
`role-with-wildcard` report; Kubernetes' own roles in a dump of a cluster.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [persistentvolumes, persistentvolumeclaims] # <-
    verbs: [get, create, delete]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [persistentvolumes]
    verbs: [get, list, update]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [persistentvolumeclaims]
    verbs: [create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [""]
    resources: [persistentvolumes]
    verbs: [create]
```
"#;
