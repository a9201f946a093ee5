use policy_core::model::kubernetes::{Container, Pod};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::images::{Pin, pin};
use crate::kube_images::{Named, of_container, of_volumes};
use crate::workload::{Said, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "frozen-registry",
    meta: Meta {
        title: "an image of a registry that is frozen or gone",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-5", "CICD-SEC-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(of_image), Check::Pod(of_volume)],
    docs: crate::docs(DOCS),
};

/// Where images no longer come from: the beginning of their names, and whether they are gone. Sources: the blog of
/// Kubernetes ("k8s.gcr.io Redirect to registry.k8s.io", 2023), the Kubebuilder book (kube-rbac-proxy), the notes of releases of
/// ingress-nginx 0.34, and of Bitnami's catalogue (bitnami/containers#83267).
const FROZEN: &[(&str, bool)] = &[
    ("docker.io/bitnamilegacy/", false),
    ("gcr.io/google-containers/", false),
    ("gcr.io/google_containers/", false),
    ("gcr.io/kubebuilder/", true),
    ("k8s.gcr.io/", false),
    ("quay.io/kubernetes-ingress-controller/", false),
];

fn of_image<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    of_container(cx, container, ask, out);
}

fn of_volume<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    of_volumes(cx, pod, ask, out);
}

/// Where Bitnami keeps only what it pushed last since September 2025, and what others publish there with versions.
const BITNAMI: &str = "docker.io/bitnami/";
const OF_OTHERS: &[&str] = &["sealed-secrets-controller", "sealed-secrets-kubeseal"];

fn ask<'u>(image: &Named<'u>, out: &mut Out<'u>) {
    let name = image.repository();
    if name.strip_prefix(BITNAMI).is_some_and(|rest| !OF_OTHERS.contains(&rest)) && pin(image.name) == Pin::Tagged {
        let said = Said {
            at: Place::node(image.node, "gone"),
            message: "versions below `docker.io/bitnami` are gone since September 2025, so its pods do not start on new nodes"
                .into(),
            help: "take an image that its project publishes; until then, `docker.io/bitnamilegacy` has the same tag, unmended",
            rated: (Severity::Medium, Confidence::Medium),
        };
        return say_of(&image.title, image.of, said, out);
    }
    let Some((start, gone)) = FROZEN.iter().find(|(start, _)| name.starts_with(start)) else { return };
    let (label, what, severity) = match gone {
        true => ("gone", "are gone, so its pods do not start on new nodes", Severity::Medium),
        false => ("frozen", "get no new versions, nor mended ones", Severity::Low),
    };
    let said = Said {
        at: Place::node(image.node, label),
        message: format!("images below `{}` {what}", start.trim_end_matches('/')).into(),
        help: HELP,
        rated: (severity, Confidence::High),
    };
    say_of(&image.title, image.of, said, out);
}

const HELP: &str = "take the image from where its project publishes it now; of Kubernetes itself, that is `registry.k8s.io`";

const DOCS: &str = r#"
Some registries take no new images: `k8s.gcr.io` is frozen since April 2023 (`gcr.io/google_containers` and `gcr.io/google-containers`
before it), images of ingress-nginx left `quay.io/kubernetes-ingress-controller` in 2020, `docker.io/bitnamilegacy` holds what Bitnami
stopped to build in 2025 (of `docker.io/bitnami`, only `latest` is left), and `gcr.io/kubebuilder` (`kube-rbac-proxy`) was shut down in 2025. Who pulls from there runs old code without
a word, or nothing.

**Mend it:** take the image from where its project publishes it now: `registry.k8s.io` for what belongs to Kubernetes.

**How bad:** low; medium where the images are gone.

Not reported: other names below `gcr.io`; images of `docker.io/bitnami` with a digest, without a version, or of Sealed Secrets, which are
published there still; names that a later step fills in.

**It does not see:** a mirror that a node has in front of a registry.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: k8s.gcr.io/pause:3.9 # <-
    - name: proxy
      image: gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1 # <-
    - name: store
      image: bitnami/redis:7.4 # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: registry.k8s.io/pause:3.10
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: gcr.io/acme/k8s.gcr.io/pause:3.9
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: k8s.gcr.io.acme.io/pause:3.9
```
"#;
