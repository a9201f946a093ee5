use policy_core::model::kubernetes::{Pod, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, is_restricted, may_have_own_users, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "unmasked-proc",
    meta: Meta {
        title: "a container that sees the node by /proc",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/procMount", "PSS/procMount_restricted", "NSA-1"],
        aliases: &["kube-linter/unsafe-proc-mount", "trivy/KSV-0027"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    let strict = is_restricted(cx) && cx.kubernetes.is_at_least(35);
    let control = if strict { "procMount_restricted" } else { "procMount" };
    let mut spared = None;
    for container in cx.unit.containers_of(pod) {
        let Some(node) = container.security("procMount") else { continue };
        match text(Some(node)) {
            Read::Is("Default") | Read::Wrong | Read::Absent => continue,
            _ if !strict && *spared.get_or_insert_with(|| may_have_own_users(cx, pod, out)) => return,
            Read::Dynamic => {
                unknown(cx, node, out);
                continue;
            }
            Read::Is(_) => {}
        }
        let owner = Owner::container(container);
        let message = format!("{} sees and writes what runtimes hide of the kernel below /proc", owner.name(cx, pod));
        let help = "take `procMount` away; what nests containers runs in a pod with `hostUsers: false`";
        let place = Place::node(node, "not `Default`");
        out.found(owner.finding((cx, pod), control, place, message, help).rated(Severity::Medium, Confidence::High));
    }
}

const DOCS: &str = r#"
Runtimes hide parts of `/proc` and make others read-only, since they are the kernel's and not the container's: `/proc/sysrq-trigger`,
`/proc/kcore`, `/proc/sys`. With `procMount: Unmasked` they are there as the node has them.

**Mend it:** leave `procMount` out. What nests containers runs in a pod with users of its own (`hostUsers: false`).

**How bad:** medium: root in such a container changes settings of the node. The standard Baseline forbids it, from 1.35 on only in pods
that have the users of their node; Restricted forbids it always (control /proc Mount Type).

Not reported: from 1.35 on pods with `hostUsers: false`, unless the pack is `pss-restricted`.

**It does not see:** what an admission controller changes.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        procMount: Unmasked # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostUsers: false
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {procMount: Unmasked}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {procMount: Default}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {procMount: Unmasked}
  containers:
    - name: web
      image: nginx:1.29
```
"#;
