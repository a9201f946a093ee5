//! Peers to run beside us: installed when they are first needed, for comparison only.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install::{by_go, by_pip};

/// What is installed of zizmor.
pub(crate) const ZIZMOR: &str = "zizmor==1.32.0";

/// What is installed of checkov.
pub(crate) const CHECKOV: &str = "checkov==3.3.30";

/// What is installed of kube-score.
pub(crate) const KUBE_SCORE: &str = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0";

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// zizmor over the workflows of a folder, offline, as JSON; installed if it is not yet.
pub(crate) fn zizmor(workflows: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(by_pip("zizmor", ZIZMOR)?);
    command.args(["--offline", "--no-progress", "-qq", "--format", "json"]).args(files(workflows)?);
    Ok(command)
}

/// actionlint over the workflows of a folder, without the programs that it calls, as JSON; installed if it is not yet.
pub(crate) fn actionlint(workflows: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(by_go("actionlint", ACTIONLINT)?);
    command.args(["-shellcheck=", "-pyflakes=", "-format", "{{json .}}"]).env("GOMAXPROCS", "1");
    command.args(files(workflows)?);
    Ok(command)
}

/// checkov over the manifests of a folder, offline, as JSON; installed if it is not yet.
pub(crate) fn checkov(manifests: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(by_pip("checkov", CHECKOV)?);
    // From within: it leaves out all that lies in a folder whose name begins with a dot, above it too.
    command.current_dir(manifests).args(["-d", ".", "--framework", "kubernetes", "--compact", "--quiet", "--skip-download"]);
    command.args(["-o", "json"]);
    Ok(command)
}

/// kube-score over files, as JSON; installed if it is not yet.
pub(crate) fn kube_score(files: &[PathBuf]) -> anyhow::Result<Command> {
    let mut command = Command::new(by_go("kube-score", KUBE_SCORE)?);
    command.args(["score", "--output-format", "json"]).args(files).env("GOMAXPROCS", "1");
    Ok(command)
}

// By name, since neither peer looks for workflows in a folder that is no repository.
fn files(workflows: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(workflows)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yml" || ending == "yaml"));
    files.sort();
    Ok(files)
}
