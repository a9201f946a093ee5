use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, text};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::rbac_resource::{RESOURCES, is_own_group};
use crate::rbac_rule::{RoleRule, VERBS, rules};

pub(crate) static RULE: Rule = Rule {
    id: "misspelt-grant",
    meta: Meta {
        title: "a grant on a resource or verb that there is not",
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

const HELP: &str = "correct it, or take it out: as it stands it grants nothing";

/// Words that are no verbs of RBAC, and what is meant.
const NO_VERBS: &[(&str, &str)] = &[
    ("all", "*"),
    ("any", "*"),
    ("apply", "patch"),
    ("delete-collection", "deletecollection"),
    ("describe", "get"),
    ("edit", "update"),
    ("modify", "update"),
    ("post", "create"),
    ("put", "update"),
    ("read", "get"),
    ("remove", "delete"),
    ("view", "get"),
    ("write", "update"),
];

/// Where these resources stood up to Kubernetes 1.21.
const MOVED: &[&str] = &["daemonsets", "deployments", "ingresses", "networkpolicies", "replicasets"];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    for rule in rules(cx, object).take_while(|rule| rule.spend(cx)) {
        let own = rule.list("apiGroups").all(|group| text(Some(group)).is().is_some_and(is_own_group));
        let verb = rule.list("verbs").find_map(|item| verb(item, own && rule.list("nonResourceURLs").next().is_none()));
        let resource = || rule.list("resources").find_map(|item| resource(cx, rule, item).filter(|_| own));
        let Some((at, what)) = verb.or_else(resource) else { continue };
        let title = object.title();
        let finding = RuleFinding::new(Place::node(at, "no such one"), format!("{title}: {what}"), HELP, title.as_str());
        out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", title));
    }
}

fn verb(item: Ref<'_>, own: bool) -> Option<(Ref<'_>, String)> {
    let text = text(Some(item)).is()?;
    let lower = text.to_ascii_lowercase();
    let meant = match VERBS.contains(&lower.as_str()) && lower != text {
        true => lower.as_str(),
        false => NO_VERBS.iter().find(|(word, _)| own && *word == text)?.1,
    };
    Some((item, format!("`{text}` is no verb of RBAC; it is `{meant}`")))
}

fn resource<'u>(cx: &Cx<'u>, rule: RoleRule<'u>, item: Ref<'u>) -> Option<(Ref<'u>, String)> {
    let name = text(Some(item)).is()?;
    let name = name.split_once('/').map_or(name, |(name, _)| name);
    let in_group = |rule: RoleRule<'u>, group: &str| rule.item("apiGroups", group).is_some();
    if let Some((group, _, _)) = RESOURCES.iter().find(|(_, plural, _)| *plural == name) {
        let old = MOVED.contains(&name) && !cx.kubernetes.is_at_least(22) && in_group(rule, "extensions");
        // Roles for clusters of many versions name a resource in each group that it ever stood in.
        let elsewhere = || rules(cx, &rule.role).any(|other| in_group(other, group) && other.item("resources", name).is_some());
        let wrong = !in_group(rule, group) && rule.list("apiGroups").next().is_some() && !old && !elsewhere();
        let group = if group.is_empty() { "\"\"" } else { group };
        return wrong.then(|| (item, format!("`{name}` is no resource of this group; it is one of `{group}`")));
    }
    let lower = name.to_ascii_lowercase();
    let is_one_of = |plural: &str| {
        let several = |stem: &str, end: &str| plural.strip_suffix(end) == Some(stem);
        let of_y = |stem: &str| plural.strip_suffix("ies") == Some(stem);
        lower == plural || several(&lower, "s") || several(&lower, "es") || lower.strip_suffix('y').is_some_and(of_y)
    };
    let meant = RESOURCES.iter().find(|(group, plural, _)| in_group(rule, group) && is_one_of(plural))?.1;
    Some((item, format!("there is no resource `{name}`; it is `{meant}`")))
}

const DOCS: &str = r#"
RBAC compares verbs and resources as they stand, and takes any text. `Get`, `pod`, `Secrets` or `write` match no request, and
`deployments` in the group `""` match none either: the right that was meant is not granted.

**Mend it:** write verbs and resources as `kubectl api-resources -o wide` shows them: verbs in lower case, resources in lower case and
plural, with their group.

**How bad:** low.

Not reported: verbs and resources of groups that are not Kubernetes' own; a resource in a wrong group if another rule of the role names
it in the right one, as roles for many versions of Kubernetes do; verbs for special cases (`use`, `bind`, `impersonate`, …);
`extensions` before 1.22.

**It does not see:** whether the role grants enough; what a later step fills in; resources of operators, whose names it does not know.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [""]
    resources: [pods, deployments] # <-
    verbs: [get]
  - apiGroups: [apps]
    resources: [deployment] # <-
    verbs: [get]
```

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: [Get, list] # <-
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: ["", apps]
    resources: [pods, deployments]
    verbs: [get, list]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [example.com]
    resources: [pod, Widgets, deployments]
    verbs: [read, sync]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [extensions, networking.k8s.io]
    resources: [ingresses]
    verbs: [get]
  - apiGroups: [""]
    resources: [ingresses]
    verbs: [get]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [policy]
    resources: [podsecuritypolicies]
    verbs: [use]
  - apiGroups: [""]
    resources: [users, groups]
    verbs: [impersonate]
  - apiGroups: [""]
    resources: ["*", "pods/*"]
    verbs: ["*"]
```
"#;
