use policy_core::model::kubernetes::{Object, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "external-name-to-local",
    meta: Meta {
        title: "a Service that names the machine of whoever asks",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
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
    let is_external = object.is("", "Service") && text(object.path(&["spec", "type"])) == Read::Is("ExternalName");
    let Some(node) = object.path(&["spec", "externalName"]).filter(|_| is_external) else { return };
    let Read::Is(name) = text(Some(node)) else { return };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let what = if is_loopback(&name) {
        "the machine of whoever asks for it"
    } else if name == "169.254.169.254" || name == "metadata.google.internal" {
        "the metadata of the node's cloud, where its credentials lie"
    } else {
        return;
    };
    let finding = RuleFinding::new(
        Place::node(node, "who asks for the Service asks for this"),
        format!("{} stands for {what}", object.title()),
        "name the host that is meant, or make the Service one with a selector",
        "externalName",
    );
    out.found(finding.rated(Severity::Medium, Confidence::Medium).attribute("object", object.title()));
}

fn is_loopback(name: &str) -> bool {
    let numbers = name.strip_prefix("127.").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    numbers || ["localhost", "localhost.localdomain", "::1"].contains(&name) || name.ends_with(".localhost")
}

const DOCS: &str = r#"
A Service of type ExternalName is an alias: who asks for it is sent to the name behind it. If that is `localhost`, an Ingress controller or
a proxy that serves the Service sends requests of outsiders to itself, past the walls around its own ports: its administration, its
metrics. The same goes for the address where clouds give out the credentials of a node.

**Mend it:** name the host that is meant, or give the Service a selector.

**How bad:** medium: it takes an Ingress or a route to the Service, and a controller that follows such names.

Not reported: a name that a later step fills in, and other types, where `externalName` counts for nothing.

**It does not see:** names that DNS gives an address of the same machine.

```yaml bad
apiVersion: v1
kind: Service
metadata:
  name: admin
spec:
  type: ExternalName
  externalName: localhost # <-
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: database
spec:
  type: ExternalName
  externalName: db.example.com
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: database
spec:
  type: ClusterIP
  externalName: localhost
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: database
spec:
  type: ExternalName
  externalName: localhost.example.com
```
"#;
