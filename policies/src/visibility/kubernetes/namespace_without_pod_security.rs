use policy_core::model::kubernetes::Object;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "namespace-without-pod-security",
    meta: Meta {
        title: "a namespace that takes any pod",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.2.1", "NSA-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

const LABEL: &str = "pod-security.kubernetes.io/enforce";

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let named = object.name().is().filter(|_| object.is("", "Namespace"));
    // These are the cluster's own, and a name that cannot be one is filled in later.
    if named.is_none_or(|name| name.starts_with("kube-") || !name.starts_with(|first: char| first.is_ascii_alphanumeric())) {
        return;
    }
    let labels = object.path(&["metadata", "labels"]);
    if object.label(LABEL) != Read::Absent || labels.is_some_and(|labels| labels.text().is_some()) {
        return;
    }
    let finding = RuleFinding::new(
        Place::node(object.head(), "no level of Pod Security is enforced"),
        format!("{} enforces no level of the Pod Security Standards", object.title()),
        format!("add the label `{LABEL}: restricted`, or `baseline`"),
        LABEL,
    );
    out.found(finding.rated(Severity::Low, Confidence::Medium).attribute("object", object.title()));
}

const DOCS: &str = r#"
Kubernetes refuses pods that break the Pod Security Standards in namespaces with the label `pod-security.kubernetes.io/enforce`. Without it,
who may create a pod may create one that holds the node.

**Mend it:** add the label, with `restricted` or `baseline`. Try it with `pod-security.kubernetes.io/warn` first.

**How bad:** low, and optional: a cluster may have a default for all namespaces, or another admission controller.

Not reported: a label or a name that a later step fills in, and the cluster's own namespaces (`kube-system`).

**It does not see:** the default of the cluster (AdmissionConfiguration), Kyverno, Gatekeeper, and labels that something adds later.

```yaml bad
apiVersion: v1
kind: Namespace
metadata:
  name: web # <-
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    pod-security.kubernetes.io/enforce: baseline
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    pod-security.kubernetes.io/enforce: ${LEVEL}
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: kube-system
```
"#;
