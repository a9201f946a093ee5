//! Visibility in Kubernetes.

use policy_core::rule::Rule;

mod namespace_without_pod_security;
mod no_probe;
mod refused_object;
mod webhook_fails_open;
mod workload_without_network_policy;

pub(crate) const RULES: &[&Rule] = &[
    &namespace_without_pod_security::RULE,
    &no_probe::RULE,
    &refused_object::RULE,
    &webhook_fails_open::RULE,
    &workload_without_network_policy::RULE,
];
