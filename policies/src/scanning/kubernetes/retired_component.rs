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

/// Projects that ended: what stands in the name of their images, their name, since when, and how bad that is. Sources: the blog of Helm
/// (2020-10-30, Tiller), github.com/kubernetes-retired (heapster, dashboard), the blog of Kubernetes (2025-11-11, Ingress NGINX).
const RETIRED: &[(&str, &str, &str, Severity)] = &[
    ("/heapster-amd64", "Heapster", "2019", Severity::Low),
    ("/ingress-nginx/controller", "Ingress NGINX", "March 2026", Severity::Medium),
    ("/kubernetes-dashboard-amd64", "Kubernetes Dashboard", "January 2026", Severity::Medium),
    ("/kubernetes-helm/tiller", "Tiller", "November 2020", Severity::Medium),
    ("/kubernetes-ingress-controller/nginx-ingress-controller", "Ingress NGINX", "March 2026", Severity::Medium),
    ("/helm/tiller", "Tiller", "November 2020", Severity::Medium),
    ("/kubernetesui/dashboard", "Kubernetes Dashboard", "January 2026", Severity::Medium),
    ("/kubernetesui/dashboard-api", "Kubernetes Dashboard", "January 2026", Severity::Medium),
];

fn of_image<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    of_container(cx, container, ask, out);
}

fn of_volume<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    of_volumes(cx, pod, ask, out);
}

fn ask<'u>(image: &Named<'u>, out: &mut Out<'u>) {
    let name = image.repository();
    let Some((_, what, since, severity)) = RETIRED.iter().find(|(end, ..)| name.ends_with(end)) else { return };
    let said = Said {
        at: Place::node(image.node, "nobody mends it"),
        message: format!("{what} ended in {since}: its holes stay open").into(),
        help: "replace it by something that is maintained",
        rated: (*severity, Confidence::High),
    };
    say_of(&image.title, image.of, said, out);
}

const DOCS: &str = r#"
Some components that many clusters run are no longer maintained: Tiller, the part of Helm 2 inside of the cluster (since November 2020),
which obeys everyone who reaches it; the Kubernetes Dashboard (archived in January 2026); Ingress NGINX, which stands in front of
everything (March 2026); Heapster (2019). A hole that is found in them now stays open.

**Mend it:** Helm 3 and 4 need no Tiller; Headlamp follows the Dashboard; the Gateway API or another Ingress controller follows Ingress
NGINX; metrics-server follows Heapster.

**How bad:** medium; low for Heapster.

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
