use policy_core::document::Ref;
use policy_core::model::kubernetes::{Mismatch, Object, field, mismatch, removed_in};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "refused-object",
    meta: Meta {
        title: "an object that the API server does not take",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-5"],
        aliases: &[
            "kube-linter/mismatching-selector",
            "kube-linter/no-extensions-v1beta",
            "kube-score/stable-version",
            "trivy/KSV-0107",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let version = field(object.node(), "apiVersion");
    if let (Some(minor), Some(node)) = (removed_in(object, cx.kubernetes), version) {
        let written = version.and_then(Ref::text).unwrap_or("");
        let message = format!("Kubernetes 1.{minor} and newer do not serve `{written}` of {}", object.title());
        say(object, node, "no longer served", message, "write it in the version that took its place", out);
        return;
    }
    for pod in cx.unit.pods_of(object) {
        let Some((how, node)) = mismatch(object, pod) else { continue };
        let (label, message) = match how {
            Mismatch::Absent => {
                ("has no selector", format!("the API server refuses {}: it has no `spec.selector`", object.title()))
            }
            Mismatch::Other => (
                "selects other pods",
                format!("the API server refuses {}: its selector does not select its own pods", object.title()),
            ),
        };
        say(object, node, label, message, "give `spec.selector` the labels of the pod template", out);
    }
}

fn say<'u>(object: &Object<'u>, node: Ref<'u>, label: &'static str, message: String, help: &'static str, out: &mut Out<'u>) {
    let finding = RuleFinding::new(Place::node(node, label), message, help, object.title());
    out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
}

const DOCS: &str = r#"
What the API server refuses is not deployed: an API version that is gone, as `extensions/v1beta1` of a Deployment since 1.16, or a
controller whose selector does not select its own pods. What else is found in an object of such a version is said with medium confidence
at most.

**Mend it:** write the object in the version that took its place; give `spec.selector` the labels of the template.

**How bad:** low. The version that counts is that of `--kubernetes-version`, else the newest that is known.

Not reported: patches, which are merged into something; labels and selectors that a later step fills in; kinds of operators.

**It does not see:** which version the cluster has.

```yaml bad
apiVersion: extensions/v1beta1 # <-
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "nginx:1.29"}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shops}} # <-
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: web, image: "nginx:1.29"}]
```

```yaml good
# kubernetes: 1.15
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "nginx:1.29"}]
```

```yaml good
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  selector:
    matchLabels: {app: web}
    matchExpressions: [{key: tier, operator: In, values: [front, back]}]
  template:
    metadata: {labels: {app: web, tier: back, more: label}}
    spec:
      containers: [{name: web, image: "nginx:1.29"}]
```

```yaml good
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "nginx:1.29"}]
```
"#;
