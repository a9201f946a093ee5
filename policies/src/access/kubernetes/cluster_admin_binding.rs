use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::rbac_binding::{Binding, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "cluster-admin-binding",
    meta: Meta {
        title: "a binding to cluster-admin",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.1", "NSA-3"],
        aliases: &["kube-linter/cluster-admin-role-binding", "trivy/KSV-0111"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "bind a role with what is used, in the namespaces where it is used";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(binding) = Binding::of(cx, object) else { return };
    let Some(name) = binding.cluster_role().filter(|name| ["admin", "cluster-admin", "edit"].contains(name)) else { return };
    let (severity, what) = match (binding.in_cluster(), name) {
        (true, "cluster-admin") => (Severity::High, "may do everything in the cluster"),
        (true, _) => (Severity::Medium, "run what they like in every namespace, with its Secrets and service accounts"),
        (false, "cluster-admin") => (Severity::Low, "may do everything in the namespace, and change its quota and itself"),
        (false, _) => return,
    };
    let mut subjects = binding.subjects().filter(|subject| !is_left_out(&binding, subject));
    let Some(first) = subjects.next() else { return };
    let title = object.title();
    let at = object.path(&["roleRef", "name"]).unwrap_or(object.node());
    let message = format!("{title} binds the ClusterRole `{name}`: those whom it names {what}");
    let finding = RuleFinding::new(Place::node(at, "bound here"), message, HELP, title.as_str());
    let finding = finding.rated(severity, Confidence::Medium).attribute("object", title);
    out.found(finding.related(Place::node(first.get("name").unwrap_or(first.node), "to this one")));
}

// The group of the first administrator, which each cluster has. Of the others `binding-to-everyone`, `binding-to-anonymous` and
// `binding-to-default-account` speak.
fn is_left_out(binding: &Binding<'_>, subject: &Subject<'_>) -> bool {
    let own = ["kubeadm:cluster-admins", "system:authenticated", "system:masters", "system:serviceaccounts"];
    let group = subject.group().unwrap_or("");
    let everyone = own.contains(&group) || binding.in_cluster() && group.starts_with("system:serviceaccounts:");
    everyone || subject.is_anonymous() || subject.of_default_account().is_some()
}

const DOCS: &str = r#"
`cluster-admin` may do everything: who gets the token of a service account that is bound to it, by a hole in the program or a log, has
the cluster. `admin` and `edit` in all namespaces come near: they read every Secret and run pods as any service account.

**Mend it:** bind a role with what is used. For people, a RoleBinding in the namespaces that are theirs.

**How bad:** high for `cluster-admin` in a ClusterRoleBinding, medium for `admin` and `edit`; low for `cluster-admin` in a RoleBinding.

Not reported: the groups `system:masters` and `kubeadm:cluster-admins`, by which a cluster gets its first administrator; groups that
hold everyone or a whole namespace, those without a login and the service account `default`, which other rules report; `admin` and
`edit` in a RoleBinding.

**It does not see:** bindings that are made in the cluster; what a later step fills in; who holds a user or is in a group.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin} # <-
subjects:
  - {kind: ServiceAccount, name: runner, namespace: web}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:masters"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
  - {kind: ServiceAccount, name: runner, namespace: web}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: cluster-admin}
subjects:
  - {kind: ServiceAccount, name: runner, namespace: web}
```
"#;
