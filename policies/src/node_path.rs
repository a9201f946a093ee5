//! Paths of the node that a pod or a volume takes hold of.

use policy_core::document::Ref;
use policy_core::model::kubernetes::{Container, boolean, field, gives_node, path, plain_path, text};
use policy_core::read::Read;
use policy_core::rule::Severity;

/// Paths that hold the node as a whole; of others that give it, a part has to be put to use.
const WHOLE: &[&str] =
    &["/", "/bin", "/boot", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/sbin", "/usr", "/var", "/var/lib"];

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

/// How bad it is to hold a path of the node for writing; none for one that gives no node.
pub(crate) fn weight(path: &str) -> Option<Severity> {
    let plain = plain_path(path);
    let whole = WHOLE.contains(&plain.as_str());
    gives_node(path).then_some(if whole { Severity::High } else { Severity::Medium })
}

/// A place where a container holds a volume.
#[derive(Clone, Copy)]
pub(crate) struct Mount<'u> {
    /// The entry of `volumeMounts`.
    pub(crate) node: Ref<'u>,
    /// The container.
    pub(crate) container: &'u str,
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
pub(crate) fn mounts<'u>(containers: &[Container<'u>], volume: Ref<'u>) -> Vec<Mount<'u>> {
    let mut found = Vec::new();
    let Some(name) = field(volume, "name").and_then(Ref::text) else { return found };
    for container in containers {
        for node in container.get("volumeMounts").into_iter().flat_map(Ref::items) {
            if field(node, "name").and_then(Ref::text) == Some(name) {
                let computed = field(node, "subPathExpr").is_some();
                let below = if computed { Read::Dynamic } else { text(field(node, "subPath")) };
                found.push(Mount { node, container: container.name(), below });
            }
        }
    }
    found
}

/// The path of the node that a volume is: its node, and its text where it is known.
pub(crate) fn host_path<'u>(volume: Ref<'u>) -> Option<(Ref<'u>, &'u str)> {
    let node = path(volume, &["hostPath", "path"])?;
    text(Some(node)).is().map(|text| (node, text))
}

#[cfg(test)]
mod tests {
    use super::{Socket, plain_path, socket, weight};
    use policy_core::rule::Severity;

    #[test]
    fn paths_are_told_by_what_they_come_to() {
        assert_eq!(plain_path("/var//run/./x/../docker.sock"), "/var/run/docker.sock");
        assert_eq!(socket("/var/../run/docker.sock"), Some(Socket::Itself));
        assert_eq!(socket("/run/"), Some(Socket::Folder));
        assert_eq!(socket("/var/run/calico"), None);
        assert_eq!(weight("/etc/"), Some(Severity::High));
        assert_eq!(weight("/etc/cni/net.d"), Some(Severity::Medium));
        assert_eq!(weight("/data"), None);
    }
}
