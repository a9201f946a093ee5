use policy_core::model::kubernetes::Pod;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, comes_from_elsewhere, may_be_windows, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "privilege-escalation",
    meta: Meta {
        title: "a container whose programs may gain rights",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/allowPrivilegeEscalation", "CIS-K8S-5.2.6", "NSA-1"],
        aliases: &["checkov/CKV_K8S_20", "kube-linter/privilege-escalation-container", "kubescape/C-0016", "trivy/KSV-0001"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

const FIELD: &str = "allowPrivilegeEscalation";

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    if !cx.kubernetes.is_at_least(8) || may_be_windows(cx, pod, out) {
        return;
    }
    for container in cx.unit.containers_of(pod) {
        let node = container.security(FIELD);
        let how = match (container.security_flag(FIELD), node) {
            (Read::Is(true), _) => "it is told so",
            (Read::Absent, _) if comes_from_elsewhere(cx, pod, out) => return,
            (Read::Absent, _) => "nothing forbids it",
            (Read::Dynamic, Some(node)) => {
                unknown(cx, node, out);
                continue;
            }
            _ => continue,
        };
        let owner = Owner::container(container);
        let message = format!("programs in {} may gain rights that their user does not have: {how}", owner.name(cx, pod));
        let help = "set `allowPrivilegeEscalation: false` in the security context of the container";
        let place = Place::node(node.unwrap_or(container.head()), "may gain rights");
        out.found(owner.finding((cx, pod), FIELD, place, message, help).rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
Unless `allowPrivilegeEscalation` is `false`, a program with the bit setuid, as `su` and `sudo`, makes a user root in the container, and
whoever breaks into the program that runs there too.

**Mend it:** `securityContext.allowPrivilegeEscalation: false` in every container; few programs notice.

**How bad:** low: it takes a break-in and such a program in the image. The standard Restricted asks for it from 1.8 on (control Privilege
Escalation). The rule runs in the packs `strict` and `pss-restricted`.

Not reported: pods of Windows from 1.25 on (`os.name: windows`), and containers that are completed elsewhere.

**It does not see:** whether the image holds any such program.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
    - name: setup
      image: busybox:1.37
      securityContext:
        allowPrivilegeEscalation: true # <-
  containers:
    - name: web # <-
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {allowPrivilegeEscalation: false}
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
      securityContext: {allowPrivilegeEscalation: "${ESCALATE}"}
```
"#;
