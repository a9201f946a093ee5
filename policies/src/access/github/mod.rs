//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod artifact_poisoning;
mod blanket_permissions;
mod broad_app_token;
mod cache_poisoning;
mod comment_command_without_author_check;
mod dangerous_trigger;
mod dependency_update_runs_code;
mod dependency_update_without_cooldown;
mod deploy_without_environment;
mod fragile_shell;
mod insecure_commands;
mod permissions_exceed_grant;
mod remote_script_execution;
mod self_hosted_runner_from_forks;
mod spoofable_bot_condition;
mod template_injection;
mod unchecked_auto_merge;
mod undeclared_permissions;
mod unpinned_action;
mod unsound_condition;
mod unsound_contains;
mod unsound_ternary;
mod untrusted_checkout;
mod workflow_wide_write_permission;
mod workflows_without_owner;

pub(crate) const RULES: &[&Rule] = &[
    &artifact_poisoning::RULE,
    &blanket_permissions::RULE,
    &broad_app_token::RULE,
    &cache_poisoning::RULE,
    &comment_command_without_author_check::RULE,
    &dangerous_trigger::RULE,
    &dependency_update_runs_code::RULE,
    &dependency_update_without_cooldown::RULE,
    &deploy_without_environment::RULE,
    &fragile_shell::RULE,
    &insecure_commands::RULE,
    &permissions_exceed_grant::RULE,
    &remote_script_execution::RULE,
    &self_hosted_runner_from_forks::RULE,
    &spoofable_bot_condition::RULE,
    &template_injection::RULE,
    &unchecked_auto_merge::RULE,
    &undeclared_permissions::RULE,
    &unpinned_action::RULE,
    &unsound_condition::RULE,
    &unsound_contains::RULE,
    &unsound_ternary::RULE,
    &untrusted_checkout::RULE,
    &workflow_wide_write_permission::RULE,
    &workflows_without_owner::RULE,
];
