//! Secrets in GitHub Actions.

use policy_core::rule::Rule;

mod secret_reused_across_environments;

pub(crate) const RULES: &[&Rule] = &[&secret_reused_across_environments::RULE];
