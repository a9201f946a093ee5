use policy_core::model::kubernetes::Pod;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::node_path::{Socket, commands_runtime, has_groups, host_path, mounts};
use crate::workload::title;

pub(crate) static RULE: Rule = Rule {
    id: "runtime-socket-mounted",
    meta: Meta {
        title: "a pod that commands the container runtime",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-1", "CIS-K8S-5.2.11"],
        aliases: &["checkov/CKV_K8S_27", "kube-linter/docker-sock", "trivy/KSV-0006", "kubescape/C-0074"],
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
        let Some(socket) = commands_runtime(path, &mounts) else { continue };
        let mount = mounts.first();
        let rootless = mounts.iter().all(|mount| mount.rootless) && mount.is_some() && !has_groups(pod, containers);
        let (message, severity, confidence) = match socket {
            Socket::Itself => (
                format!("`{path}` commands the container runtime: who opens it is root on the node"),
                Severity::High,
                if rootless { Confidence::Medium } else { Confidence::High },
            ),
            Socket::Folder => (
                format!("in `{path}` stands the socket of the container runtime: who opens it is root on the node"),
                Severity::Medium,
                Confidence::Medium,
            ),
        };
        let help = "take the volume away: build with a tool that needs no daemon, and read what you need by the API of Kubernetes";
        let mut finding = RuleFinding::new(Place::node(node, "the socket of the container runtime"), message, help, path);
        if let Some(mount) = mount {
            finding = finding.related(Place::node(mount.node, "held here"));
        }
        let title = title(cx, pod);
        out.found(finding.rated(severity, confidence).attribute("object", title));
    }
}

const DOCS: &str = r#"
Who may write to the socket of Docker, containerd, CRI-O or Podman starts containers beside Kubernetes: privileged ones, with all of the
node in them. That the volume is mounted for reading alone does not help, since a socket is opened and not written.

**Mend it:** take the volume away. Build images with BuildKit without root, Buildah or Kaniko's successors; read logs and metrics by the
API of the kubelet.

**How bad:** high, and sure, for the socket itself, with medium confidence where its containers surely do not run as root and no group is
set that may open it; medium for a folder that it stands in (`/run`, `/var/run`), where the user of the
container may not be let in.

Not reported: folders below `/run` of something else; a folder of which only a part is mounted (`subPath`); the whole root of the node,
which `writable-node-path` looks at.

**It does not see:** which runtime a node has, what an admission controller allows, and sockets at unusual places.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: docker:28
      volumeMounts: [{name: docker, mountPath: /var/run/docker.sock, readOnly: true}]
  volumes:
    - name: docker
      hostPath: {path: /var/run/docker.sock} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: docker:28
      volumeMounts: [{name: run, mountPath: /var/run/calico}]
  volumes:
    - name: run
      hostPath: {path: /var/run/calico}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: docker:28
      volumeMounts: [{name: run, mountPath: /var/run}]
  volumes:
    - name: run
      emptyDir: {}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: docker:28
      volumeMounts: [{name: run, mountPath: /x, subPath: calico}]
  volumes:
    - name: run
      hostPath: {path: /var/run}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: docker:28
  volumes:
    - name: run
      hostPath: {path: "${SOCKET}"}
```
"#;
