use policy_core::model::kubernetes::{Container, Pod, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, is_restricted, is_standard, items, may_be_windows, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "added-capability",
    meta: Meta {
        title: "a container with capabilities beyond the ordinary",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/capabilities_baseline", "PSS/capabilities_restricted", "CIS-K8S-5.2.8", "CIS-K8S-5.2.9", "NSA-1"],
        aliases: &[
            "checkov/CKV_K8S_25",
            "checkov/CKV_K8S_39",
            "kubescape/C-0046",
            "trivy/KSV-0005",
            "trivy/KSV-0022",
            "trivy/KSV-0106",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

/// What the level Baseline lets containers add: what the runtimes give by themselves.
const ORDINARY: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// What gives the node, by itself or nearly so.
const NODE: &[&str] = &["ALL", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"];

/// What gives much of it, with something more.
const MUCH: &[&str] = &["BPF", "MAC_ADMIN", "MAC_OVERRIDE", "NET_ADMIN", "PERFMON", "SYSLOG", "SYS_BOOT", "SYS_PTRACE", "SYS_TIME"];

fn severity(capability: &str) -> (Severity, Confidence, &'static str) {
    let upper = capability.to_ascii_uppercase();
    let plain = upper.strip_prefix("CAP_").unwrap_or(&upper);
    match plain {
        "ALL" => (Severity::High, Confidence::High, "as good as root on the node"),
        plain if NODE.contains(&plain) => (Severity::High, Confidence::Medium, "nearly root on the node"),
        plain if MUCH.contains(&plain) => (Severity::Medium, Confidence::High, "a power over more than the container"),
        _ if ORDINARY.contains(&capability) => (Severity::Low, Confidence::High, "more than the level Restricted allows"),
        _ => (Severity::Low, Confidence::High, "more than the ordinary capabilities"),
    }
}

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    let strict = is_restricted(cx) && cx.kubernetes.is_at_least(22);
    let (control, allowed) =
        if strict { ("capabilities_restricted", &["NET_BIND_SERVICE"][..]) } else { ("capabilities_baseline", ORDINARY) };
    if strict && may_be_windows(cx, pod, out) {
        return;
    }
    // Of what a privileged container has already, `privileged-container` speaks.
    let spares = |container: &Container<'_>| !is_standard(cx) && container.security_flag("privileged") == Read::Is(true);
    for container in cx.unit.containers_of(pod).iter().filter(|container| !spares(container)) {
        for node in items(cx, container.security("capabilities").and_then(|lists| field(lists, "add"))) {
            match text(Some(node)) {
                Read::Is(capability) if !allowed.contains(&capability) => {
                    let owner = Owner::container(container);
                    let (severity, confidence, gives) = match container.security_flag("privileged") {
                        Read::Is(true) => (Severity::Low, Confidence::High, "it is privileged, and has it already"),
                        _ => severity(capability),
                    };
                    let message = format!("{} is given the capability `{capability}`: {gives}", owner.name(cx, pod));
                    let help = "take the capability away, and drop `ALL`: then give back only what fails without";
                    let finding = owner.finding((cx, pod), control, Place::node(node, "added here"), message, help);
                    out.found(finding.rated(severity, confidence));
                }
                Read::Dynamic => unknown(cx, node, out),
                _ => {}
            }
        }
    }
}

const DOCS: &str = r#"
Capabilities are pieces of root. What runtimes give by themselves is ordinary; what `capabilities.add` names beyond reaches out of the
container: `SYS_ADMIN` mounts, `SYS_MODULE` loads code into the kernel, `NET_RAW` forges packets.

**Mend it:** drop `ALL`, and add what fails without. A server that only needs a low port listens on a high one, or adds
`NET_BIND_SERVICE`.

**How bad:** high for `ALL`, `SYS_ADMIN`, `SYS_MODULE`, `SYS_RAWIO` and `DAC_READ_SEARCH`, which are root on the node or nearly so;
medium for those with power over more than the container, as `NET_ADMIN`, `BPF` and `SYS_PTRACE`; low for all others, and, in
the packs of the standards, in a privileged container, which has them all. The standard Baseline allows thirteen (control Capabilities), Restricted from 1.22 on
`NET_BIND_SERVICE` alone, from 1.25 on in pods that are not of Windows.

Not reported: the thirteen, unless the pack is `pss-restricted`; outside the packs of the standards a privileged container, which
`privileged-container` reports. Names count as Kubernetes compares them: `CAP_CHOWN` and `chown` are
none of them.

**It does not see:** what the image's files have by `setcap`.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        capabilities:
          drop: [ALL]
          add:
            - SYS_ADMIN # <-
            - NET_BIND_SERVICE
            - CAP_CHOWN # <-
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
        capabilities: {drop: [ALL], add: [NET_BIND_SERVICE, CHOWN, SETUID]}
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
        capabilities: {drop: [SYS_ADMIN, NET_RAW]}
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
        capabilities: {add: ["${CAPABILITY}"]}
```
"#;
