//! RBAC: who may do what by Kubernetes' own authorizer.

use super::lines;

/// Sits the exam.
pub(super) fn run() -> anyhow::Result<()> {
    let policies = lines(&["rbac", "1", "10000"])?;
    println!("rbac: {} random policies", policies.len());
    Ok(())
}
