use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "ingress-any-host",
    meta: Meta {
        title: "an Ingress that answers to every host",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-2"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    if !crate::ingress::is_ingress(object) {
        return;
    }
    let mut say = |at: Ref<'u>, hosts: &str| {
        let finding = RuleFinding::new(
            Place::node(at, format!("takes requests for {hosts}")),
            format!("{} takes requests for {hosts}", object.title()),
            "name the host",
            hosts,
        );
        out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
    };
    let rules = object.path(&["spec", "rules"]).into_iter().flat_map(Ref::items).filter(|rule| rule.kind() == Kind::Mapping);
    for rule in rules {
        let node = field(rule, "host");
        match text(node) {
            Read::Absent | Read::Is("") if field(rule, "http").is_some() => say(first(rule), "every host"),
            Read::Is(host) => {
                if let (Some(node), Some(domain)) = (node, host.strip_prefix("*.")) {
                    say(node, &format!("every host below {domain}"));
                }
            }
            Read::Absent | Read::Dynamic | Read::Wrong => {}
        }
    }
}

fn first(rule: Ref<'_>) -> Ref<'_> {
    rule.entries().next().map_or(rule, |(key, _)| key)
}

const DOCS: &str = r#"
A rule without a host, or with `*.example.com`, takes requests for names that no one thought of: those that another Ingress forgot, those
that an attacker's DNS points here. Where several namespaces share a controller, it takes the paths of hosts of others.

**Mend it:** name the host.

**How bad:** low, and optional: it is a matter of house rules.

Not reported: `defaultBackend`, which says outright that it takes the rest.

**It does not see:** what the controller refuses.

```yaml bad
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - http: # <-
        paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
    - host: "*.example.com" # <-
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: web.example.com
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: ${HOST}
      http: {paths: []}
```

```yaml good
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
```
"#;
