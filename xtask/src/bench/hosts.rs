//! The same request through every host: loading the module, the first call, and a call when all is warm, beside native code.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::json;

use crate::embed;
use crate::tools::{cargo, corpora, files, run, target, workspace};

/// Prints a table.
pub(super) fn run_all(folder: Option<PathBuf>) -> anyhow::Result<()> {
    let corpus = corpora(folder).map(|corpora| corpora.join("github-real")).filter(|corpus| corpus.is_dir());
    let (request, count) = request(&corpus.unwrap_or_else(|| workspace().join("examples")))?;
    let native = native(&request)?;
    println!(
        "{count} workflows, {} bytes, in one call; times in milliseconds, the least of ten where warm",
        std::fs::metadata(&request)?.len()
    );
    println!("| host | version | load | first call | warm call | to native | same answers |\n|---|---|---|---|---|---|---|");
    println!("| native code | {} | | | {native:.1} | 1.00 | |", env!("CARGO_PKG_VERSION"));
    for timed in embed::timed(&request)? {
        let embed::Timed { host, version, load_ms, first_ms, steady_ms, same } = timed;
        let ratio = steady_ms / native;
        println!("| {host} | {version} | {load_ms:.0} | {first_ms:.0} | {steady_ms:.1} | {ratio:.2} | {same} |");
    }
    Ok(())
}

/// A frame with all workflows below a folder, as a file, and how many there are.
fn request(folder: &Path) -> anyhow::Result<(PathBuf, usize)> {
    let (mut entries, mut tail) = (Vec::new(), Vec::new());
    let is_workflow = |file: &Path| file.extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
    for file in files(folder)?.iter().filter(|file| is_workflow(file)) {
        let bytes = std::fs::read(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // Numbered, since folders of examples have files of the same name.
        let path = format!(".github/workflows/{}-{name}", entries.len());
        entries.push(json!({ "path": path, "offset": tail.len(), "length": bytes.len() }));
        tail.extend(bytes);
    }
    ensure!(!entries.is_empty(), "{} holds no workflow", folder.display());
    let header = json!({ "api": 1, "head": { "files": entries, "roots": [""], "complete": true } }).to_string();
    let file = target().join("bench/hosts.request");
    std::fs::create_dir_all(target().join("bench"))?;
    std::fs::write(&file, policy_core::api::Frame::write(header.as_bytes(), &tail))?;
    Ok((file, entries.len()))
}

/// What native code takes for it, as criterion measures.
fn native(request: &Path) -> anyhow::Result<f64> {
    let bench = ["bench", "--quiet", "--package", "tests", "--bench", "engine", "--", "given/native"];
    run(cargo(&bench).env("GATEPOST_BENCH_REQUEST", request))?;
    Ok(super::fastest("given/native")? / 1e6)
}
