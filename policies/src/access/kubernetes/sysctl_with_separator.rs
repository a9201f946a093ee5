use policy_core::document::Ref;
use policy_core::model::kubernetes::{Pod, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, say_of, title};

pub(crate) static RULE: Rule = Rule {
    id: "sysctl-with-separator",
    meta: Meta {
        title: "a sysctl that sets more than itself",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for sysctl in pod.security("sysctls").into_iter().flat_map(Ref::items) {
        let node = field(sysctl, "value");
        let (Some(node), Read::Is(value)) = (node, text(node)) else { continue };
        let name = field(sysctl, "name").and_then(Ref::text).unwrap_or("");
        if !value.contains(['+', '=']) {
            continue;
        }
        let said = Said {
            at: Place::node(node, "holds a separator"),
            message: format!("the value of the sysctl `{name}` holds `+` or `=`, by which CRI-O before 1.24 sets another one")
                .into(),
            help: "write the plain value, and ask who wrote this one",
            rated: (Severity::High, Confidence::Medium),
        };
        let title = title(cx, pod);
        say_of(&title, name, said, out);
    }
}

const DOCS: &str = r#"
CRI-O hands the sysctls of a pod to a helper in one text, joined by `+`. In versions before 1.24 it did not look at their values, so one
that holds `+` and `=` sets any parameter of the node's kernel, such as the program that takes core dumps: code as root on the node
(CVE-2022-0811, "cr8escape"). No sysctl of a pod takes such a value.

**Mend it:** write the plain value. Find out who put this one there.

**How bad:** high; confidence is medium, since newer runtimes refuse it.

Not reported: values that a later step fills in.

**It does not see:** which runtime a cluster has.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    sysctls:
      - name: kernel.shm_rmid_forced
        value: "1+kernel.core_pattern=|/bin/run" # <-
  containers:
    - name: web
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    sysctls:
      - name: net.ipv4.ip_local_port_range
        value: "1024 65535"
  containers:
    - name: web
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    sysctls:
      - name: kernel.shm_rmid_forced
        value: ${A+B=C}
  containers:
    - name: web
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
      env:
        - name: kernel.core_pattern
          value: 1+a=b
```
"#;
