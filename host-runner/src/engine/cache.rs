//! Compiled modules of third parties, by digest and version of the engine. Machine code is only taken from where nobody else may
//! write; what cannot be kept is compiled again.

use std::fs::DirEntry;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use policy_core::text::hex;
use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use super::embedded;

/// The bytes of the digest that stands before the code.
const DIGEST: usize = 32;

/// A folder of compiled modules.
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The module of this digest: what is kept, or what `compile` makes, which is then kept.
    pub(super) fn module(
        &self,
        engine: &Engine,
        sha256: &str,
        compile: impl FnOnce() -> Result<Module, String>,
    ) -> Result<Module, String> {
        if let Err(why) = private::prepare(&self.folder) {
            anstream::eprintln!("warning: plugins are compiled anew, since {} is not used: {why}", self.folder.display());
            return compile();
        }
        let file = self.folder.join(name(engine, sha256));
        if let Some(module) = private::read(&file).and_then(|kept| module_of(engine, &kept)) {
            return Ok(module);
        }
        let module = compile()?;
        clear(&self.folder);
        // It is kept for the next run; this one does not need it.
        let _ = keep(&file, &module);
        Ok(module)
    }
}

// What nobody made anew for so long is of modules and versions that are gone, or of a run that was killed.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

fn clear(folder: &Path) {
    let age = |entry: &DirEntry| entry.metadata().ok()?.modified().ok()?.elapsed().ok();
    let old = |entry: &DirEntry| age(entry).is_some_and(|age| age > KEPT);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(old).for_each(|entry| drop(std::fs::remove_file(entry.path())));
}

// The engine's settings and version go in: code of another one would be refused anyway, and would stand in the way.
fn name(engine: &Engine, sha256: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{sha256}-{}-{:016x}.cwasm", env!("CARGO_PKG_VERSION"), hasher.finish())
}

fn module_of(engine: &Engine, kept: &[u8]) -> Option<Module> {
    let (digest, code) = kept.split_at_checked(DIGEST)?;
    // A disk that was full, or failed, leaves what is no code.
    (Sha256::digest(code).as_slice() == digest).then(|| embedded::kept(engine, code).ok())?
}

// Whoever reads meanwhile reads all of it or nothing: several may start at once.
fn keep(file: &Path, module: &Module) -> Option<()> {
    let code = module.serialize().ok()?;
    let mut bytes = Sha256::digest(&code).to_vec();
    bytes.extend_from_slice(&code);
    let mut random = [0; 8];
    getrandom::fill(&mut random).ok()?;
    let beside = file.with_extension(format!("{}.part", hex(&random)));
    let done = private::write(&beside, &bytes).and_then(|()| std::fs::rename(&beside, file));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done.ok()
}

/// What only this user can have written.
#[cfg(unix)]
mod private {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions};
    use std::io::{Read, Write};
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    const STICKY: u32 = 0o1000;

    // Others may neither read, write nor own it: what a checkout makes may be read by all.
    fn is_ours(found: &Metadata) -> bool {
        found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0
    }

    // Who may write to a folder may put another one in the place of what lies in it, unless that is the owner's to say.
    fn is_safe(above: &Metadata) -> bool {
        let trusted = [0, rustix::process::geteuid().as_raw()].contains(&above.uid());
        trusted && (above.mode() & 0o022 == 0 || above.mode() & STICKY != 0)
    }

    pub(super) fn prepare(folder: &Path) -> Result<(), &'static str> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|_| "it cannot be made")?;
        let found = std::fs::symlink_metadata(folder).map_err(|_| "it cannot be read")?;
        if !found.is_dir() {
            return Err("it is no folder");
        }
        if !is_ours(&found) {
            return Err("others may read or write it; `chmod go-rwx` it, or let GATEPOST_CACHE name another folder");
        }
        let whole = std::fs::canonicalize(folder).map_err(|_| "it cannot be read")?;
        for above in whole.ancestors().skip(1) {
            if !std::fs::metadata(above).is_ok_and(|found| is_safe(&found)) {
                return Err("others may write to a folder that it lies in; let GATEPOST_CACHE name another one");
            }
        }
        if whole.ancestors().any(|above| above.join(".git").exists()) {
            return Err("it lies in a repository, whose changes could bring code; let GATEPOST_CACHE name a folder elsewhere");
        }
        Ok(())
    }

    // The file that was opened is the one that is looked at.
    pub(super) fn read(file: &Path) -> Option<Vec<u8>> {
        let mut opened = File::open(file).ok()?;
        let found = opened.metadata().ok().filter(|found| found.is_file() && is_ours(found))?;
        let mut bytes = Vec::with_capacity(usize::try_from(found.len()).ok()?);
        opened.read_to_end(&mut bytes).ok().map(|_| bytes)
    }

    pub(super) fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?.write_all(bytes)
    }
}

/// Who else may write cannot be told here, so nothing is kept.
#[cfg(not(unix))]
mod private {
    use std::path::Path;

    pub(super) fn prepare(_: &Path) -> Result<(), &'static str> {
        Err("who may write to it cannot be told on this system")
    }

    pub(super) fn read(_: &Path) -> Option<Vec<u8>> {
        None
    }

    pub(super) fn write(_: &Path, _: &[u8]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}
