//! Secrets in GitLab CI/CD.

use policy_core::rule::Rule;

mod cloud_entered_with_key;
mod credentials_in_job_artifact;
mod id_token_audience;
mod job_token_sent_elsewhere;
mod secret_as_argument;
mod secret_forwarded_downstream;
mod secret_in_artifact_file;
mod secret_in_build_argument;
mod secret_in_ci_file;
mod secret_in_job_log;

pub(crate) const RULES: &[&Rule] = &[
    &cloud_entered_with_key::RULE,
    &credentials_in_job_artifact::RULE,
    &id_token_audience::RULE,
    &job_token_sent_elsewhere::RULE,
    &secret_as_argument::RULE,
    &secret_forwarded_downstream::RULE,
    &secret_in_artifact_file::RULE,
    &secret_in_build_argument::RULE,
    &secret_in_ci_file::RULE,
    &secret_in_job_log::RULE,
];
