//! Everything that CI runs, in the order in which it fails soonest.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{anyhow, ensure};

use crate::install::is_here;
use crate::tools::{built, cargo, linted, run};
use crate::{book, data, embed, exam, flavours, generate, hosts, links, once, outputs, picture, plugins, stub, wasm};

/// Runs all of it, and says of each step what it took.
pub(crate) fn run_all() -> anyhow::Result<()> {
    step("formatting", || run(&mut cargo(&["fmt", "--all", "--check"])))?;
    step("what is compiled once", once::check)?;
    step("data, generated files, links", || data::run().and_then(|()| generate::run(true)).and_then(|()| links::check()))?;
    let module = step("the module", wasm::run)?;
    let published = module.published.as_path();
    // It looks at no module, so that none has to be compiled for it.
    step("the stub", stub::check)?;
    let command = step("command and tests, built and linted", || built_around(published))?;
    step("the picture", || picture::run(&command, true))?;
    step("tests", || run(tests("test", published).env("GATEPOST_BIN", &command)))?;
    step("flavours, and a build elsewhere", || flavours_and_elsewhere(&module, &command))?;
    step("hosts, and the rest", || hosts_and_the_rest(&command, published))?;
    println!("all of it passes");
    Ok(())
}

fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let start = Instant::now();
    let done = work()?;
    println!("-- {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(done)
}

// The command, with the features that tests ask for, so that both are made of the same.
fn built_around(module: &Path) -> anyhow::Result<PathBuf> {
    run(tests("build", module).arg("--all-targets"))?;
    Ok(built("debug"))
}

// All goes through what is published, natively beside it. What encodes flavours has no tests, and takes minutes.
fn tests(what: &str, published: &Path) -> Command {
    let mut cargo = cargo(&[what, "--quiet", "--workspace", "--exclude", "xtask-encode"]);
    linted(cargo.env("GATEPOST_WASM", published));
    cargo
}

// Kubernetes' own code is in Go.
fn exams(command: &Path, published: &Path) -> anyhow::Result<()> {
    if !is_here("go", "version") {
        println!("skipped: the exams against Kubernetes' own code, since there is no Go");
        return Ok(());
    }
    exam::run_all(None, command, &|| tests("test", published))
}

// Neither keeps two processors busy.
fn flavours_and_elsewhere(module: &wasm::Portable, command: &Path) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let elsewhere = scope.spawn(|| reproducible(module, command));
        flavours::beside(module, flavours::ALL.iter().collect(), false)?;
        elsewhere.join().map_err(|_| anyhow!("the build elsewhere could not be looked at"))?
    })
}

// Hosts wait for one compiler most of the time, and for each other.
fn hosts_and_the_rest(command: &Path, published: &Path) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let of_module = scope.spawn(|| step("hosts of the module", || embed::judge_and_conform(command)));
        step("policies of third parties", || plugins::run_all(command))?;
        step("outputs", || outputs::run(command))?;
        step("the book", book::build)?;
        step("exams", || exams(command, published))?;
        step("ways into CI systems", || hosts::run_all(command, None))?;
        of_module.join().map_err(|_| anyhow!("the hosts of the module could not be asked"))?
    })
}

// A copy of the sources in another folder gives the same module, and the command says which it has.
fn reproducible(module: &wasm::Portable, command: &Path) -> anyhow::Result<()> {
    let elsewhere = wasm::built_elsewhere()?;
    ensure!(wasm::same(&module.built, &elsewhere)?, "the module is another one when it is built in {}", elsewhere.display());
    let said = Command::new(command).arg("--version").output()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let digest = wasm::sha256(&module.published)?;
    ensure!(said.contains(&digest), "`gatepost --version` says\n{said}and the module that is built in has the digest {digest}");
    println!("two builds of the module in different folders are the same bytes, and the command names those it has");
    Ok(())
}
