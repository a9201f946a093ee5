use policy_core::model::kubernetes::{Pod, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, comes_from_elsewhere, items, may_be_windows, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "undropped-capabilities",
    meta: Meta {
        title: "a container that keeps capabilities it may not need",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/capabilities_restricted", "CIS-K8S-5.2.9", "NSA-1"],
        aliases: &["checkov/CKV_K8S_28", "checkov/CKV_K8S_37", "trivy/KSV-0003", "trivy/KSV-0106"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    if !cx.kubernetes.is_at_least(22) || may_be_windows(cx, pod, out) {
        return;
    }
    for container in cx.unit.containers_of(pod) {
        let list = container.security("capabilities").and_then(|lists| field(lists, "drop"));
        let dropped = || items(cx, list);
        if dropped().any(|item| item.text() == Some("ALL")) {
            continue;
        }
        if let Some(item) = list.into_iter().chain(dropped()).find(|item| text(Some(*item)) == Read::Dynamic) {
            unknown(cx, item, out);
            continue;
        }
        if comes_from_elsewhere(cx, pod, out) {
            return;
        }
        let owner = Owner::container(container);
        let message = format!("{} does not drop all capabilities", owner.name(cx, pod));
        let help = "set `securityContext.capabilities.drop: [\"ALL\"]`, and add what fails without";
        let place = Place::node(list.unwrap_or(container.head()), "`ALL` is not dropped");
        let finding = owner.finding((cx, pod), "capabilities_restricted", place, message, help);
        out.found(finding.rated(Severity::Low, Confidence::High));
    }
}

const DOCS: &str = r#"
Runtimes give every container some fourteen capabilities of root, as taking over files of others and changing users. Most programs need
none, and who breaks into one has them all.

**Mend it:** `securityContext.capabilities.drop: ["ALL"]` in every container, in capitals, and `add` for what fails without.

**How bad:** low: it helps whoever is in already. The standard Restricted asks for it from 1.22 on (control Capabilities). The rule runs in
the packs `strict` and `pss-restricted`.

Not reported: pods of Windows from 1.25 on (`os.name: windows`), and containers that are completed elsewhere. What is added stands in
`added-capability`.

**It does not see:** that a container runs as another user than root, who has none of them.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
    - name: setup # <-
      image: busybox:1.37
  containers:
    - name: web
      image: nginx:1.29
      securityContext:
        capabilities:
          drop: [all, NET_RAW] # <-
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
        capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: windows}
  containers:
    - name: web
      image: example/iis:1.0
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
        capabilities: {drop: ["KILL", "ALL"]}
```
"#;
