//! Visibility in GitLab CI/CD.

use policy_core::rule::Rule;

mod debug_trace_left_on;

pub(crate) const RULES: &[&Rule] = &[&debug_trace_left_on::RULE];
