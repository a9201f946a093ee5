//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod cache_poisoning;
mod permissions_exceed_grant;
mod template_injection;
mod unpinned_action;

pub(crate) const RULES: &[&Rule] =
    &[&cache_poisoning::RULE, &permissions_exceed_grant::RULE, &template_injection::RULE, &unpinned_action::RULE];
