use policy_core::model::kubernetes::{Container, ContainerRole};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, called, complete, lacks, owner, say};

pub(crate) static RULE: Rule = Rule {
    id: "writable-root-filesystem",
    meta: Meta {
        title: "a container can write to its own image",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-1"],
        aliases: &["checkov/CKV_K8S_22", "kube-linter/no-read-only-root-fs", "trivy/KSV-0014", "kubescape/C-0017"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    const FIELD: &[&str] = &["securityContext", "readOnlyRootFilesystem"];
    let windows = owner(cx, container).is_none_or(|(pod, _)| pod.is_windows());
    if windows || container.role() == ContainerRole::Ephemeral {
        return;
    }
    let at = match container.security_flag("readOnlyRootFilesystem") {
        Read::Is(false) => container.path(FIELD),
        Read::Absent if complete(cx, container).is_some() && lacks(container.node(), FIELD) => Some(container.head()),
        _ => None,
    };
    let Some(at) = at else { return };
    let said = Said {
        at: Place::node(at, "its root file system is writable"),
        message: format!("{} can change every file of its image that its user may write to", called(container.name())).into(),
        help: "set `readOnlyRootFilesystem: true`, and give it an `emptyDir` for each folder that it writes to",
        rated: (Severity::Low, Confidence::High),
    };
    say(cx, container, said, out);
}

const DOCS: &str = r#"
Whoever breaks into a container mostly wants to put a tool there first, or to change a file of the application so that it stays changed
until the next start. A root file system that is mounted for reading alone takes both away.

**Mend it:** set `readOnlyRootFilesystem: true` in the `securityContext` of the container, and mount an `emptyDir` where it has to write
(`/tmp`, a cache).

**How bad:** low: it makes other things harder. The rule is optional.

Not reported: Windows, where the setting does not exist; ephemeral containers; pods whose settings come from elsewhere too, unless they say
`false`.

**It does not see:** whether the user of the container may write anywhere, and what a patch in another file sets.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web # <-
          image: nginx:1.29
        - name: proxy
          image: envoy:1.36
          securityContext:
            readOnlyRootFilesystem: false # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {readOnlyRootFilesystem: true}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: windows}
  containers:
    - name: web
      image: iis:2025
```

```yaml good
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          env: [{name: A, value: b}]
```
"#;
