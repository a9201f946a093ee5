//! Scanning in GitHub Actions.

use policy_core::rule::Rule;

pub(crate) const RULES: &[&Rule] = &[];
