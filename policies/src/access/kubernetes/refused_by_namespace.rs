use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinFinding, JoinOut, Row};
use policy_core::model::kubernetes::{Version, field};
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::finding;
use crate::packs::{BASELINE, RESTRICTED};

pub(crate) static RULE: Rule = Rule {
    id: "refused-by-namespace",
    meta: Meta {
        title: "pods that their namespace does not let in",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.2.1", "NSA-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

const VERSION: &str = "pod-security.kubernetes.io/enforce-version";

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    for row in cluster.rows().iter().filter(|row| row.is_workload() && !row.fact.namespace.is_empty()) {
        for namespace in cluster.find(row, "Namespace", "", &row.fact.namespace) {
            let standard = match namespace.label(ENFORCE) {
                Some("baseline") => BASELINE,
                Some("restricted") => RESTRICTED,
                _ => continue,
            };
            // The controls of another version are not those that the pods were held against.
            let pinned = namespace.label(VERSION).is_some_and(|version| Version::parse(version) != Some(Version::NEWEST));
            let fails = row.get("fails").and_then(|fails| field(fails, standard));
            let controls: Vec<&str> = fails.into_iter().flat_map(Ref::items).filter_map(Ref::text).collect();
            if !controls.is_empty() && !pinned {
                out.found(refused(row, &namespace, standard, &controls.join(", ")));
            }
        }
    }
}

fn refused(row: &Row<'_>, namespace: &Row<'_>, standard: &str, controls: &str) -> JoinFinding {
    let level = standard.strip_prefix("pss-").unwrap_or(standard);
    let name = &row.fact.namespace;
    let message = format!("{} gets no pods: the namespace `{name}` enforces {level}, and they fail {controls}", row.title());
    let help = format!("set what these controls ask for: `gatepost check --pack {standard}` says where");
    let mut finding = finding(row, "its pods are refused", message, &help, name);
    finding.related.push((namespace.fact.place.location.clone(), format!("enforces {level}")));
    finding.severity = Severity::Medium;
    finding
}

const DOCS: &str = r#"
A namespace with the label `pod-security.kubernetes.io/enforce` lets in only pods that meet the standard. A workload whose pods fail it is
taken without a word, and then has no pods: the error stands in the events of its ReplicaSet.

**Mend it:** set what the named controls ask for, or run the workload in a namespace for what needs such rights.

**How bad:** medium: nothing gets in, but what was to be deployed does not run.

Not reported: objects that name no namespace, since it is not known where they are put; namespaces that pin another version of the
standard than the newest; levels that only warn or audit.

**It does not see:** exemptions in the settings of the API server, and labels that the cluster's own namespace has.

```yaml bad
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: restricted}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # <-
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: baseline}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web, image: nginx:1.29}]
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/warn: restricted}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostPID: true
  containers: [{name: web, image: nginx:1.29}]
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: restricted}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: nginx:1.29}]
```
"#;
