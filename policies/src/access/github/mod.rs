//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod artifact_poisoning;
mod cache_poisoning;
mod dependency_update_runs_code;
mod dependency_update_without_cooldown;
mod permissions_exceed_grant;
mod template_injection;
mod unpinned_action;
mod workflows_without_owner;

pub(crate) const RULES: &[&Rule] = &[
    &artifact_poisoning::RULE,
    &cache_poisoning::RULE,
    &dependency_update_runs_code::RULE,
    &dependency_update_without_cooldown::RULE,
    &permissions_exceed_grant::RULE,
    &template_injection::RULE,
    &unpinned_action::RULE,
    &workflows_without_owner::RULE,
];
