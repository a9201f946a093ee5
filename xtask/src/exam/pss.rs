//! Pod Security Standards: the fixtures of Kubernetes itself, and random pods.

use super::lines;

/// Sits the exam.
pub(super) fn run() -> anyhow::Result<()> {
    let pods = lines(&["pss-random", "1", "10000"])?;
    println!("pss: {} random pods", pods.len());
    Ok(())
}
