use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "network-policy-idle-rules",
    meta: Meta {
        title: "rules of a NetworkPolicy that do nothing",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.3.2", "NSA-2"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(spec) = object.get("spec").filter(|_| object.is("networking.k8s.io", "NetworkPolicy")) else { return };
    let Some(types) = field(spec, "policyTypes").filter(|types| types.kind() == Kind::Sequence) else { return };
    // An empty list counts as none: what the rules are for then says it.
    if types.items().next().is_none() || types.items().any(|item| !matches!(text(Some(item)), Read::Is(_))) {
        return;
    }
    for (name, word) in [("ingress", "Ingress"), ("egress", "Egress")] {
        let rules = field(spec, name).filter(|rules| rules.kind() == Kind::Sequence);
        let Some(rules) = rules.filter(|_| types.items().all(|item| item.text() != Some(word))) else { continue };
        let finding = RuleFinding::new(
            Place::node(rules.parent().and_then(|spec| key_of(spec, name)).unwrap_or(rules), "this does nothing"),
            format!("`{name}` of {} does nothing, since `policyTypes` does not name {word}", object.title()),
            format!("add {word} to `policyTypes`, or take `{name}` away"),
            name,
        );
        let finding = finding.related(Place::node(types, "what the policy is for"));
        out.found(finding.rated(Severity::Medium, Confidence::High).attribute("object", object.title()));
    }
}

fn key_of<'u>(spec: Ref<'u>, name: &str) -> Option<Ref<'u>> {
    spec.entries().map(|(key, _)| key).find(|key| key.text() == Some(name))
}

const DOCS: &str = r#"
`policyTypes` says which traffic a NetworkPolicy judges. Rules of the other direction are read, kept and shown, and do nothing: a policy with
`egress` rules and `policyTypes: [Ingress]` lets its pods send wherever they like.

**Mend it:** add the direction to `policyTypes`, or take the rules away.

**How bad:** medium: the policy looks as if it held traffic back, and does not.

Not reported: a policy without `policyTypes`, which is then for ingress, and for egress if it has rules for it; and a direction without
rules, which denies all.

**It does not see:** whether another policy judges the same pods in that direction.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {}}]}]
  egress: # <-
    - to: [{podSelector: {matchLabels: {app: db}}}]
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {}
  egress: [{to: [{podSelector: {}}]}]
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {}
  policyTypes: []
  egress: [{to: [{podSelector: {}}]}]
```
"#;
