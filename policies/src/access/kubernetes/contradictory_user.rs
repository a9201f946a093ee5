use policy_core::model::kubernetes::{Container, boolean, integer};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, called, owner, say};

pub(crate) static RULE: Rule = Rule {
    id: "contradictory-user",
    meta: Meta {
        title: "a pod that asks for root and forbids it",
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
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let Some((pod, _)) = owner(cx, container).filter(|(pod, _)| !pod.is_windows()) else { return };
    let of = |name| container.security(name).or_else(|| pod.security(name));
    let (Some(user), Some(forbidden)) = (of("runAsUser"), of("runAsNonRoot")) else { return };
    if integer(Some(user)) != Read::Is(0) || boolean(Some(forbidden)) != Read::Is(true) {
        return;
    }
    let said = Said {
        at: Place::node(user, "root"),
        message: format!(
            "{} is to run as root (`runAsUser: 0`) and must not (`runAsNonRoot: true`): it never starts",
            called(container.name())
        )
        .into(),
        help: "set `runAsUser` to another number, or leave it to the image",
        rated: (Severity::Low, Confidence::High),
    };
    say(cx, container, said, out);
}

const DOCS: &str = r#"
`runAsNonRoot: true` makes the kubelet refuse a container whose user is root, and `runAsUser: 0` makes its user root. Such a container
ends in `CreateContainerConfigError`. What a container says counts before what its pod says, each field for itself.

**Mend it:** take `runAsUser: 0` away, or choose another number.

**How bad:** low: nothing runs.

Not reported: values that a later step fills in; Windows, where users have names.

**It does not see:** the user that an image says.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        runAsUser: 0 # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true, runAsUser: 0}
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {runAsUser: 1000}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {runAsUser: 0, runAsNonRoot: false}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      securityContext: {runAsUser: 0}
```
"#;
