use policy_core::model::kubernetes::{Container, Pod};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, called, complete, lacks, say};

pub(crate) static RULE: Rule = Rule {
    id: "no-resource-requests",
    meta: Meta {
        title: "the scheduler does not know what a container needs",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-1"],
        aliases: &[
            "checkov/CKV_K8S_10",
            "checkov/CKV_K8S_12",
            "trivy/KSV-0015",
            "trivy/KSV-0016",
            "kubescape/C-0268",
            "kubescape/C-0269",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let Some((pod, _)) = complete(cx, container).filter(|_| container.stays()) else { return };
    let what = match (asks(pod, container, "cpu"), asks(pod, container, "memory")) {
        (true, true) => return,
        (false, false) => "neither CPU nor memory",
        (false, true) => "no CPU",
        (true, false) => "no memory",
    };
    let said = Said {
        at: Place::node(container.head(), "has no request"),
        message: format!("{} requests {what}: its pod goes to nodes that have none left", called(container.name())).into(),
        help: "set `resources.requests` to what the container needs as a rule",
        rated: (Severity::Low, Confidence::Medium),
    };
    say(cx, container, said, out);
}

// What has a limit and no request requests its limit.
fn asks(pod: &Pod<'_>, container: &Container<'_>, what: &str) -> bool {
    ["requests", "limits"].iter().any(|list| {
        let field = ["resources", list, what];
        container.path(&field).is_some() || pod.path(&field).is_some() || !lacks(container.node(), &field)
    })
}

const DOCS: &str = r#"
The scheduler puts a pod on a node by what its containers request. What requests nothing is put anywhere, takes from others what they
did request, and is the first to be evicted when memory runs out.

**Mend it:** set `resources.requests` for `cpu` and `memory`. What has a limit and no request requests its limit.

**How bad:** low. The rule is optional.

Not reported: init containers that end; pods whose settings come from elsewhere too.

**It does not see:** a `LimitRange` of the namespace, a patch in another file, and what the Vertical Pod Autoscaler sets.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web # <-
      image: nginx:1.29
    - name: proxy # <-
      image: envoy:1.36
      resources:
        limits: {memory: 64Mi}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      resources:
        requests: {cpu: 10m, memory: 64Mi}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      resources:
        requests: {cpu: 10m}
        limits: {memory: 64Mi}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  resources:
    requests: {cpu: 10m, memory: 64Mi}
  containers:
    - name: web
      image: nginx:1.29
```
"#;
