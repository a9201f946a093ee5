//! Access in GitHub Actions.

use policy_core::rule::Rule;

mod action_runtime_end_of_life;
mod adhoc_package;
mod archived_action;
mod artifact_poisoning;
mod blanket_permissions;
mod broad_app_token;
mod cache_poisoning;
mod called_workflow_by_workspace_path;
mod comment_command_without_author_check;
mod dangerous_trigger;
mod dependency_update_runs_code;
mod dependency_update_without_cooldown;
mod deploy_without_environment;
mod env_file_injection;
mod fragile_shell;
mod insecure_commands;
mod local_action_from_workspace;
mod permissions_exceed_grant;
mod remote_script_execution;
mod retired_runner_label;
mod script_rereads_text;
mod self_hosted_runner_from_forks;
mod spoofable_bot_condition;
mod superfluous_action;
mod template_injection;
mod typosquatted_action;
mod unchecked_auto_merge;
mod undeclared_permissions;
mod unpinned_action;
mod unpinned_image;
mod unpinned_tool;
mod unsound_condition;
mod unsound_contains;
mod unsound_ternary;
mod untrusted_checkout;
mod vulnerable_action;
mod workflow_wide_write_permission;
mod workflows_without_owner;

pub(crate) const RULES: &[&Rule] = &[
    &action_runtime_end_of_life::RULE,
    &adhoc_package::RULE,
    &archived_action::RULE,
    &artifact_poisoning::RULE,
    &blanket_permissions::RULE,
    &broad_app_token::RULE,
    &cache_poisoning::RULE,
    &called_workflow_by_workspace_path::RULE,
    &comment_command_without_author_check::RULE,
    &dangerous_trigger::RULE,
    &dependency_update_runs_code::RULE,
    &dependency_update_without_cooldown::RULE,
    &deploy_without_environment::RULE,
    &env_file_injection::RULE,
    &fragile_shell::RULE,
    &insecure_commands::RULE,
    &local_action_from_workspace::RULE,
    &permissions_exceed_grant::RULE,
    &remote_script_execution::RULE,
    &retired_runner_label::RULE,
    &script_rereads_text::RULE,
    &self_hosted_runner_from_forks::RULE,
    &spoofable_bot_condition::RULE,
    &superfluous_action::RULE,
    &template_injection::RULE,
    &typosquatted_action::RULE,
    &unchecked_auto_merge::RULE,
    &undeclared_permissions::RULE,
    &unpinned_action::RULE,
    &unpinned_image::RULE,
    &unpinned_tool::RULE,
    &unsound_condition::RULE,
    &unsound_contains::RULE,
    &unsound_ternary::RULE,
    &untrusted_checkout::RULE,
    &vulnerable_action::RULE,
    &workflow_wide_write_permission::RULE,
    &workflows_without_owner::RULE,
];
