//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod permissions_exceed_grant;
mod spoofable_bot_condition;
mod template_injection;
mod unpinned_action;
mod unsound_condition;
mod unsound_contains;
mod unsound_ternary;

pub(crate) const RULES: &[&Rule] = &[
    &permissions_exceed_grant::RULE,
    &spoofable_bot_condition::RULE,
    &template_injection::RULE,
    &unpinned_action::RULE,
    &unsound_condition::RULE,
    &unsound_contains::RULE,
    &unsound_ternary::RULE,
];
