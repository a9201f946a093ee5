use policy_core::document::Ref;
use policy_core::model::kubernetes::Pod;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, comes_from_elsewhere, may_have_own_users, settings, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "root-allowed",
    meta: Meta {
        title: "a container that may run as root",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/runAsNonRoot", "CIS-K8S-5.2.7", "NSA-1"],
        aliases: &["checkov/CKV_K8S_23", "kube-linter/run-as-non-root", "kubescape/C-0013", "trivy/KSV-0012"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

const FIELD: &str = "runAsNonRoot";

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    if may_have_own_users(cx, pod, out) {
        return;
    }
    for (owner, node) in settings(cx, pod, FIELD) {
        match policy_core::model::kubernetes::boolean(Some(node)) {
            Read::Is(false) => found((cx, pod), owner, node, "is allowed to run as root", out),
            Read::Dynamic => unknown(cx, node, out),
            _ => {}
        }
    }
    // One finding tells of the pod's own value, whoever leaves it at that.
    if pod.security(FIELD).is_some() {
        return;
    }
    for container in cx.unit.containers_of(pod).iter().filter(|container| container.security(FIELD).is_none()) {
        if comes_from_elsewhere(cx, pod, out) {
            return;
        }
        found((cx, pod), Owner::container(container), container.head(), "may run as root: nothing forbids it", out);
    }
}

fn found<'u>((cx, pod): (&Cx<'u>, &Pod<'u>), owner: Owner<'u>, at: Ref<'u>, what: &str, out: &mut Out<'u>) {
    let message = format!("{} {what}", owner.name(cx, pod));
    let help = "set `runAsNonRoot: true` in the security context of the pod, with an image whose user is not root";
    let finding = owner.finding((cx, pod), FIELD, Place::node(at, "`runAsNonRoot` is not true"), message, help);
    out.found(finding.rated(Severity::Low, Confidence::High));
}

const DOCS: &str = r#"
With `runAsNonRoot: true` the kubelet does not start a container whose user is root. Without, the image decides, and most images run as
root.

**Mend it:** build images that run as another user, and set `securityContext.runAsNonRoot: true` for the pod: it covers all containers
that say nothing else.

**How bad:** low: it matters where something else gives way. The standard Restricted asks for it, from 1.35 on only of pods that have the
users of their node (control Running as Non-root). The rule runs in the packs `strict` and `pss-restricted`.

Not reported: from 1.35 on pods with `hostUsers: false`, and containers that are completed elsewhere. A `false` of the pod is found also
if every container has its own `true`.

**It does not see:** the user of the image.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
    - name: setup
      image: busybox:1.37
      securityContext: {runAsNonRoot: false} # <-
  containers:
    - name: web # <-
      image: nginx:1.29
    - name: helper
      image: busybox:1.37
      securityContext: {runAsNonRoot: true}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostUsers: false
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
      securityContext: {runAsNonRoot: true}
```
"#;
