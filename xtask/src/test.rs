//! Everything that CI runs, in the order in which it fails soonest.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::tools::{cargo, gatepost, run, target};
use crate::{book, data, embed, exam, generate, hosts, links, outputs, picture, plugins, stub, wasm};

/// The hosts of the core module that are asked. The others, and the flavours, are asked by `cargo xtask embed` and `conform`.
const HOSTS: [&str; 1] = ["node"];

/// Runs all of it.
pub(crate) fn run_all() -> anyhow::Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    data::run()?;
    generate::run(true)?;
    links::check()?;
    let wasm::Portable { built: module, published, .. } = &wasm::run()?;
    // Lints do not need a module of their own: the build script takes this one.
    run(cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]).env("GATEPOST_WASM", module))?;
    let command = gatepost(false)?;
    picture::run(&command, true)?;
    reproducible(module, &command)?;
    // Sessions go through the module that the build script made, all else through what is published.
    run(cargo(&["test", "--quiet", "--workspace"]).env("GATEPOST_BIN", &command).env("GATEPOST_WASM", published))?;
    let hosts = HOSTS.map(str::to_owned);
    embed::run_all(&command, &hosts)?;
    embed::embedded(&wasm::embedded()?, &command)?;
    embed::conform(&hosts)?;
    plugins::run_all(&command)?;
    stub::check()?;
    outputs::run(&command)?;
    book::build()?;
    exams()?;
    hosts::run_all(&command, None)?;
    println!("all of it passes");
    Ok(())
}

// Kubernetes' own code is in Go.
fn exams() -> anyhow::Result<()> {
    let here = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
    if !here {
        println!("skipped: the exams against Kubernetes' own code, since there is no Go");
        return Ok(());
    }
    exam::run_all(None)
}

// The runner's build script builds the same module in a folder of its own, and a copy of the sources elsewhere does.
fn reproducible(module: &Path, command: &Path) -> anyhow::Result<()> {
    let builds = target().join("debug/build");
    let nested = |entry: std::fs::DirEntry| entry.path().join("out/wasm/gatepost_core.wasm");
    let found = std::fs::read_dir(&builds)?.flatten().map(nested).filter(|file| file.is_file());
    let newest = found.max_by_key(|file| file.metadata().and_then(|metadata| metadata.modified()).ok());
    let newest = newest.context("the runner's build script left no module")?;
    ensure!(wasm::same(module, &newest)?, "two builds of the module differ: {} and {}", module.display(), newest.display());
    let elsewhere = wasm::built_elsewhere()?;
    ensure!(wasm::same(module, &elsewhere)?, "the module is another one when it is built in {}", elsewhere.display());
    let said = Command::new(command).arg("--version").output()?;
    let digest = wasm::sha256(&newest)?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    ensure!(said.contains(&digest), "`gatepost --version` says\n{said}and the module that is built in has the digest {digest}");
    println!("two builds of the module in different folders are the same bytes, and the command names them");
    Ok(())
}
