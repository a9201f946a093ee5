//! Secrets in GitHub Actions.

use policy_core::rule::Rule;

mod checkout_keeps_credentials;
mod credentials_in_artifact;
mod secret_reused_across_environments;
mod static_cloud_key;
mod static_publish_token;

pub(crate) const RULES: &[&Rule] = &[
    &checkout_keeps_credentials::RULE,
    &credentials_in_artifact::RULE,
    &secret_reused_across_environments::RULE,
    &static_cloud_key::RULE,
    &static_publish_token::RULE,
];
