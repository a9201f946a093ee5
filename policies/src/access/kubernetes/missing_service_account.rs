use policy_core::facts::{Cluster, JoinOut};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::{Names, finding, lacks};

pub(crate) static RULE: Rule = Rule {
    id: "missing-service-account",
    meta: Meta {
        title: "a workload whose service account is not there",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &["kube-linter/non-existent-service-account"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let accounts = Names::of(cluster, &["ServiceAccount"]);
    for row in cluster.rows().iter().filter(|row| row.is_workload()) {
        let Read::Is(name) = row.text("serviceAccountName") else { continue };
        if ["", "default"].contains(&name) || !accounts.lacks(&row.fact.scope, "ServiceAccount", &row.fact.namespace, name) {
            continue;
        }
        let message = format!("{} runs as the service account {name}, which no file has: its pods cannot be created", row.title());
        let help = "add the service account, or name one that is there";
        lacks(cluster, row, finding(row, "its service account is not here", message, help, name), out);
    }
}

const DOCS: &str = r#"
A pod whose service account is not there is not created: the API server refuses it. If someone else creates an account of that name, the
pods run with rights that no one looked at.

**Mend it:** add the service account, or name one that is there.

**How bad:** low.

Not reported: the service account `default`, which every namespace has, and workloads of namespaces for which no file has any account:
then they are kept elsewhere. An object without a namespace may be of any.

**It does not see:** service accounts that an operator or another repository creates. It says that it does not know if there are templates
or kustomizations that it cannot read.

```yaml bad
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # <-
  namespace: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: webs
      containers: [{name: web, image: nginx:1.29}]
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: web}
spec:
  serviceAccountName: web
  containers: [{name: web, image: nginx:1.29}]
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: default
  containers: [{name: web, image: nginx:1.29}]
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: web
  containers: [{name: web, image: nginx:1.29}]
```
"#;
