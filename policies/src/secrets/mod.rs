//! Tokens, passwords and keys.

use policy_core::rule::Rule;

mod github;
mod gitlab;

/// The rules by platform.
pub(crate) const GROUPS: [&[&Rule]; 2] = [github::RULES, gitlab::RULES];
