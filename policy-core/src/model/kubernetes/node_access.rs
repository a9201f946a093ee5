//! By what a pod reaches the node that it runs on.

use super::{Pod, boolean, field, path, text};
use crate::document::Ref;
use crate::map::Set;
use crate::read::Read;
use crate::unit::Unit;

/// What a path of the node is to who may write there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodePath {
    /// Whether a write there is root on the node by itself; of others, something has to come to use it.
    pub at_once: bool,
    /// What a write there comes to, as a clause.
    pub gives: &'static str,
}

const fn root(gives: &'static str) -> Option<NodePath> {
    Some(NodePath { at_once: true, gives })
}

const fn part(gives: &'static str) -> Option<NodePath> {
    Some(NodePath { at_once: false, gives })
}

const ALL: Option<NodePath> = root("what makes up the node lies below it");
const APPLIED: Option<NodePath> = root("what is written there is applied with all rights in the cluster");
const CONTAINERS: Option<NodePath> = part("the files of all containers of the node lie there");
const HOME: Option<NodePath> = root("a key in `.ssh` there logs in to the node");
const JOBS: Option<NodePath> = root("root runs the jobs that are written there");
const PRELOADED: Option<NodePath> = root("every program of the node loads the library that is named there");
const PROGRAMS: Option<NodePath> = root("root runs the programs and libraries that lie there");
const SERVICES: Option<NodePath> = root("root starts the services that are written there");
const SOCKETS: Option<NodePath> = part("who opens a socket there gives orders to a service of the node");
const STATIC_PODS: Option<NodePath> = root("the kubelet starts the pods that are written there, whatever they ask for");
const USED: Option<NodePath> = part("services of the node load what lies there");
const USERS: Option<NodePath> = root("it says who is root on the node");

/// Paths of the node, by whether what lies below them is the same, and what they are: of those that match, the longest. None is for
/// parts of a folder that give nothing. `/var/run` is `/run`.
const NODE_PATHS: &[(&str, bool, Option<NodePath>)] = &[
    ("/", false, ALL),
    ("/bin", true, PROGRAMS),
    ("/boot", true, PROGRAMS),
    ("/etc", false, ALL),
    ("/etc/anacrontab", true, JOBS),
    ("/etc/ca-certificates", true, None),
    ("/etc/cron.d", true, JOBS),
    ("/etc/cron.daily", true, JOBS),
    ("/etc/cron.hourly", true, JOBS),
    ("/etc/cron.monthly", true, JOBS),
    ("/etc/cron.weekly", true, JOBS),
    ("/etc/crontab", true, JOBS),
    ("/etc/hostname", true, None),
    ("/etc/hosts", true, None),
    ("/etc/kubernetes", false, STATIC_PODS),
    ("/etc/kubernetes/manifests", true, STATIC_PODS),
    ("/etc/ld.so.preload", true, PRELOADED),
    ("/etc/localtime", true, None),
    ("/etc/lsb-release", true, None),
    ("/etc/machine-id", true, None),
    ("/etc/os-release", true, None),
    ("/etc/passwd", true, USERS),
    ("/etc/pki/ca-trust", true, None),
    ("/etc/pki/tls/certs", true, None),
    ("/etc/resolv.conf", true, None),
    ("/etc/shadow", true, USERS),
    ("/etc/ssl/certs", true, None),
    ("/etc/sudoers", true, USERS),
    ("/etc/sudoers.d", true, USERS),
    ("/etc/systemd", true, SERVICES),
    ("/etc/timezone", true, None),
    ("/etc/", true, part("programs of the node take their settings from there")),
    ("/home", false, HOME),
    ("/lib", false, PROGRAMS),
    ("/lib/", true, USED),
    ("/lib/systemd", true, SERVICES),
    ("/lib64", true, PROGRAMS),
    ("/opt", false, part("programs of the node, as those of its network, lie there")),
    ("/opt/cni", true, part("the node runs the programs that lie there as root, for each pod that starts")),
    ("/proc", false, root("a setting of the kernel there names a program that root runs")),
    ("/root", false, HOME),
    ("/root/", true, part("root of the node reads what lies there")),
    ("/run", false, SOCKETS),
    ("/run/containerd", true, SOCKETS),
    ("/run/cri-dockerd.sock", false, SOCKETS),
    ("/run/crio", true, SOCKETS),
    ("/run/dbus", false, SOCKETS),
    ("/run/dbus/system_bus_socket", false, part("who opens it starts and stops services of the node")),
    ("/run/docker.sock", false, SOCKETS),
    ("/run/podman", true, SOCKETS),
    ("/run/systemd", false, SERVICES),
    ("/run/systemd/private", false, SERVICES),
    ("/run/systemd/system", true, SERVICES),
    ("/sbin", true, PROGRAMS),
    ("/sys", false, part("settings of the kernel and of its devices lie there")),
    ("/usr", false, PROGRAMS),
    ("/usr/", true, USED),
    ("/usr/bin", true, PROGRAMS),
    ("/usr/lib/os-release", true, None),
    ("/usr/lib/systemd", true, SERVICES),
    ("/usr/local/share/ca-certificates", true, None),
    ("/usr/sbin", true, PROGRAMS),
    ("/usr/share/ca-certificates", true, None),
    ("/usr/share/zoneinfo", true, None),
    ("/var", false, ALL),
    ("/var/lib", false, ALL),
    ("/var/lib/containerd", true, CONTAINERS),
    ("/var/lib/docker", true, CONTAINERS),
    ("/var/lib/etcd", true, root("all objects of the cluster lie there, its roles and Secrets too")),
    ("/var/lib/kubelet", false, part("the kubelet keeps its certificate and the volumes of all pods there")),
    ("/var/lib/kubelet/pods", false, part("the volumes of all pods of the node lie there, with their Secrets and tokens")),
    ("/var/lib/rancher", false, APPLIED),
    ("/var/lib/rancher/k3s", false, APPLIED),
    ("/var/lib/rancher/k3s/server", false, APPLIED),
    ("/var/lib/rancher/k3s/server/manifests", true, APPLIED),
    ("/var/lib/rancher/rke2", false, APPLIED),
    ("/var/lib/rancher/rke2/server", false, APPLIED),
    ("/var/lib/rancher/rke2/server/manifests", true, APPLIED),
    ("/var/spool/cron", true, JOBS),
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

/// What a path of the node is to who may write there, made plain first; none if it gives nothing of the node. The devices below
/// `/dev` are none, since they open to privileged containers alone.
#[must_use]
pub fn node_path(path: &str) -> Option<NodePath> {
    let plain = plain_path(path);
    let plain = plain.strip_prefix("/var").filter(|rest| *rest == "/run" || rest.starts_with("/run/")).unwrap_or(&plain);
    let of_user = ["/home/", "/root/"].iter().any(|start| plain.starts_with(start));
    if of_user && plain.split('/').any(|name| name == ".ssh") {
        return HOME;
    }
    let matches = |folder: &str, below: bool| {
        plain == folder || below && plain.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    };
    let of = NODE_PATHS.iter().filter(|(folder, below, _)| matches(folder, *below));
    of.max_by_key(|(folder, ..)| folder.trim_end_matches('/').len()).and_then(|(.., what)| *what)
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
    let holds = |volume: Ref<'_>| matches!(text(path(volume, &["hostPath", "path"])), Read::Is(path) if node_path(path).is_some());
    let mut written = Set::new();
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
