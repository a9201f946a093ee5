use policy_core::model::kubernetes::{Pod, integer};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{may_have_own_users, settings, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "root-user",
    meta: Meta {
        title: "a container that runs as root",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/runAsUser", "CIS-K8S-5.2.7", "NSA-1"],
        aliases: &["trivy/KSV-0105"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    if !cx.kubernetes.is_at_least(23) {
        return;
    }
    let mut spared = None;
    for (owner, node) in settings(cx, pod, "runAsUser") {
        let read = integer(Some(node));
        if !matches!(read, Read::Is(0) | Read::Dynamic) {
            continue;
        }
        if *spared.get_or_insert_with(|| may_have_own_users(cx, pod, out)) {
            return;
        }
        if read == Read::Dynamic {
            unknown(cx, node, out);
            continue;
        }
        let message = format!("{} runs as root", owner.name(cx, pod));
        let help = "name a user other than 0, or leave `runAsUser` to the image and set `runAsNonRoot: true`";
        let finding = owner.finding((cx, pod), "runAsUser", Place::node(node, "the user 0 is root"), message, help);
        out.found(finding.rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
Root in a container is root to the kernel, but for what the runtime takes away. What gets out of a container as root is root on the node.

**Mend it:** build the image so that it runs as another user, and set `runAsUser` to that one, or leave it out.

**How bad:** low: it matters where something else gives way. The standard Restricted forbids it from 1.23 on, from 1.35 on only in pods
that have the users of their node (control Running as Non-root user). The rule runs in the packs `strict` and `pss-restricted`.

Not reported: images that run as root by themselves (see `root-allowed`), and from 1.35 on pods with `hostUsers: false`. A bad value of
the pod is found also if every container has one of its own.

**It does not see:** the user of the image.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    runAsUser: 0 # <-
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {runAsUser: 1000}
    - name: helper
      image: busybox:1.37
      securityContext: {runAsUser: 0x0} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsUser: 1000, runAsGroup: 0}
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostUsers: false
  securityContext: {runAsUser: 0}
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
      securityContext: {runAsUser: "${USER_ID}"}
```
"#;
