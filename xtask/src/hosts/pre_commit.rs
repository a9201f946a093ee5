//! The hooks of pre-commit.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::{Case, commit, executable, expect, git, ours, repository, write};
use crate::install::{by_pip, path_with};
use crate::tools::target;

const PRE_COMMIT: &str = "pre-commit==4.7.0";

/// Runs the hook of the command that is there in repositories that are to be allowed, denied, and not understood.
pub(super) fn run(command: &Path) -> anyhow::Result<()> {
    let hooks = hooks()?;
    let (denied, allowed) = (repository("denied", "github-attacked", &[])?, repository("allowed", "github-well-kept", &[])?);
    let broken =
        repository("broken", "github-well-kept", &[("gatepost.yaml", "version: 1\nnobody-knows-this: true\n".to_owned())])?;
    let path = path_with(command.parent().context("a command has a folder")?)?;
    let tries = [
        (&allowed, Case { name: "allow", code: 0, says: &["gatepost", "Passed"] }),
        (&denied, Case { name: "deny", code: 1, says: &["exit code: 1", "error[unpinned-action]", "denied: "] }),
        (&broken, Case { name: "failure", code: 1, says: &["exit code: 2", "nobody-knows-this"] }),
    ];
    for (folder, case) in tries {
        let mut hook = Command::new(by_pip("pre-commit", PRE_COMMIT)?);
        hook.current_dir(folder).arg("try-repo").arg(&hooks).args(["gatepost-system", "--all-files", "--color", "never"]);
        hook.env("PATH", &path).env("PRE_COMMIT_HOME", target().join("hosts/pre-commit"));
        expect(&case, &hook.output()?).context("pre-commit")?;
    }
    built(&hooks, &denied, command)
}

/// A repository with the hooks, as pre-commit clones ours.
fn hooks() -> anyhow::Result<PathBuf> {
    let folder = target().join("hosts/hooks");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    for path in [".pre-commit-hooks.yaml", ".ci/pre-commit"] {
        write(&folder.join(path), &ours(path)?)?;
    }
    executable(&folder.join(".ci/pre-commit"))?;
    git(&folder, &["init", "--quiet"])?;
    commit(&folder)?;
    Ok(folder)
}

// The hook that builds the command: here it was built before, which takes as long as a release does.
fn built(hooks: &Path, denied: &Path, command: &Path) -> anyhow::Result<()> {
    let release = hooks.join("target/release");
    std::fs::create_dir_all(&release)?;
    std::fs::copy(command, release.join("gatepost"))?;
    let output = Command::new(hooks.join(".ci/pre-commit")).current_dir(denied).output()?;
    let case = Case { name: "the hook that builds", code: 1, says: &["denied: "] };
    ensure!(output.stderr.is_empty(), "it says {}", String::from_utf8_lossy(&output.stderr));
    expect(&case, &output)
}
