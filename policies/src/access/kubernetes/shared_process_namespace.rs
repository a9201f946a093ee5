use policy_core::model::kubernetes::Pod;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, say_of, title};

pub(crate) static RULE: Rule = Rule {
    id: "shared-process-namespace",
    meta: Meta {
        title: "containers of a pod see into each other",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
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
    const FIELD: &str = "shareProcessNamespace";
    let Some(node) = pod.get(FIELD).filter(|_| pod.flag(FIELD) == Read::Is(true)) else { return };
    let said = Said {
        at: Place::node(node, "one list of processes for all"),
        message: "the containers of the pod see each other's processes, and by `/proc` their files and variables".into(),
        help: "take `shareProcessNamespace` away, or run apart what need not be together",
        rated: (Severity::Low, Confidence::High),
    };
    let title = title(cx, pod);
    say_of(&title, FIELD, said, out);
}

const DOCS: &str = r#"
With `shareProcessNamespace: true`, each container of a pod sees the processes of the others. Those of the same user can be read and
ended: their environment, with the secrets in it, and their files below `/proc/PID/root`. A sidecar that is broken into takes the
application with it.

**Mend it:** take it away. An ephemeral container can be given a view into one other container (`targetContainerName`).

**How bad:** low. The rule is optional.

Not reported: `false`, and values that a later step fills in.

**It does not see:** whether the containers have different users, which shuts most of it.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  shareProcessNamespace: true # <-
  containers:
    - name: web
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  shareProcessNamespace: false
  containers:
    - name: web
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  shareProcessNamespace: ${SHARE}
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
      shareProcessNamespace: true
```
"#;
