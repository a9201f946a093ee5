//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod permissions_exceed_grant;
mod template_injection;
mod unpinned_action;

pub(crate) const RULES: &[&Rule] = &[&permissions_exceed_grant::RULE, &template_injection::RULE, &unpinned_action::RULE];
