use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, boolean, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "mesh-sends-unverified",
    meta: Meta {
        title: "a mesh that does not check whom it sends to",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
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
    let Some(spec) = object.get("spec").filter(|_| object.is("networking.istio.io", "DestinationRule")) else { return };
    let subsets = field(spec, "subsets").into_iter().flat_map(Ref::items);
    for policy in std::iter::once(spec).chain(subsets).filter_map(|holder| field(holder, "trafficPolicy")) {
        let ports = field(policy, "portLevelSettings").into_iter().flat_map(Ref::items);
        for tls in std::iter::once(policy).chain(ports).filter_map(|holder| field(holder, "tls")) {
            judge(object, tls, out);
        }
    }
}

fn judge<'u>(object: &Object<'u>, tls: Ref<'u>, out: &mut Out<'u>) {
    let mode = field(tls, "mode");
    let off = mode.filter(|mode| text(Some(*mode)) == Read::Is("DISABLE"));
    let skips = field(tls, "insecureSkipVerify").filter(|flag| boolean(Some(*flag)) == Read::Is(true));
    let (node, what, severity) = match (skips, off) {
        (Some(node), _) => (node, "takes any certificate of the host that it calls", Severity::Medium),
        (None, Some(node)) => (node, "sends in plain text", Severity::Low),
        (None, None) => return,
    };
    let finding = RuleFinding::new(
        Place::node(node, "who answers is not checked"),
        format!("{} {what}", object.title()),
        "use `mode: ISTIO_MUTUAL` within the mesh, and outside of it `SIMPLE` with `caCertificates` and `subjectAltNames`",
        "tls",
    );
    out.found(finding.rated(severity, Confidence::High).attribute("object", object.title()));
}

const DOCS: &str = r#"
A DestinationRule of Istio says how callers speak to a host. With `mode: DISABLE` they send in plain text; with `insecureSkipVerify` they
take any certificate: who sits between reads and changes what passes.

**Mend it:** use `ISTIO_MUTUAL` within the mesh; for hosts outside `SIMPLE` with `caCertificates` and `subjectAltNames`.

**How bad:** medium for a certificate that is not checked, low for plain text, which may be for a host without a proxy.

Not reported: a rule without `tls`: Istio then uses mutual TLS where the other side has it.

**It does not see:** whether the host is one that is reached within the same pod.

```yaml bad
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: db
spec:
  host: db.example.com
  trafficPolicy:
    tls:
      mode: SIMPLE
      insecureSkipVerify: true # <-
  subsets:
    - name: v1
      trafficPolicy: {tls: {mode: DISABLE}} # <-
```

```yaml good
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: db
spec:
  host: db
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
```

```yaml good
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: db
spec:
  host: db
  trafficPolicy:
    loadBalancer: {simple: LEAST_REQUEST}
```

```yaml good
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: db
spec:
  host: db.example.com
  trafficPolicy:
    tls:
      mode: SIMPLE
      insecureSkipVerify: false
```
"#;
