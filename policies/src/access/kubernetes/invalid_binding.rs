use policy_core::document::Ref;
use policy_core::map::Set;
use policy_core::model::kubernetes::Object;
use policy_core::rbac::GROUP as RBAC;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::rbac_binding::{Binding, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "invalid-binding",
    meta: Meta {
        title: "a binding that the API server refuses, or a subject in vain",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "write the subject as `kubectl create rolebinding --dry-run=client -o yaml` does";

const HELP_ROLE: &str = "name a ClusterRole, or make it a RoleBinding";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(binding) = Binding::of(cx, object) else { return };
    let mut say = |at: Ref<'u>, severity, what: &str, help: &'static str| {
        let title = object.title();
        let finding = RuleFinding::new(Place::node(at, "here"), format!("{title}: {what}"), help, title.as_str());
        out.found(finding.rated(severity, Confidence::High).attribute("object", title));
    };
    if let Some(kind) = object.path(&["roleRef", "kind"]).filter(|kind| binding.in_cluster() && kind.text() == Some("Role")) {
        say(kind, Severity::Low, "the API server refuses a ClusterRoleBinding to a Role", HELP_ROLE);
    }
    let mut earlier = Set::new();
    for subject in binding.subjects() {
        if let Some((node, what)) = refused(subject).or_else(|| unplaced(cx, subject).filter(|_| binding.in_cluster())) {
            say(node, Severity::Low, what, HELP);
        } else if identity(subject).is_some_and(|identity| !earlier.insert(identity)) {
            say(subject.get("name").unwrap_or(subject.node), Severity::Info, "the subject is named twice", "take it out");
        }
    }
}

// What is left out is filled in by the API server: of a user or group the group of the API.
fn refused<'u>(subject: Subject<'u>) -> Option<(Ref<'u>, &'static str)> {
    let group = match subject.text("apiGroup") {
        Read::Absent => "",
        Read::Is(group) => group,
        Read::Dynamic | Read::Wrong => return None,
    };
    let at = |name| subject.get(name).unwrap_or(subject.node);
    match subject.text("kind").is()? {
        "ServiceAccount" if !group.is_empty() => {
            Some((at("apiGroup"), "the API server refuses a service account of a group; leave `apiGroup` out"))
        }
        "ServiceAccount" if subject.text("name").is().is_some_and(|name| name.contains(':')) => Some((
            at("name"),
            "the API server refuses this name of a service account; `system:serviceaccount:…` is the name of a User",
        )),
        "User" | "Group" if !group.is_empty() && group != RBAC => {
            Some((at("apiGroup"), "the API server refuses this `apiGroup`; users and groups are of `rbac.authorization.k8s.io`"))
        }
        "Group" | "ServiceAccount" | "User" => None,
        _ => Some((at("kind"), "the API server refuses this kind of a subject; it is `User`, `Group` or `ServiceAccount`")),
    }
}

// Kustomize and others write namespaces where a file has none: so the account has to stand there with its own.
fn unplaced<'u>(cx: &Cx<'u>, subject: Subject<'u>) -> Option<(Ref<'u>, &'static str)> {
    let name = subject.text("name").is().filter(|_| subject.is("ServiceAccount") && subject.text("namespace") == Read::Absent)?;
    let placed = |object: &Object<'u>| {
        object.is("", "ServiceAccount") && object.name().is() == Some(name) && object.namespace().is().is_some()
    };
    let known = cx.budget.spend(cx.unit.objects().len()) && cx.unit.objects().iter().any(placed);
    known.then_some((subject.get("name")?, "the API server refuses a service account without a namespace in a ClusterRoleBinding"))
}

// Kind, name and namespace, where they are all known.
fn identity<'u>(subject: Subject<'u>) -> Option<(&'u str, &'u str, Option<&'u str>)> {
    let namespace = match subject.text("namespace") {
        Read::Absent => None,
        Read::Is(namespace) => Some(namespace),
        Read::Dynamic | Read::Wrong => return None,
    };
    Some((subject.text("kind").is()?, subject.text("name").is()?, namespace))
}

const DOCS: &str = r#"
The API server refuses a binding whose subjects it cannot read, and then nobody gets the role: a kind that there is not, a service
account with an `apiGroup` or without a namespace, a user of a wrong group, a ClusterRoleBinding to a Role. A subject that is named
twice gets nothing more.

**Mend it:** write `kind: ServiceAccount` with `name` and `namespace`, or `kind: User` or `Group` with `apiGroup:
rbac.authorization.k8s.io`.

**How bad:** low; info for a subject that is named twice.

Not reported: a user or group without `apiGroup`, which the API server fills in; a service account without a namespace in a RoleBinding,
where it is that of the binding, and unless the file holds that account with its namespace: Kustomize and others write it in.

**It does not see:** bindings that are made in the cluster; what a later step fills in; who holds a user or is in a group.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: serviceaccount, name: web, namespace: web} # <-
  - {apiGroup: rbac.authorization.k8s.io, kind: ServiceAccount, name: web, namespace: web} # <-
```

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {kind: Role, name: reader} # <-
subjects:
  - {kind: ServiceAccount, name: web, namespace: web}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: User, name: ada}
  - {kind: Group, apiGroup: "", name: ops}
  - {kind: ServiceAccount, name: web, namespace: web}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: ServiceAccount, name: web}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: web}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: ServiceAccount, name: web, namespace: a}
  - {kind: ServiceAccount, name: web, namespace: b}
```
"#;
