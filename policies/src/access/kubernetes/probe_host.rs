use policy_core::model::kubernetes::{Container, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, is_standard, unknown};

pub(crate) static RULE: Rule = Rule {
    id: "probe-host",
    meta: Meta {
        title: "a probe that the kubelet sends elsewhere",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/hostProbesAndHostLifecycle", "NSA-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

/// Where a container has what the kubelet does for it.
const HANDLERS: [&[&str]; 5] =
    [&["livenessProbe"], &["readinessProbe"], &["startupProbe"], &["lifecycle", "postStart"], &["lifecycle", "preStop"]];

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let Some(pod) = cx.unit.pod_of(container).filter(|_| cx.kubernetes.is_at_least(34)) else { return };
    let handlers = HANDLERS.iter().filter_map(|path| Some((path.last()?, container.path(path)?)));
    // In the network of its node the loopback is the pod's own.
    let shares = !is_standard(cx) && matches!(pod.flag("hostNetwork"), Read::Is(true) | Read::Dynamic);
    let is_itself = |host: &str| shares && ["127.0.0.1", "::1", "localhost"].contains(&host);
    for (name, node) in handlers.flat_map(|(name, handler)| {
        let host = move |action| field(handler, action).and_then(|action| field(action, "host"));
        ["httpGet", "tcpSocket"].into_iter().filter_map(host).map(move |host| (name, host))
    }) {
        match text(Some(node)) {
            Read::Is(host) if !host.is_empty() && !is_itself(host) => {
                let owner = Owner::container(container);
                let message = format!("`{name}` of {} has the kubelet call another host than the pod", owner.name(cx, pod));
                let help =
                    "take `host` away: without it the pod itself is asked; a name for the server goes into the header `Host`";
                let place = Place::node(node, "the node calls this host");
                let finding = owner.finding((cx, pod), "hostProbesAndHostLifecycle", place, message, help);
                out.found(finding.rated(Severity::Low, Confidence::High));
            }
            Read::Dynamic => unknown(cx, node, out),
            _ => {}
        }
    }
}

const DOCS: &str = r#"
Probes and lifecycle hooks are called by the kubelet, from the network of the node. With `host` a pod has it call whatever the node
reaches, as its loopback and the metadata service, and learns by its own restarts what answers.

**Mend it:** leave `host` out of `httpGet` and `tcpSocket`: the kubelet then calls the pod. For a virtual host set the header `Host`.

**How bad:** low: only whether something answers comes back. The standard Baseline forbids it from 1.34 on (control Host Probes /
Lifecycle Hooks).

Not reported: the loopback in a pod with `hostNetwork`, outside the packs of the standards: it is the pod's own; an empty `host`, one that a later step fills in, the header `Host`, and `exec` and `grpc`, which have no host.

**It does not see:** to whom an address belongs.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      livenessProbe:
        httpGet:
          host: 169.254.169.254 # <-
          port: 80
      lifecycle:
        preStop:
          tcpSocket: {host: localhost, port: 5432} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      livenessProbe:
        httpGet:
          port: 80
          httpHeaders: [{name: Host, value: example.com}]
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      readinessProbe:
        tcpSocket: {host: "", port: 80}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      startupProbe:
        exec: {command: [curl, example.com]}
        httpGet: {host: "${HOST}", port: 80}
```
"#;
