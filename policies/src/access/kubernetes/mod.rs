//! Access in Kubernetes.

use policy_core::rule::Rule;

mod contradictory_user;
mod default_service_account;
mod needless_token;
mod no_memory_limit;
mod no_resource_requests;
mod privileged_container;
mod runtime_socket_mounted;
mod shared_process_namespace;
mod sysctl_with_separator;
mod volume_over_node_path;
mod writable_node_path;
mod writable_root_filesystem;

pub(crate) const RULES: &[&Rule] = &[
    &contradictory_user::RULE,
    &default_service_account::RULE,
    &needless_token::RULE,
    &no_memory_limit::RULE,
    &no_resource_requests::RULE,
    &privileged_container::RULE,
    &runtime_socket_mounted::RULE,
    &shared_process_namespace::RULE,
    &sysctl_with_separator::RULE,
    &volume_over_node_path::RULE,
    &writable_node_path::RULE,
    &writable_root_filesystem::RULE,
];
