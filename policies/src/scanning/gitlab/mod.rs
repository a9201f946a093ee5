//! Scanning in GitLab CI/CD.

use policy_core::rule::Rule;

mod deploy_beside_scan;
mod scan_disabled_by_variable;
mod scan_job_failure_ignored;
mod scan_rules_weakened;

pub(crate) const RULES: &[&Rule] =
    &[&deploy_beside_scan::RULE, &scan_disabled_by_variable::RULE, &scan_job_failure_ignored::RULE, &scan_rules_weakened::RULE];
