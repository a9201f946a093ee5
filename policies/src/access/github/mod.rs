//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod blanket_permissions;
mod broad_app_token;
mod deploy_without_environment;
mod permissions_exceed_grant;
mod template_injection;
mod unchecked_auto_merge;
mod undeclared_permissions;
mod unpinned_action;
mod workflow_wide_write_permission;

pub(crate) const RULES: &[&Rule] = &[
    &blanket_permissions::RULE,
    &broad_app_token::RULE,
    &deploy_without_environment::RULE,
    &permissions_exceed_grant::RULE,
    &template_injection::RULE,
    &unchecked_auto_merge::RULE,
    &undeclared_permissions::RULE,
    &unpinned_action::RULE,
    &workflow_wide_write_permission::RULE,
];
