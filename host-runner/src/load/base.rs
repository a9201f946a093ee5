//! What stood in a repository at a commit, read from its objects: git itself is not run, since a repository's settings can make it
//! run anything.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use gix::ThreadSafeRepository;
use gix::objs::Kind;

/// The files of a commit.
#[derive(Debug)]
pub(crate) struct Base {
    /// What the commit was asked for by.
    pub(crate) name: String,
    repository: ThreadSafeRepository,
    // Regular files, by their paths below the root.
    blobs: BTreeMap<String, gix::ObjectId>,
}

impl Base {
    /// The files of the commit that a ref or an id names.
    ///
    /// # Errors
    /// When the folder is no repository, or has no such commit.
    pub(crate) fn open(root: &Path, name: &str) -> anyhow::Result<Self> {
        Objects::open(root)?.base(name)
    }
}

/// The objects and refs of a repository.
pub(crate) struct Objects(gix::Repository);

impl Objects {
    /// Opens the repository of a folder.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        // Without the settings of the user and the system, which are not those of the repository.
        let options = gix::open::Options::isolated();
        let opened = ThreadSafeRepository::open_opts(root, options);
        let opened = opened.map_err(|error| anyhow::anyhow!("{} is no git repository: {error}", root.display()))?;
        Ok(Self(opened.to_thread_local()))
    }

    /// The files of the commit that a ref or an id names.
    ///
    /// # Errors
    /// When there is no such commit.
    pub(crate) fn base(&self, name: &str) -> anyhow::Result<Base> {
        let lacking = || {
            format!("`{name}` is no commit in this clone: fetch it (in GitHub Actions `fetch-depth: 0`, in GitLab `GIT_DEPTH: 0`)")
        };
        let object = self.object(name).with_context(lacking)?;
        let tree = object.peel_to_tree().map_err(|_| anyhow::anyhow!(lacking()))?;
        let entries = tree.traverse().breadthfirst.files();
        let entries = entries.map_err(|error| anyhow::anyhow!("the files of `{name}` cannot be read: {error}"))?;
        let files = entries.into_iter().filter(|entry| entry.mode.is_blob());
        let blobs = files.map(|entry| (entry.filepath.to_string(), entry.oid)).collect();
        Ok(Base { name: name.to_owned(), repository: self.0.clone().into_sync(), blobs })
    }

    // A whole id is that of an object, also where a ref has the same name.
    fn object(&self, name: &str) -> Option<gix::Object<'_>> {
        match gix::ObjectId::from_hex(name.as_bytes()) {
            Ok(id) => self.0.find_object(id).ok(),
            Err(_) => self.0.rev_parse_single(name).ok()?.object().ok(),
        }
    }

    /// Whether the repository has a ref, or a commit.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object(name).is_some()
    }

    /// The id of the commit that is named, whether or not its object is here.
    pub(crate) fn commit(&self, name: &str) -> Option<String> {
        self.0.rev_parse_single(name).ok().map(|id| id.to_string())
    }

    /// Whether the repository was cloned from another.
    pub(crate) fn has_remotes(&self) -> bool {
        !self.0.remote_names().is_empty()
    }
}

impl Base {
    /// Whether there was such a file.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        self.blobs.contains_key(path)
    }

    /// The paths of its files, below the root.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.blobs.keys().map(String::as_str)
    }

    /// Whether a file stood there just so.
    pub(crate) fn has(&self, path: &str, bytes: &[u8]) -> bool {
        self.blobs
            .get(path)
            .is_some_and(|known| gix::objs::compute_hash(known.kind(), Kind::Blob, bytes).is_ok_and(|print| print == *known))
    }

    /// The bytes of a file as it stood there; none if there was none.
    ///
    /// # Errors
    /// When the object is not in this clone.
    pub(crate) fn bytes(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(blob) = self.blobs.get(path) else { return Ok(None) };
        let repository = self.repository.to_thread_local();
        let object = repository.find_object(*blob);
        let mut object = object.map_err(|_| anyhow::anyhow!("{path} of `{}` is not in this clone: fetch it whole", self.name))?;
        Ok(Some(std::mem::take(&mut object.data)))
    }
}

/// The time that it is, as RFC 3339 writes it.
///
/// # Errors
/// When the clock stands before 1970.
pub(crate) fn now() -> anyhow::Result<String> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).context("the clock stands before 1970")?;
    Ok(policy_core::policy::time::written(i64::try_from(since.as_secs())?))
}
