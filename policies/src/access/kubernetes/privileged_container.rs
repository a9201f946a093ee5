use policy_core::model::kubernetes::Container;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "privileged-container",
    meta: Meta {
        title: "a container that holds its node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/privileged", "CIS-K8S-5.2.2", "NSA-1"],
        aliases: &[
            "checkov/CKV_K8S_16",
            "kube-linter/privileged-container",
            "kube-score/container-security-context-privileged",
            "trivy/KSV-0017",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let (Some(node), Some(pod)) = (container.security("privileged"), cx.unit.pod_of(container)) else { return };
    match container.security_flag("privileged") {
        Read::Is(true) => {}
        Read::Dynamic => return unknown(cx, node, out),
        _ => return,
    }
    let owner = Owner::container(container);
    let message = format!("{} is privileged: it sees every device of its node, and is root there", owner.name(cx, pod));
    let help = "take `privileged: true` away; a capability or a device plugin gives what it is needed for";
    let finding = owner.finding((cx, pod), "privileged", Place::node(node, "root on the node"), message, help);
    out.found(finding.rated(Severity::High, Confidence::High));
}

const DOCS: &str = r#"
A privileged container has all capabilities, all devices of the node, and none of the walls of a container: who runs code in it is root
on the node, and so in every pod there.

**Mend it:** leave `privileged` out. What it is there for is mostly one capability (`capabilities.add`), one device (a device plugin) or
one setting of the kernel, which a node can be given once. Instead of Docker in Docker, build with BuildKit that runs without root. A
container that mounts a volume with `mountPropagation: Bidirectional`, as drivers of storage do, has to be privileged: the API server
refuses it otherwise. Accept the finding there with a reason.

**How bad:** high. The standard Baseline forbids it (control Privileged Containers).

Not reported: `privileged` that a later step fills in (`${PRIVILEGED}`), and text in quotes, which the API server refuses.

**It does not see:** what an admission controller changes.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers:
        - name: sysctl
          image: busybox:1.37
          securityContext:
            privileged: true # <-
      containers:
        - name: web
          image: nginx:1.29
          securityContext: {privileged: yes} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        privileged: false
```

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        privileged: ${PRIVILEGED}
        Privileged: true
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata:
  name: template
data:
  pod.yaml: |
    spec:
      containers:
        - securityContext:
            privileged: true
```
"#;
