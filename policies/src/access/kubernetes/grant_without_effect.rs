use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::rbac_resource::{is_cluster_scoped, is_own_group};
use crate::rbac_rule::{RoleRule, VERBS, is_one, rules};

pub(crate) static RULE: Rule = Rule {
    id: "grant-without-effect",
    meta: Meta {
        title: "a grant that grants nothing",
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

const HELP: &str = "correct it, or take it out: what is not granted by it is missed or not needed";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    // Server-side apply creates an object by PATCH, and asks for `create` with its name.
    let applies = rules(cx, object).any(|rule| rule.list("verbs").any(|verb| is_one(verb, &["*", "patch"])));
    for rule in rules(cx, object).take_while(|rule| rule.spend(cx)) {
        let standard = rule.list("verbs").all(|verb| is_one(verb, VERBS));
        let first = refused(rule).or_else(|| resource(rule, standard)).or_else(|| name(rule, standard, applies));
        let Some((at, what)) = first else { continue };
        let title = object.title();
        let message = format!("{title}: {what}");
        let finding = RuleFinding::new(Place::node(at, "no effect"), message, HELP, title.as_str());
        out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", title));
    }
}

type Found<'u> = Option<(Ref<'u>, &'static str)>;

fn refused<'u>(rule: RoleRule<'u>) -> Found<'u> {
    let has = |name| rule.list(name).next().is_some();
    let lacks = |name| field(rule.node, name).is_none_or(|list| list.kind() == Kind::Sequence && list.items().next().is_none());
    let first = |name| rule.list(name).next();
    if let Some(url) = first("nonResourceURLs") {
        let mixed = has("resources") || has("apiGroups") || has("resourceNames");
        return match (rule.in_cluster(), mixed) {
            (false, _) => Some((url, "the API server refuses `nonResourceURLs` in a Role")),
            (true, true) => Some((url, "the API server refuses a rule over both URLs and resources")),
            (true, false) => None,
        };
    }
    let resource = first("resources")?;
    if lacks("apiGroups") {
        Some((resource, "the API server refuses resources without `apiGroups`; those of the core group are in `[\"\"]`"))
    } else if lacks("verbs") {
        Some((resource, "the API server refuses a rule without verbs"))
    } else {
        None
    }
}

fn resource<'u>(rule: RoleRule<'u>, standard: bool) -> Found<'u> {
    let own = rule.list("apiGroups").all(|group| text(Some(group)).is().is_some_and(is_own_group));
    // Of namespaces a Role grants the one that it stands in, by name.
    let unnamed = rule.list("verbs").all(|verb| is_one(verb, &["list", "watch", "create", "deletecollection"]));
    rule.list("resources").find_map(|item| {
        let name = text(Some(item)).is()?;
        let of_cluster = || rule.list("apiGroups").any(|group| group.text().is_some_and(|group| is_cluster_scoped(group, name)));
        if name.len() > 2 && name.ends_with("/*") {
            Some((item, "no resource matches this: `*` behind a slash is none of the patterns that RBAC knows"))
        } else if rule.in_cluster() || !own || !standard {
            None
        } else if of_cluster() || name == "namespaces" && unnamed {
            Some((item, "a Role grants nothing on what belongs to the whole cluster"))
        } else {
            None
        }
    })
}

fn name<'u>(rule: RoleRule<'u>, standard: bool, applies: bool) -> Found<'u> {
    let first = rule.list("resourceNames").next()?;
    let known = |name: &Ref<'u>| text(Some(*name)).is().is_some_and(|name| name.contains('*'));
    if let Some(name) = rule.list("resourceNames").find(known).filter(|_| standard) {
        return Some((name, "no object has this name: RBAC compares names as they stand, without patterns"));
    }
    let unnamed = rule.list("verbs").all(|verb| is_one(verb, &["create", "deletecollection"]));
    let whole = rule.list("resources").all(|item| text(Some(item)).is().is_some_and(|name| !name.contains(['/', '*'])));
    (unnamed && whole && !applies).then_some((first, "requests to create, or to delete all, have no name, so that none matches"))
}

const DOCS: &str = r#"
Some rules are valid and grant nothing. Whoever wrote them believes that something is allowed, or that something is narrowed. The API
server refuses others, and with them the role.

- `pods/*`: subresources are named one by one (`pods/log`), or as `*/log`.
- `resourceNames: ["*"]` or `["web-*"]`: names are compared as they stand. Without names, a rule holds for all.
- `resourceNames` with `create` or `deletecollection` only: such requests have no name.
- nodes, persistent volumes, ClusterRoles and the like in a Role.
- `nonResourceURLs` in a Role or beside resources, and resources without `apiGroups` or `verbs`.

**Mend it:** write what was meant.

**How bad:** low.

Not reported: namespaces in a Role with `get`, `update`, `patch` or `delete`, which grants the namespace of the Role; `bind` on
clusterroles in a Role; `resourceNames` with `create` on subresources, or in a role that may `patch`, since server-side apply asks with
a name; patterns among the names of signers of certificates, which are patterns there.

**It does not see:** whether the role grants enough; what a later step fills in; resources of operators, whose names it does not know.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [""]
    resources: ["pods/*"] # <-
    verbs: [get]
  - apiGroups: [""]
    resources: [nodes, pods] # <-
    verbs: [get, list]
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: ["*"] # <-
    verbs: [get]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tool, namespace: web}
rules:
  - apiGroups: [""]
    resources: [namespaces]
    verbs: [get, patch]
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    resourceNames: [view]
    verbs: [bind]
  - apiGroups: [longhorn.io]
    resources: [nodes]
    verbs: [get, list]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [nodes, "*/log"]
    verbs: [get, list]
  - apiGroups: [certificates.k8s.io]
    resources: [signers]
    resourceNames: ["example.com/*"]
    verbs: [approve]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [tool-tls]
    verbs: [get, create]
  - apiGroups: [""]
    resources: [serviceaccounts/token]
    resourceNames: [tool]
    verbs: [create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tool}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [tool]
    verbs: [create]
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [tool]
    verbs: [patch]
```
"#;
