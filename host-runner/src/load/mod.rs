//! Files: which there are, and their bytes.

mod discover;
mod git;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use policy_core::source::MAX_SOURCE_BYTES;
use sha2::{Digest, Sha256};

pub use discover::select;

/// What there is to judge.
#[derive(Debug, Default)]
pub struct Selection {
    /// Where each file's bytes come from, by the path that is shown.
    pub files: BTreeMap<String, FileSource>,
    /// The roots of repositories: how they are shown, as prefixes without `/` at the end, and where they are.
    pub roots: BTreeMap<String, PathBuf>,
}

/// Where a file's bytes come from.
#[derive(Debug)]
pub enum FileSource {
    /// A file, which must be within its repository once links are followed.
    Disk(PathBuf),
    /// Standard input, read already.
    Given(Vec<u8>),
}

/// A file in memory.
#[derive(Debug)]
pub struct Loaded {
    /// The path that is shown.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `sha256:` and their digest.
    pub digest: String,
}

impl Selection {
    /// The bytes of a file that was selected.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    pub fn load(&self, path: &str) -> Result<Loaded, String> {
        let bytes = match self.files.get(path) {
            Some(FileSource::Given(bytes)) => bytes.clone(),
            Some(FileSource::Disk(file)) => read(file, self.root_of(path).map(|(_, root)| root))?,
            None => return Err("it was not selected".to_owned()),
        };
        Ok(loaded(path, bytes))
    }

    /// The bytes of a file that another one refers to; none if there is no such file.
    pub fn find(&self, path: &str) -> Option<Loaded> {
        let (prefix, root) = self.root_of(path)?;
        let below = path.strip_prefix(prefix)?.trim_start_matches('/');
        read(&root.join(below), Some(root)).ok().map(|bytes| loaded(path, bytes))
    }

    /// The longest root that a path lies below.
    fn root_of(&self, path: &str) -> Option<(&str, &Path)> {
        let holds = |root: &str| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        let roots = self.roots.iter().filter(|(root, _)| holds(root));
        roots.max_by_key(|(root, _)| root.len()).map(|(root, folder)| (root.as_str(), folder.as_path()))
    }
}

fn loaded(path: &str, bytes: Vec<u8>) -> Loaded {
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Loaded { path: path.to_owned(), digest: format!("sha256:{digest}"), bytes }
}

// A link in a repository may point anywhere; what lies outside is not part of it, and its text is not ours to show.
fn read(file: &Path, root: Option<&Path>) -> Result<Vec<u8>, String> {
    let real = file.canonicalize().map_err(|error| error.to_string())?;
    let inside = root.is_none_or(|root| root.canonicalize().is_ok_and(|root| real.starts_with(root)));
    if !inside {
        return Err("it is a link to something outside of its repository".to_owned());
    }
    if !real.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_SOURCE_BYTES).unwrap_or(u64::MAX) + 1;
    let opened = File::open(&real).map_err(|error| error.to_string())?;
    opened.take(limit).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > MAX_SOURCE_BYTES {
        return Err(format!("it is larger than the {} MiB that are read", MAX_SOURCE_BYTES >> 20));
    }
    Ok(bytes)
}
