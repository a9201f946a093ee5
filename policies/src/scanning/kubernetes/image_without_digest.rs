use policy_core::model::kubernetes::{Container, Pod};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::images::{HELP, Pin, fact, pin};
use crate::kube_images::{Named, of_container, of_volumes};
use crate::workload::{Said, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "image-without-digest",
    meta: Meta {
        title: "an image whose tag can be moved",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-5", "CICD-SEC-3"],
        aliases: &["checkov/CKV_K8S_43"],
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
    if pin == Pin::Tagged {
        let (label, message) = fact(image.name, pin);
        let said = Said { at: Place::node(image.node, label), message, help: HELP, rated: (Severity::Low, Confidence::High) };
        say_of(&image.title, image.of, said, out);
    }
}

const DOCS: &str = r#"
A tag names whatever its owner, or whoever has the owner's password, pushed under it last. A digest names the image that was tested.

**Mend it:** add the digest behind the tag: `nginx:1.29@sha256:…`. The tag then tells people, and Renovate or Dependabot keeps both new.

**How bad:** low. The rule is optional.

Not reported: images without a version, which `image-without-version` reports; names that a later step fills in; images that `ko` builds;
images of the node itself (`localhost/…`).

**It does not see:** an admission controller that replaces tags by digests, and registries whose tags cannot be moved.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29 # <-
  volumes:
    - name: model
      image: {reference: "acme/model:3"} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: registry.acme.io:5000/web
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/web:${VERSION}
```
"#;
