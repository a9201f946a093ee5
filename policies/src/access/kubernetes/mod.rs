//! Access in Kubernetes.

use policy_core::rule::Rule;

mod binding_to_anonymous;
mod binding_to_default_account;
mod binding_to_everyone;
mod binding_to_masters;
mod built_in_role_widened;
mod cluster_admin_binding;
mod grant_without_effect;
mod invalid_binding;
mod misspelt_grant;
mod open_ended_grant;
mod privileged_container;
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

pub(crate) const RULES: &[&Rule] = &[
    &binding_to_anonymous::RULE,
    &binding_to_default_account::RULE,
    &binding_to_everyone::RULE,
    &binding_to_masters::RULE,
    &built_in_role_widened::RULE,
    &cluster_admin_binding::RULE,
    &grant_without_effect::RULE,
    &invalid_binding::RULE,
    &misspelt_grant::RULE,
    &open_ended_grant::RULE,
    &privileged_container::RULE,
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
];
