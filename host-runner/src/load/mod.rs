//! Files: which there are, and their bytes.

mod base;
mod discover;
pub(crate) mod git;
mod manifest;
pub mod policy;
mod stdin;
mod trust;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use policy_core::api::SourceProject;
use policy_core::model::gitlab::glob;
use policy_core::source::{MAX_SOURCE_BYTES, Origin};
use policy_core::text::hex;
use sha2::{Digest, Sha256};

use base::Base;
use trust::Trust;

pub(crate) use base::now;
pub use discover::select;

/// What there is to judge.
#[derive(Debug, Default)]
pub struct Selection {
    /// Where each file's bytes come from, by the path that is shown.
    pub files: BTreeMap<String, FileSource>,
    /// The roots of repositories: how they are shown, as prefixes without `/` at the end, and where they are.
    pub roots: BTreeMap<String, PathBuf>,
    /// Other projects whose files are here: where they are, by what pipelines call them. Their paths begin with the root that is named.
    pub sources: Vec<(SourceProject, PathBuf)>,
    /// Bytes that are judged in place of a file's own, by the path that is shown: what fixes have made of it so far.
    pub edited: BTreeMap<String, Vec<u8>>,
    /// Whether it is all of one repository.
    pub whole: bool,
    /// Folders that were named and lie in no repository: how they are shown, and where they are.
    pub bare: BTreeMap<String, PathBuf>,
    // What tells what comes with a change, by the folder of the repository.
    trust: BTreeMap<PathBuf, Trust>,
    // Of the files before a change: what they stood in, by how its root is shown.
    before: Option<(String, Base)>,
    // Folders with links followed: asked for once each, since every file asks for its own.
    real: Mutex<HashMap<PathBuf, Option<PathBuf>>>,
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
    /// Who could have written it, where that is known.
    pub origin: Option<Origin>,
}

impl Selection {
    /// The bytes of a file that was selected.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    pub fn load(&self, path: &str) -> Result<Loaded, String> {
        if let Some(bytes) = self.edited.get(path) {
            return Ok(self.loaded(path, bytes.clone()));
        }
        if let Some(before) = self.loaded_before(path) {
            return before.ok_or_else(|| "it was not there".to_owned());
        }
        let bytes = match self.files.get(path) {
            Some(FileSource::Given(bytes)) => bytes.clone(),
            Some(FileSource::Disk(file)) => self.read(file, self.root_of(path).map(|(_, root)| root))?,
            None => return Err("it was not selected".to_owned()),
        };
        Ok(self.loaded(path, bytes))
    }

    /// The bytes of a file that another one refers to; none if there is no such file.
    pub fn find(&self, path: &str) -> Option<Loaded> {
        if let Some(bytes) = self.edited.get(path) {
            return Some(self.loaded(path, bytes.clone()));
        }
        if let Some(before) = self.loaded_before(path) {
            return before;
        }
        let (prefix, root) = self.root_of(path)?;
        let below = path.strip_prefix(prefix)?.trim_start_matches('/');
        self.read(&root.join(below), Some(root)).ok().map(|bytes| self.loaded(path, bytes))
    }

    /// The files that a pattern of paths matches, in their order: none of what git or a link would lead out of the repository.
    pub fn matching(&self, pattern: &str) -> Vec<String> {
        // The pattern is known to begin with the path of its root as it is.
        let Some((prefix, root)) = self.root_of(pattern) else { return Vec::new() };
        let below = pattern.strip_prefix(prefix).unwrap_or(pattern).trim_start_matches('/');
        // No more is walked than what can match: the folders before the first star.
        let fixed = below.split('*').next().unwrap_or("").rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found = match &self.before {
            Some((_, base)) => base.paths().map(str::to_owned).collect(),
            None => discover::paths(root, fixed),
        };
        found.retain(|path| glob::matches(below, path));
        found.sort();
        found.dedup();
        found.iter().map(|path| discover::joined(prefix, path)).collect()
    }

    /// The longest root that a path lies below.
    fn root_of(&self, path: &str) -> Option<(&str, &Path)> {
        // What is shown by its whole path lies in no root that is shown by none.
        let outside = Path::new(path).is_absolute();
        let holds = |root: &str| {
            root.is_empty() && !outside
                || path.strip_prefix(root).filter(|_| !root.is_empty()).is_some_and(|rest| rest.starts_with('/'))
        };
        let projects = self.sources.iter().map(|(source, folder)| (&source.root, folder));
        let roots = self.roots.iter().chain(projects).filter(|(root, _)| holds(root));
        roots.max_by_key(|(root, _)| root.len()).map(|(root, folder)| (root.as_str(), folder.as_path()))
    }

    // A link in a repository may point anywhere; what lies outside is not part of it, and its text is not ours to show.
    fn read(&self, file: &Path, root: Option<&Path>) -> Result<Vec<u8>, String> {
        let said = |error: std::io::Error| error.to_string();
        let mut found = std::fs::symlink_metadata(file).map_err(said)?;
        let link = found.is_symlink();
        let real = match file.parent().filter(|_| !link) {
            Some(folder) => self.real_folder(folder),
            None => file.canonicalize().ok(),
        };
        let inside = |root: &Path| Some(real.as_ref()?.starts_with(self.real_folder(root)?));
        if root.is_some_and(|root| inside(root) != Some(true)) {
            return Err("it is a link to something outside of its repository".to_owned());
        }
        if link {
            found = std::fs::metadata(file).map_err(said)?;
        }
        // A pipe would be waited for.
        if !found.is_file() {
            return Err("it is not a file".to_owned());
        }
        let too_large = || format!("it is larger than the {} MiB that are read", MAX_SOURCE_BYTES >> 20);
        let size = usize::try_from(found.len()).ok().filter(|size| *size <= MAX_SOURCE_BYTES).ok_or_else(too_large)?;
        let mut bytes = Vec::with_capacity(size + 1);
        let opened = File::open(file).map_err(said)?;
        let limit = u64::try_from(MAX_SOURCE_BYTES).unwrap_or(u64::MAX) + 1;
        opened.take(limit).read_to_end(&mut bytes).map_err(said)?;
        if bytes.len() > MAX_SOURCE_BYTES { Err(too_large()) } else { Ok(bytes) }
    }

    fn loaded(&self, path: &str, bytes: Vec<u8>) -> Loaded {
        let digest = hex(&Sha256::digest(&bytes));
        let origin = self.origin(path, &bytes);
        Loaded { path: path.to_owned(), digest: format!("sha256:{digest}"), bytes, origin }
    }

    // Who could have written a file: what stands just so at the protected ref comes from there.
    fn origin(&self, path: &str, bytes: &[u8]) -> Option<Origin> {
        let (prefix, folder) = self.root_of(path)?;
        match self.trust.get(folder)? {
            Trust::Against(base, _) if base.has(path.strip_prefix(prefix)?.trim_start_matches('/'), bytes) => {
                Some(Origin::Protected)
            }
            Trust::Against(..) => Some(Origin::Change),
            Trust::Unknown(_) => None,
        }
    }

    /// Finds out what comes with a change, by what the CI system tells its jobs.
    pub fn find_origins(&mut self, told: &dyn Fn(&str) -> Option<String>) {
        let here = std::env::current_dir().ok();
        let folders = self.roots.values().chain(self.bare.values()).chain(&here);
        let tops: BTreeSet<PathBuf> = folders.filter_map(|folder| discover::git_top(folder)).collect();
        self.trust = tops.into_iter().map(|top| (top.clone(), trust::trust(&top, told))).collect();
    }

    /// The same files as they were at a ref, and those that were there then and are no more.
    ///
    /// # Errors
    /// When the selection is not of one repository, or the ref is not in it.
    pub fn at(&self, name: &str) -> anyhow::Result<Self> {
        let mut roots = self.roots.iter();
        let one = roots.next().filter(|_| roots.next().is_none());
        let (prefix, root) = one.context("`--diff-base` compares one repository: give one")?;
        let base = Base::open(root, name)?;
        let whole = |path: &str| path.strip_prefix(prefix.as_str()).map(|below| below.trim_start_matches('/').to_owned());
        let mut paths: BTreeSet<String> = self.files.keys().filter_map(|path| whole(path)).collect();
        if self.whole {
            paths.extend(discover::gone(&base, root)?);
        }
        paths.retain(|path| base.has_path(path));
        // Where each is, is found out when it is read.
        let files = paths.iter().map(|path| (discover::joined(prefix, path), FileSource::Disk(root.join(path)))).collect();
        let before = Some((prefix.clone(), base));
        Ok(Self { files, roots: self.roots.clone(), sources: self.sources.clone(), before, ..Self::default() })
    }

    // A file as it was before a change, from the disk where it is the same; none for files of other projects.
    fn loaded_before(&self, path: &str) -> Option<Option<Loaded>> {
        let (prefix, base) = self.before.as_ref()?;
        let (own, root) = self.root_of(path)?;
        let below = path.strip_prefix(prefix.as_str()).filter(|_| own == prefix)?.trim_start_matches('/');
        let file = root.join(below);
        let regular =
            || std::fs::symlink_metadata(&file).is_ok_and(|found| found.is_file() && found.len() <= MAX_SOURCE_BYTES as u64);
        let read = || std::fs::read(&file).ok().filter(|bytes| base.has(below, bytes));
        let same = || if regular() { read() } else { None };
        let bytes = base.has_path(below).then(|| same().or_else(|| base.bytes(below).ok()?)).flatten();
        Some(bytes.map(|bytes| Loaded { origin: Some(Origin::Protected), ..self.loaded(path, bytes) }))
    }

    fn real_folder(&self, folder: &Path) -> Option<PathBuf> {
        let mut known = self.real.lock().ok()?;
        if let Some(real) = known.get(folder) {
            return real.clone();
        }
        let real = folder.canonicalize().ok();
        known.insert(folder.to_owned(), real.clone());
        real
    }
}
