use policy_core::model::kubernetes::{Container, Pod};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::images::{Pin, fact, pin};
use crate::kube_images::{Named, of_container, of_volumes};
use crate::workload::{Said, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "image-without-version",
    meta: Meta {
        title: "an image that is whatever was pushed last",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-5", "CICD-SEC-3"],
        aliases: &[
            "checkov/CKV_K8S_14",
            "checkov/CKV_K8S_43",
            "kube-linter/latest-tag",
            "kube-score/container-image-tag",
            "trivy/KSV-0013",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(of_image), Check::Pod(of_volume)],
    docs: crate::docs(DOCS),
};

fn of_image<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    of_container(cx, container, ask, out);
}

fn of_volume<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    of_volumes(cx, pod, ask, out);
}

fn ask<'u>(image: &Named<'u>, out: &mut Out<'u>) {
    let pin = pin(image.name);
    if pin < Pin::Latest || image.is_replaced() {
        return;
    }
    let (label, message) = fact(image.name, pin);
    let said = Said {
        at: Place::node(image.node, label),
        message,
        help: "name a version, and better its digest: `name:tag@sha256:<64 digits>`",
        rated: (Severity::Low, Confidence::Medium),
    };
    say_of(&image.title, image.of, said, out);
}

const DOCS: &str = r#"
Without a tag, or with the tag `latest`, each node runs what was pushed last when it pulled: two pods of one Deployment can differ, a
rollback changes nothing, and no scan says anything about what runs.

**Mend it:** name a version, better with its digest.

**How bad:** low.

Not reported: a digest, with or without a tag; names that a later step fills in; images that `ko` builds (`ko://…`); images of the node
itself (`localhost/…`); names of one word that are none of Docker Hub's own images, such as `frontend`, since Kustomize or Skaffold puts
another name in their place. The port of a registry is no tag.

**It does not see:** what Kustomize, Skaffold or an image updater puts in place of the name, and tags that move under another name.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:latest # <-
    - name: proxy
      image: ghcr.io/acme/proxy # <-
    - name: store
      image: registry.acme.io:5000/store # <-
  volumes:
    - name: model
      image:
        reference: acme/model # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: registry.acme.io:5000/web:1.4
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: ko://acme.io/web/cmd/web
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:${VERSION}
```
"#;
