use policy_core::budget::Budget;
use policy_core::facts::{Cluster, JoinOut};
use policy_core::model::kubernetes::{Selector, field, fields, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::{WORK, Workloads, finding, lacks, tell_if_spent};

pub(crate) static RULE: Rule = Rule {
    id: "service-selects-nothing",
    meta: Meta {
        title: "a Service that selects no pod",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Low,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-7"],
        aliases: &["kube-linter/dangling-service"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let workloads = Workloads::new(cluster);
    let budget = Budget::new(WORK);
    for row in cluster.rows().iter().filter(|row| row.is("", "Service")) {
        let Some(spec) = row.get("spec") else { continue };
        let Some(selector) = field(spec, "selector").filter(|selector| fields(*selector).next().is_some()) else { continue };
        // A name of DNS is all that such a Service is.
        let outside = text(field(spec, "type")) == Read::Is("ExternalName");
        let selector = Selector::of_labels(selector);
        if outside || !workloads.are_all_here(row) || workloads.has_selected(row, selector, &budget) {
            continue;
        }
        let message = format!("{} selects no pod: a pod that someone gives these labels takes its traffic", row.title());
        let help = "ask for the labels of the pods that are meant, or take the Service away";
        let mut finding = finding(row, "no pod has the labels that it asks for", message, help, "selector");
        finding.confidence = Confidence::Low;
        lacks(cluster, row, finding, out);
    }
    tell_if_spent(cluster, &budget, out);
}

const DOCS: &str = r#"
A Service whose selector fits no pod answers to no one, until someone who may create pods gives one these labels: then it takes the traffic
that was meant for others. Mostly a label was renamed.

**Mend it:** ask for the labels of the pods that are meant, or take the Service away.

**How bad:** low, and optional.

Not reported: a Service without a selector, one of type ExternalName, and those of namespaces for which no file has a workload. Nothing is
reported where a role lets something create pods: the labels of what an operator creates stand in no file. What is
merged into something, and what operators run, may have labels that are not written. An object without a namespace may be of any.

**It does not see:** pods that an operator or another repository creates. It says that it does not know if there are templates or
kustomizations that it cannot read.

```yaml bad
apiVersion: v1
kind: Service
metadata:
  name: web # <-
spec:
  selector: {app: webs}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx:1.29}]}
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web, namespace: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web, tier: front}}
spec: {containers: [{name: web, image: nginx:1.29}]}
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web, namespace: web}
spec:
  selector: {app: web}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: db, labels: {app: db}}
spec: {containers: [{name: db, image: postgres:18}]}
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports: [{port: 80}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx:1.29}]}
```
"#;
