use policy_core::model::kubernetes::{Object, node_path, plain_path, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::node_path::{Socket, socket, weight};
use crate::workload::{Said, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "volume-over-node-path",
    meta: Meta {
        title: "a volume that hands out a path of the node",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-1", "CIS-K8S-5.1.9"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    if !object.is("", "PersistentVolume") {
        return;
    }
    for kind in ["hostPath", "local"] {
        let node = object.path(&["spec", kind, "path"]);
        let (Some(node), Read::Is(path)) = (node, text(node)) else { continue };
        let command = socket(path) == Some(Socket::Itself);
        let severity = if command { Some(Severity::High) } else { node_path(path).map(weight) };
        let Some(severity) = severity else { continue };
        let said = Said {
            at: Place::node(node, "of the node"),
            message: format!("pods that claim this volume get `{}` of their node, whatever is forbidden to them", plain_path(path))
                .into(),
            help: "give the volume a folder of its own, below `/mnt` or `/srv`",
            rated: (severity, Confidence::High),
        };
        say_of(&object.title(), path, said, out);
    }
}

const DOCS: &str = r#"
The Pod Security Standards forbid `hostPath` in pods. A PersistentVolume with `hostPath` or `local` gives the same path by way of a claim,
and of that no admission by those standards sees anything.

**Mend it:** give the volume a folder of its own. Who may create PersistentVolumes is who holds the nodes.

**How bad:** high where a write to the path is root on the node (`/`, `/etc`, `/etc/cron.d`) or it is the socket of a container runtime,
medium for a part that something has to come to use (`/var/lib/kubelet/pods`).

Not reported: folders that hold nothing of the node (`/mnt/disks/a`, `/data`, `/tmp/x`, `/var/lib/rancher/k3s/storage/x`).

**It does not see:** who claims the volume, and whether the pod mounts it for reading alone.

```yaml bad
apiVersion: v1
kind: PersistentVolume
metadata: {name: all}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  hostPath: {path: /etc} # <-
```

```yaml good
apiVersion: v1
kind: PersistentVolume
metadata: {name: own}
spec:
  hostPath: {path: /mnt/data}
```

```yaml good
apiVersion: v1
kind: PersistentVolume
metadata: {name: share}
spec:
  nfs: {server: nfs.acme.io, path: /etc}
```

```yaml good
apiVersion: v1
kind: PersistentVolume
metadata: {name: own}
spec:
  local: {path: "${DISK}"}
```
"#;
