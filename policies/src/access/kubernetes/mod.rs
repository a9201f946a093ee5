//! Access in Kubernetes.

use policy_core::rule::Rule;

mod added_capability;
mod apparmor_off;
mod argocd_project_allows_all;
mod binding_to_anonymous;
mod binding_to_default_account;
mod binding_to_everyone;
mod binding_to_masters;
mod binding_to_missing_role;
mod binding_to_missing_service_account;
mod built_in_role_widened;
mod cluster_admin_binding;
mod cluster_role_binding_for_one_namespace;
mod contradictory_user;
mod custom_selinux_label;
mod default_service_account;
mod external_name_to_local;
mod grant_without_effect;
mod host_namespace;
mod host_path_volume;
mod host_port;
mod ingress_any_host;
mod ingress_snippet;
mod ingress_without_tls;
mod invalid_binding;
mod mesh_accepts_plain_text;
mod mesh_allows_everyone;
mod mesh_sends_unverified;
mod missing_service_account;
mod misspelt_grant;
mod namespace_privileged;
mod needless_token;
mod network_policy_allows_all;
mod network_policy_idle_rules;
mod network_policy_selects_nothing;
mod no_memory_limit;
mod no_resource_requests;
mod node_port;
mod open_ended_grant;
mod open_load_balancer;
mod outdated_pod_security_version;
mod path_to_cluster_admin;
mod privilege_escalation;
mod privileged_container;
mod probe_host;
mod refused_by_namespace;
mod role_approves_certificates;
mod role_changes_admission;
mod role_changes_roles;
mod role_creates_volumes;
mod role_deletes_events;
mod role_enters_pods;
mod role_escalates;
mod role_impersonates;
mod role_mints_tokens;
mod role_over_everything;
mod role_reaches_kubelets;
mod role_reads_secrets;
mod role_relabels_namespaces;
mod role_starts_workloads;
mod role_with_wildcard;
mod role_writes_system_config;
mod root_allowed;
mod root_user;
mod runtime_socket_mounted;
mod seccomp_off;
mod seccomp_unset;
mod service_external_ips;
mod service_selects_nothing;
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
    &argocd_project_allows_all::RULE,
    &binding_to_anonymous::RULE,
    &binding_to_default_account::RULE,
    &binding_to_everyone::RULE,
    &binding_to_masters::RULE,
    &binding_to_missing_role::RULE,
    &binding_to_missing_service_account::RULE,
    &built_in_role_widened::RULE,
    &cluster_admin_binding::RULE,
    &cluster_role_binding_for_one_namespace::RULE,
    &contradictory_user::RULE,
    &custom_selinux_label::RULE,
    &default_service_account::RULE,
    &external_name_to_local::RULE,
    &grant_without_effect::RULE,
    &host_namespace::RULE,
    &host_path_volume::RULE,
    &host_port::RULE,
    &ingress_any_host::RULE,
    &ingress_snippet::RULE,
    &ingress_without_tls::RULE,
    &invalid_binding::RULE,
    &mesh_accepts_plain_text::RULE,
    &mesh_allows_everyone::RULE,
    &mesh_sends_unverified::RULE,
    &missing_service_account::RULE,
    &misspelt_grant::RULE,
    &namespace_privileged::RULE,
    &needless_token::RULE,
    &network_policy_allows_all::RULE,
    &network_policy_idle_rules::RULE,
    &network_policy_selects_nothing::RULE,
    &no_memory_limit::RULE,
    &no_resource_requests::RULE,
    &node_port::RULE,
    &open_ended_grant::RULE,
    &open_load_balancer::RULE,
    &outdated_pod_security_version::RULE,
    &path_to_cluster_admin::RULE,
    &privilege_escalation::RULE,
    &privileged_container::RULE,
    &probe_host::RULE,
    &refused_by_namespace::RULE,
    &role_approves_certificates::RULE,
    &role_changes_admission::RULE,
    &role_changes_roles::RULE,
    &role_creates_volumes::RULE,
    &role_deletes_events::RULE,
    &role_enters_pods::RULE,
    &role_escalates::RULE,
    &role_impersonates::RULE,
    &role_mints_tokens::RULE,
    &role_over_everything::RULE,
    &role_reaches_kubelets::RULE,
    &role_reads_secrets::RULE,
    &role_relabels_namespaces::RULE,
    &role_starts_workloads::RULE,
    &role_with_wildcard::RULE,
    &role_writes_system_config::RULE,
    &root_allowed::RULE,
    &root_user::RULE,
    &runtime_socket_mounted::RULE,
    &seccomp_off::RULE,
    &seccomp_unset::RULE,
    &service_external_ips::RULE,
    &service_selects_nothing::RULE,
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
