//! What a repository tracks, from its index: git itself is not run, since a repository's settings can make it run anything.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The paths of all files that the repository at `root` tracks; none if it has no index.
///
/// # Errors
/// When there is an index that cannot be read.
pub(super) fn tracked(root: &Path) -> anyhow::Result<Option<Vec<String>>> {
    let Some(index) = index_path(root).filter(|index| index.is_file()) else { return Ok(None) };
    let hash = if uses_sha256(root) { gix_index::hash::Kind::Sha256 } else { gix_index::hash::Kind::Sha1 };
    let file = gix_index::File::at(&index, hash, true, gix_index::decode::Options::default())
        .with_context(|| format!("the git index {} cannot be read", index.display()))?;
    let regular = |entry: &&gix_index::Entry| entry.mode.contains(gix_index::entry::Mode::FILE);
    let paths = file.entries().iter().filter(regular).map(|entry| entry.path(&file).to_string());
    Ok(Some(paths.collect()))
}

// `.git` is a folder, or, in a linked worktree, a file that names one.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = std::fs::read_to_string(&git).ok()?;
    let folder = PathBuf::from(text.strip_prefix("gitdir:")?.trim());
    Some(if folder.is_absolute() { folder } else { root.join(folder) })
}

/// The folder of git's own for a working tree, and the one that all working trees share.
pub(crate) fn folders(root: &Path) -> Option<(PathBuf, PathBuf)> {
    let git = git_folder(root)?;
    let common = std::fs::read_to_string(git.join("commondir")).map_or_else(|_| git.clone(), |common| git.join(common.trim()));
    Some((git, common))
}

fn index_path(root: &Path) -> Option<PathBuf> {
    git_folder(root).map(|git| git.join("index"))
}

fn uses_sha256(root: &Path) -> bool {
    let Some((_, common)) = folders(root) else { return false };
    let config = std::fs::read_to_string(common.join("config")).unwrap_or_default().to_ascii_lowercase();
    config
        .lines()
        .filter_map(|line| line.split_once('='))
        .any(|(key, value)| key.trim() == "objectformat" && value.trim() == "sha256")
}
