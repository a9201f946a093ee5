use policy_core::model::kubernetes::Pod;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::node_path::{host_path, mounts, weight, written};
use crate::workload::{called, title};

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
    for volume in pod.volumes() {
        let Some((node, path)) = host_path(volume).filter(|_| cx.budget.spend(1 + containers.len())) else { continue };
        let mounts = mounts(pod, containers, volume);
        let Some((what, mount, held)) = written(path, &mounts) else { continue };
        let message = format!("{} can write to `{held}` of its node: {}", called(mount.container), what.gives);
        let help = "mount it with `readOnly: true`, or name the one folder that is needed";
        let finding = RuleFinding::new(Place::node(node, "of the node"), message, help, held)
            .related(Place::node(mount.node, "mounted for writing"));
        let confidence = if mount.rootless { Confidence::Medium } else { Confidence::High };
        out.found(finding.rated(weight(what), confidence).attribute("object", title(cx, pod)));
    }
}

const DOCS: &str = r#"
A folder of the node that holds its programs, its settings or what the kubelet works with, mounted for writing, gives the node away: a
line in `/etc/cron.d`, a key in `/root/.ssh`, a program in `/opt/cni/bin` that the node runs as root, a file below
`/var/lib/kubelet`.

**Mend it:** mount it with `readOnly: true`, or name the one folder that is needed. Agents that install something on nodes, such as
those for networks and storage, need it: accept the finding there with a reason.

**How bad:** high where a write is root on the node by itself: a folder that holds it as a whole (`/`, `/etc`, `/usr`, `/proc`), static
pods (`/etc/kubernetes/manifests`), jobs (`/etc/cron.d`), services (`/etc/systemd`), `.ssh`, `sudoers`, the data of etcd. Medium where
something has to come to use it (`/etc/cni/net.d`, `/opt/cni/bin`, `/var/lib/kubelet`). Where the container surely does not run as root,
the confidence is medium: the rights of the files may keep it out.

Not reported: volumes that no container mounts, or only with `readOnly: true`; folders that hold nothing of the node (`/data`,
`/var/log`, `/home/app`), single files that tell of it (`/etc/localtime`, `/etc/machine-id`, `/etc/resolv.conf`, `/etc/ssl/certs`), and
`/dev`, whose devices open to privileged containers alone; sockets of runtimes, which `runtime-socket-mounted` reports.

**It does not see:** the user that an image sets, who may have no right to write; what the volumes of a claim are.

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
