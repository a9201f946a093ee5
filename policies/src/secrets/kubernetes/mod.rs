//! Secrets in Kubernetes.

use policy_core::rule::Rule;

mod literal_in_secret_template;
mod long_lived_account_token;
mod password_in_manifest;
mod secret_in_environment;
mod secret_in_manifest;
mod sops_value_in_clear;
mod token_in_manifest;

pub(crate) const RULES: &[&Rule] = &[
    &literal_in_secret_template::RULE,
    &long_lived_account_token::RULE,
    &password_in_manifest::RULE,
    &secret_in_environment::RULE,
    &secret_in_manifest::RULE,
    &sops_value_in_clear::RULE,
    &token_in_manifest::RULE,
];
