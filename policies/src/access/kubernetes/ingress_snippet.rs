use policy_core::document::Ref;
use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "ingress-snippet",
    meta: Meta {
        title: "an Ingress that writes configuration of its controller",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3", "CICD-SEC-7"],
        aliases: &["checkov/CKV_K8S_153", "trivy/KCV-0093", "kubescape/C-0059"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

/// Annotations whose value is configuration of NGINX, of the community's controller and of F5's.
const SNIPPETS: &[&str] = &[
    "nginx.ingress.kubernetes.io/auth-snippet",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/modsecurity-snippet",
    "nginx.ingress.kubernetes.io/server-snippet",
    "nginx.ingress.kubernetes.io/stream-snippet",
    "nginx.org/location-snippets",
    "nginx.org/server-snippets",
];

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    if !crate::ingress::is_ingress(object) {
        return;
    }
    for (key, value) in object.annotations() {
        let name = key.text().unwrap_or("");
        if !SNIPPETS.contains(&name) || is_empty(value) {
            continue;
        }
        let finding = RuleFinding::new(
            Place::node(key, "configuration of the controller"),
            format!("{} writes configuration of the Ingress controller by `{name}`", object.title()),
            "use an annotation or a setting made for the purpose, and forbid snippets in the controller (`allow-snippet-annotations`)",
            name,
        );
        out.found(finding.rated(Severity::Medium, Confidence::Medium).attribute("object", object.title()));
    }
}

fn is_empty(value: Ref<'_>) -> bool {
    value.text().is_none_or(|text| text.trim().is_empty())
}

const DOCS: &str = r#"
A snippet is put into the configuration of the Ingress controller as it stands. The controller holds the keys of all its hosts and reads
Secrets of all namespaces; so whoever may write an Ingress with a snippet may read them too (CVE-2021-25742). A controller that takes the
snippet of this Ingress takes those of every other.

**Mend it:** headers, redirects, rewrites and limits have annotations of their own, and what holds for all hosts belongs into the
controller's settings. Then set `allow-snippet-annotations: "false"` in the controller.

**How bad:** medium: the snippet itself is most likely meant; that the controller has to take snippets is what is wrong. A controller that
does not take them does nothing with it, or refuses the Ingress.

Not reported: an empty snippet.

**It does not see:** the settings of the controller, and snippets in its ConfigMap, which only who runs it writes.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/configuration-snippet: | # <-
      more_set_headers "X-Frame-Options: DENY";
spec:
  tls: [{hosts: [web.example.com], secretName: web}]
  rules: [{host: web.example.com}]
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/ssl-redirect: "true"
spec:
  rules: [{host: web.example.com}]
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/server-snippet: ""
spec:
  rules: [{host: web.example.com}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/server-snippet: return 404;
spec:
  ports: [{port: 80}]
```
"#;
