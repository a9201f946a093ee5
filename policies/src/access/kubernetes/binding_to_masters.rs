use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_binding::Binding;

pub(crate) static RULE: Rule = Rule {
    id: "binding-to-masters",
    meta: Meta {
        title: "a binding to system:masters",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.7", "NSA-3"],
        aliases: &["trivy/KSV-0123"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "bind a group of your own, and keep `system:masters` for the day when RBAC is broken";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(binding) = Binding::of(cx, object) else { return };
    if binding.in_cluster() && binding.cluster_role() == Some("cluster-admin") && object.name().is() == Some("cluster-admin") {
        return;
    }
    for subject in binding.subjects().filter(|subject| subject.group() == Some("system:masters")) {
        let message = format!("{} binds `system:masters`, which may do everything without any binding", object.title());
        out.found(binding.found(subject, "needs no binding", message, HELP).rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
The API server lets the group `system:masters` do everything before RBAC is asked. A binding to it grants nothing; that it is there says
that people or programs log in as this group, whose rights no one can take away.

**Mend it:** bind a group of your own.

**How bad:** low.

Not reported: the binding `cluster-admin`, which Kubernetes makes.

**It does not see:** bindings that are made in the cluster; what a later step fills in; who holds a user or is in a group.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: ServiceAccount, name: a, namespace: web}
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:masters"} # <-
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cluster-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:masters"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "masters"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: User, name: "system:masters"}
```
"#;
