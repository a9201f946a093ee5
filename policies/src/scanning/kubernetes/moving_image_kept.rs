use policy_core::model::kubernetes::{Container, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::images::{Pin, pin};
use crate::workload::{Said, called, say};

pub(crate) static RULE: Rule = Rule {
    id: "moving-image-kept",
    meta: Meta {
        title: "a moving image that a node never pulls again",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-5"],
        aliases: &["checkov/CKV_K8S_15", "kube-score/container-image-pull-policy", "kubescape/C-0075"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let node = container.get("imagePullPolicy");
    let (Some(node), Read::Is(policy @ ("IfNotPresent" | "Never")), Read::Is(image)) = (node, text(node), container.image()) else {
        return;
    };
    if pin(image) < Pin::Latest || image.starts_with("ko://") {
        return;
    }
    let said = Said {
        at: Place::node(node, "keeps what the node has"),
        message: format!(
            "the image of {} moves, and with `{policy}` each node keeps the one that it happened to pull",
            called(container.name())
        )
        .into(),
        help: "name a version; or take `imagePullPolicy` away, so that it is `Always`",
        rated: (Severity::Low, Confidence::Medium),
    };
    say(cx, container, said, out);
}

const DOCS: &str = r#"
For an image without a tag or with `latest`, Kubernetes pulls at every start unless told otherwise. Told `IfNotPresent` or `Never`, each
node keeps for good what it pulled first: nodes differ, and a mended image never arrives.

**Mend it:** name a version, and the question is gone.

**How bad:** low. The rule is optional: clusters for development load images by hand, and need the setting.

Not reported: images with a version or a digest; no `imagePullPolicy` at all.

**It does not see:** what Kustomize or Skaffold puts in place of the image.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/web:latest
      imagePullPolicy: IfNotPresent # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/web:1.4
      imagePullPolicy: IfNotPresent
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/web:latest
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/web:${TAG}
      imagePullPolicy: Never
```
"#;
