use policy_core::document::Ref;
use policy_core::model::kubernetes::{Pod, field, text};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::node_path::{commands_runtime, host_path, mounts, written};
use crate::pod_security::{Owner, is_standard};

pub(crate) static RULE: Rule = Rule {
    id: "host-path-volume",
    meta: Meta {
        title: "a volume that is a path of the node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
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

fn check<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) {
    for volume in pod.volumes().take_while(|_| cx.budget.spend(1)) {
        let Some(source) = field(volume, "hostPath").filter(|_| is_standard(cx) || !is_reported(cx, pod, volume)) else { continue };
        let written = field(source, "path");
        let path = text(written).is().map(|path| format!(" `{path}`")).unwrap_or_default();
        let name = field(volume, "name").and_then(Ref::text).unwrap_or("");
        let message = format!("the volume `{name}` is the path{path} of the node: it outlives the pod, and other pods may hold it");
        let help = "keep data in a claim or an `emptyDir`; of what an agent must see of the node, mount the exact path with `readOnly: true`";
        let place = Place::node(written.unwrap_or(source), "a path of the node");
        let finding = Owner::POD.finding((cx, pod), "hostPathVolumes", place, message, help);
        out.found(finding.rated(Severity::Low, Confidence::High));
    }
}

// Whether a rule of its own speaks of the path, `runtime-socket-mounted` or `writable-node-path`.
fn is_reported<'u>(cx: &Cx<'u>, pod: &Pod<'u>, volume: Ref<'u>) -> bool {
    let containers = cx.unit.containers_of(pod);
    let Some((_, path)) = host_path(volume).filter(|_| cx.budget.spend(1 + containers.len())) else { return false };
    let mounts = mounts(pod, containers, volume);
    commands_runtime(path, &mounts).is_some() || written(path, &mounts).is_some()
}

const DOCS: &str = r#"
A `hostPath` volume is a piece of the node's file system. Some pieces are the node: who talks to the socket of the container
runtime, or writes to `/etc`, `/var/lib/kubelet` or `/`, starts what they like there, as root.

**Mend it:** keep data in a PersistentVolumeClaim or an `emptyDir`, settings in a ConfigMap. An agent that must see the node gets
the exact path, with `readOnly: true`, in a namespace that only such agents run in.

**How bad:** low. What gives the node away is reported by rules of its own, `runtime-socket-mounted` and `writable-node-path`, and outside
the packs of the standards this one is then silent. The standard Baseline forbids every path (control HostPath Volumes).

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
        - {name: data, mountPath: /data}
  volumes:
    - name: data
      hostPath:
        path: /srv/data # <-
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
kind: Pod
metadata: {name: build}
spec:
  containers:
    - name: build
      image: docker:28
      volumeMounts: [{name: docker, mountPath: /var/run/docker.sock}]
  volumes:
    - name: docker
      hostPath: {path: /var/run/docker.sock}
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
