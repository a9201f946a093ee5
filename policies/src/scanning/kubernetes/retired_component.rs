use policy_core::model::kubernetes::{Container, Pod};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::kube_images::{Named, of_container, of_volumes};
use crate::workload::{Said, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "retired-component",
    meta: Meta {
        title: "a component of the cluster that nobody mends any more",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-5", "CICD-SEC-3"],
        aliases: &["checkov/CKV_K8S_33", "checkov/CKV_K8S_34"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(of_image), Check::Pod(of_volume)],
    docs: crate::docs(DOCS),
};

/// Projects that ended: what the names of their images begin with, what they are, and since when. Sources: the blog of Helm
/// (2020-10-30, Tiller), the repository of the Kubernetes Dashboard, the blog of Kubernetes (2025-11-11, Ingress NGINX).
const RETIRED: &[(&str, &str, &str)] = &[
    ("docker.io/kubernetesui/dashboard", "the Kubernetes Dashboard", "2026"),
    ("gcr.io/google_containers/kubernetes-dashboard", "the Kubernetes Dashboard", "2026"),
    ("gcr.io/kubernetes-helm/tiller", "Tiller", "November 2020"),
    ("ghcr.io/helm/tiller", "Tiller", "November 2020"),
    ("k8s.gcr.io/ingress-nginx/controller", "Ingress NGINX", "March 2026"),
    ("k8s.gcr.io/kubernetes-dashboard", "the Kubernetes Dashboard", "2026"),
    ("quay.io/kubernetes-ingress-controller/nginx-ingress-controller", "Ingress NGINX", "March 2026"),
    ("registry.k8s.io/ingress-nginx/controller", "Ingress NGINX", "March 2026"),
];

fn of_image<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    of_container(cx, container, ask, out);
}

fn of_volume<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    of_volumes(cx, pod, ask, out);
}

fn ask<'u>(image: &Named<'u>, out: &mut Out<'u>) {
    let name = image.repository();
    let Some((_, what, since)) = RETIRED.iter().find(|(start, ..)| name.starts_with(start)) else { return };
    let said = Said {
        at: Place::node(image.node, "nobody mends it"),
        message: format!("nobody mends {what} since {since}: its holes stay open").into(),
        help: "replace it by something that is maintained",
        rated: (Severity::Medium, Confidence::High),
    };
    say_of(&image.title, image.of, said, out);
}

const DOCS: &str = r#"
Some components that many clusters run are no longer maintained: Tiller, the part of Helm 2 inside of the cluster (since November 2020),
which obeys everyone who reaches it; the Kubernetes Dashboard (archived in 2026); Ingress NGINX, which stands in front of everything
(March 2026). A hole that is found in them now stays open.

**Mend it:** Helm 3 and 4 need no Tiller; Headlamp follows the Dashboard; the Gateway API or another Ingress controller follows Ingress
NGINX.

**How bad:** medium.

Not reported: the ingress controller of F5 (`nginx/nginx-ingress`), which is another project.

**It does not see:** copies in a registry under another name, forks that somebody maintains under the old one, and Helm charts.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: registry.k8s.io/ingress-nginx/controller:v1.14.0 # <-
    - name: tiller
      image: ghcr.io/helm/tiller:v2.17.0 # <-
    - name: dashboard
      image: kubernetesui/dashboard:v2.7.0 # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx/nginx-ingress:5.2
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.4
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/dashboard:1.0
```
"#;
