//! Visibility in GitHub Actions.

use policy_core::rule::Rule;

mod debug_logging_left_on;

pub(crate) const RULES: &[&Rule] = &[&debug_logging_left_on::RULE];
