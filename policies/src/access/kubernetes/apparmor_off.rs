use policy_core::model::kubernetes::{Pod, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, parts, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-off",
    meta: Meta {
        title: "a container outside of its AppArmor profile",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/appArmorProfile", "NSA-1"],
        aliases: &["trivy/KSV-0002"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

const CONTROL: &str = "appArmorProfile";

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for (owner, node, read) in parts(cx, pod, "appArmorProfile", "type") {
        let message = match read {
            Read::Is("Localhost" | "RuntimeDefault") | Read::Wrong | Read::Absent => continue,
            Read::Is("Unconfined") => format!("{} runs outside of AppArmor", owner.name(cx, pod)),
            Read::Is(_) => format!("the AppArmor profile of {} is none that there is", owner.name(cx, pod)),
            Read::Dynamic => {
                unknown(cx, node, out);
                continue;
            }
        };
        let help = "set the type to `RuntimeDefault`, or to `Localhost` with a profile of your own";
        let finding = owner.finding((cx, pod), CONTROL, Place::node(node, "not walled off by a profile"), message, help);
        out.found(finding.rated(Severity::Medium, Confidence::High));
    }
    for (key, value) in pod.annotations() {
        let name = key.text().and_then(|key| key.strip_prefix("container.apparmor.security.beta.kubernetes.io/"));
        let Some(name) = name else { continue };
        match text(Some(value)) {
            Read::Is("" | "runtime/default") | Read::Wrong | Read::Absent => {}
            Read::Is(profile) if profile.starts_with("localhost/") => {}
            Read::Is(_) => {
                let message = format!("an annotation takes the container `{name}` out of the AppArmor profile of the runtime");
                let help = "take the annotation away, or name `runtime/default` or a profile as `localhost/NAME`";
                let finding = Owner::POD.finding((cx, pod), CONTROL, Place::node(value, "none of these"), message, help);
                out.found(finding.rated(Severity::Medium, Confidence::High));
            }
            Read::Dynamic => unknown(cx, value, out),
        }
    }
}

const DOCS: &str = r#"
Where nodes have AppArmor, runtimes wall every container off by a profile: no mounting, no writing below `/sys`, no reaching into other
processes. `Unconfined` takes that away, also from root in a container with more capabilities, for whom it is the last wall.

**Mend it:** leave the field and the annotation out, or name `RuntimeDefault` or a profile of your own (`Localhost`).

**How bad:** medium. The standard Baseline forbids it (control AppArmor), by the field and by the annotation
`container.apparmor.security.beta.kubernetes.io/NAME`.

Not reported: a profile that a later step fills in.

**It does not see:** what a profile of your own allows, and whether nodes have AppArmor.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    appArmorProfile:
      type: Unconfined # <-
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        appArmorProfile: {type: ""} # <-
```

```yaml bad
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    container.apparmor.security.beta.kubernetes.io/web: unconfined # <-
    container.apparmor.security.beta.kubernetes.io/other: localhost/mine
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    appArmorProfile: {type: RuntimeDefault}
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
        appArmorProfile: {type: Localhost, localhostProfile: mine}
```

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    container.apparmor.security.beta.kubernetes.io/web: runtime/default
    container.apparmor.security.beta.kubernetes.io: unconfined
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
```
"#;
