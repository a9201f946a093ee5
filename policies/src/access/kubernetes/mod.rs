//! Access in Kubernetes.

use policy_core::rule::Rule;

mod privileged_container;

pub(crate) const RULES: &[&Rule] = &[&privileged_container::RULE];
