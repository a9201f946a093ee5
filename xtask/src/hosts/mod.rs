//! The ways into CI systems, run as they are run there: the action by act, the component by gitlab-ci-local, the hooks by pre-commit.
//! Each has to allow, to deny, and to fail when the tool fails.

mod github;
mod gitlab;
mod pre_commit;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, bail, ensure};
use policy_core::report::Report;

use crate::install::is_here;
use crate::tools::{files, target, workspace};

type Host = fn(&Path) -> anyhow::Result<()>;

/// Each host by name, and the program that its runner is installed or started by.
const HOSTS: [(&str, [&str; 2], Host); 3] = [
    ("github", ["go", "version"], github::run),
    ("gitlab", ["node", "--version"], gitlab::run),
    ("pre-commit", ["python3", "--version"], pre_commit::run),
];

/// What a host has to do with one job.
struct Case<'c> {
    name: &'c str,
    /// How the host's runner ends.
    code: i32,
    /// What its log says, all of it.
    says: &'c [&'c str],
}

/// A policy that has nothing to say of pipelines.
const LOOSE: &str = "version: 1\nextends: [pss-baseline]\n";

/// Runs the built command in one host, or in all.
pub(crate) fn run_all(command: &Path, of: Option<&str>) -> anyhow::Result<()> {
    let names: Vec<&str> = HOSTS.iter().map(|(name, ..)| *name).collect();
    if let Some(of) = of.filter(|of| !names.contains(of)) {
        bail!("there is no host `{of}`: {} are", names.join(", "));
    }
    own_rules(command)?;
    documented(command)?;
    for (name, [program, version], host) in HOSTS.iter().filter(|(name, ..)| of.is_none_or(|of| of == *name)) {
        if cfg!(windows) || !is_here(program, version) || !is_here("git", "--version") {
            println!("skipped: the host {name}, which takes git, {program} and a shell of Unix");
            continue;
        }
        println!("the host {name}");
        host(command).with_context(|| format!("the host {name}"))?;
    }
    Ok(())
}

/// What we hand to others is what we ask of others.
fn own_rules(command: &Path) -> anyhow::Result<()> {
    let mut check = Command::new(command);
    check.current_dir(workspace()).args(["check", "--pack", "strict", "action.yml", "templates/gatepost.yml"]);
    let output = check.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && said.contains("judged 2 of 2 files"), "the action or the component breaks a rule:\n{said}");
    // No script has an expression in it: each stands alone behind a key.
    for line in ours("action.yml")?.lines().filter(|line| line.contains("${{")) {
        let alone = line.split_once(": ").is_some_and(|(_, value)| value.starts_with("${{") && value.ends_with("}}"));
        ensure!(alone, "action.yml has an expression within a text: {line}");
    }
    Ok(())
}

/// So are the files that the book tells readers to write, which begin with their path, and its policies are understood.
fn documented(command: &Path) -> anyhow::Result<()> {
    let mut count = 0;
    for page in ["docs/start/github.md", "docs/start/gitlab.md"] {
        for (name, block) in blocks(page, "# ")?.iter().filter_map(|block| block.split_once('\n')) {
            let report = judged(command, block, &["-", "--pack", "strict", "--stdin-name", name]);
            let report: Report = serde_json::from_slice(&report?).with_context(|| format!("{page}, {name}"))?;
            ensure!(report.findings.is_empty(), "{page}: {name} breaks a rule");
            count += 1;
        }
    }
    for page in ["docs/policy.md", "docs/start/kubernetes.md", "docs/rules/unpinned-action.md", "docs/rules/node-port.md"] {
        for block in blocks(page, "version: 1\n")? {
            let policy = target().join("hosts/policy.yaml");
            write(&policy, &format!("version: 1\n{block}"))?;
            let arguments = ["examples/github-well-kept", "--policy", &policy.to_string_lossy()];
            judged(command, "", &arguments).with_context(|| format!("a policy of {page}: version: 1\n{block}"))?;
            count += 1;
        }
    }
    println!("{count} examples of the book are what it says");
    Ok(())
}

/// What stands behind a beginning in blocks of YAML that begin so.
fn blocks(page: &str, beginning: &str) -> anyhow::Result<Vec<String>> {
    let text = ours(page)?;
    let behind = format!("\n```yaml\n{beginning}");
    let blocks: Vec<_> = text.split(&behind).skip(1).filter_map(|rest| rest.split("\n```").next()).map(str::to_owned).collect();
    ensure!(!blocks.is_empty(), "{page} has no block that begins with {beginning}");
    Ok(blocks)
}

/// The report on what is given as standard input or named.
fn judged(command: &Path, input: &str, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let file = target().join("hosts/input");
    write(&file, input)?;
    let mut check = Command::new(command);
    check.current_dir(workspace()).args(["check", "--format", "json"]).args(arguments);
    let output = check.stdin(std::fs::File::open(&file)?).output()?;
    ensure!(output.status.success(), "it ends with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// Holds what a runner did with a job against what it has to do.
fn expect(case: &Case<'_>, output: &Output) -> anyhow::Result<()> {
    let log = [output.stdout.as_slice(), output.stderr.as_slice()].map(String::from_utf8_lossy).concat();
    let lacking: Vec<_> = case.says.iter().filter(|words| !log.contains(*words)).collect();
    ensure!(
        output.status.code() == Some(case.code) && lacking.is_empty(),
        "{}: it ended with {}, not {}; its log lacks {lacking:?}:\n{log}",
        case.name,
        output.status,
        case.code
    );
    println!("{}: as it has to be", case.name);
    Ok(())
}

/// A new repository: a folder under attack at its root, one well kept, one that is empty, and files of the host.
fn repository(name: &str, attacked: &str, added: &[(&str, String)]) -> anyhow::Result<PathBuf> {
    let folder = target().join("hosts").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    copy(&workspace().join("examples").join(attacked), &folder)?;
    copy(&workspace().join("examples/github-well-kept"), &folder.join("well-kept"))?;
    write(&folder.join("empty/README.md"), "Nothing to judge.\n")?;
    write(&folder.join("arguments"), "#!/bin/sh\nfor argument in \"$@\"; do echo \"argument <$argument>\"; done\n")?;
    executable(&folder.join("arguments"))?;
    for (path, text) in added {
        write(&folder.join(path), text)?;
    }
    git(&folder, &["init", "--quiet", "--initial-branch", "main"])?;
    commit(&folder)?;
    Ok(folder)
}

fn commit(folder: &Path) -> anyhow::Result<()> {
    git(folder, &["add", "--all", "--force"])?;
    git(folder, &["commit", "--quiet", "--no-verify", "--message", "all"]).map(drop)
}

/// What git answers, with nobody's settings.
fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let settings = ["user.name=nobody", "user.email=nobody@example.com", "commit.gpgsign=false", "core.hooksPath=/dev/null"];
    let mut git = Command::new("git");
    git.current_dir(folder).args(settings.iter().flat_map(|setting| ["-c", setting])).args(arguments);
    let output = git.output()?;
    ensure!(output.status.success(), "`git {}`: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        std::fs::create_dir_all(target.parent().context("a file has a folder")?)?;
        std::fs::copy(&file, &target)?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(file.parent().context("a file has a folder")?)?;
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(unix)]
fn executable(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn executable(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// A file of the workspace.
fn ours(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(workspace().join(path)).with_context(|| format!("{path} cannot be read"))
}
