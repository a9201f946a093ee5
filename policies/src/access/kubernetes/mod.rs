//! Access in Kubernetes.

use policy_core::rule::Rule;

mod added_capability;
mod apparmor_off;
mod custom_selinux_label;
mod host_namespace;
mod host_path_volume;
mod host_port;
mod privilege_escalation;
mod privileged_container;
mod probe_host;
mod root_allowed;
mod root_user;
mod seccomp_off;
mod seccomp_unset;
mod undropped_capabilities;
mod unlisted_volume;
mod unmasked_proc;
mod unsafe_sysctl;
mod windows_host_process;

pub(crate) const RULES: &[&Rule] = &[
    &added_capability::RULE,
    &apparmor_off::RULE,
    &custom_selinux_label::RULE,
    &host_namespace::RULE,
    &host_path_volume::RULE,
    &host_port::RULE,
    &privilege_escalation::RULE,
    &privileged_container::RULE,
    &probe_host::RULE,
    &root_allowed::RULE,
    &root_user::RULE,
    &seccomp_off::RULE,
    &seccomp_unset::RULE,
    &undropped_capabilities::RULE,
    &unlisted_volume::RULE,
    &unmasked_proc::RULE,
    &unsafe_sysctl::RULE,
    &windows_host_process::RULE,
];
