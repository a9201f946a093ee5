//! Scanning in Kubernetes.

use policy_core::rule::Rule;

pub(crate) const RULES: &[&Rule] = &[];
