use policy_core::budget::Budget;
use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinOut, Row};
use policy_core::map::Set;
use policy_core::model::kubernetes::{Selector, boolean, field};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::{Spaces, WORK, Workloads, finding, lacks, pod_selector, tell_if_spent};

pub(crate) static RULE: Rule = Rule {
    id: "workload-without-network-policy",
    meta: Meta {
        title: "a workload that everyone in the cluster reaches",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.3.2", "NSA-2"],
        aliases: &["checkov/CKV2_K8S_6", "kube-linter/non-isolated-pod", "kube-score/pod-networkpolicy"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

const HELP: &str = "add a NetworkPolicy that denies by default (`podSelector: {}`), and one for what each workload needs";

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let workloads = Workloads::new(cluster);
    let budget = Budget::new(WORK);
    let (mut with_policy, mut covered, mut told) = (Spaces::default(), Spaces::default(), Spaces::default());
    let mut selected: Set<usize> = Set::new();
    for row in cluster.rows().iter().filter(|row| row.fact.kind.ends_with("NetworkPolicy")) {
        if row.fact.group != "networking.k8s.io" {
            // Policies of a CNI select by rules of their own.
            covered.add(row);
        } else if judges_ingress(row) {
            with_policy.add(row);
            let selector = pod_selector(row).map(Selector::new).filter(|selector| !selector.is_empty());
            let Some(selector) = selector else {
                covered.add(row);
                continue;
            };
            workloads.select(row, selector, &budget, &mut |at| {
                selected.insert(at);
                true
            });
        }
    }
    let mut last = None;
    for (row, at) in workloads.rows.iter().zip(0..) {
        let place = &row.fact.place.location;
        // An object may carry several pods.
        let again = last.replace((&place.path, place.span)) == Some((&place.path, place.span));
        let on_host = boolean(row.get("hostNetwork")) != Read::Absent;
        if again || on_host || selected.contains(&at) || covered.may_have(row) || budget.is_spent() {
            continue;
        }
        let message = if with_policy.may_have(row) && !cluster.open {
            format!("no NetworkPolicy selects {}: every pod of the cluster reaches it", row.title())
        } else if told.add(row) {
            let of = match row.fact.namespace.as_str() {
                "" => "objects that name no namespace".to_owned(),
                name => format!("the namespace {name}"),
            };
            format!("no NetworkPolicy is there for {of}: every pod of the cluster reaches the workloads")
        } else {
            continue;
        };
        lacks(cluster, row, finding(row, "open to every pod", message, HELP, "NetworkPolicy"), out);
    }
    tell_if_spent(cluster, &budget, out);
}

fn judges_ingress(row: &Row<'_>) -> bool {
    let types = row.get("spec").and_then(|spec| field(spec, "policyTypes")).into_iter().flat_map(Ref::items);
    let mut types = types.peekable();
    types.peek().is_none() || types.any(|word| word.text() != Some("Egress"))
}

const DOCS: &str = r#"
Without a NetworkPolicy that selects it, a pod takes traffic from every pod of the cluster: one that falls reaches all the others.

Where a namespace has policies, each workload is reported that none of them selects; where it has none, the namespace is reported once, at
its first workload. Objects without a namespace count as one namespace, and may be of any that a policy is for.

**Mend it:** add a policy that denies by default to each namespace, and one for what each workload needs.

**How bad:** low, and optional.

Not reported: pods on the network of their node, which NetworkPolicies do not reach, and namespaces for which there are policies of Cilium or
Calico or policies of the whole cluster. Policies for egress alone do not count.

**It does not see:** whether the cluster enforces policies, and policies that another repository holds. It says once for each namespace that
it does not know if there are templates or kustomizations that it cannot read.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx:1.29}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: db # <-
  labels: {app: db}
spec: {containers: [{name: db, image: postgres:18}]}
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: web}
spec:
  podSelector: {}
  policyTypes: [Ingress]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: web}
spec: {containers: [{name: web, image: nginx:1.29}]}
```

```yaml good
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: web}
spec:
  endpointSelector: {matchLabels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: web}
spec: {containers: [{name: web, image: nginx:1.29}]}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  hostNetwork: true
  containers: [{name: agent, image: agent:1}]
```
"#;
