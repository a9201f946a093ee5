//! Scans and tests before something is deployed.

use policy_core::rule::Rule;

mod github;
mod gitlab;

/// The rules by platform.
pub(crate) const GROUPS: [&[&Rule]; 2] = [github::RULES, gitlab::RULES];
