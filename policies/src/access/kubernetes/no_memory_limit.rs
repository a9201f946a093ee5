use policy_core::model::kubernetes::{Container, Pod};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, called, complete, lacks, say};

pub(crate) static RULE: Rule = Rule {
    id: "no-memory-limit",
    meta: Meta {
        title: "a container may take all memory of its node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-1"],
        aliases: &["checkov/CKV_K8S_13", "kube-linter/unset-memory-requirements", "trivy/KSV-0018", "kubescape/C-0271"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    const FIELD: &[&str] = &["resources", "limits", "memory"];
    let lacking =
        |(pod, _): (&Pod<'u>, _)| lacks(container.node(), FIELD) && container.path(FIELD).is_none() && pod.path(FIELD).is_none();
    if !container.stays() || !complete(cx, container).is_some_and(lacking) {
        return;
    }
    let said = Said {
        at: Place::node(container.head(), "has no memory limit"),
        message: format!("{} has no memory limit: it can take what its node has", called(container.name())).into(),
        help: "set `resources.limits.memory` to what the container needs at most",
        rated: (Severity::Low, Confidence::Medium),
    };
    say(cx, container, said, out);
}

const DOCS: &str = r#"
Without a limit, a leak of memory or a request that asks for much of it does not end in one container that is started again, but in a
node where the kernel ends whatever it picks.

**Mend it:** set `resources.limits.memory`; the same as the request is the usual choice. A limit for the whole pod
(`spec.resources.limits.memory`) counts too.

**How bad:** low. The rule is optional. Limits of CPU are not asked for: their use is a matter of opinion.

Not reported: init containers that end; pods whose settings come from elsewhere too.

**It does not see:** a `LimitRange` of the namespace, which gives containers a limit, a patch in another file, and what the Vertical Pod
Autoscaler sets.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web # <-
      image: nginx:1.29
      resources:
        requests: {memory: 64Mi}
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
        limits: {memory: 64Mi}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  resources:
    limits: {memory: 1Gi}
  initContainers:
    - name: setup
      image: busybox:1.37
  containers:
    - name: web
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      resources: ${RESOURCES}
```
"#;
