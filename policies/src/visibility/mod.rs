//! Logs, inventory and alarms.

use policy_core::rule::Rule;

mod github;

pub(crate) const RULES: &[&Rule] = github::RULES;
