use policy_core::budget::Budget;
use policy_core::facts::{Cluster, JoinOut};
use policy_core::model::kubernetes::Selector;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::{WORK, Workloads, finding, lacks, pod_selector, tell_if_spent};

pub(crate) static RULE: Rule = Rule {
    id: "network-policy-selects-nothing",
    meta: Meta {
        title: "a NetworkPolicy that selects no pod",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Low,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.3.2", "NSA-2"],
        aliases: &["kube-linter/dangling-networkpolicy"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let workloads = Workloads::new(cluster);
    let budget = Budget::new(WORK);
    for row in cluster.rows().iter().filter(|row| row.is("networking.k8s.io", "NetworkPolicy")) {
        // An empty selector is for every pod that ever comes.
        let Some(selector) = pod_selector(row).map(Selector::new).filter(|selector| !selector.is_empty()) else { continue };
        if !workloads.are_all_here(row) || workloads.has_selected(row, selector, &budget) {
            continue;
        }
        let message = format!("{} selects no pod: it holds no traffic back", row.title());
        let help = "ask for the labels of the pods that are meant, or take the policy away";
        let mut finding = finding(row, "no pod has the labels that it asks for", message, help, "podSelector");
        finding.confidence = Confidence::Low;
        lacks(cluster, row, finding, out);
    }
    tell_if_spent(cluster, &budget, out);
}

const DOCS: &str = r#"
A NetworkPolicy holds for the pods that its `podSelector` selects. If it fits none, the pods that it was written for are open to everyone,
and nothing says so. Mostly a label was renamed.

**Mend it:** ask for the labels of the pods that are meant, or take the policy away.

**How bad:** low, and optional, since the pods may come from elsewhere.

Not reported: an empty selector, and policies of namespaces for which no file has a workload. Nothing is
reported where a role lets something create pods: the labels of what an operator creates stand in no file. What is
merged into something, and what operators run, may have labels that are not written. An object without a namespace may be of any.

**It does not see:** pods that an operator or another repository creates. It says that it does not know if there are templates or
kustomizations that it cannot read.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web # <-
spec:
  podSelector: {matchLabels: {app: webs}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx:1.29}]}
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [web, shop]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx:1.29}]}
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx:1.29}]}
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: web}
spec:
  podSelector: {matchLabels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: db, labels: {app: db}}
spec: {containers: [{name: db, image: postgres:18}]}
```
"#;
