//! Which files to judge. In a repository those that its platform reads, by their paths, and the manifests that it tracks, by their
//! text; what is named otherwise, be it a file or a folder, is left to the module to recognise by content.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ignore::{DirEntry, WalkBuilder};
use policy_core::link::Roles;
use policy_core::model::github::CODEOWNERS_PATHS;
use policy_core::model::gitlab::{PIPELINE_PATH, is_component_path};

use super::base::Base;
use super::manifest::{has_ending, is_manifest, is_manifest_text};
use super::{FileSource, Selection, git, stdin};

/// The bytes of a file that may hold the header of a component.
const HEADER_BYTES: u64 = 16 << 10;

/// The files of these paths; without any, those of the repository that holds the working folder.
///
/// # Errors
/// When a path is not there or cannot be read.
pub fn select(paths: &[PathBuf], stdin_name: Option<&str>) -> anyhow::Result<Selection> {
    let here = std::env::current_dir().context("there is no working folder")?;
    let mut selection = Selection::default();
    if paths.is_empty() {
        let root = repository_of(&here).unwrap_or_else(|| here.clone());
        add_folder(&mut selection, &here, &root)?;
    }
    let (stdin, paths): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| path.as_os_str() == "-");
    for path in paths {
        let absolute = std::path::absolute(path).with_context(|| format!("{} is not a path", path.display()))?;
        let found = std::fs::metadata(&absolute).with_context(|| format!("{} cannot be read", path.display()))?;
        if found.is_dir() {
            add_folder(&mut selection, &here, &plain(&absolute))?;
        } else {
            let file = plain(&absolute);
            let shown = add_root(&mut selection, &here, repository_of(&file).as_deref(), &file);
            selection.files.insert(shown, FileSource::Disk(file));
        }
    }
    if !stdin.is_empty() {
        // What is piped in is held against the policy of where that happens.
        if selection.roots.is_empty() && selection.bare.is_empty() {
            selection.bare.insert(String::new(), repository_of(&here).unwrap_or(here));
        }
        add_stdin(&mut selection, stdin_name)?;
    }
    Ok(selection)
}

// Behind all others, since it names its files itself, and must not take the place of one that was found.
fn add_stdin(selection: &mut Selection, name: Option<&str>) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("standard input cannot be read")?;
    // A name that a platform reads by is taken at its word.
    if name.is_some_and(|name| !Roles::by_path(&name.replace('\\', "/")).is_none()) {
        selection.roots.insert(String::new(), PathBuf::from("."));
    }
    for (mut name, bytes) in stdin::files(bytes, name) {
        while selection.files.contains_key(&name) {
            name = format!("stdin/{name}");
        }
        selection.files.insert(name, FileSource::Given(bytes));
    }
    Ok(())
}

fn add_folder(selection: &mut Selection, here: &Path, folder: &Path) -> anyhow::Result<()> {
    if !is_repository(folder) {
        let mut repositories = HashMap::new();
        if repository_of(folder).is_none() {
            let shown = add_root(selection, here, None, folder);
            selection.bare.insert(shown, folder.to_path_buf());
        }
        // What is named is searched, also where git ignores it.
        let wanted = |path: &Path| !is_own(path) && (is_yaml(path) || is_manifest(path));
        let mut files: BTreeSet<PathBuf> = walk(folder, false, wanted).into_iter().collect();
        files.extend(tracked_below(folder)?.into_iter().filter(|file| wanted(file)));
        for file in files {
            let parent = file.parent().unwrap_or(folder);
            let repository = known_repository_of(parent, &mut repositories);
            let shown = add_root(selection, here, repository.as_deref(), &file);
            selection.files.insert(shown, FileSource::Disk(file));
        }
        return Ok(());
    }
    let prefix = prefix_of(selection, here, folder);
    selection.whole = true;
    let mut found: Vec<String> = match git::tracked(folder)? {
        // Tracked files count whatever ignore files say; of the others, only where GitHub's files live, as git would see them.
        Some(tracked) => {
            let mut paths = tracked;
            paths.extend(
                ["action.yml", "action.yaml", PIPELINE_PATH].into_iter().chain(CODEOWNERS_PATHS.iter().copied()).map(str::to_owned),
            );
            for own in [".github", ".gitlab"] {
                let files = walk(&folder.join(own), true, |_| true);
                paths.extend(files.iter().filter_map(|file| slashed(file.strip_prefix(folder).ok()?)));
            }
            paths
        }
        None => {
            let mut files = walk(folder, true, |_| true);
            files.extend(tracked_below(folder)?);
            files.iter().filter_map(|file| slashed(file.strip_prefix(folder).ok()?)).collect()
        }
    };
    found.retain(|path| !Roles::by_path(path).is_none() || is_component(folder, path) || is_manifest(&folder.join(path)));
    for path in found {
        let file = folder.join(&path);
        // The index also names files that were deleted since. One whose name is no text cannot be found by it, and is not to be missed.
        if std::fs::symlink_metadata(&file).is_ok() || path.contains(char::REPLACEMENT_CHARACTER) {
            selection.files.insert(joined(&prefix, &path), FileSource::Disk(file));
        }
    }
    Ok(())
}

/// The paths of the files of a base that are there no more, and would be found if they were.
///
/// # Errors
/// When one cannot be read.
pub(super) fn gone(base: &Base, root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for path in base.paths().filter(|path| std::fs::symlink_metadata(root.join(path)).is_err()) {
        let file = Path::new(path);
        let may_be = has_ending(file, &["yml", "yaml", "json"]);
        let is_found =
            !Roles::by_path(path).is_none() || may_be && base.bytes(path)?.is_some_and(|bytes| is_manifest_text(file, &bytes));
        found.extend(is_found.then(|| path.to_owned()));
    }
    Ok(found)
}

// Policies and baselines of ours.
fn is_own(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| matches!(name, "gatepost.yaml" | "gatepost-baseline.json"))
}

// Folders of this name hold all kinds of files; a component begins with a header.
fn is_component(folder: &Path, path: &str) -> bool {
    let mut start = Vec::new();
    let read = is_component_path(path)
        && std::fs::File::open(folder.join(path)).is_ok_and(|file| file.take(HEADER_BYTES).read_to_end(&mut start).is_ok());
    read && String::from_utf8_lossy(&start).lines().any(|line| line.trim_end() == "spec:")
        && String::from_utf8_lossy(&start).lines().any(|line| line.trim_end() == "---")
}

/// The paths of the files below a folder of a repository, `/` between their parts.
pub(super) fn paths(root: &Path, below: &str) -> Vec<String> {
    let mut files = walk(&root.join(below), false, is_yaml);
    let tracked = tracked_below(&root.join(below)).unwrap_or_default();
    files.extend(tracked.into_iter().filter(|file| is_yaml(file)));
    files.iter().filter_map(|file| slashed(file.strip_prefix(root).ok()?)).collect()
}

/// The folder of the git repository that holds a path.
pub(super) fn git_top(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf)
}

// The files below a folder that git tracks, whatever ignore files say. The index also names files that were deleted since.
fn tracked_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Some(top) = git_top(folder) else { return Ok(Vec::new()) };
    let tracked = git::tracked(&top)?.unwrap_or_default();
    let files = tracked.iter().map(|path| top.join(path)).filter(|file| file.starts_with(folder));
    Ok(files.filter(|file| std::fs::symlink_metadata(file).is_ok()).collect())
}

fn is_repository(folder: &Path) -> bool {
    folder.join(".git").exists() || folder.join(".github").is_dir() || folder.join(PIPELINE_PATH).is_file()
}

fn repository_of(path: &Path) -> Option<PathBuf> {
    known_repository_of(path, &mut HashMap::new())
}

// Folders share their ancestors, and to look at each is what finding many files costs.
fn known_repository_of(folder: &Path, known: &mut HashMap<PathBuf, Option<PathBuf>>) -> Option<PathBuf> {
    if let Some(repository) = known.get(folder) {
        return repository.clone();
    }
    let above = || folder.parent().map(Path::to_path_buf);
    let repository = if is_repository(folder) {
        Some(folder.to_path_buf())
    } else {
        above().and_then(|parent| known_repository_of(&parent, known))
    };
    known.insert(folder.to_path_buf(), repository.clone());
    repository
}

/// Notes the repository that holds a file, and gives the path that the file is shown by.
fn add_root(selection: &mut Selection, here: &Path, repository: Option<&Path>, file: &Path) -> String {
    match repository {
        Some(root) => {
            let prefix = prefix_of(selection, here, root);
            let below = file.strip_prefix(root).ok().and_then(slashed).unwrap_or_default();
            joined(&prefix, &below)
        }
        None => file.strip_prefix(here).ok().and_then(slashed).unwrap_or_else(|| file.to_string_lossy().replace('\\', "/")),
    }
}

// Paths are shown as seen from here; from inside of a repository, as seen from its root; else in full.
fn prefix_of(selection: &mut Selection, here: &Path, root: &Path) -> String {
    let shown = match root.strip_prefix(here) {
        Ok(below) => slashed(below).unwrap_or_default(),
        Err(_) if here.starts_with(root) && selection.roots.get("").is_none_or(|known| known == root) => String::new(),
        Err(_) => root.to_string_lossy().replace('\\', "/"),
    };
    selection.roots.insert(shown.clone(), root.to_path_buf());
    shown
}

pub(super) fn joined(prefix: &str, path: &str) -> String {
    if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") }
}

pub(super) fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

// Without `.` and `..`, which would keep a path from being compared with another. Links are left as they are.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn is_yaml(path: &Path) -> bool {
    has_ending(path, &["yml", "yaml"])
}

fn walk(folder: &Path, ask_parents: bool, keep: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let enter = |entry: &DirEntry| !matches!(entry.file_name().to_str(), Some(".git" | "node_modules"));
    let walk = WalkBuilder::new(folder).hidden(false).parents(ask_parents).require_git(false).filter_entry(enter).build();
    let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| !kind.is_dir()));
    files.map(DirEntry::into_path).filter(|path| keep(path)).collect()
}
