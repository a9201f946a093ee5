use policy_core::model::kubernetes::Pod;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, comes_from_elsewhere, may_be_windows};

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-unset",
    meta: Meta {
        title: "a container without a filter of system calls",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/seccompProfile_restricted", "CIS-K8S-5.6.2", "NSA-1"],
        aliases: &["checkov/CKV_K8S_31", "kubescape/C-0210", "trivy/KSV-0030"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    if !cx.kubernetes.is_at_least(19) || pod.security("seccompProfile").is_some() || may_be_windows(cx, pod, out) {
        return;
    }
    for container in cx.unit.containers_of(pod).iter().filter(|container| container.security("seccompProfile").is_none()) {
        if comes_from_elsewhere(cx, pod, out) {
            return;
        }
        let owner = Owner::container(container);
        let message = format!("{} has no seccomp profile, and neither has its pod", owner.name(cx, pod));
        let help = "set `seccompProfile: {type: RuntimeDefault}` in the security context of the pod";
        let place = Place::node(container.head(), "no profile is named");
        let finding = owner.finding((cx, pod), "seccompProfile_restricted", place, message, help);
        out.found(finding.rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
Where no seccomp profile is named, nodes run containers without one, unless their kubelet has `seccompDefault`. Then every system call is
there, those too that most ways out of containers go through.

**Mend it:** `securityContext.seccompProfile.type: RuntimeDefault` for the pod covers all of its containers.

**How bad:** low, as it depends on the nodes. The standard Restricted asks for it from 1.19 on (control Seccomp). The rule runs in the
packs `strict` and `pss-restricted`.

Not reported: pods of Windows from 1.25 on, and containers that are completed elsewhere. What is explicitly bad stands in `seccomp-off`.

**It does not see:** the settings of the kubelet.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
    - name: setup
      image: busybox:1.37
      securityContext:
        seccompProfile: {type: RuntimeDefault}
  containers:
    - name: web # <-
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    seccompProfile: {type: RuntimeDefault}
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: windows}
  containers:
    - {name: web, image: "example/iis:1.0"}
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
        seccompProfile: {type: Localhost, localhostProfile: mine.json}
```
"#;
