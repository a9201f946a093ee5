//! Builds the module, makes it smaller for those who load it, and holds it against what hosts rely on: its exports, no imports, its
//! size.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use policy_core::text::hex;
use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};

use crate::tools::{self, target, workspace};

#[path = "../../host-runner/build/nested.rs"]
mod nested;

use nested::Made;

/// What the core flavour may weigh, in bytes after `gzip -9`.
const MAX_GZIP: usize = 650 * 1000;

/// What the module exports: what hosts call, `__data_end` and `__heap_base` of the linker, and `memcmp`, which it brings for itself and
/// no host has to call.
const EXPORTS: &[&str] =
    &["GP_BREADCRUMB", "__data_end", "__heap_base", "gp_abi_version", "gp_alloc", "gp_call", "gp_free", "memcmp", "memory"];

/// The sizes of a module, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// As it is.
    pub(crate) raw: usize,
    /// After `gzip -9`.
    pub(crate) gzip: usize,
}

/// The portable module.
#[derive(Clone, Debug)]
pub(crate) struct Portable {
    /// As the compiler made it: what the command embeds unless it is a release.
    pub(crate) built: PathBuf,
    /// What is published: the same, made smaller.
    pub(crate) published: PathBuf,
    /// The size of what is published.
    pub(crate) size: Size,
}

/// Builds and checks; says what it found and where the module is.
pub(crate) fn run() -> anyhow::Result<Portable> {
    let built = build("core", Made::Portable)?;
    let published = optimised(&built)?;
    let bytes = std::fs::read(&published).with_context(|| format!("{} cannot be read", published.display()))?;
    check(&bytes)?;
    let size = Size { raw: bytes.len(), gzip: gzip(&bytes)?.len() };
    println!("{}: {} bytes, {} after gzip -9 (at most {MAX_GZIP})", published.display(), size.raw, size.gzip);
    ensure!(size.gzip <= MAX_GZIP, "the module is over its budget");
    Ok(Portable { built, published, size })
}

/// Where what is published lies.
pub(crate) fn published() -> PathBuf {
    target().join("published")
}

fn optimised(module: &Path) -> anyhow::Result<PathBuf> {
    let published = published().join(module.file_name().context("a module has a name")?);
    std::fs::create_dir_all(self::published())?;
    optimise(module, &published)?;
    Ok(published)
}

/// Makes a module smaller by Binaryen's wasm-opt, as npm has it: its version and digest stand in xtask/binaryen.
pub(crate) fn optimise(module: &Path, published: &Path) -> anyhow::Result<()> {
    let tool = tools::npm_tool("binaryen")?;
    let mut wasm_opt = Command::new("node");
    wasm_opt.arg(tool.join("node_modules/binaryen/bin/wasm-opt"));
    // The lowest kilobyte is the end of the stack: no address that wraps around is meant to lie there, so what is added to an address
    // can become part of the instruction.
    // More passes than these take minutes and save less than one in a hundred.
    wasm_opt.args(["--low-memory-unused", "-Oz", "--strip-producers"]);
    tools::run(wasm_opt.arg(module).arg("-o").arg(published))
}

/// Builds what a release of the command embeds, and checks it.
pub(crate) fn embedded() -> anyhow::Result<PathBuf> {
    let module = build("core", Made::Embedded)?;
    check(&std::fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))?)?;
    Ok(module)
}

/// Builds another flavour than the command has, as the compiler makes it.
pub(crate) fn flavour(package: &str) -> anyhow::Result<PathBuf> {
    build(package, Made::Portable)
}

// Builds a package in the folder where the newest build script of the command built the same, if there is one: then little is left to do.
// That is not the folder of the outer cargo, whose lock would never come free. All flavours share it, and with it what they are made of.
fn build(package: &str, made: Made) -> anyhow::Result<PathBuf> {
    let (profile, fallback) = match made {
        Made::Portable => ("debug", "module"),
        Made::Embedded => ("release", "module-embedded"),
    };
    let scripts = std::fs::read_dir(target().join(profile).join("build")).into_iter().flatten().flatten();
    let folders = scripts.map(|script| script.path().join("out/wasm")).filter(|folder| folder.is_dir());
    let newest = folders.max_by_key(|folder| folder.metadata().and_then(|metadata| metadata.modified()).ok());
    let folder = newest.unwrap_or_else(|| target().join(fallback));
    nested::build_module(&workspace(), &folder, package, made).map_err(anyhow::Error::msg)
}

fn check(bytes: &[u8]) -> anyhow::Result<()> {
    let mut exports = BTreeSet::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.context("this is no WebAssembly")? {
            Payload::ImportSection(imports) => {
                let imports: Vec<_> =
                    imports.into_imports().flatten().map(|import| format!("{}.{}", import.module, import.name)).collect();
                ensure!(imports.is_empty(), "the module imports {}: no host would have it", imports.join(", "));
            }
            Payload::ExportSection(section) => exports.extend(section.into_iter().flatten().map(|export| export.name)),
            _ => {}
        }
    }
    if exports.iter().copied().ne(EXPORTS.iter().copied()) {
        bail!("the module exports {exports:?}, not {EXPORTS:?}");
    }
    names_no_folder(bytes)
}

/// Holds a module to telling nothing of the machine that built it.
pub(crate) fn names_no_folder(bytes: &[u8]) -> anyhow::Result<()> {
    // Not the home itself: that of root is `/root`, which rules know as a path of nodes.
    let below_home = |name: &str, below: &str| {
        std::env::var(name).or_else(|_| std::env::var("HOME").map(|home| format!("{home}/{below}"))).unwrap_or_default()
    };
    let folders =
        [below_home("CARGO_HOME", ".cargo"), below_home("RUSTUP_HOME", ".rustup"), workspace().to_string_lossy().into_owned()];
    for folder in folders.iter().filter(|folder| folder.len() > 1) {
        let told = bytes.windows(folder.len()).any(|window| window == folder.as_bytes());
        ensure!(!told, "the module names a folder of this machine, so that another one would build other bytes");
    }
    Ok(())
}

/// As `gzip -9` makes it.
pub(crate) fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Whether two builds in different folders gave the same bytes.
pub(crate) fn same(a: &Path, b: &Path) -> anyhow::Result<bool> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    Ok(read(a)? == read(b)?)
}

/// The module, built of a copy of the sources in another folder.
pub(crate) fn built_elsewhere() -> anyhow::Result<PathBuf> {
    let folder = target().join("elsewhere/a copy");
    let _ = std::fs::remove_dir_all(&folder);
    let listed = Command::new("git").current_dir(workspace()).args(["ls-files", "-z", "--cached"]).output()?;
    ensure!(listed.status.success(), "git does not list the sources: {}", String::from_utf8_lossy(&listed.stderr));
    for path in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let (from, to) = (workspace().join(path), folder.join(path));
        if from.is_file() {
            std::fs::create_dir_all(to.parent().context("a path has a folder")?)?;
            std::fs::copy(&from, &to).with_context(|| format!("{} cannot be copied", from.display()))?;
        }
    }
    nested::build_module(&folder, &folder.join("target"), "core", Made::Portable).map_err(anyhow::Error::msg)
}

/// The digest of a file in hexadecimal digits.
pub(crate) fn sha256(file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(hex(&Sha256::digest(bytes)))
}

/// Makes sure that modules can be built here.
pub(crate) fn add_target() -> anyhow::Result<()> {
    nested::add_target(&workspace()).map_err(anyhow::Error::msg)
}
