use policy_core::document::Ref;
use policy_core::model::kubernetes::{Pod, boolean, field, gives_node, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::pod_security::{Owner, items};

pub(crate) static RULE: Rule = Rule {
    id: "host-path-volume",
    meta: Meta {
        title: "a volume that is a path of the node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["PSS/hostPathVolumes", "CIS-K8S-5.2.11", "NSA-1"],
        aliases: &["kubescape/C-0048", "trivy/KSV-0023"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pod(check)],
    docs: crate::docs(DOCS),
};

/// What containers do with a volume.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    None,
    Read,
    Write,
}

fn use_of<'u>(cx: &Cx<'u>, pod: &Pod<'u>, volume: &str) -> Use {
    let mut most = Use::None;
    for container in cx.unit.containers_of(pod) {
        for mount in items(cx, container.get("volumeMounts")) {
            if field(mount, "name").and_then(Ref::text) == Some(volume) {
                let only_read = boolean(field(mount, "readOnly")) == Read::Is(true);
                most = most.max(if only_read { Use::Read } else { Use::Write });
            }
        }
    }
    most
}

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for (volume, source) in
        pod.volumes().take_while(|_| cx.budget.spend(1)).filter_map(|volume| Some((volume, field(volume, "hostPath")?)))
    {
        let written = field(source, "path");
        let path = text(written).is().unwrap_or("");
        let name = field(volume, "name").and_then(Ref::text).unwrap_or("");
        let is_socket = path.trim_end_matches('/').ends_with(".sock");
        let (severity, gives) = match use_of(cx, pod, name) {
            Use::None => (Severity::Low, "no container mounts it"),
            _ if path.is_empty() || !gives_node(path) => {
                (Severity::Low, "it outlives the pod, and other pods of the node may hold it")
            }
            _ if is_socket => (Severity::High, "who talks to it commands the container runtime, and so is root on the node"),
            _ if path.trim_end_matches('/') == "/dev" => (Severity::Low, "its devices open to privileged containers only"),
            Use::Read => (Severity::Low, "containers read there what the node and other pods keep"),
            Use::Write => (Severity::Medium, "who writes there can become root on the node"),
        };
        let shown = if path.is_empty() { String::new() } else { format!(" `{path}`") };
        let message = format!("the volume `{name}` is the path{shown} of the node: {gives}");
        let help = "keep data in a claim or an `emptyDir`; of what an agent must see of the node, mount the exact path with `readOnly: true`";
        let place = Place::node(written.unwrap_or(source), "a path of the node");
        let finding = Owner::POD.finding((cx, pod), "hostPathVolumes", place, message, help);
        out.found(finding.rated(severity, Confidence::High));
    }
}

const DOCS: &str = r#"
A `hostPath` volume is a piece of the node's file system. Some pieces are the node: who talks to the socket of the container
runtime, or writes to `/etc`, `/var/lib/kubelet` or `/`, starts what they like there, as root.

**Mend it:** keep data in a PersistentVolumeClaim or an `emptyDir`, settings in a ConfigMap. An agent that must see the node gets
the exact path, with `readOnly: true`, in a namespace that only such agents run in.

**How bad:** by what the path gives. High for the socket of a container runtime, be it read-only or not; medium for a writable path
that gives the node away; low for all else, for `/dev`, whose devices only privileged containers open, for what is mounted
read-only, and for a volume that no container mounts. The standard Baseline forbids every one (control HostPath Volumes).

Not reported: claims, be they bound to a path of the node or not. Under the pack `pss-restricted`, `unlisted-volume` says it.

**It does not see:** what links on the node lead to.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: build}
spec:
  containers:
    - name: build
      image: docker:28
      volumeMounts:
        - {name: docker, mountPath: /var/run/docker.sock}
  volumes:
    - name: docker
      hostPath:
        path: /var/run/docker.sock # <-
    - name: spare
      hostPath: {} # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
  volumes:
    - {name: data, persistentVolumeClaim: {claimName: data}}
    - {name: cache, emptyDir: {}}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1.29"}
  volumes:
    - name: none
      hostPath: null
      emptyDir: {}
```

```yaml good
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  hostPath: {path: /srv/data}
```
"#;
