use policy_core::model::kubernetes::{Object, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "namespace-privileged",
    meta: Meta {
        title: "a namespace that says it takes any pod",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
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

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let label = object.path(&["metadata", "labels", "pod-security.kubernetes.io/enforce"]);
    let Some(node) = label.filter(|node| object.is("", "Namespace") && text(Some(*node)) == Read::Is("privileged")) else { return };
    let finding = RuleFinding::new(
        Place::node(node, "pods that hold their node are let in"),
        format!("{} is exempt from the Pod Security Standards", object.title()),
        "put what needs the node into a namespace of its own, let few people in there, and enforce `baseline` for the rest",
        "privileged",
    );
    out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
}

const DOCS: &str = r#"
`pod-security.kubernetes.io/enforce: privileged` lets every pod in, even where the cluster has a stricter default: who may create a pod in
the namespace, or change a workload there, holds the nodes.

**Mend it:** put what needs the node (drivers of storage, networks, agents) into a namespace of its own, and enforce `baseline` for the rest.

**How bad:** low, and optional: for such drivers it has to be so.

Not reported: `warn` and `audit`, which refuse nothing.

**It does not see:** who may create pods there.

```yaml bad
apiVersion: v1
kind: Namespace
metadata:
  name: storage
  labels:
    pod-security.kubernetes.io/enforce: privileged # <-
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
    pod-security.kubernetes.io/warn: privileged
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: web
  annotations:
    pod-security.kubernetes.io/enforce: privileged
```
"#;
