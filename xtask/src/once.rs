//! Holds what takes minutes to compile, wasmtime and its compiler, to being compiled once: one feature more on any crate below them, in
//! one of cargo's calls alone, and a clean build takes several times as long without anything failing.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::tools::{cargo, shown};

const CRATES: &[&str] = &["cranelift-codegen", "wasmtime"];

// What shares a folder: the calls of a test from the first to the last, and a release with its build script.
const CALLS: &[&[&[&str]]] = &[
    &[&["build"], &["build", "--package", "xtask"], &["build", "--workspace", "--exclude", "xtask-encode", "--all-targets"]],
    &[&["build", "--release"]],
];

// What cargo tells of its units, as far as it makes one another than the next.
#[derive(Deserialize)]
struct Graph {
    units: Vec<Unit>,
}

#[derive(Deserialize)]
struct Unit {
    pkg_id: String,
    target: Target,
    profile: Map<String, Value>,
    platform: Option<String>,
    mode: String,
    features: Vec<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Dependency {
    index: usize,
}

/// Asks cargo what it would compile, and fails when that is one of the crates a second time.
pub(crate) fn check() -> anyhow::Result<()> {
    for calls in CALLS {
        let mut kinds: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for call in *calls {
            let units = units(call)?;
            let mut seen = vec![None; units.len()];
            for (at, unit) in units.iter().enumerate() {
                if let Some(name) = CRATES.iter().find(|name| is_library(unit, name)) {
                    kinds.entry(name).or_default().insert(identity(at, &units, &mut seen)?);
                }
            }
        }
        for name in CRATES {
            let count = kinds.get(name).map_or(0, BTreeSet::len);
            let calls: Vec<_> = calls.iter().map(|call| shown(&cargo(call))).collect();
            ensure!(
                count == 1,
                "{} would compile {name} {count} times, not once: the features of what it stands on differ. `cargo tree --edges features` \
                 says what asks for them; host-runner/unified/Cargo.toml has to name them all",
                calls.join(", ")
            );
        }
    }
    println!("wasmtime and its compiler are compiled once");
    Ok(())
}

// Cargo compiles nothing for that. It tells of its units only where unstable options are allowed.
fn units(call: &[&str]) -> anyhow::Result<Vec<Unit>> {
    let output = cargo(call).args(["--unit-graph", "-Z", "unstable-options"]).env("RUSTC_BOOTSTRAP", "1").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let graph: Graph = serde_json::from_slice(&output.stdout).context("cargo tells of its units in another form")?;
    Ok(graph.units)
}

fn is_library(unit: &Unit, name: &str) -> bool {
    let is_lib = unit.target.kind.iter().any(|kind| kind == "lib");
    is_lib && unit.mode == "build" && unit.pkg_id.contains(&format!("#{name}@"))
}

// Units are the same if what they are made of is, whatever the profile is called that says so.
fn identity(at: usize, units: &[Unit], seen: &mut [Option<u64>]) -> anyhow::Result<u64> {
    if let Some(Some(known)) = seen.get(at) {
        return Ok(*known);
    }
    let unit = units.get(at).context("cargo's units name one that is not there")?;
    let mut below = Vec::new();
    for dependency in &unit.dependencies {
        below.push(identity(dependency.index, units, seen)?);
    }
    below.sort_unstable();
    let mut hasher = DefaultHasher::new();
    (&unit.pkg_id, &unit.target.name, &unit.mode, &unit.features, &unit.platform, below).hash(&mut hasher);
    for (name, value) in unit.profile.iter().filter(|(name, _)| *name != "name") {
        (name, value.to_string()).hash(&mut hasher);
    }
    if let Some(place) = seen.get_mut(at) {
        *place = Some(hasher.finish());
    }
    Ok(hasher.finish())
}
