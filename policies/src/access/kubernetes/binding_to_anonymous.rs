use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_binding::Binding;

pub(crate) static RULE: Rule = Rule {
    id: "binding-to-anonymous",
    meta: Meta {
        title: "a binding to everyone without a login",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &["trivy/KSV-0122"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

/// Roles that are made for it: of Kubernetes to find its APIs, its version and the keys of its tokens, of kubeadm to join nodes.
const PUBLIC: &[&str] = &[
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "kubeadm:bootstrap-signer-clusterinfo",
];

const HELP: &str = "take it out, and bind those who need it by name";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(binding) = Binding::of(cx, object) else { return };
    if object.path(&["roleRef", "name"]).and_then(|name| name.text()).is_some_and(|name| PUBLIC.contains(&name)) {
        return;
    }
    for subject in binding.subjects() {
        if subject.is_anonymous() {
            let role = binding.role_title();
            let message = format!("{} gives the {role} to whoever reaches the API server, without a login", object.title());
            out.found(binding.found(subject, "anyone", message, HELP).rated(Severity::High, Confidence::High));
        }
    }
}

const DOCS: &str = r#"
Requests without a login are those of the user `system:anonymous` in the group `system:unauthenticated`. What is bound to them, anyone
may do who reaches the API server, which is often on the internet.

**Mend it:** take the subject out. What has to read health or metrics gets a service account.

**How bad:** high.

Not reported: `system:public-info-viewer`, `system:discovery`, `system:service-account-issuer-discovery` and
`kubeadm:bootstrap-signer-clusterinfo`, which are made for it; clusters that refuse such requests (`--anonymous-auth=false`) are not
told apart.

**It does not see:** bindings that are made in the cluster; what a later step fills in; who holds a user or is in a group.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:unauthenticated"} # <-
  - {kind: User, name: "system:anonymous"} # <-
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:public-info-viewer}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:unauthenticated"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: Group, name: "system:anonymous"}
  - {kind: User, name: anonymous}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: kube-public}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubeadm:bootstrap-signer-clusterinfo}
subjects:
  - {kind: User, name: "system:anonymous"}
```
"#;
