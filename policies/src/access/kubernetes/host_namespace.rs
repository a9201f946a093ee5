use policy_core::model::kubernetes::Pod;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "host-namespace",
    meta: Meta {
        title: "a pod that shares namespaces of its node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/hostNamespaces", "CIS-K8S-5.2.3", "CIS-K8S-5.2.4", "CIS-K8S-5.2.5", "NSA-1"],
        aliases: &[
            "checkov/CKV_K8S_17",
            "checkov/CKV_K8S_18",
            "checkov/CKV_K8S_19",
            "kube-linter/host-ipc",
            "kube-linter/host-network",
            "kube-linter/host-pid",
            "kubescape/C-0038",
            "kubescape/C-0041",
            "trivy/KSV-0008",
            "trivy/KSV-0009",
            "trivy/KSV-0010",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

/// Fields, what they share, and what that gives.
const SHARED: [(&str, &str, &str); 3] = [
    ("hostIPC", "the memory segments and semaphores", "its containers read and write what processes of the node share"),
    (
        "hostNetwork",
        "the network",
        "its containers reach what listens on the node's loopback, and NetworkPolicies mostly do not hold them",
    ),
    (
        "hostPID",
        "the processes",
        "its containers see every process of the node with its command line, and can signal those of their user, as root every one",
    ),
];

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for (name, what, gives) in SHARED {
        let Some(node) = pod.get(name) else { continue };
        match pod.flag(name) {
            Read::Is(true) => {}
            Read::Dynamic => {
                unknown(cx, node, out);
                continue;
            }
            _ => continue,
        }
        let message = format!("{} shares {what} of its node: {gives}", Owner::POD.name(cx, pod));
        let place = Place::node(node, "a wall less between the pod and its node");
        let help = "take the field away, or give the pod a namespace of Kubernetes of its own that only such pods are allowed in";
        out.found(Owner::POD.finding((cx, pod), "hostNamespaces", place, message, help).rated(Severity::Medium, Confidence::High));
    }
}

const DOCS: &str = r#"
A pod with `hostNetwork`, `hostPID` or `hostIPC` lives in namespaces of its node. By the network it reaches what listens on the
node's loopback and the metadata service of the cloud, and NetworkPolicies mostly do not hold it. By the processes it sees the
command lines of all, and with a capability more it reads their memory. By IPC it shares memory with them.

**Mend it:** leave the fields out. A port is reached by a Service; metrics of the node come from an agent that runs apart, in a
namespace whose label `pod-security.kubernetes.io/enforce` allows it.

**How bad:** medium, since network plugins and agents of nodes cannot do without. The standard Baseline forbids it (control Host
Namespaces).

Not reported: a field that is `false`, and one that a later step fills in.

**It does not see:** what an admission controller changes.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: exporter
spec:
  selector: {matchLabels: {app: exporter}}
  template:
    metadata: {labels: {app: exporter}}
    spec:
      hostNetwork: true # <-
      hostPID: true # <-
      containers:
        - name: exporter
          image: example/exporter:1.0
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostNetwork: false
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostPID: ${HOST_PID}
  shareProcessNamespace: true
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostIPC: "true"
  containers:
    - {name: web, image: "nginx:1.29"}
```
"#;
