//! Who and what may do what.

use policy_core::rule::Rule;

mod github;

pub(crate) const RULES: &[&Rule] = github::RULES;
