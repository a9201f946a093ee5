use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, Selector, field, text};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::cidr::hold_every_address;

pub(crate) static RULE: Rule = Rule {
    id: "network-policy-allows-all",
    meta: Meta {
        title: "a NetworkPolicy that opens its namespace to everyone",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.3.2", "NSA-2"],
        aliases: &["trivy/KSV-0038"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(spec) = object.get("spec").filter(|_| object.is("networking.k8s.io", "NetworkPolicy")) else { return };
    let selector = field(spec, "podSelector");
    // A selector that a later step fills in is not known to be empty.
    if selector.is_some_and(|node| node.kind() != Kind::Mapping || !Selector::new(node).is_empty()) || !judges_ingress(spec) {
        return;
    }
    let rules = || field(spec, "ingress").into_iter().flat_map(Ref::items).filter(|rule| rule.kind() == Kind::Mapping);
    let Some((rule, who)) = ["everyone", "every pod of the cluster"].into_iter().find_map(|who| {
        let lets_in = |rule: &Ref<'u>| lets_all_in(*rule, who == "everyone");
        rules().find(lets_in).map(|rule| (rule, who))
    }) else {
        return;
    };
    let finding = RuleFinding::new(
        Place::node(rule.entries().next().map_or(rule, |(key, _)| key), "on every port"),
        format!("{} lets {who} in to every pod of its namespace, on every port", object.title()),
        "select the pods that everyone may reach, and name their ports; leave the rest to a policy that denies by default",
        "ingress",
    );
    out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
}

fn judges_ingress(spec: Ref<'_>) -> bool {
    field(spec, "policyTypes").is_none_or(|types| types.items().any(|item| item.text() == Some("Ingress")))
}

fn lets_all_in(rule: Ref<'_>, everyone: bool) -> bool {
    let is_empty = |name| field(rule, name).is_none_or(|list| list.kind() == Kind::Sequence && list.items().next().is_none());
    let from = || field(rule, "from").into_iter().flat_map(Ref::items);
    let mut networks = Vec::new();
    networks.extend(from().filter_map(network));
    let all = if everyone { is_empty("from") || hold_every_address(&networks) } else { from().any(is_every_pod) };
    is_empty("ports") && all
}

fn network(peer: Ref<'_>) -> Option<&str> {
    let block = field(peer, "ipBlock")?;
    let spares = field(block, "except").is_some_and(|list| list.items().next().is_some() || list.text().is_some());
    text(field(block, "cidr")).is().filter(|_| !spares)
}

fn is_every_pod(peer: Ref<'_>) -> bool {
    let is_empty = |node: Ref<'_>| node.kind() == Kind::Mapping && Selector::new(node).is_empty();
    field(peer, "namespaceSelector").is_some_and(is_empty) && field(peer, "podSelector").is_none_or(is_empty)
}

const DOCS: &str = r#"
NetworkPolicies add up: what one of them allows, no other takes away. One that selects every pod of a namespace and lets everyone in
on every port undoes all the others there.

Reported are policies with an empty `podSelector` and a rule of `ingress` without `ports` whose `from` is left out, empty, every address
(`0.0.0.0/0`, or its halves) or every namespace (`namespaceSelector: {}`).

**Mend it:** select the pods that everyone may reach and name their ports, and let a policy that denies by default stand for the rest.

**How bad:** low: it is as bad as no policy at all.

Not reported: policies for some pods, since a front has to be open, those that name ports, and egress.

**It does not see:** policies of Cilium, Calico and other CNIs, which can deny what this one allows.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-all
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - {} # <-
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny-all
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: []
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: front
spec:
  podSelector: {matchLabels: {app: front}}
  ingress:
    - {}
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {}
  ingress:
    - ports: [{port: 443}]
    - from: [{podSelector: {}}]
    - from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
```
"#;
