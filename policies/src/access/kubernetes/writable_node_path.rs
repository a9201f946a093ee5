use policy_core::model::kubernetes::{Pod, plain_path};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::node_path::{Mount, host_path, mounts, socket, weight};
use crate::workload::called;

pub(crate) static RULE: Rule = Rule {
    id: "writable-node-path",
    meta: Meta {
        title: "a pod that writes where its node is made of",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-1", "CIS-K8S-5.2.11"],
        aliases: &["kube-linter/writable-host-mount", "kube-linter/sensitive-host-mounts", "trivy/KSV-0121", "kubescape/C-0045"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    let containers = cx.unit.containers_of(pod);
    let title = || cx.unit.object_of(pod).map_or_else(String::new, |object| object.title());
    for volume in pod.volumes() {
        let Some((node, path)) = host_path(volume).filter(|_| cx.budget.spend(1 + containers.len())) else { continue };
        let mounts = mounts(containers, volume);
        let held = mounts.iter().filter(|mount| mount.is_writable()).filter_map(|mount| holds(path, mount));
        let Some((severity, mount, held)) = held.max_by_key(|(severity, ..)| *severity) else { continue };
        let so = if severity == Severity::High { "and so take it over" } else { "which the node works with" };
        let message = format!("{} can write to `{held}` of its node, {so}", called(mount.container));
        let help = "mount it with `readOnly: true`, or name the one folder that is needed";
        let finding = RuleFinding::new(Place::node(node, "of the node"), message, help, held)
            .related(Place::node(mount.node, "mounted for writing"));
        out.found(finding.rated(severity, Confidence::High).attribute("object", title()));
    }
}

// How bad a mount is, and the path of the node that it holds.
fn holds<'m, 'u>(path: &str, mount: &'m Mount<'u>) -> Option<(Severity, &'m Mount<'u>, String)> {
    let held = match mount.below {
        Read::Absent => plain_path(path),
        Read::Is(below) => plain_path(&format!("{path}/{below}")),
        Read::Dynamic | Read::Wrong => return None,
    };
    weight(&held).filter(|_| socket(&held).is_none()).map(|severity| (severity, mount, held))
}

const DOCS: &str = r#"
A folder of the node that holds its programs, its settings or what the kubelet works with, mounted for writing, gives the node away: a
line in `/etc/cron.d`, a key in `/root/.ssh`, a program in `/opt/cni/bin` that the node runs as root, a file below
`/var/lib/kubelet`.

**Mend it:** mount it with `readOnly: true`, or name the one folder that is needed. Agents that install something on nodes, such as
those for networks and storage, need it: accept the finding there with a reason.

**How bad:** high for a folder that holds the node as a whole (`/`, `/etc`, `/usr`, `/root`, `/var/lib`), medium for a part that has
to be put to use (`/etc/cni/net.d`, `/var/lib/kubelet`).

Not reported: volumes that no container mounts, or only with `readOnly: true`; folders that hold nothing of the node (`/data`,
`/var/log`), and `/dev`, whose devices open to privileged containers alone; sockets of runtimes, which `runtime-socket-mounted` reports.

**It does not see:** the user of the container, who may have no right to write; what the volumes of a claim are.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/agent:1
      volumeMounts: [{name: etc, mountPath: /host/etc}]
  volumes:
    - name: etc
      hostPath: {path: /etc} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/agent:1
      volumeMounts: [{name: etc, mountPath: /host/etc, readOnly: true}]
  volumes:
    - name: etc
      hostPath: {path: /etc}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/agent:1
      volumeMounts: [{name: log, mountPath: /var/log}]
  volumes:
    - name: log
      hostPath: {path: /var/log}
    - name: etc
      hostPath: {path: /etc}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/agent:1
      volumeMounts:
        - {name: var, mountPath: /data, subPath: acme}
        - {name: etc, mountPath: /etc/x, readOnly: "{{ ro }}"}
  volumes:
    - name: var
      hostPath: {path: /var/lib}
    - name: etc
      hostPath: {path: /etc}
```
"#;
