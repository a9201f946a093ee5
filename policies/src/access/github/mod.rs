//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod action_runtime_end_of_life;
mod adhoc_package;
mod archived_action;
mod local_action_from_workspace;
mod permissions_exceed_grant;
mod superfluous_action;
mod template_injection;
mod typosquatted_action;
mod unpinned_action;
mod unpinned_image;
mod unpinned_tool;
mod vulnerable_action;

pub(crate) const RULES: &[&Rule] = &[
    &action_runtime_end_of_life::RULE,
    &adhoc_package::RULE,
    &archived_action::RULE,
    &local_action_from_workspace::RULE,
    &permissions_exceed_grant::RULE,
    &superfluous_action::RULE,
    &template_injection::RULE,
    &typosquatted_action::RULE,
    &unpinned_action::RULE,
    &unpinned_image::RULE,
    &unpinned_tool::RULE,
    &vulnerable_action::RULE,
];
