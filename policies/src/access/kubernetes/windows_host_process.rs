use policy_core::model::kubernetes::{Pod, boolean, field};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{settings, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "windows-host-process",
    meta: Meta {
        title: "a process on a Windows node instead of a container",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/windowsHostProcess", "CIS-K8S-5.2.10", "NSA-1"],
        aliases: &["kubescape/C-0202", "trivy/KSV-0103"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for (owner, options) in settings(cx, pod, "windowsOptions") {
        let Some(node) = field(options, "hostProcess") else { continue };
        match boolean(Some(node)) {
            Read::Is(true) => {
                let message = format!("{} runs on its Windows node as a process of the host", owner.name(cx, pod));
                let help = "take `hostProcess` away; what must run on the host belongs into a namespace of its own";
                let finding = owner.finding((cx, pod), "windowsHostProcess", Place::node(node, "no wall around it"), message, help);
                out.found(finding.rated(Severity::High, Confidence::High));
            }
            Read::Dynamic => unknown(cx, node, out),
            _ => {}
        }
    }
}

const DOCS: &str = r#"
`hostProcess` is what `privileged` is on Linux: the "container" is a process of the Windows node, with its files, its network and the
rights of the account that it names, mostly `SYSTEM`.

**Mend it:** leave it out. Agents of nodes that cannot do without run in a namespace of their own that few may write to.

**How bad:** high. The standard Baseline forbids it (control HostProcess).

Not reported: `false`, and a value that a later step fills in. The operating system that the pod names is not asked.

**It does not see:** what an admission controller changes.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    windowsOptions:
      hostProcess: true # <-
      runAsUserName: NT AUTHORITY\SYSTEM
  containers:
    - name: agent
      image: example/agent:1.0
      securityContext:
        windowsOptions: {hostProcess: true} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: windows}
  securityContext:
    windowsOptions: {runAsUserName: ContainerUser}
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
      image: example/iis:1.0
      securityContext:
        windowsOptions: {hostProcess: false}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: example/iis:1.0
      windowsOptions: {hostProcess: true}
```
"#;
