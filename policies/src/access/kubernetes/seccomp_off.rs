use policy_core::document::Ref;
use policy_core::model::kubernetes::{Pod, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, is_restricted, may_be_windows, parts, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-off",
    meta: Meta {
        title: "a container whose system calls are not filtered",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/seccompProfile_baseline", "PSS/seccompProfile_restricted", "CIS-K8S-5.6.2", "NSA-1"],
        aliases: &["trivy/KSV-0104"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    if cx.kubernetes.is_at_least(19) {
        by_fields(cx, pod, out);
    } else {
        by_annotations(cx, pod, out);
    }
}

fn by_fields<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    let strict = is_restricted(cx);
    if strict && may_be_windows(cx, pod, out) {
        return;
    }
    let control = if strict { "seccompProfile_restricted" } else { "seccompProfile_baseline" };
    for (owner, node, read) in parts(cx, pod, "seccompProfile", "type") {
        match read {
            Read::Is("Localhost" | "RuntimeDefault") | Read::Wrong | Read::Absent => {}
            Read::Is(_) => found((cx, pod), owner, control, node, out),
            Read::Dynamic => unknown(cx, node, out),
        }
    }
}

fn by_annotations<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for (key, value) in pod.annotations() {
        let key = key.text().unwrap_or("");
        let container = key.strip_prefix("container.seccomp.security.alpha.kubernetes.io/");
        let containers = cx.unit.containers_of(pod);
        if !cx.budget.spend(containers.len()) {
            return;
        }
        let owner = match container {
            Some(name) => containers.iter().find(|container| container.name() == name).map(Owner::container),
            None => (key == "seccomp.security.alpha.kubernetes.io/pod").then_some(Owner::POD),
        };
        let Some(owner) = owner else { continue };
        match text(Some(value)) {
            Read::Is("docker/default" | "runtime/default") | Read::Wrong | Read::Absent => {}
            Read::Is(profile) if profile.starts_with("localhost/") => {}
            Read::Is(_) => found((cx, pod), owner, "seccompProfile_baseline", value, out),
            Read::Dynamic => unknown(cx, value, out),
        }
    }
}

fn found<'u>((cx, pod): (&Cx<'u>, &Pod<'u>), owner: Owner<'u>, control: &'static str, at: Ref<'u>, out: &mut Out<'u>) {
    let message = format!(
        "{} may make every system call: its seccomp profile is neither the runtime's nor one of the node",
        owner.name(cx, pod)
    );
    let help = "name `RuntimeDefault`, or a profile of your own by `Localhost`";
    let finding = owner.finding((cx, pod), control, Place::node(at, "no filter"), message, help);
    out.found(finding.rated(Severity::Medium, Confidence::High));
}

const DOCS: &str = r#"
The profile of the runtime keeps some sixty system calls from containers, those that most ways out of them go through. `Unconfined` gives
them back.

**Mend it:** `seccompProfile.type: RuntimeDefault`, or `Localhost` with a profile that allows the one call more.

**How bad:** medium. The standard Baseline forbids it, Restricted too (control Seccomp): from 1.19 on by the fields, before by the
annotations `seccomp.security.alpha.kubernetes.io/pod` and `container.seccomp.security.alpha.kubernetes.io/NAME`.

Not reported: pods that name no profile (see `seccomp-unset`), annotations where they count no more, and under the pack `pss-restricted`
from 1.25 on pods of Windows.

**It does not see:** what a profile of your own allows.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    seccompProfile:
      type: Unconfined # <-
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        seccompProfile: {type: runtime/default} # <-
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
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        seccompProfile: {type: Localhost, localhostProfile: mine.json}
```

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    seccomp.security.alpha.kubernetes.io/pod: unconfined
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
```
"#;
