use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "service-external-ips",
    meta: Meta {
        title: "a Service that takes the traffic of addresses it names itself",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-2"],
        aliases: &["trivy/KSV-0108"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let list = object.path(&["spec", "externalIPs"]).filter(|list| list.kind() == Kind::Sequence);
    let Some(list) = list.filter(|list| object.is("", "Service") && list.items().any(is_written)) else { return };
    let finding = RuleFinding::new(
        Place::node(list, "every node hands traffic for these addresses to the Service"),
        format!("{} takes the traffic of addresses that it names in `externalIPs`", object.title()),
        "use a Service of type LoadBalancer, an Ingress or a Gateway, whose addresses the cluster gives",
        "externalIPs",
    );
    out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
}

fn is_written(item: Ref<'_>) -> bool {
    item.text().is_some_and(|text| !text.is_empty())
}

const DOCS: &str = r#"
`externalIPs` takes any address: every node then hands what is sent there to the Service, no matter whose the address is. Who may write a
Service so takes the traffic of others, out of the cluster too (CVE-2020-8554). Kubernetes has no fix for it but to forbid the field,
which the admission plugin `DenyServiceExternalIPs` does.

**Mend it:** use a Service of type LoadBalancer, an Ingress or a Gateway.

**How bad:** low: the Service that is written here is most likely meant. It keeps the cluster from forbidding the field.

Not reported: an empty list.

**It does not see:** whether the cluster refuses the field, and `status.loadBalancer`, which the same attack can use.

```yaml bad
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80}]
  externalIPs: [192.0.2.10] # <-
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80}]
  externalIPs: []
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer
  loadBalancerIP: 192.0.2.10
  ports: [{port: 80}]
```

```yaml good
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: web
spec:
  externalIPs: [192.0.2.10]
```
"#;
