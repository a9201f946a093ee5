use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, field, fields, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "mesh-accepts-plain-text",
    meta: Meta {
        title: "a mesh that takes traffic without mutual TLS",
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
    let Some(spec) = object.get("spec").filter(|_| object.is("security.istio.io", "PeerAuthentication")) else { return };
    let whole = field(spec, "mtls").and_then(|settings| field(settings, "mode"));
    if let Some(node) = whole {
        judge(object, node, Severity::Medium, out);
    }
    // Below a default of STRICT single ports are what the help asks for.
    let off = if text(whole) == Read::Is("STRICT") { Severity::Low } else { Severity::Medium };
    for (_, settings) in field(spec, "portLevelMtls").into_iter().flat_map(fields) {
        if let Some(node) = field(settings, "mode") {
            judge(object, node, off, out);
        }
    }
}

fn judge<'u>(object: &Object<'u>, node: Ref<'u>, off: Severity, out: &mut Out<'u>) {
    let (what, severity) = match text(Some(node)) {
        Read::Is("DISABLE") => ("turns mutual TLS off", off),
        Read::Is("PERMISSIVE") => ("takes plain text beside mutual TLS", Severity::Low),
        _ => return,
    };
    let finding = RuleFinding::new(
        Place::node(node, "who calls is not known"),
        format!("{} {what}", object.title()),
        "use `mode: STRICT` once all callers are in the mesh; for the port of a probe or a caller outside, name that port alone",
        "mtls",
    );
    out.found(finding.rated(severity, Confidence::High).attribute("object", object.title()));
}

const DOCS: &str = r#"
A PeerAuthentication of Istio says whether callers have to show who they are. With `PERMISSIVE`, plain text is taken too: any pod, in the
mesh or not, reaches the workload unseen, and rules that name callers do not know it. With `DISABLE`, no caller can show who it is.

**Mend it:** use `STRICT`. `PERMISSIVE` is for the time in which workloads move into the mesh.

**How bad:** medium for `DISABLE`, low for `PERMISSIVE`, and low for single ports where the rest is `STRICT`.

Not reported: `UNSET`, which takes what holds above it.

**It does not see:** which of several PeerAuthentications holds for a workload, and what NetworkPolicies keep away.

```yaml bad
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: PERMISSIVE # <-
```

```yaml good
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: STRICT
```

```yaml good
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: ${MTLS_MODE}
```

```yaml good
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  selector: {matchLabels: {app: web}}
  mtls:
    mode: UNSET
```
"#;
