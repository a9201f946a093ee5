//! Writes a file anew, whole or not at all.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::path::Path;

use super::{FileSource, Selection};

impl Selection {
    /// Writes a file that was selected and read as `before`. A link is followed to its file, which must be in the repository.
    ///
    /// # Errors
    /// Why it is not written, for a person; the file is then as it was.
    pub fn write(&self, path: &str, before: &[u8], after: &[u8]) -> Result<(), String> {
        let Some(FileSource::Disk(file)) = self.files.get(path) else { return Err("it is not a file".to_owned()) };
        let said = |error: std::io::Error| error.to_string();
        let root = self.root_of(path).map(|(_, root)| root);
        if root.is_none() && fs::symlink_metadata(file).map_err(said)?.is_symlink() {
            return Err("it is a link, and no repository says what it may lead to".to_owned());
        }
        // Reading also refuses what lies outside of the repository.
        let now = self.read(file, root)?;
        if now == after {
            // The same file by another name.
            return Ok(());
        }
        if now != before {
            return Err("it has changed since it was read".to_owned());
        }
        let real = file.canonicalize().map_err(said)?;
        let found = fs::metadata(&real).map_err(said)?;
        if found.permissions().readonly() {
            return Err("it is read-only".to_owned());
        }
        replace(&real, after, &found).map_err(said)
    }
}

// Renaming is one step for whoever reads the file; what is made beside it has another name until it is complete.
fn replace(file: &Path, bytes: &[u8], found: &fs::Metadata) -> std::io::Result<()> {
    let random = getrandom::u64().map_err(std::io::Error::other)?;
    let beside = file.with_file_name(format!(".gatepost-{random:016x}"));
    let done = create(&beside, bytes, found).and_then(|()| fs::rename(&beside, file));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

fn create(file: &Path, bytes: &[u8], like: &fs::Metadata) -> std::io::Result<()> {
    let mut created = OpenOptions::new().write(true).create_new(true).open(file)?;
    created.write_all(bytes)?;
    keep_owner(file, like);
    created.set_permissions(Permissions::clone(&like.permissions()))?;
    created.sync_all()
}

// In a container, root often works on the files of somebody else. Who may not give files away keeps them.
#[cfg(unix)]
fn keep_owner(file: &Path, like: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    let _ = std::os::unix::fs::chown(file, Some(like.uid()), Some(like.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) {}
