//! The conformance set through every host: one warm instance answers each case as native code does, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use policy_core::api::Operation;
use serde::Deserialize;

use super::{Host, Programs, chosen, run};
use crate::abi;
use crate::tools::target;

/// What a driver measured, in milliseconds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timed {
    /// The host by the name that people know.
    pub(crate) host: String,
    pub(crate) version: String,
    pub(crate) load_ms: f64,
    pub(crate) first_ms: f64,
    pub(crate) steady_ms: f64,
    /// How many answers it gave that are those of native code.
    #[serde(skip)]
    pub(crate) same: usize,
}

/// Runs every case through every host, or those named.
pub(crate) fn conform(of: &[String]) -> anyhow::Result<()> {
    let hosts = chosen(of)?;
    write()?;
    for host in hosts {
        conforms(host, &host.programs()?)?;
    }
    Ok(())
}

/// The same, and each host's time for one request.
pub(crate) fn timed(bench: &Path) -> anyhow::Result<Vec<Timed>> {
    let hosts = chosen(&[])?;
    write()?;
    let one = |host: &&Host| {
        let (same, output) = answered(host, &host.programs()?, Some(bench))?;
        let timed: Timed = serde_json::from_slice(&output).with_context(|| format!("the host {} says no times", host.name))?;
        Ok(Timed { same, ..timed })
    };
    hosts.iter().map(one).collect()
}

/// Writes the cases and the answers of native code to where hosts find them.
pub(super) fn write() -> anyhow::Result<()> {
    abi::write(&folder()).map(|_| ())
}

/// Runs every case through one host; they are written.
pub(super) fn conforms(host: &Host, programs: &Programs) -> anyhow::Result<()> {
    let (same, _) = answered(host, programs, None)?;
    println!("{}: {same} answers are those of native code", host.name);
    Ok(())
}

/// How many answers are right, and what the driver printed; a wrong one is an error.
fn answered(host: &Host, programs: &Programs, bench: Option<&Path>) -> anyhow::Result<(usize, Vec<u8>)> {
    let [cases, native, out] = ["cases", "native", host.name].map(|name| folder().join(name));
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let paths: Vec<&Path> = [cases.as_path(), out.as_path()].into_iter().chain(bench).collect();
    let output = run(&programs.conform, &paths)?;
    ensure!(output.status.success(), "the host {}: {}", host.name, String::from_utf8_lossy(&output.stderr));
    let (wanted, found) = (answers(&native)?, answers(&out)?);
    let without: BTreeSet<String> = if host.by_name { nameless(&cases)? } else { BTreeSet::new() };
    for (name, answer) in wanted.iter().filter(|(name, _)| !without.contains(*name)) {
        let theirs = found.get(name).with_context(|| format!("the host {} left the case {name} out", host.name))?;
        ensure!(
            std::fs::read(answer)? == std::fs::read(theirs)?,
            "the host {} answers the case {name} otherwise than native code: {} and {}",
            host.name,
            theirs.display(),
            answer.display()
        );
    }
    Ok((wanted.len() - without.len(), output.stdout))
}

/// Where the cases, the answers of native code and those of each host are.
fn folder() -> PathBuf {
    target().join("abi")
}

// By the names of their cases.
fn answers(folder: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let of = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry?.path();
        Ok((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), path))
    };
    std::fs::read_dir(folder)?.map(of).collect()
}

/// The cases whose operation has a number that is none, which only a host that asks by numbers can ask for.
fn nameless(cases: &Path) -> anyhow::Result<BTreeSet<String>> {
    let all = answers(cases)?.into_keys();
    let of = |stem: String| {
        let (name, number) = stem.rsplit_once('.')?;
        number.parse().ok().and_then(Operation::from_number).is_none().then(|| name.to_owned())
    };
    Ok(all.filter_map(of).collect())
}
