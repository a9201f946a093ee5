//! Scans and tests before something is deployed.

use policy_core::rule::Rule;

mod github;

pub(crate) const RULES: &[&Rule] = github::RULES;
