//! What the programs judge, and what the command reports of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;

use crate::tools::{copy, run, target, workspace};

/// A repository, and the report that every host has to give.
pub(super) struct Repository {
    folder: PathBuf,
    report: Vec<u8>,
}

const EXAMPLE: &str = "examples/github-attacked";

/// A workflow that lies outside of the repository. What only it says is in no report.
const OUTSIDE: &str = "on: push\njobs: {told: {runs-on: ubuntu-24.04, steps: [{uses: nobody/told-of-this@main}]}}\n";

/// An example as it stands, and a copy of it that is the root of a repository of git.
pub(super) fn all(command: &Path) -> anyhow::Result<Vec<Repository>> {
    Ok(vec![example(command)?, reported(command, as_root()?)?])
}

/// The example alone.
pub(super) fn example(command: &Path) -> anyhow::Result<Repository> {
    reported(command, workspace().join(EXAMPLE))
}

/// Holds a program against each of them.
pub(super) fn judged(
    host: &str,
    repositories: &[Repository],
    judge: impl Fn(&Path) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<()> {
    for Repository { folder, report } in repositories {
        let output = judge(folder)?;
        ensure!(output == *report, "the host {host} does not report of {} what the command reports", folder.display());
        println!("{host}: reports what the command reports, {} bytes", report.len());
    }
    Ok(())
}

// With all that the module reads of a repository of GitHub, and links: one to a file of it, and others that lead out of it.
fn as_root() -> anyhow::Result<PathBuf> {
    let around = target().join("embed/repositories");
    if around.exists() {
        std::fs::remove_dir_all(&around)?;
    }
    let folder = around.join("attacked");
    copy(&workspace().join(EXAMPLE), &folder)?;
    let updates = "version: 2\nupdates: [{package-ecosystem: npm, directory: /, schedule: {interval: weekly}}]\n";
    std::fs::write(folder.join(".github/dependabot.yml"), updates)?;
    std::fs::write(folder.join("CODEOWNERS"), "/src/ @example/developers\n")?;
    let outside = around.join("outside.yml");
    std::fs::write(&outside, OUTSIDE)?;
    #[cfg(unix)]
    for (name, to) in [("inside", Path::new("ci.yml")), ("outside", &outside), ("nowhere", Path::new("there-is-none.yml"))] {
        std::os::unix::fs::symlink(to, folder.join(".github/workflows").join(format!("{name}.yml")))?;
    }
    // Of a repository the command takes what git tracks.
    for arguments in [["init", "--quiet"], ["add", "--all"]] {
        run(Command::new("git").current_dir(&folder).args(arguments))?;
    }
    Ok(folder)
}

fn reported(command: &Path, folder: PathBuf) -> anyhow::Result<Repository> {
    let mut check = Command::new(command);
    // The programs do not know who could have written the files.
    check.current_dir(&folder).args(["check", "--origin", "unknown", "--fixes", "--format", "json"]);
    let output = check.env_remove("GITHUB_REPOSITORY").env_remove("CI_PROJECT_PATH").output()?;
    ensure!(output.status.code() == Some(1), "the command: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(!said.contains("told-of-this"), "the command tells of a file outside of {}", folder.display());
    Ok(Repository { report: output.stdout, folder })
}
