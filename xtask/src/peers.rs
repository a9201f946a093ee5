//! Peers to run beside us: installed when they are first needed, for comparison only.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{run, target};

/// What is installed of zizmor.
pub(crate) const ZIZMOR: &str = "zizmor==1.32.0";

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// zizmor over the workflows of a folder, offline, as JSON; installed if it is not yet.
pub(crate) fn zizmor(workflows: &Path) -> anyhow::Result<Command> {
    let environment = target().join("peers/python");
    let program = environment.join("bin/zizmor");
    if !program.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        run(Command::new(environment.join("bin/pip")).args(["install", "--quiet", ZIZMOR]))?;
    }
    let mut command = Command::new(program);
    command.args(["--offline", "--no-progress", "-qq", "--format", "json"]).args(files(workflows)?);
    Ok(command)
}

/// actionlint over the workflows of a folder, without the programs that it calls, as JSON; installed if it is not yet.
pub(crate) fn actionlint(workflows: &Path) -> anyhow::Result<Command> {
    let folder = target().join("peers/go");
    let program = folder.join("actionlint");
    if !program.exists() {
        run(Command::new("go").args(["install", ACTIONLINT]).env("GOBIN", &folder))?;
    }
    let mut command = Command::new(program);
    command.args(["-shellcheck=", "-pyflakes=", "-format", "{{json .}}"]).env("GOMAXPROCS", "1");
    command.args(files(workflows)?);
    Ok(command)
}

// By name, since neither peer looks for workflows in a folder that is no repository.
fn files(workflows: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(workflows)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yml" || ending == "yaml"));
    files.sort();
    Ok(files)
}
