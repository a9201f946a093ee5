//! Logs, inventory and alarms.

use policy_core::rule::Rule;

mod github;
mod gitlab;
mod kubernetes;

/// The rules by platform.
pub(crate) const GROUPS: [&[&Rule]; 3] = [github::RULES, gitlab::RULES, kubernetes::RULES];
