use policy_core::document::Ref;
use policy_core::model::kubernetes::{Pod, field, fields};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, is_restricted};

pub(crate) static RULE: Rule = Rule {
    id: "unlisted-volume",
    meta: Meta {
        title: "a volume of a type that reaches beyond the pod",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/restrictedVolumes", "NSA-1"],
        aliases: &["trivy/KSV-0028"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

/// Sources that the level Restricted allows.
const ALLOWED: &[&str] =
    &["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for volume in pod.volumes().take_while(|_| cx.budget.spend(1)) {
        if ALLOWED.iter().any(|source| field(volume, source).is_some()) {
            continue;
        }
        // A server makes an `emptyDir` of a volume without a source.
        let Some((source, _)) = fields(volume).find(|(key, _)| key.text() != Some("name")) else { continue };
        let kind = source.text().unwrap_or("");
        // `host-path-volume` says more of these, but is no part of the level Restricted.
        if kind == "hostPath" && !is_restricted(cx) {
            continue;
        }
        let name = field(volume, "name").and_then(Ref::text).unwrap_or("");
        let message = format!("the volume `{name}` is of the type `{kind}`, which reaches beyond the pod");
        let help = "use a claim, an `emptyDir`, a ConfigMap, a Secret, or another type that the standard allows";
        let place = Place::node(source, "not allowed");
        let finding = Owner::POD.finding((cx, pod), "restrictedVolumes", place, message, help);
        out.found(finding.rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
Volumes of the types that the standard Restricted allows hold what was made for the pod, or what an administrator or a driver gives out.
All others, as `nfs`, `iscsi` or `hostPath`, reach whatever the node reaches, by an address that the pod's author writes.

**Mend it:** have the storage given out by a PersistentVolumeClaim or a CSI driver.

**How bad:** low. The standard Restricted forbids it (control Volume Types). The rule runs in the packs `strict` and `pss-restricted`.

Not reported: `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`, `persistentVolumeClaim`, `projected` and `secret`, and
a volume without a type, of which a server makes an `emptyDir`. Unless the pack is `pss-restricted`, also not `hostPath`, of which
`host-path-volume` speaks.

**It does not see:** what lies behind a claim.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
  volumes:
    - name: data
      nfs: {server: nfs.example.com, path: /} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
  volumes:
    - {name: data, persistentVolumeClaim: {claimName: data}}
    - {name: models, image: {reference: "example/models:1.0"}}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
  volumes:
    - name: logs
      hostPath: {path: /var/log}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
  volumes:
    - name: scratch
```
"#;
