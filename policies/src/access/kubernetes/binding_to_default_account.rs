use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_binding::Binding;

pub(crate) static RULE: Rule = Rule {
    id: "binding-to-default-account",
    meta: Meta {
        title: "a binding to the service account of pods that name none",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.5", "NSA-3"],
        aliases: &["checkov/CKV_K8S_42"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "make a service account for the workload that needs it, and bind that";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(binding) = Binding::of(cx, object) else { return };
    let everything = binding.in_cluster() && binding.cluster_role() == Some("cluster-admin");
    for subject in binding.subjects() {
        let Some(namespace) = subject.of_default_account() else { continue };
        let of = if namespace.is_empty() { "a namespace".to_owned() } else { format!("the namespace `{namespace}`") };
        let role = binding.role_title();
        let message = format!("{} gives the {role} to every pod of {of} that names no service account", object.title());
        let found = binding.found(subject, "any pod", message, HELP);
        out.found(match (binding.in_cluster(), everything) {
            (true, true) => found.rated(Severity::High, Confidence::High),
            (true, false) => found.rated(Severity::Medium, Confidence::Medium),
            (false, _) => found.rated(Severity::Low, Confidence::Medium),
        });
    }
}

const DOCS: &str = r#"
A pod that names no service account runs as `default`, with its token in the container. What is bound to it, every such pod may do, also
the one that somebody adds next year.

**Mend it:** make a service account for the workload, name it in the pod, and bind that.

**How bad:** low in a RoleBinding, medium in a ClusterRoleBinding, and high there for `cluster-admin`.

Not reported: a user or group of this name. The user `system:serviceaccount:NAMESPACE:default` is the account, and is reported.

**It does not see:** bindings that are made in the cluster; what a later step fills in; who holds a user or is in a group.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: web, namespace: web}
  - {kind: ServiceAccount, name: default, namespace: web} # <-
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: web, namespace: web}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "default"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: ServiceAccount, name: default-backend, namespace: web}
```
"#;
