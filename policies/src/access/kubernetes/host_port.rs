use policy_core::model::kubernetes::{Container, field, integer};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, items, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "host-port",
    meta: Meta {
        title: "a container that takes a port of its node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/hostPorts", "CIS-K8S-5.2.12", "NSA-1"],
        aliases: &["checkov/CKV_K8S_26", "kubescape/C-0044", "trivy/KSV-0024"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let Some(pod) = cx.unit.pod_of(container) else { return };
    for node in items(cx, container.get("ports")).filter_map(|port| field(port, "hostPort")) {
        let port = match integer(Some(node)) {
            Read::Is(port) if port != 0 => port,
            Read::Dynamic => {
                unknown(cx, node, out);
                continue;
            }
            _ => continue,
        };
        let owner = Owner::container(container);
        let message = format!("{} listens on port {port} of its node: whoever reaches the node reaches it", owner.name(cx, pod));
        let place = Place::node(node, "a port of the node");
        let help = "take `hostPort` away, and reach the container by a Service";
        out.found(owner.finding((cx, pod), "hostPorts", place, message, help).rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
A `hostPort` opens a port of the node for the container: who reaches the node reaches it, whatever Services say. Two pods with the
same one never run on one node.

**Mend it:** leave `hostPort` out; a Service of type `NodePort` or `LoadBalancer`, or an Ingress, leads traffic in.

**How bad:** low; ingress controllers and agents of nodes are reached so. The standard Baseline forbids it (control Host Ports).

Not reported: `hostPort: 0`, which is none, and a port that a later step fills in.

**It does not see:** ports that a container opens by itself in the network of its node (see `host-namespace`).

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      ports:
        - containerPort: 8080
          hostPort: 80 # <-
        - {containerPort: 8443, hostPort: 443} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      ports:
        - containerPort: 8080
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      ports:
        - {containerPort: 8080, hostPort: 0}
        - {containerPort: 8081, hostPort: "${PORT}"}
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports:
    - {port: 80, nodePort: 30080, hostPort: 80}
```
"#;
