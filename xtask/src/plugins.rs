//! The policies of third parties among the examples: their own tests, and what the command makes of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use policy_core::report::Report;

use crate::tools::{cargo, npm, npm_copy, run, target, workspace};
use crate::wasm;

/// Tests and builds each, and has the command run it.
pub(crate) fn run_all(command: &Path) -> anyhow::Result<()> {
    let rust = rust()?;
    finds(command, &format!("acme={}", rust.display()), "acme/foreign-image", "examples/kubernetes-attacked")?;
    let script = assembly_script()?;
    finds(command, &script.display().to_string(), "no-sudo/no-sudo", "examples/sample-attacked")
}

fn rust() -> anyhow::Result<PathBuf> {
    let (folder, target) = (workspace().join("examples/plugin-policy"), target().join("plugin-policy"));
    let in_folder = |arguments: &[&str]| {
        let mut cargo = cargo(arguments);
        cargo.current_dir(&folder).arg("--locked").env("CARGO_TARGET_DIR", &target);
        cargo
    };
    run(&mut in_folder(&["test", "--quiet"]))?;
    wasm::add_target()?;
    run(&mut in_folder(&["build", "--quiet", "--release", "--lib", "--target", "wasm32-unknown-unknown"]))?;
    Ok(target.join("wasm32-unknown-unknown/release/plugin_policy.wasm"))
}

// In a copy, so that nothing is left among the sources.
fn assembly_script() -> anyhow::Result<PathBuf> {
    let to = target().join("plugin-policy-assemblyscript");
    npm_copy(&workspace().join("examples/plugin-policy-assemblyscript"), &to)?;
    run(npm(&to).args(["run", "--silent", "build"]))?;
    Ok(to.join("build/no-sudo.wasm"))
}

fn finds(command: &Path, plugin: &str, rule: &str, folder: &str) -> anyhow::Result<()> {
    let file = plugin.rsplit('=').next().unwrap_or(plugin);
    let pinned = format!("{plugin}@sha256:{}", wasm::sha256(Path::new(file))?);
    let mut check = Command::new(command);
    check.current_dir(workspace()).args(["check", folder, "--format", "json", "--plugin", &pinned]);
    let output = check.env("GATEPOST_CACHE", target().join("plugin-cache")).output()?;
    let report: Report =
        serde_json::from_slice(&output.stdout).with_context(|| format!("{rule}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let failed = report.plugins.iter().find_map(|plugin| plugin.failed.as_ref());
    ensure!(failed.is_none(), "{rule}: {}", failed.map_or("", String::as_str));
    let found: Vec<_> = report.findings.iter().filter(|finding| finding.rule == rule).collect();
    ensure!(!found.is_empty(), "{rule} finds nothing in {folder}");
    let others = report.findings.len() - found.len();
    println!("{rule} finds {} in {folder}, beside {others} of ours", found.len());
    Ok(())
}
