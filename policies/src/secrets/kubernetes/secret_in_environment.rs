use policy_core::document::Ref;
use policy_core::model::kubernetes::{Container, path};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, called, say};

pub(crate) static RULE: Rule = Rule {
    id: "secret-in-environment",
    meta: Meta {
        title: "secrets are handed over as variables",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.4.1"],
        aliases: &["checkov/CKV_K8S_35", "kube-linter/read-secret-from-env-var", "kubescape/C-0207"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let list = |name| container.get(name).into_iter().flat_map(Ref::items).filter(|_| cx.budget.spend(1));
    let single = list("env").filter_map(|entry| path(entry, &["valueFrom", "secretKeyRef"]));
    let mut found = single.chain(list("envFrom").filter_map(|entry| path(entry, &["secretRef"])));
    let Some(first) = found.next() else { return };
    let others = match found.count() {
        0 => String::new(),
        more => format!(", here and at {more} more"),
    };
    let said = Said {
        at: Place::node(first, "becomes a variable"),
        message: format!("{} gets secrets as variables{others}: they end up in dumps and logs", called(container.name())).into(),
        help: "mount the Secret as a file, and read it when it is needed",
        rated: (Severity::Low, Confidence::High),
    };
    say(cx, container, said, out);
}

const DOCS: &str = r#"
Variables are handed on to every process that a container starts, and stand in crash reports, debug pages and the output of `env`. They
also keep the old value until the pod is started anew.

**Mend it:** mount the Secret as a volume, and read the file when it is needed.

**How bad:** low, since many applications know no other way. The rule is optional. Each container is reported once.

Not reported: variables of a ConfigMap or of fields of the pod.

**It does not see:** what an application does with a variable.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      env:
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: web, key: password}} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      env:
        - name: MODE
          valueFrom: {configMapKeyRef: {name: web, key: mode}}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      envFrom: [{configMapRef: {name: web}}]
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      volumeMounts: [{name: web, mountPath: /secrets}]
  volumes:
    - name: web
      secret: {secretName: web}
```
"#;
