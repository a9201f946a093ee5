use policy_core::model::kubernetes::Pod;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{parts, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "custom-selinux-label",
    meta: Meta {
        title: "a pod that chooses its SELinux label",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/seLinuxOptions", "NSA-1"],
        aliases: &["trivy/KSV-0025"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

/// Types that are walls around a container.
const TYPES: &[&str] = &["", "container_init_t", "container_kvm_t", "container_t"];

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for part in ["type", "user", "role"] {
        for (owner, node, read) in parts(cx, pod, "seLinuxOptions", part) {
            let name = match read {
                Read::Is(name) if !name.is_empty() => name,
                Read::Dynamic => {
                    unknown(cx, node, out);
                    continue;
                }
                _ => continue,
            };
            let of_engine = name == "container_engine_t" && cx.kubernetes.is_at_least(31);
            if part == "type" && (TYPES.contains(&name) || of_engine) {
                continue;
            }
            let message =
                format!("{} runs with the SELinux {part} `{name}`, which is none of those for containers", owner.name(cx, pod));
            let help = "take it away: the runtime gives every container a label that walls it off";
            let place = Place::node(node, "chosen here");
            let severity = if part == "type" { Severity::Medium } else { Severity::Low };
            out.found(owner.finding((cx, pod), "seLinuxOptions", place, message, help).rated(severity, Confidence::High));
        }
    }
}

const DOCS: &str = r#"
Where nodes have SELinux, the label of a process says what it may touch, root or not. Runtimes label containers so that they touch their
own. A type as `spc_t` takes that wall down.

**Mend it:** leave `type`, `user` and `role` out. What is shared between containers is set by `level`.

**How bad:** medium for the type, low for user and role. The standard Baseline allows the types `container_t`, `container_init_t`,
`container_kvm_t`, and from 1.31 on `container_engine_t`; no user and no role (control SELinux).

Not reported: `level`, and what a later step fills in.

**It does not see:** whether nodes have SELinux at all.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    seLinuxOptions:
      type: spc_t # <-
      level: s0:c1,c2
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        seLinuxOptions: {user: system_u} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    seLinuxOptions: {level: "s0:c123,c456"}
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
        seLinuxOptions: {type: container_engine_t, user: "", role: ""}
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
        seLinuxOptions: {type: "${SELINUX_TYPE}"}
```
"#;
