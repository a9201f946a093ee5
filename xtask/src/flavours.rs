//! The other flavours of the module: each built, encoded for its host, made smaller, and held against what its host relies on and
//! against the core's size.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, anyhow, ensure};
use serde_json::{Value, json};
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Parser, Payload};

use crate::tools::{self, cargo, target, workspace};
use crate::wasm::{self, Size};

/// What a flavour may weigh beside the core, in bytes after `gzip -9`.
const MAX_MORE: usize = 60_000;

/// What stands for the version of the workspace in files that are published.
const VERSION: &str = "0.0.0-workspace";

/// A flavour, and how what the compiler made becomes what is published: the modules, by their paths.
#[derive(Debug)]
pub(crate) struct Flavour {
    name: &'static str,
    publish: fn(module: &Path) -> anyhow::Result<Vec<PathBuf>>,
}

/// All but the core.
pub(crate) const ALL: &[Flavour] = &[
    Flavour { name: "extism", publish: extism },
    Flavour { name: "browser", publish: browser },
    Flavour { name: "kubewarden", publish: kubewarden },
    Flavour { name: "component", publish: component },
];

/// A flavour by its name.
pub(crate) fn named(name: &str) -> Result<&'static Flavour, String> {
    ALL.iter().find(|flavour| flavour.name == name).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|flavour| flavour.name).collect();
        format!("the flavours are {}", names.join(", "))
    })
}

/// Builds the core and these flavours, prints what they weigh, and checks them.
pub(crate) fn run(flavours: Vec<&Flavour>, accept: bool) -> anyhow::Result<()> {
    beside(&wasm::run()?, flavours, accept)
}

/// The same, where the core is built already.
pub(crate) fn beside(core: &wasm::Portable, flavours: Vec<&Flavour>, accept: bool) -> anyhow::Result<()> {
    // What lies between the compiler and what is published.
    std::fs::create_dir_all(target().join("module"))?;
    let mut rows = vec![(core.published.clone(), core.size)];
    // Building keeps one processor busy, and so does making smaller what was built before.
    let published = std::thread::scope(|scope| {
        let mut begun = Vec::new();
        for flavour in flavours {
            let start = Instant::now();
            let module = wasm::flavour(flavour.name)?;
            println!("{}: built in {:.0} s", flavour.name, start.elapsed().as_secs_f64());
            begun.push(scope.spawn(move || (flavour.publish)(&module)));
        }
        let done = begun.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a flavour could not be published"))?);
        done.collect::<anyhow::Result<Vec<_>>>()
    })?;
    for published in published.into_iter().flatten() {
        let bytes = std::fs::read(&published).with_context(|| format!("{} cannot be read", published.display()))?;
        wasm::names_no_folder(&bytes)?;
        let size = Size { raw: bytes.len(), gzip: wasm::gzip(&bytes)?.len() };
        rows.push((published, size));
    }
    print!("{}", table(&rows));
    interfaces(&rows, accept)?;
    for (published, size) in &rows {
        let most = core.size.gzip + MAX_MORE;
        ensure!(size.gzip <= most, "{} weighs {} bytes after gzip -9, over {most}", name(published), size.gzip);
    }
    Ok(())
}

fn table(rows: &[(PathBuf, Size)]) -> String {
    let core = rows.first().map_or(0, |(_, size)| size.gzip);
    let mut table = format!("{:<32} {:>10} {:>10} {:>8}\n", "flavour", "raw", "gzip -9", "to core");
    for (published, size) in rows {
        // No module is anywhere near that large.
        let more = i64::try_from(size.gzip).unwrap_or(0) - i64::try_from(core).unwrap_or(0);
        // Writing to a String does not fail.
        let _ = writeln!(table, "{:<32} {:>10} {:>10} {:>+8}", name(published), size.raw, size.gzip, more);
    }
    table
}

// How it is called below what is published.
fn name(published: &Path) -> String {
    let name = published.strip_prefix(wasm::published()).unwrap_or(published);
    name.to_string_lossy().replace('\\', "/")
}

fn extism(module: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let published = wasm::published().join("gatepost_extism.wasm");
    wasm::optimise(module, &published)?;
    Ok(vec![published])
}

// One module in two files: Kubewarden reads from a section what a policy is for.
fn kubewarden(module: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let smaller = target().join("module/gatepost_kubewarden_small.wasm");
    wasm::optimise(module, &smaller)?;
    let bytes = std::fs::read(&smaller)?;
    let metadata = std::fs::read_to_string(workspace().join("wasm-plugin/kubewarden/metadata.json"))?;
    let metadata = metadata.replace(VERSION, env!("CARGO_PKG_VERSION"));
    let mut metadata: BTreeMap<String, Value> = serde_json::from_str(&metadata).context("metadata.json")?;
    let mut written = Vec::new();
    for (kind, file) in [("kubernetes", "gatepost_kubewarden.wasm"), ("raw", "gatepost_kubewarden_raw.wasm")] {
        metadata.insert("policyType".to_owned(), json!(kind));
        if kind == "raw" {
            // These are of Kubernetes alone.
            metadata.insert("rules".to_owned(), json!([]));
        }
        let mut annotated = bytes.clone();
        let data = serde_json::to_vec(&metadata)?;
        CustomSection { name: "io.kubewarden.metadata".into(), data: data.into() }.append_to(&mut annotated);
        let published = wasm::published().join(file);
        std::fs::write(&published, annotated)?;
        written.push(published);
    }
    Ok(written)
}

fn component(module: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let smaller = target().join("module/gatepost_component_small.wasm");
    wasm::optimise(module, &smaller)?;
    let published = wasm::published().join("gatepost_component.wasm");
    encode("component", &smaller, &published)?;
    Ok(vec![published])
}

// A package for npm: what wasm-bindgen writes, and what loads it in Node.js, bundlers and pages.
fn browser(module: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (encoded, package) = (target().join("module/browser"), wasm::published().join("browser"));
    encode("browser", module, &encoded)?;
    std::fs::create_dir_all(&package)?;
    for file in tools::files(&workspace().join("wasm-plugin/browser/npm"))? {
        let text = std::fs::read_to_string(&file)?.replace(VERSION, env!("CARGO_PKG_VERSION"));
        std::fs::write(package.join(file.file_name().context("a file has a name")?), text)?;
    }
    for file in ["gatepost.js", "gatepost.d.ts"] {
        std::fs::copy(encoded.join(file), package.join(file))?;
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        std::fs::copy(workspace().join(licence), package.join(licence))?;
    }
    let published = package.join("gatepost_bg.wasm");
    wasm::optimise(&encoded.join("gatepost_bg.wasm"), &published)?;
    Ok(vec![published])
}

// By a package of its own: its tools take minutes to build, and nothing else needs them.
fn encode(what: &str, module: &Path, to: &Path) -> anyhow::Result<()> {
    let mut encode = cargo(&["run", "--quiet", "--package", "xtask-encode", "--", what]);
    tools::run(tools::linted(encode.arg(module).arg(to)))
}

// Every export and import, held against those that are known.
fn interfaces(rows: &[(PathBuf, Size)], accept: bool) -> anyhow::Result<()> {
    let file = workspace().join("xtask/data/flavours.txt");
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let mut kept: Vec<(String, String)> = Vec::new();
    for section in known.split("\n\n").filter(|section| !section.trim().is_empty()) {
        let (title, lines) = section.split_once('\n').unwrap_or((section, ""));
        kept.push((title.to_owned(), lines.trim_end().to_owned()));
    }
    for (published, _) in rows {
        let (name, found) = (name(published), interface(&std::fs::read(published)?)?);
        let place = kept.iter().position(|(title, _)| *title == name);
        let before = place.and_then(|at| kept.get_mut(at));
        match before {
            Some((_, lines)) if *lines == found => {}
            Some((_, lines)) if accept => *lines = found,
            None if accept => kept.push((name, found)),
            _ => anyhow::bail!(
                "{name} exports or imports something else than xtask/data/flavours.txt says; if that is meant, \
                                run `cargo xtask wasm --all --accept`:\n{found}"
            ),
        }
    }
    kept.sort();
    let text: Vec<String> = kept.iter().map(|(title, lines)| format!("{title}\n{lines}\n")).collect();
    if accept {
        std::fs::write(file, text.join("\n"))?;
    }
    Ok(())
}

// Of a component that of its modules too: what is outside, and what is inside.
fn interface(bytes: &[u8]) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.context("this is no WebAssembly")? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    lines.push(format!("import {} {}", import.module, without_hash(import.name)));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    lines.push(format!("export {}", export?.name));
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    lines.push(format!("component import {}", import?.name.name));
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    lines.push(format!("component export {}", export?.name.name));
                }
            }
            _ => {}
        }
    }
    lines.sort();
    lines.dedup();
    Ok(lines.join("\n"))
}

// wasm-bindgen puts a hash of 16 digits behind what it imports, which says nothing to a host.
fn without_hash(name: &str) -> &str {
    let hash = |hash: &str| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.rsplit_once('_').filter(|(_, end)| hash(end)).map_or(name, |(name, _)| name)
}
