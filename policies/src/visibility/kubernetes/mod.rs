//! Visibility in Kubernetes.

use policy_core::rule::Rule;

mod no_probe;

pub(crate) const RULES: &[&Rule] = &[&no_probe::RULE];
