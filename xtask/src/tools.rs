//! Running other programs, and finding one's way.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use policy_core::report::Report;

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").components().fold(PathBuf::new(), |path, part| match part {
        std::path::Component::ParentDir => path.parent().map(Path::to_path_buf).unwrap_or_default(),
        other => path.join(other),
    })
}

/// The folder that cargo builds in.
pub(crate) fn target() -> PathBuf {
    let set = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    set.map_or_else(|| workspace().join("target"), |folder| workspace().join(folder))
}

/// Cargo, in the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace()).args(arguments);
    command
}

/// Has what cargo compiles of the workspace linted, and fails at any warning. `cargo clippy` would compile all that it stands on a second
/// time, which takes minutes; Clippy's driver is the compiler with more lints, and this is how `cargo clippy` calls it.
pub(crate) fn linted(cargo: &mut Command) -> &mut Command {
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    cargo.env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__")
}

/// Runs a program and says which; fails when it does.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    eprintln!("==> {shown}");
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// The program and its arguments, as one would type them.
pub(crate) fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Builds the command in a profile and gives its path.
pub(crate) fn gatepost(release: bool) -> anyhow::Result<PathBuf> {
    let mut build = cargo(&["build", "--quiet", "--package", "host-runner"]);
    run(build.args(release.then_some("--release")))?;
    Ok(built(if release { "release" } else { "debug" }))
}

/// Where cargo leaves the command.
pub(crate) fn built(profile: &str) -> PathBuf {
    target().join(profile).join(format!("gatepost{}", std::env::consts::EXE_SUFFIX))
}

/// A copy, in a folder of its own, of what `xtask/NAME` asks npm for; gives the folder.
pub(crate) fn npm_tool(name: &str) -> anyhow::Result<PathBuf> {
    let tool = target().join("tools").join(name);
    npm_copy(&workspace().join("xtask").join(name), &tool)?;
    Ok(tool)
}

/// Copies a package of npm, and installs what its lock file asks for, unless it is there.
pub(crate) fn npm_copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    copy(from, to)?;
    let (wanted, installed) = (to.join("package-lock.json"), to.join("node_modules/installed.json"));
    if std::fs::read(&wanted)? != std::fs::read(&installed).unwrap_or_default() {
        run(npm(to).args(["ci", "--silent", "--no-audit", "--no-fund"]))?;
        // An install that was interrupted leaves this as it was.
        std::fs::copy(&wanted, &installed)?;
    }
    Ok(())
}

/// npm, in a folder.
pub(crate) fn npm(folder: &Path) -> Command {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(folder);
    npm
}

/// Copies the files below a folder, but for what npm has installed there.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in files(from)? {
        let behind = file.strip_prefix(from)?;
        if !behind.starts_with("node_modules") {
            std::fs::create_dir_all(to.join(behind).parent().context("a file has a folder")?)?;
            std::fs::copy(&file, to.join(behind))?;
        }
    }
    Ok(())
}

/// What the command reports of a folder, given more arguments.
pub(crate) fn report(folder: &Path, more: &[&str]) -> anyhow::Result<Report> {
    let output = Command::new(gatepost(true)?).arg("check").arg(folder).args(["--format", "json"]).args(more).output()?;
    ensure!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The files below a folder.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// How many files there are below a folder, and of how many bytes in all.
pub(crate) fn size_of(folder: &Path) -> anyhow::Result<(usize, u64)> {
    let files = files(folder)?;
    let bytes = files.iter().map(|file| Ok(std::fs::metadata(file)?.len())).sum::<std::io::Result<u64>>()?;
    Ok((files.len(), bytes))
}

/// Where the corpora are, if they are anywhere: the folder given, `GATEPOST_CORPORA`, or the user's cache folder.
pub(crate) fn corpora(given: Option<PathBuf>) -> Option<PathBuf> {
    let cache = || {
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home).map(|cache| cache.join("gatepost-corpora"))
    };
    given.or_else(|| std::env::var_os("GATEPOST_CORPORA").map(PathBuf::from)).or_else(cache).filter(|folder| folder.is_dir())
}
