use policy_core::document::Kind;
use policy_core::model::kubernetes::{Pod, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, items, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "unsafe-sysctl",
    meta: Meta {
        title: "a pod that sets the kernel beyond what is safe",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/sysctls", "NSA-1"],
        aliases: &["kube-linter/unsafe-sysctls", "trivy/KSV-0026"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

/// Settings that touch only the pod, with the minor version that the standard knows them from.
const SAFE: &[(&str, u8)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_notsent_lowat", 37),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.tcp_wmem", 32),
];

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    let list = items(cx, pod.security("sysctls")).filter(|item| item.kind() == Kind::Mapping);
    for (item, written) in list.map(|item| (item, field(item, "name"))) {
        let name = match text(written) {
            Read::Is(name) => name,
            Read::Absent => "",
            Read::Dynamic => {
                unknown(cx, item, out);
                continue;
            }
            Read::Wrong => continue,
        };
        if SAFE.iter().any(|(safe, since)| *safe == name && cx.kubernetes.is_at_least(*since)) {
            continue;
        }
        let message =
            format!("{} sets `{name}` of the kernel, which is not known to touch the pod alone", Owner::POD.name(cx, pod));
        let help = "leave it out, or set it for the node; only a kubelet with `allowedUnsafeSysctls` starts such a pod";
        let place = Place::node(written.unwrap_or(item), "not among the safe ones");
        out.found(Owner::POD.finding((cx, pod), "sysctls", place, message, help).rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
`sysctls` of a pod set the kernel. The safe ones touch the pod alone; others may take memory of the node, or weaken it for all. Nodes
refuse those unless their kubelet was told to allow them.

**Mend it:** leave them out, or set them for the node, where its other pods are known too.

**How bad:** low: a node has to allow them. The standard Baseline allows a list, which grew in 1.27, 1.29, 1.32 and 1.37 (control
Sysctls).

Not reported: names of that list for the version that manifests are held against, and names that a later step fills in.

**It does not see:** what a privileged init container sets by `sysctl -w`.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    sysctls:
      - {name: net.ipv4.tcp_syncookies, value: "1"}
      - name: kernel.msgmax # <-
        value: "65536"
      - {name: net/ipv4/tcp_syncookies, value: "1"} # <-
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    sysctls:
      - {name: net.ipv4.ip_unprivileged_port_start, value: "0"}
      - {name: net.ipv4.tcp_notsent_lowat, value: "131072"}
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    sysctls: []
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        sysctls:
          - {name: kernel.msgmax, value: "65536"}
```
"#;
