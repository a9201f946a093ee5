//! Access in GitLab CI/CD.

use policy_core::rule::Rule;

mod artifacts_of_moving_ref;
mod cache_without_protection;
mod concurrent_deploys;
mod constant_rule_condition;
mod container_with_host_rights;
mod deploy_job_without_environment;
mod deploy_whatever_fails;
mod detached_downstream_pipeline;
mod docker_service_without_tls;
mod duplicate_pipelines;
mod environment_named_by_branch;
mod image_named_by_branch;
mod include_by_branch_name;
mod include_over_http;
mod input_pasted_into_script;
mod interruptible_deploy;
mod job_rereads_text;
mod optional_manual_gate;
mod pages_from_any_branch;
mod production_from_any_branch;
mod remote_script_in_job;
mod retried_deploy;
mod review_app_left_running;
mod terraform_plan_for_all;
mod unanchored_ref_pattern;
mod unpinned_include;
mod unpinned_job_image;
mod variables_expanded_into_script;

pub(crate) const RULES: &[&Rule] = &[
    &artifacts_of_moving_ref::RULE,
    &cache_without_protection::RULE,
    &concurrent_deploys::RULE,
    &constant_rule_condition::RULE,
    &container_with_host_rights::RULE,
    &deploy_job_without_environment::RULE,
    &deploy_whatever_fails::RULE,
    &detached_downstream_pipeline::RULE,
    &docker_service_without_tls::RULE,
    &duplicate_pipelines::RULE,
    &environment_named_by_branch::RULE,
    &image_named_by_branch::RULE,
    &include_by_branch_name::RULE,
    &include_over_http::RULE,
    &input_pasted_into_script::RULE,
    &interruptible_deploy::RULE,
    &job_rereads_text::RULE,
    &optional_manual_gate::RULE,
    &pages_from_any_branch::RULE,
    &production_from_any_branch::RULE,
    &remote_script_in_job::RULE,
    &retried_deploy::RULE,
    &review_app_left_running::RULE,
    &terraform_plan_for_all::RULE,
    &unanchored_ref_pattern::RULE,
    &unpinned_include::RULE,
    &unpinned_job_image::RULE,
    &variables_expanded_into_script::RULE,
];
