//! RBAC: who may do what by Kubernetes' own authorizer.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use super::lines;
use crate::tools::{run as run_tool, target};

/// Random policies with so many requests in all.
const REQUESTS: &str = "10000";

/// Sits the exam: a test asks the module, as the command runs it, what the oracle asked Kubernetes' own code.
pub(super) fn run(_: &Path, mut tests: Command) -> anyhow::Result<()> {
    let mut text = String::new();
    for line in lines(&["rbac", "1", REQUESTS])? {
        writeln!(text, "{line}")?;
    }
    let file = target().join("oracle/rbac.jsonl");
    std::fs::write(&file, text)?;
    tests.args(["--test", "it", "who_can_says_what_kubernetes_says", "--", "--nocapture"]);
    run_tool(tests.env("GATEPOST_EXAM_RBAC", file))
}
