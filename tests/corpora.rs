//! Real files to run over, where they are: `GATEPOST_CORPORA`, or `gatepost-corpora` in the user's cache folder.

use std::path::{Path, PathBuf};

/// A folder of the corpora; says so and gives none where it is not.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let cache = || {
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home).map(|cache| cache.join("gatepost-corpora"))
    };
    let root = std::env::var_os("GATEPOST_CORPORA").map(PathBuf::from).or_else(cache);
    let found = root.map(|root| root.join(name)).filter(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: the corpus {name} is not here; unpack it into {name}/ under GATEPOST_CORPORA");
    }
    found
}

/// All files below a folder whose names end in one of `endings`, sorted.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
            let path = entry.path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
