//! Access in Kubernetes.

use policy_core::rule::Rule;

mod added_capability;
mod apparmor_off;
mod contradictory_user;
mod custom_selinux_label;
mod default_service_account;
mod host_namespace;
mod host_path_volume;
mod host_port;
mod needless_token;
mod no_memory_limit;
mod no_resource_requests;
mod privilege_escalation;
mod privileged_container;
mod probe_host;
mod root_allowed;
mod root_user;
mod runtime_socket_mounted;
mod seccomp_off;
mod seccomp_unset;
mod shared_process_namespace;
mod sysctl_with_separator;
mod undropped_capabilities;
mod unlisted_volume;
mod unmasked_proc;
mod unsafe_sysctl;
mod volume_over_node_path;
mod windows_host_process;
mod writable_node_path;
mod writable_root_filesystem;

pub(crate) const RULES: &[&Rule] = &[
    &added_capability::RULE,
    &apparmor_off::RULE,
    &contradictory_user::RULE,
    &custom_selinux_label::RULE,
    &default_service_account::RULE,
    &host_namespace::RULE,
    &host_path_volume::RULE,
    &host_port::RULE,
    &needless_token::RULE,
    &no_memory_limit::RULE,
    &no_resource_requests::RULE,
    &privilege_escalation::RULE,
    &privileged_container::RULE,
    &probe_host::RULE,
    &root_allowed::RULE,
    &root_user::RULE,
    &runtime_socket_mounted::RULE,
    &seccomp_off::RULE,
    &seccomp_unset::RULE,
    &shared_process_namespace::RULE,
    &sysctl_with_separator::RULE,
    &undropped_capabilities::RULE,
    &unlisted_volume::RULE,
    &unmasked_proc::RULE,
    &unsafe_sysctl::RULE,
    &volume_over_node_path::RULE,
    &windows_host_process::RULE,
    &writable_node_path::RULE,
    &writable_root_filesystem::RULE,
];
