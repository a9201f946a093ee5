//! Programs of others, each installed when it is first needed, below `target/tools` in a folder that is named by its version.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{run, target};

/// Whether a program is on this machine.
pub(crate) fn is_here(program: &str, version: &str) -> bool {
    Command::new(program).arg(version).output().is_ok_and(|output| output.status.success())
}

/// A program of a package of Python (`zizmor==1.32.0`), in an environment of its own.
pub(crate) fn by_pip(program: &str, package: &str) -> anyhow::Result<PathBuf> {
    let environment = target().join("tools").join(package.replace("==", "-"));
    let program = environment.join("bin").join(program);
    if !program.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        run(Command::new(environment.join("bin/pip")).args(["install", "--quiet", package]))?;
    }
    Ok(program)
}

/// A program of a package of Go (`github.com/nektos/act@v0.2.89`).
pub(crate) fn by_go(program: &str, package: &str) -> anyhow::Result<PathBuf> {
    let version = package.rsplit_once('@').map_or("", |(_, version)| version);
    let folder = target().join("tools").join(format!("{program}-{version}"));
    let program = folder.join(program);
    if !program.exists() {
        run(Command::new("go").args(["install", package]).env("GOBIN", &folder))?;
    }
    Ok(program)
}

/// A program of a package of Rust (`mdbook@0.5.4`), with more to tell cargo.
pub(crate) fn by_cargo(program: &str, package: &str, more: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = target().join("tools").join(package.replace('@', "-"));
    let program = folder.join("bin").join(program);
    if !program.exists() {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["install", "--quiet", "--locked", package]).args(more).arg("--root").arg(&folder);
        run(cargo.env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    }
    Ok(program)
}

/// `PATH` with a folder before all others.
pub(crate) fn path_with(folder: &Path) -> anyhow::Result<std::ffi::OsString> {
    let others = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&others)))?)
}
