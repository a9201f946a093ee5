//! Secrets in GitHub Actions.

use policy_core::rule::Rule;

mod checkout_keeps_credentials;
mod credentials_in_artifact;
mod hardcoded_container_password;
mod secret_at_workflow_scope;
mod secret_on_command_line;
mod secret_printed;
mod secret_reused_across_environments;
mod secrets_dumped_whole;
mod secrets_inherited_whole;
mod static_cloud_key;
mod static_publish_token;
mod unmasked_secret_part;

pub(crate) const RULES: &[&Rule] = &[
    &checkout_keeps_credentials::RULE,
    &credentials_in_artifact::RULE,
    &hardcoded_container_password::RULE,
    &secret_at_workflow_scope::RULE,
    &secret_on_command_line::RULE,
    &secret_printed::RULE,
    &secret_reused_across_environments::RULE,
    &secrets_dumped_whole::RULE,
    &secrets_inherited_whole::RULE,
    &static_cloud_key::RULE,
    &static_publish_token::RULE,
    &unmasked_secret_part::RULE,
];
