use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::rbac_rule::{IDENTITIES, OF_APPS, OF_BATCH, Of, ROLES, joins, rules};

pub(crate) static RULE: Rule = Rule {
    id: "built-in-role-widened",
    meta: Meta {
        title: "a role that adds powers to view, edit or admin",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.2", "CIS-K8S-5.1.8", "NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

/// Verbs, and the resources they are beyond the role for.
type Grant = (&'static [&'static str], &'static [Of]);

/// What `view` leaves out by design.
const BEYOND_VIEW: &[Grant] = &[
    (&["get", "list", "watch"], &[("", &["secrets"])]),
    (&["create"], &[("", &["pods/attach", "pods/exec", "serviceaccounts/token"])]),
    (&["create", "patch", "update"], &[("", &["pods", "replicationcontrollers"]), OF_APPS, OF_BATCH]),
    (&["impersonate"], &[IDENTITIES]),
    BIND,
    ESCALATE,
];

/// What `edit` and `admin` leave out.
const BEYOND_ADMIN: &[Grant] = &[(&["impersonate"], &[("", &["groups", "users"])]), BIND, ESCALATE];

const BIND: Grant = (&["bind"], &[ROLES]);
const ESCALATE: Grant = (&["escalate"], &[ROLES]);

/// The roles that others join, what is beyond them, and how sure it is that it was not meant.
const WIDENED: &[(&str, &[Grant], Confidence)] = &[
    ("view", BEYOND_VIEW, Confidence::High),
    ("edit", BEYOND_ADMIN, Confidence::Medium),
    ("admin", BEYOND_ADMIN, Confidence::Medium),
];

const HELP: &str = "take the label off, or the grant; bind a role of its own to those who need it";

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some((whose, beyond, confidence)) = WIDENED.iter().find(|(whose, ..)| joins(object, whose)) else { return };
    let granted = rules(cx, object).filter(|rule| !rule.is_limited()).find_map(|rule| {
        let grant = beyond.iter().find_map(|(verbs, of)| rule.holds(verbs, of))?;
        Some((rule, grant))
    });
    if let Some((rule, grant)) = granted.filter(|(rule, _)| rule.in_cluster()) {
        let effect = format!("its label gives that to everyone who is bound to `{whose}`");
        out.found(rule.found(&grant, &effect, HELP, "joins a role of Kubernetes").rated(Severity::High, *confidence));
    }
}

const DOCS: &str = r#"
A ClusterRole with the label `rbac.authorization.k8s.io/aggregate-to-view: "true"` is added to `view`, and so to all who are bound to
it: people who may look, dashboards, exporters. `view` leaves Secrets, commands in pods, tokens and every write out by design; `edit` and `admin`
leave out the right to act as others, and to give rights that one does not hold.

**Mend it:** take the label off, and bind the role to those who need it.

**How bad:** high.

Not reported: Secrets and commands in pods for `edit` and `admin`, which have them already; labels of other aggregated roles; a rule
with `resourceNames`; for `view`, writes of what starts no pod.

**It does not see:** whom the role is bound to, and in which namespaces; what several roles add up to; what a later step fills in.

```yaml bad
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: tool
  labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}
rules:
  - apiGroups: [""]
    resources: [secrets] # <-
    verbs: [get, list]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: tool
  labels: {rbac.authorization.k8s.io/aggregate-to-edit: "true"}
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: [get, list]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: tool
  labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}
rules:
  - apiGroups: [example.com]
    resources: [widgets]
    verbs: [get, list, create]
```

```yaml good
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: tool
  labels: {rbac.authorization.k8s.io/aggregate-to-view: "false"}
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: [get]
```
"#;
