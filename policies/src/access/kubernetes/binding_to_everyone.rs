use policy_core::model::kubernetes::{Object, text};
use policy_core::rbac::GROUP as RBAC;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_binding::Binding;
use crate::rbac_rule::{RoleRule, is_one, rules};

pub(crate) static RULE: Rule = Rule {
    id: "binding-to-everyone",
    meta: Meta {
        title: "a binding to everyone who has a login",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
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

/// Roles that are made for it.
const COMMON: &[&str] =
    &["system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery"];

const HELP: &str = "bind the groups or service accounts that need it, by name";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(binding) = Binding::of(cx, object) else { return };
    let name = text(object.path(&["roleRef", "name"])).is().filter(|name| !COMMON.contains(name));
    let is_role = !binding.in_cluster() && text(object.path(&["roleRef", "kind"])) == Read::Is("Role");
    let Some(name) = name.filter(|_| is_role || binding.cluster_role().is_some()) else { return };
    let mut known = None;
    for subject in binding.subjects() {
        let who = match subject.group() {
            Some("system:authenticated") => "every user and service account".to_owned(),
            Some("system:serviceaccounts") => "every service account of the cluster".to_owned(),
            Some(group) if binding.in_cluster() => match group.strip_prefix("system:serviceaccounts:") {
                Some(namespace) => format!("every service account of the namespace `{namespace}`"),
                None => continue,
            },
            _ => continue,
        };
        let grade = *known.get_or_insert_with(|| grade(cx, &binding, name));
        let Some((severity, confidence)) = rated(grade, binding.in_cluster()) else { return };
        let reach = if binding.in_cluster() { "the cluster" } else { "its namespace" };
        let so = match grade {
            Grade::Everything => ", which may do everything there",
            Grade::Secrets => ", which reads Secrets or holds as much",
            Grade::Writes => ", which writes",
            _ => "",
        };
        let message = format!("{} gives the {}{so}, in all of {reach} to {who}", object.title(), binding.role_title());
        out.found(binding.found(subject, "everyone", message, HELP).rated(severity, confidence));
    }
}

/// What a role grants, from little to much.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    /// It only reads, and nothing secret.
    Reads,
    /// It stands elsewhere, or a later step fills a part of it in.
    Unknown,
    /// `view`, by name.
    View,
    /// It writes something, or reads Secrets that it names.
    Writes,
    /// It reads all Secrets, runs commands in pods, or is over all resources.
    Secrets,
    /// `admin` and `edit`, by name.
    Admin,
    /// Whatever there is.
    Everything,
}

fn rated(grade: Grade, in_cluster: bool) -> Option<(Severity, Confidence)> {
    Some(match (grade, in_cluster) {
        (Grade::Everything | Grade::Admin, true) => (Severity::High, Confidence::High),
        (Grade::Secrets, true) => (Severity::High, Confidence::Medium),
        (Grade::View, true) | (Grade::Everything | Grade::Admin, false) => (Severity::Medium, Confidence::High),
        (Grade::Writes, true) | (Grade::Secrets, false) => (Severity::Medium, Confidence::Medium),
        (Grade::Unknown, true) => (Severity::Medium, Confidence::Low),
        (Grade::Writes, false) => (Severity::Low, Confidence::Medium),
        (Grade::Reads, _) | (Grade::Unknown | Grade::View, false) => return None,
    })
}

fn grade(cx: &Cx<'_>, binding: &Binding<'_>, name: &str) -> Grade {
    let is_cluster_role = binding.cluster_role().is_some();
    match name {
        "cluster-admin" if is_cluster_role => return Grade::Everything,
        "admin" | "edit" if is_cluster_role => return Grade::Admin,
        "view" if is_cluster_role => return Grade::View,
        _ => {}
    }
    let kind = if is_cluster_role { "ClusterRole" } else { "Role" };
    let here = |role: &&Object<'_>| is_cluster_role || role.namespace() == binding.object.namespace();
    let objects = cx.unit.objects().iter().take_while(|_| cx.budget.spend(1));
    let role = objects.filter(|role| role.is(RBAC, kind) && role.name().is() == Some(name)).find(here);
    // The rules of an aggregated role stand in others, and one without a list of rules is filled in later.
    let whole = |role: &&Object<'_>| role.get("aggregationRule").is_none() && role.get("rules").is_some();
    role.filter(whole).map_or(Grade::Unknown, |role| rules(cx, role).map(grade_of).max().unwrap_or(Grade::Reads))
}

/// What is asked for as one's own, which everyone may do.
const OF_ONESELF: &[&str] = &["selfsubjectaccessreviews", "selfsubjectreviews", "selfsubjectrulesreviews"];

const SECRET: &[&str] = &["nodes/proxy", "pods/attach", "pods/exec", "secrets", "serviceaccounts/token"];

fn grade_of(rule: RoleRule<'_>) -> Grade {
    let fixed = |name| rule.list(name).all(|item| text(Some(item)) != Read::Dynamic);
    let reads = rule.list("verbs").all(|verb| is_one(verb, &["get", "list", "use", "watch"]));
    let any = |names: &[&str]| rule.list("resources").any(|item| is_one(item, names));
    let secret = rule.is_wide() || (any(SECRET) && rule.item("apiGroups", "").or_else(|| rule.item("apiGroups", "*")).is_some());
    match () {
        () if rule.is_everything() => Grade::Everything,
        () if !fixed("verbs") || !fixed("resources") || !fixed("apiGroups") => Grade::Unknown,
        () if secret && !rule.is_limited() => Grade::Secrets,
        () if secret || !reads && !rule.list("resources").all(|item| is_one(item, OF_ONESELF)) => Grade::Writes,
        () => Grade::Reads,
    }
}

const DOCS: &str = r#"
The group `system:authenticated` is every user and every service account, so every pod with a token; on some clouds it is whoever has an
account there. `system:serviceaccounts` is every service account of the cluster. A right for all of them is one for whoever gets into
any pod.

**Mend it:** bind the groups or service accounts that need it.

**How bad:** by what the role grants, where it is of the same file. In a ClusterRoleBinding high for `cluster-admin`, `admin`, `edit`
and a role that may do everything, also for one that reads Secrets or holds as much (with medium confidence); medium for `view`, a role
that writes and, with low confidence, one that stands elsewhere. In a RoleBinding medium for the first and for one that reads Secrets,
low for one that writes.

Not reported: the roles that each cluster gives to all (`system:basic-user`, `system:discovery`, …); a RoleBinding to a role that stands
elsewhere; the service accounts of one namespace in a RoleBinding; a role of the same file that only reads, and no Secrets, or uses a
PodSecurityPolicy, or asks what oneself may do.

**It does not see:** bindings that are made in the cluster; what a later step fills in; who holds a user or is in a group.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"} # <-
```

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts"} # <-
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:basic-user}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tool, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tool}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "developers"}
```
"#;
