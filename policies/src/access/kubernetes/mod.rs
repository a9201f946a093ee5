//! Access in Kubernetes.

use policy_core::rule::Rule;

mod path_to_cluster_admin;
mod privileged_container;

pub(crate) const RULES: &[&Rule] = &[&path_to_cluster_admin::RULE, &privileged_container::RULE];
