use policy_core::model::kubernetes::{Container, ContainerRole};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, called, complete, say, serves};

pub(crate) static RULE: Rule = Rule {
    id: "no-probe",
    meta: Meta {
        title: "nobody asks whether a container still works",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-4"],
        aliases: &[
            "checkov/CKV_K8S_8",
            "checkov/CKV_K8S_9",
            "kube-linter/no-liveness-probe",
            "kube-linter/no-readiness-probe",
            "kubescape/C-0018",
            "kubescape/C-0056",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let probed = ["livenessProbe", "readinessProbe", "startupProbe"].iter().any(|probe| container.get(probe).is_some());
    let serving = complete(cx, container).is_some_and(|(_, object)| serves(object));
    if probed || !serving || container.role() != ContainerRole::Regular {
        return;
    }
    let said = Said {
        at: Place::node(container.head(), "has no probe"),
        message: format!("nothing asks {} whether it works: it counts as ready once it runs", called(container.name())).into(),
        help: "add a `readinessProbe`, and a `livenessProbe` if a restart mends it",
        rated: (Severity::Low, Confidence::High),
    };
    say(cx, container, said, out);
}

const DOCS: &str = r#"
A container without a probe counts as ready as soon as its process runs, and as healthy for as long as it does. A version that starts
and answers nothing is rolled out everywhere, and no alarm tells.

**Mend it:** add a `readinessProbe`; a `livenessProbe` where a restart helps.

**How bad:** low. The rule is optional.

Not reported: Jobs, CronJobs, steps of pipelines, single pods, init containers and sidecars among them, and pods whose settings come from
elsewhere too.

**It does not see:** checks from outside (a load balancer's), and whether a probe says anything.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers:
        - name: setup
          image: busybox:1.37
      containers:
        - name: web # <-
          image: nginx:1.29
```

```yaml good
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.29
          readinessProbe: {httpGet: {path: /, port: 80}}
```

```yaml good
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    spec:
      containers:
        - name: once
          image: busybox:1.37
```

```yaml good
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          args: ["--verbose"]
```
"#;
