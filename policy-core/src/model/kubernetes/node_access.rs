//! By what a pod reaches the node that it runs on.

use std::collections::BTreeSet;

use super::{Pod, boolean, field, path, text};
use crate::document::Ref;
use crate::read::Read;
use crate::unit::Unit;

/// Folders of the node whose contents give the node away to who may write, or run what lies there. What lies below them counts too
/// where `below` says so.
const NODE_PATHS: &[(&str, bool)] = &[
    ("/", false),
    ("/bin", true),
    ("/boot", true),
    ("/etc", true),
    ("/home", true),
    ("/lib", true),
    ("/lib64", true),
    ("/opt/cni", true),
    ("/proc", false),
    ("/root", true),
    ("/run", false),
    ("/run/containerd", true),
    ("/run/crio", true),
    ("/run/docker.sock", false),
    ("/run/cri-dockerd.sock", false),
    ("/run/podman", true),
    ("/sbin", true),
    ("/sys", false),
    ("/usr", true),
    ("/var", false),
    ("/var/lib", false),
    ("/var/lib/containerd", true),
    ("/var/lib/docker", true),
    ("/var/lib/kubelet", false),
    ("/var/run", false),
    ("/var/run/containerd", true),
    ("/var/run/crio", true),
    ("/var/run/docker.sock", false),
    ("/var/run/cri-dockerd.sock", false),
    ("/var/run/podman", true),
];

/// Capabilities that are as good as root on the node, alone or with its processes in sight.
const NODE_CAPABILITIES: &[&str] = &["ALL", "BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"];

/// A path without `.`, `..` and doubled slashes.
#[must_use]
pub fn plain_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether who holds a path of the node holds the node: the path is made plain first. The devices below `/dev` are none, since they
/// open to privileged containers alone.
#[must_use]
pub fn gives_node(path: &str) -> bool {
    let plain = plain_path(path);
    let lies_below = |folder: &str| plain.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    NODE_PATHS.iter().any(|(folder, below)| plain == *folder || *below && lies_below(folder))
}

/// By what a pod reaches the node that it runs on, in a few words each; nothing if it does not, as far as the file says.
#[must_use]
pub fn node_access<'u>(unit: &Unit<'u>, pod: &Pod<'u>) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut say = |holds: bool, what: &'static str| found.extend((holds && !found.contains(&what)).then_some(what));
    let containers = unit.containers_of(pod);
    say(containers.iter().any(|container| container.security_flag("privileged") == Read::Is(true)), "a privileged container");
    let added = |name: &str| {
        let lists = containers.iter().filter_map(|container| container.security("capabilities"));
        lists.filter_map(|list| field(list, "add")).flat_map(Ref::items).any(|item| item.text() == Some(name))
    };
    let sees = pod.flag("hostPID") == Read::Is(true);
    for name in NODE_CAPABILITIES {
        let enough = !matches!(*name, "SYS_PTRACE") || sees;
        say(enough && added(name), if *name == "ALL" { "all capabilities" } else { "a capability of root" });
    }
    let holds = |volume: Ref<'_>| matches!(text(path(volume, &["hostPath", "path"])), Read::Is(path) if gives_node(path));
    let mut written = BTreeSet::new();
    let mounts = containers.iter().filter_map(|container| container.get("volumeMounts")).flat_map(Ref::items);
    let writable = mounts.filter(|mount| boolean(field(*mount, "readOnly")) != Read::Is(true));
    written.extend(writable.filter_map(|mount| field(mount, "name").and_then(Ref::text)));
    let mut volumes = pod.volumes().filter(|volume| holds(*volume)).filter_map(|volume| field(volume, "name").and_then(Ref::text));
    say(volumes.any(|name| written.contains(name)), "a writable folder of the node");
    let windows = |node: Option<Ref<'_>>| boolean(node.and_then(|options| field(options, "hostProcess"))) == Read::Is(true);
    say(windows(pod.security("windowsOptions")), "a process on the host");
    say(containers.iter().any(|container| windows(container.security("windowsOptions"))), "a process on the host");
    found
}
