//! Scanning in GitHub Actions.

use policy_core::rule::Rule;

mod scanner_failure_ignored;

pub(crate) const RULES: &[&Rule] = &[&scanner_failure_ignored::RULE];
