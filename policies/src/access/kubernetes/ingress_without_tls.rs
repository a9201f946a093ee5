use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "ingress-without-tls",
    meta: Meta {
        title: "an Ingress that is served without TLS",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-2"],
        aliases: &["kubescape/C-0263"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

/// Annotations by which controllers take certificates from elsewhere, by the beginning of their names, and what has to stand in the
/// value; where that is empty, anything but `false`.
const ELSEWHERE: &[(&str, &str)] = &[
    ("alb.ingress.kubernetes.io/certificate-arn", ""),
    ("alb.ingress.kubernetes.io/listen-ports", "https"),
    ("appgw.ingress.kubernetes.io/appgw-ssl-", ""),
    ("haproxy-ingress.github.io/ssl-passthrough", "true"),
    ("haproxy.org/ssl-passthrough", "true"),
    ("ingress.gcp.kubernetes.io/pre-shared-cert", ""),
    ("ingress.kubernetes.io/ssl-passthrough", "true"),
    ("networking.gke.io/managed-certificates", ""),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", "true"),
    ("route.openshift.io/termination", ""),
    ("traefik.ingress.kubernetes.io/router.entrypoints", "websecure"),
    ("traefik.ingress.kubernetes.io/router.tls", ""),
];

// What a later step fills in may be it.
fn is_elsewhere((key, value): (Ref<'_>, Ref<'_>)) -> bool {
    let name = key.text().unwrap_or("");
    let says = |wanted: &str| match text(Some(value)) {
        Read::Is(value) if wanted.is_empty() => !value.is_empty() && value != "false",
        Read::Is(value) => value.to_ascii_lowercase().contains(wanted),
        read => read == Read::Dynamic,
    };
    ELSEWHERE.iter().any(|(start, wanted)| name.starts_with(start) && says(wanted))
}

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    if !crate::ingress::is_ingress(object) || object.annotations().any(is_elsewhere) {
        return;
    }
    // Without rules and backend it is merged into one that has them.
    let Some(spec) =
        object.get("spec").filter(|spec| ["rules", "backend", "defaultBackend"].iter().any(|name| field(*spec, name).is_some()))
    else {
        return;
    };
    let rules = || field(spec, "rules").into_iter().flat_map(Ref::items);
    let Some(tls) = field(spec, "tls").filter(|tls| tls.kind() != Kind::Sequence || tls.items().next().is_some()) else {
        return out.found(finding(object, object.head(), format!("{} has no `tls`: it is served over plain HTTP", object.title())));
    };
    let covers = |host: &str| tls.kind() != Kind::Sequence || tls.items().any(|entry| covers(entry, host));
    for node in rules().filter_map(|rule| field(rule, "host")) {
        if let Read::Is(host) = text(Some(node))
            && !host.is_empty()
            && !covers(host)
        {
            out.found(finding(object, node, format!("no entry of `tls` in {} has the host `{host}`", object.title())));
        }
    }
}

// An entry without hosts is for whatever host the controller serves.
fn covers(entry: Ref<'_>, host: &str) -> bool {
    let Some(hosts) = field(entry, "hosts").filter(|hosts| hosts.kind() == Kind::Sequence && hosts.items().next().is_some()) else {
        return true;
    };
    hosts.items().any(|item| match text(Some(item)) {
        Read::Is(of) => of.eq_ignore_ascii_case(host) || is_below(host, of),
        _ => true,
    })
}

fn is_below(host: &str, wildcard: &str) -> bool {
    let rest = host.split_once('.').map(|(_, rest)| rest);
    wildcard.strip_prefix("*.").is_some_and(|of| rest.is_some_and(|rest| rest.eq_ignore_ascii_case(of)))
}

fn finding<'u>(object: &Object<'u>, at: Ref<'u>, message: String) -> RuleFinding<'u> {
    let help = "add an entry to `tls` with the host and the name of a Secret that holds its certificate";
    let finding = RuleFinding::new(Place::node(at, "plain HTTP"), message, help, at.text().unwrap_or("tls"));
    finding.rated(Severity::Low, Confidence::Medium).attribute("object", object.title())
}

const DOCS: &str = r#"
An Ingress without `tls` is served over plain HTTP: who sits between reads and changes what passes, passwords and cookies included. The
same goes for a host that no entry of `tls` names.

**Mend it:** add an entry to `tls` with the host and the Secret that holds its certificate; cert-manager fills that Secret.

**How bad:** low, and optional: TLS often ends in front of the cluster.

Not reported: Ingresses whose annotations take the certificate from elsewhere (ALB with HTTPS, GKE, Application Gateway, Traefik with
`websecure`, OpenShift) or hand TLS through to the pod, and parts of Ingresses that are merged into others.

**It does not see:** a default certificate of the controller, a load balancer in front of it, and what an IngressClass sets.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web # <-
spec:
  rules: [{host: web.example.com}]
```

```yaml bad
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  tls: [{hosts: [web.example.com], secretName: web}]
  rules:
    - host: web.example.com
    - host: shop.example.com # <-
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  tls: [{hosts: ["*.example.com"], secretName: all}]
  rules: [{host: web.example.com}]
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    alb.ingress.kubernetes.io/certificate-arn: ${CERTIFICATE}
spec:
  rules: [{host: web.example.com}]
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  tls: [{secretName: web}]
  rules: [{host: web.example.com}]
```
"#;
