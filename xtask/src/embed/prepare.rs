//! How the programs of each host are made: by the means of its own world, below `target/embed`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::Programs;
use crate::install::is_here;
use crate::tools::{self, cargo, copy, target, workspace};

/// A flavour as it is published.
fn module(name: &str) -> anyhow::Result<PathBuf> {
    let module = target().join("published").join(name);
    ensure!(module.exists(), "{} is not there: `cargo xtask wasm --all` builds it", module.display());
    Ok(module)
}

fn example(name: &str) -> PathBuf {
    workspace().join("examples").join(name)
}

fn place(name: &str) -> PathBuf {
    target().join("embed").join(name)
}

fn line(parts: &[&Path]) -> Vec<OsString> {
    parts.iter().map(|part| part.as_os_str().to_owned()).collect()
}

pub(super) fn python() -> anyhow::Result<Programs> {
    by_python("judge.py", "conform.py", "gatepost_core.wasm")
}

pub(super) fn python_extism() -> anyhow::Result<Programs> {
    by_python("judge_extism.py", "conform_extism.py", "gatepost_extism.wasm")
}

fn by_python(judge: &str, conform: &str, flavour: &str) -> anyhow::Result<Programs> {
    let (from, environment) = (example("embed-python"), place("python"));
    let (wanted, installed) = (from.join("requirements.txt"), environment.join("installed.txt"));
    let python = environment.join("bin/python");
    if std::fs::read(&wanted)? != std::fs::read(&installed).unwrap_or_default() {
        tools::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        tools::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
        // An install that was interrupted leaves this as it was.
        std::fs::copy(&wanted, &installed)?;
    }
    let module = module(flavour)?;
    // `-B`: nothing is written beside the sources.
    let of = |script: &str| line(&[&python, Path::new("-B"), &from.join(script), &module]);
    Ok(Programs { judge: of(judge), conform: of(conform) })
}

pub(super) fn go() -> anyhow::Result<Programs> {
    by_go("judge", "conform", "gatepost_core.wasm")
}

pub(super) fn go_extism() -> anyhow::Result<Programs> {
    by_go("judge-extism", "conform-extism", "gatepost_extism.wasm")
}

fn by_go(judge: &str, conform: &str, flavour: &str) -> anyhow::Result<Programs> {
    let (programs, module) = (place("go"), module(flavour)?);
    for name in [judge, conform] {
        let mut build = Command::new("go");
        build.current_dir(example("embed-go")).args(["build", "-buildvcs=false", "-o"]).arg(programs.join(name));
        tools::run(build.arg(format!("./cmd/{name}")))?;
    }
    let of = |name: &str| line(&[&programs.join(name), &module]);
    Ok(Programs { judge: of(judge), conform: of(conform) })
}

pub(super) fn java() -> anyhow::Result<Programs> {
    let (folder, module) = (place("java"), module("gatepost_core.wasm")?);
    let define = |name: &str, path: &Path| format!("-D{name}={}", path.display());
    let mut maven = Command::new("mvn");
    maven.current_dir(example("embed-java")).args(["-q", "-B", "package"]);
    tools::run(maven.arg(define("module", &module)).arg(define("folder", &folder)))?;
    let jar = folder.join("gatepost-embed.jar");
    let of = |main: &str| {
        let flag = Path::new("-XX:-DontCompileHugeMethods");
        line(&[Path::new("java"), flag, Path::new("-cp"), &jar, Path::new(main)])
    };
    Ok(Programs { judge: of("org.example.gatepost.Judge"), conform: of("org.example.gatepost.Conform") })
}

pub(super) fn node() -> anyhow::Result<Programs> {
    let (from, module) = (example("embed-node"), module("gatepost_core.wasm")?);
    let of = |script: &str| line(&[Path::new("node"), &from.join(script), &module]);
    Ok(Programs { judge: of("judge.mjs"), conform: of("conform.mjs") })
}

pub(super) fn node_package() -> anyhow::Result<Programs> {
    let folder = installed("embed-node")?;
    let package = folder.join("node_modules/gatepost");
    copy(&module("browser")?, &package)?;
    holds_its_word()?;
    let script = |name: &str| folder.join(name);
    Ok(Programs {
        judge: line(&[Path::new("node"), &script("judge-package.mjs")]),
        conform: line(&[Path::new("node"), &script("conform-package.mjs"), Path::new("gatepost")]),
    })
}

/// The package by itself: its types, which no program here compiles, and what it throws.
fn holds_its_word() -> anyhow::Result<()> {
    let folder = tools::npm_tool("package")?;
    copy(&module("browser")?, &folder.join("node_modules/gatepost"))?;
    tools::run(Command::new(folder.join("node_modules/.bin/tsc")).current_dir(&folder))?;
    tools::run(Command::new("node").current_dir(&folder).arg("errors.mjs"))
}

pub(super) fn node_jco() -> anyhow::Result<Programs> {
    let folder = installed("embed-node")?;
    let mut jco = Command::new(folder.join("node_modules/.bin/jco"));
    jco.arg("transpile").arg(module("gatepost_component.wasm")?).args(["--quiet", "-o"]).arg(folder.join("component"));
    tools::run(&mut jco)?;
    let component = folder.join("component/gatepost_component.js");
    let of = |script: &str| line(&[Path::new("node"), &folder.join(script), &component]);
    Ok(Programs { judge: of("judge-jco.mjs"), conform: of("conform-jco.mjs") })
}

pub(super) fn browser() -> anyhow::Result<Programs> {
    chromium()?;
    // Its programs use one of the programs for Node.js, beside them.
    copy(&example("embed-node"), &place("embed-node"))?;
    let (folder, package) = (installed("embed-browser")?, module("browser")?);
    let of = |script: &str| line(&[Path::new("node"), &folder.join(script), &package]);
    Ok(Programs { judge: of("judge.mjs"), conform: of("conform.mjs") })
}

// Debian's, which an image for CI may lack.
fn chromium() -> anyhow::Result<()> {
    if std::env::var_os("CHROMIUM").is_some() || is_here("/usr/bin/chromium", "--version") {
        return Ok(());
    }
    let apt = |arguments: &[&str]| tools::run(Command::new("apt-get").args(["-q", "-y"]).args(arguments));
    let install = ["install", "--no-install-recommends", "chromium"];
    let done = apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)));
    done.context("there is no Chromium here, and apt-get cannot install it: install it, and name its program in CHROMIUM")
}

/// A copy of an example with what its lock file asks npm for.
fn installed(name: &str) -> anyhow::Result<PathBuf> {
    let folder = place(name);
    tools::npm_copy(&example(name), &folder)?;
    Ok(folder)
}

pub(super) fn rust() -> anyhow::Result<Programs> {
    by_cargo("gatepost_core.wasm", "judge")
}

pub(super) fn rust_component() -> anyhow::Result<Programs> {
    by_cargo("gatepost_component.wasm", "judge-component")
}

pub(super) fn kubewarden() -> anyhow::Result<Programs> {
    by_cargo("gatepost_kubewarden.wasm", "judge-kubewarden")
}

// All at once, so that what they share is built once, whichever of its features each asks for.
fn by_cargo(flavour: &str, judge: &str) -> anyhow::Result<Programs> {
    let (folder, module) = (place("rust"), module(flavour)?);
    let mut build = cargo(&["build", "--quiet", "--locked", "--workspace"]);
    // Not the settings of the cargo that runs this.
    build.current_dir(workspace().join("examples")).env("CARGO_TARGET_DIR", &folder).env_remove("CARGO_ENCODED_RUSTFLAGS");
    tools::run(&mut build)?;
    let of = |program: &str| line(&[&folder.join("debug").join(program), &module]);
    Ok(Programs { judge: of(judge), conform: of(&judge.replace("judge", "conform")) })
}
