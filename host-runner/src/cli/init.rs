//! `gatepost init`: a policy and the job that asks for it, for what the repository is.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use policy_core::link::Roles;
use policy_core::model::gitlab::PIPELINE_PATH;
use policy_core::model::kubernetes::may_be_manifest;
use policy_core::secret::clean;

use super::check::to_stdout;
use super::{Exit, Init};
use crate::load::{FileSource, git, select};

const POLICY: &str = include_str!("../../templates/gatepost.yaml");
const GITHUB: &str = include_str!("../../templates/github.yml");
const GITLAB: &str = include_str!("../../templates/gitlab.yml");

/// Where a policy may already stand.
const POLICY_PATHS: [&str; 2] = ["gatepost.yaml", ".github/gatepost.yaml"];

const GITHUB_PATHS: [&str; 2] = [".github/workflows/gatepost.yml", ".github/workflows/gatepost.yaml"];

/// The branch that is written where git says nothing of one.
const USUAL_BRANCH: &str = "main";

/// What runs the job that asks Gatepost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ci {
    /// GitHub Actions
    Github,
    /// GitLab CI/CD
    Gitlab,
}

/// A file to write, and the paths at which one may stand in its place; the first is where it goes.
struct Planned {
    paths: &'static [&'static str],
    text: String,
}

/// What a repository is, as far as its files and git tell.
#[derive(Debug, Default)]
struct Found {
    github: usize,
    gitlab: usize,
    manifests: usize,
    host: Option<String>,
    branch: Option<String>,
}

pub(super) fn run(arguments: &Init) -> anyhow::Result<Exit> {
    let given: Vec<PathBuf> = arguments.dir.iter().cloned().collect();
    if let Some(dir) = &arguments.dir {
        anyhow::ensure!(dir.is_dir(), "{} is no folder", dir.display());
    }
    let selection = select(&given, None)?;
    let here = || std::env::current_dir().context("there is no working folder");
    let root = match (&arguments.dir, selection.roots.values().next()) {
        (Some(dir), _) => dir.clone(),
        (None, Some(root)) => root.clone(),
        (None, None) => here()?,
    };
    let root = root.canonicalize().with_context(|| format!("{} cannot be read", root.display()))?;
    let files = selection.files.values().filter_map(|file| match file {
        FileSource::Disk(path) => Some(path.as_path()),
        FileSource::Given(_) => None,
    });
    let found = look(&root, files);
    let asked = if arguments.ci.is_empty() { found.platforms(&root) } else { arguments.ci.clone() };
    let mut out = found.said();
    for planned in plan(&found, &asked) {
        let done = settle(&root, &planned, arguments.dry_run)?;
        out.push_str(&done);
    }
    if asked.is_empty() {
        out.push_str("neither GitHub nor GitLab was recognised: `gatepost init --ci github` or `--ci gitlab` writes the job\n");
    }
    if !arguments.dry_run {
        out.push_str(NEXT);
    }
    to_stdout(std::io::stdout().lock(), &[&out])?;
    Ok(Exit::Allowed)
}

const NEXT: &str = "
Next:
  gatepost check              judge what is here
  gatepost baseline create    let pass what is there today, so that only what is new decides
";

fn plan(found: &Found, asked: &[Ci]) -> Vec<Planned> {
    let branch = found.branch.as_deref().unwrap_or(USUAL_BRANCH);
    let mut all = vec![Planned { paths: &POLICY_PATHS, text: POLICY.to_owned() }];
    if asked.contains(&Ci::Github) {
        all.push(Planned { paths: &GITHUB_PATHS, text: GITHUB.replace("DEFAULT_BRANCH", branch) });
    }
    if asked.contains(&Ci::Gitlab) {
        all.push(Planned { paths: &[PIPELINE_PATH], text: GITLAB.to_owned() });
    }
    all
}

/// Writes a file, unless there is one, and says what was done.
fn settle(root: &Path, planned: &Planned, dry_run: bool) -> anyhow::Result<String> {
    let text = &planned.text;
    let there = planned.paths.iter().find(|path| std::fs::symlink_metadata(root.join(path)).is_ok());
    let path = there.or(planned.paths.first()).context("a file has a path")?;
    if there.is_some() {
        return Ok(match std::fs::read_to_string(root.join(path)) {
            Ok(found) if found.contains(text.as_str()) => format!("{path} has it already\n"),
            _ if *path == PIPELINE_PATH => format!("left {path} as it is; add this to it:\n\n{text}\n"),
            _ => format!("left {path} as it is; this would have been written, to take over what it lacks:\n\n{text}\n"),
        });
    }
    if dry_run {
        return Ok(format!("would write {path}:\n\n{text}\n"));
    }
    write(root, path, text)?;
    Ok(format!("wrote {path}\n"))
}

// A link in the repository must not lead out of it, and a file that came meanwhile stays.
fn write(root: &Path, path: &str, text: &str) -> anyhow::Result<()> {
    let file = root.join(path);
    let folder = file.parent().unwrap_or(root);
    let there = folder.ancestors().find(|folder| std::fs::symlink_metadata(folder).is_ok()).unwrap_or(root);
    let inside = there.canonicalize().is_ok_and(|real| real.starts_with(root));
    anyhow::ensure!(inside, "{path} is not written: a link leads out of the repository");
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut created =
        OpenOptions::new().write(true).create_new(true).open(&file).with_context(|| format!("{path} cannot be written"))?;
    created.write_all(text.as_bytes()).with_context(|| format!("{path} cannot be written"))
}

fn look<'p>(root: &Path, files: impl Iterator<Item = &'p Path>) -> Found {
    let mut found = Found { host: host(root), branch: default_branch(root), ..Found::default() };
    for file in files {
        // Roles are told by the path from the root, with slashes.
        let below = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let roles = Roles::by_path(&below);
        if roles.is_gitlab() {
            found.gitlab += 1;
        } else if !roles.is_none() {
            found.github += 1;
        } else if std::fs::read(file).is_ok_and(|bytes| may_be_manifest(&String::from_utf8_lossy(&bytes))) {
            found.manifests += 1;
        }
    }
    found
}

impl Found {
    fn platforms(&self, root: &Path) -> Vec<Ci> {
        let host = |name: &str| self.host.as_deref().is_some_and(|host| host.contains(name));
        let github = self.github > 0 || root.join(".github").is_dir() || host("github");
        let gitlab = self.gitlab > 0 || root.join(".gitlab").is_dir() || host("gitlab");
        let all = [(github, Ci::Github), (gitlab, Ci::Gitlab)];
        all.into_iter().filter(|(is, _)| *is).map(|(_, ci)| ci).collect()
    }

    fn said(&self) -> String {
        let mut out = String::from("found ");
        let kinds = [(self.github, "of GitHub"), (self.gitlab, "of GitLab"), (self.manifests, "of Kubernetes")];
        let listed: Vec<String> = kinds
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {} {what}", if count == 1 { "file" } else { "files" }))
            .collect();
        out.push_str(&if listed.is_empty() { "no files that rules look at".to_owned() } else { listed.join(", ") });
        let _ = match &self.branch {
            Some(branch) => writeln!(out, "; the default branch is {}", clean(branch)),
            None => writeln!(out, "; git does not say which branch is the default, so it is taken for {USUAL_BRANCH}"),
        };
        out
    }
}

/// The branch that `origin` has for its default; without remotes, the branch that is out if it has a usual name.
fn default_branch(root: &Path) -> Option<String> {
    let (git, common) = git::folders(root)?;
    let read = |file: PathBuf, start: &str| -> Option<String> {
        let text = std::fs::read_to_string(file).ok()?;
        let branch = text.trim().strip_prefix(start)?.to_owned();
        // It goes into a file as it is.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        (branch.starts_with(|c: char| c.is_ascii_alphabetic()) && branch.chars().all(plain)).then_some(branch)
    };
    let of_origin = read(common.join("refs/remotes/origin/HEAD"), "ref: refs/remotes/origin/");
    of_origin.or_else(|| read(git.join("HEAD"), "ref: refs/heads/").filter(|branch| matches!(branch.as_str(), "main" | "master")))
}

/// The host of the remote `origin`.
fn host(root: &Path) -> Option<String> {
    let config = std::fs::read_to_string(git::folders(root)?.1.join("config")).ok()?;
    let mut lines = config.lines().map(str::trim).skip_while(|line| *line != "[remote \"origin\"]").skip(1);
    let url = lines.by_ref().take_while(|line| !line.starts_with('[')).find_map(|line| line.strip_prefix("url"))?;
    let url = url.trim_start().strip_prefix('=')?.trim();
    // `https://host/path`, `ssh://git@host:22/path` or `git@host:path`.
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next()?;
    Some(authority.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase())
}
