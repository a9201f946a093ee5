//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod comment_command_without_author_check;
mod dangerous_trigger;
mod permissions_exceed_grant;
mod self_hosted_runner_from_forks;
mod spoofable_bot_condition;
mod template_injection;
mod unpinned_action;
mod unsound_condition;
mod unsound_contains;
mod unsound_ternary;
mod untrusted_checkout;

pub(crate) const RULES: &[&Rule] = &[
    &comment_command_without_author_check::RULE,
    &dangerous_trigger::RULE,
    &permissions_exceed_grant::RULE,
    &self_hosted_runner_from_forks::RULE,
    &spoofable_bot_condition::RULE,
    &template_injection::RULE,
    &unpinned_action::RULE,
    &unsound_condition::RULE,
    &unsound_contains::RULE,
    &unsound_ternary::RULE,
    &untrusted_checkout::RULE,
];
