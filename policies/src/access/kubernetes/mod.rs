//! Access in Kubernetes.

use policy_core::rule::Rule;

mod argocd_project_allows_all;
mod binding_to_missing_role;
mod binding_to_missing_service_account;
mod cluster_role_binding_for_one_namespace;
mod external_name_to_local;
mod ingress_any_host;
mod ingress_snippet;
mod ingress_without_tls;
mod mesh_accepts_plain_text;
mod mesh_allows_everyone;
mod mesh_sends_unverified;
mod missing_service_account;
mod namespace_privileged;
mod network_policy_allows_all;
mod network_policy_idle_rules;
mod network_policy_selects_nothing;
mod node_port;
mod open_load_balancer;
mod outdated_pod_security_version;
mod privileged_container;
mod service_external_ips;
mod service_selects_nothing;

pub(crate) const RULES: &[&Rule] = &[
    &argocd_project_allows_all::RULE,
    &binding_to_missing_role::RULE,
    &binding_to_missing_service_account::RULE,
    &cluster_role_binding_for_one_namespace::RULE,
    &external_name_to_local::RULE,
    &ingress_any_host::RULE,
    &ingress_snippet::RULE,
    &ingress_without_tls::RULE,
    &mesh_accepts_plain_text::RULE,
    &mesh_allows_everyone::RULE,
    &mesh_sends_unverified::RULE,
    &missing_service_account::RULE,
    &namespace_privileged::RULE,
    &network_policy_allows_all::RULE,
    &network_policy_idle_rules::RULE,
    &network_policy_selects_nothing::RULE,
    &node_port::RULE,
    &open_load_balancer::RULE,
    &outdated_pod_security_version::RULE,
    &privileged_container::RULE,
    &service_external_ips::RULE,
    &service_selects_nothing::RULE,
];
