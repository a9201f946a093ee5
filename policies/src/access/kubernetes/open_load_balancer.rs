use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::cidr::hold_every_address;

pub(crate) static RULE: Rule = Rule {
    id: "open-load-balancer",
    meta: Meta {
        title: "a load balancer that takes traffic from everywhere",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Low,
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

/// Annotations of load balancers in one's own network: MetalLB, Cilium, kube-vip.
const OWN_NETWORK: &[&str] =
    &["io.cilium/", "kube-vip.io/", "lbipam.cilium.io/", "metallb.io/", "metallb.universe.tf/", "tailscale.com/"];

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let kind =
        object.path(&["spec", "type"]).filter(|kind| object.is("", "Service") && text(Some(*kind)) == Read::Is("LoadBalancer"));
    let (Some(node), Some(spec)) = (kind, object.get("spec")) else { return };
    let limited = field(spec, "loadBalancerSourceRanges").is_some_and(is_limit);
    let own =
        field(spec, "loadBalancerClass").is_some() || matches!(text(field(spec, "loadBalancerIP")), Read::Is(ip) if is_private(ip));
    if limited || own || object.annotations().any(|(name, value)| limits(name, value)) {
        return;
    }
    let finding = RuleFinding::new(
        Place::node(node, "from every address"),
        format!("the load balancer of {} takes traffic from every address", object.title()),
        "name the networks that may reach it in `loadBalancerSourceRanges`, or make it internal by the annotation of your cloud",
        "LoadBalancer",
    );
    out.found(finding.rated(Severity::Low, Confidence::Low).attribute("object", object.title()));
}

// An empty list is none. What a later step fills in may limit.
fn is_limit(ranges: Ref<'_>) -> bool {
    let mut networks = Vec::new();
    networks.extend(ranges.items().filter_map(Ref::text));
    ranges.text().is_some() || ranges.items().next().is_some() && !hold_every_address(&networks)
}

// Every cloud has an annotation of its own for a load balancer of the inner network.
fn limits(name: Ref<'_>, value: Ref<'_>) -> bool {
    let name = name.text().unwrap_or("");
    let value = value.text().unwrap_or("").to_ascii_lowercase();
    let inner = name.ends_with("internal") || name.contains("internal-load-balancer");
    inner && value != "false"
        || name.ends_with("load-balancer-source-ranges") && !value.is_empty() && !names_every_address(&value)
        || ["internal", "private"].contains(&value.as_str())
        || OWN_NETWORK.iter().any(|prefix| name.starts_with(prefix))
}

fn names_every_address(list: &str) -> bool {
    let mut networks = Vec::new();
    networks.extend(list.split(','));
    hold_every_address(&networks)
}

fn is_private(ip: &str) -> bool {
    let second = || ip.strip_prefix("172.").and_then(|rest| rest.split('.').next()).and_then(|part| part.parse().ok());
    ip.starts_with("10.") || ip.starts_with("192.168.") || second().is_some_and(|part: u8| (16..32).contains(&part))
}

const DOCS: &str = r#"
A Service of type LoadBalancer without `loadBalancerSourceRanges`, or with one that holds every address (`0.0.0.0/0`), asks most
clouds for an address that everyone on the internet reaches.

**Mend it:** name the networks in `loadBalancerSourceRanges`, or make the load balancer internal by the annotation of your cloud.

**How bad:** low, and optional: a public front has to be open.

Not reported: internal load balancers of the clouds, those with a class of their own (`loadBalancerClass`), a private `loadBalancerIP`,
and those of MetalLB, Cilium, kube-vip and Tailscale, by their annotations.

**It does not see:** firewalls, and what the cluster does with the type: one of your own may give addresses of your own network alone.

```yaml bad
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer # <-
  selector: {app: web}
  ports: [{port: 443}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [192.0.2.0/24]
  ports: [{port: 443}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    networking.gke.io/load-balancer-type: Internal
spec:
  type: LoadBalancer
  ports: [{port: 443}]
```

```yaml good
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/azure-load-balancer-internal: "true"
spec:
  type: LoadBalancer
  ports: [{port: 443}]
```
"#;
