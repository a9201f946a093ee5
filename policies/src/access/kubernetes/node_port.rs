use policy_core::model::kubernetes::{Object, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "node-port",
    meta: Meta {
        title: "a Service that is open on every node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-2"],
        aliases: &["kube-linter/exposed-services"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let kind = object.path(&["spec", "type"]).filter(|kind| object.is("", "Service") && text(Some(*kind)) == Read::Is("NodePort"));
    let Some(node) = kind else { return };
    let finding = RuleFinding::new(
        Place::node(node, "a port of every node"),
        format!("{} is open on a port of every node", object.title()),
        "use `type: ClusterIP` and an Ingress or a Gateway in front of it",
        "NodePort",
    );
    out.found(finding.rated(Severity::Low, Confidence::Medium).attribute("object", object.title()));
}

const DOCS: &str = r#"
A Service of type NodePort is open on one port of every node: who reaches a node reaches the Service, past the Ingress with its TLS, its
rules and its log, and past the NetworkPolicies that name pods, since the sender is often a node by then.

**Mend it:** use `type: ClusterIP`, and an Ingress or a Gateway in front.

**How bad:** low, and optional: on clusters of one's own it is often the way in that is wanted.

Not reported: `type: LoadBalancer`, which may open a port of each node too: see open-load-balancer.

**It does not see:** which networks reach the nodes.

```yaml bad
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort # <-
  selector: {app: web}
  ports: [{port: 80, nodePort: 30080}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: ClusterIP
  ports: [{port: 80}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports: [{port: 80}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: ${SERVICE_TYPE}
  ports: [{port: 80}]
```
"#;
