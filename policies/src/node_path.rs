//! Paths of the node that a pod or a volume takes hold of.

use policy_core::document::Ref;
use policy_core::model::kubernetes::{Container, NodePath, Pod, boolean, field, integer, node_path, path, plain_path, text};
use policy_core::read::Read;
use policy_core::rule::Severity;

/// Names of sockets by which a container runtime takes orders from whoever opens them.
const SOCKETS: &[&str] = &["containerd.sock", "cri-dockerd.sock", "crio.sock", "docker.sock", "dockershim.sock", "podman.sock"];

/// Folders that these stand in.
const FOLDERS: &[&str] = &[
    "/run",
    "/run/containerd",
    "/run/crio",
    "/run/k3s/containerd",
    "/run/podman",
    "/var/run",
    "/var/run/containerd",
    "/var/run/crio",
    "/var/run/podman",
];

/// How a path leads to the socket of a container runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Socket {
    /// It is one.
    Itself,
    /// It is a folder that one stands in.
    Folder,
}

/// Whether a path leads to the socket of a container runtime.
pub(crate) fn socket(path: &str) -> Option<Socket> {
    let plain = plain_path(path);
    let last = plain.rsplit('/').next().unwrap_or("");
    match () {
        () if SOCKETS.contains(&last) => Some(Socket::Itself),
        () if FOLDERS.contains(&plain.as_str()) => Some(Socket::Folder),
        () => None,
    }
}

/// How bad it is to hold such a path for writing.
pub(crate) fn weight(path: NodePath) -> Severity {
    if path.at_once { Severity::High } else { Severity::Medium }
}

/// A place where a container holds a volume.
#[derive(Clone, Copy)]
pub(crate) struct Mount<'u> {
    /// The entry of `volumeMounts`.
    pub(crate) node: Ref<'u>,
    /// The container.
    pub(crate) container: &'u str,
    /// Whether that surely runs as another user than root.
    pub(crate) rootless: bool,
    /// What part of the volume it takes.
    pub(crate) below: Read<&'u str>,
}

impl Mount<'_> {
    /// Whether it can surely be written to.
    pub(crate) fn is_writable(&self) -> bool {
        matches!(boolean(field(self.node, "readOnly")), Read::Absent | Read::Is(false))
    }
}

/// The mounts of a volume.
pub(crate) fn mounts<'u>(pod: &Pod<'u>, containers: &[Container<'u>], volume: Ref<'u>) -> Vec<Mount<'u>> {
    let mut found = Vec::new();
    let Some(name) = field(volume, "name").and_then(Ref::text) else { return found };
    for container in containers {
        for node in container.get("volumeMounts").into_iter().flat_map(Ref::items) {
            if field(node, "name").and_then(Ref::text) == Some(name) {
                let computed = field(node, "subPathExpr").is_some();
                let below = if computed { Read::Dynamic } else { text(field(node, "subPath")) };
                found.push(Mount { node, container: container.name(), rootless: is_rootless(pod, container), below });
            }
        }
    }
    found
}

// What the container says counts before what the pod says. Who must not be root is not, whoever he is.
fn is_rootless(pod: &Pod<'_>, container: &Container<'_>) -> bool {
    let user = container.security("runAsUser").map_or_else(|| pod.security_number("runAsUser"), |user| integer(Some(user)));
    let must = container.security("runAsNonRoot").map_or_else(|| pod.security_flag("runAsNonRoot"), |flag| boolean(Some(flag)));
    matches!(user, Read::Is(user) if user != 0) || user != Read::Is(0) && must == Read::Is(true)
}

/// Whether a pod may have a group that opens a socket.
pub(crate) fn has_groups(pod: &Pod<'_>, containers: &[Container<'_>]) -> bool {
    let of_pod = ["fsGroup", "runAsGroup", "supplementalGroups"].iter().any(|name| pod.security(name).is_some());
    of_pod || containers.iter().any(|container| container.security("runAsGroup").is_some())
}

/// Whether a volume leads to the socket of a container runtime. A folder that nothing holds leads nowhere, and of a part of it nobody
/// knows here what it is.
pub(crate) fn commands_runtime(path: &str, mounts: &[Mount<'_>]) -> Option<Socket> {
    let is_held = || mounts.iter().any(|mount| mount.below == Read::Absent);
    socket(path).filter(|socket| *socket == Socket::Itself || is_held())
}

/// The mount by which the worst path of the node is held for writing, and that path.
pub(crate) fn written<'m, 'u>(path: &str, mounts: &'m [Mount<'u>]) -> Option<(NodePath, &'m Mount<'u>, String)> {
    let held = mounts.iter().filter(|mount| mount.is_writable()).filter_map(|mount| {
        let held = match mount.below {
            Read::Absent => plain_path(path),
            Read::Is(below) => plain_path(&format!("{path}/{below}")),
            Read::Dynamic | Read::Wrong => return None,
        };
        node_path(&held).filter(|_| socket(&held).is_none()).map(|what| (what, mount, held))
    });
    held.max_by_key(|(what, mount, _)| (what.at_once, !mount.rootless))
}

/// The path of the node that a volume is: its node, and its text where it is known.
pub(crate) fn host_path<'u>(volume: Ref<'u>) -> Option<(Ref<'u>, &'u str)> {
    let node = path(volume, &["hostPath", "path"])?;
    text(Some(node)).is().map(|text| (node, text))
}

#[cfg(test)]
mod tests {
    use super::{Socket, node_path, plain_path, socket};

    #[test]
    fn paths_are_told_by_what_they_come_to() {
        assert_eq!(plain_path("/var//run/./x/../docker.sock"), "/var/run/docker.sock");
        assert_eq!(socket("/var/../run/docker.sock"), Some(Socket::Itself));
        assert_eq!(socket("/run/"), Some(Socket::Folder));
        assert_eq!(socket("/var/run/calico"), None);
        let at_once = |path| node_path(path).map(|what| what.at_once);
        let roots = "/ /etc/ /proc /root/.ssh /home/a/.ssh/authorized_keys /etc/kubernetes/manifests /etc/cron.d/x /etc/crontab \
                     /etc/systemd/system /etc/ld.so.preload /etc/sudoers.d /home /usr/bin /var/spool/cron/root /run/systemd \
                     /var/run/systemd/system/x /var/lib/etcd /var/lib/rancher /var/lib/rancher/k3s/server/manifests";
        for path in roots.split_whitespace() {
            assert_eq!(at_once(path), Some(true), "{path}");
        }
        let parts = "/etc/cni/net.d /etc/kubernetes/pki /var/lib/kubelet /var/lib/kubelet/pods /opt /opt/cni/bin /sys /lib/modules \
                     /var/run/dbus/system_bus_socket /var/lib/docker/containers /root/.kube /etc/ssl /usr/src";
        for path in parts.split_whitespace() {
            assert_eq!(at_once(path), Some(false), "{path}");
        }
        let nothing = "/data /etc/localtime /etc/machine-id /etc/os-release /etc/ssl/certs /etc/resolv.conf /home/app/data /var/log \
                       /opt/acme /var/lib/rancher/k3s/storage/x /run/systemd/resolve /runs /usr/share/zoneinfo/UTC";
        for path in nothing.split_whitespace() {
            assert_eq!(at_once(path), None, "{path}");
        }
    }
}
