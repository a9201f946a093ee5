//! Holds what takes minutes to compile, wasmtime and its compiler, to being compiled once: one feature more on any crate below them, in
//! one of cargo's calls alone, and a clean build takes several times as long without anything failing.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::tools::{cargo, shown};

const CRATES: &[&str] = &["cranelift-codegen", "wasmtime"];

// What shares a folder: the calls of a test from the first to the last, and a release with its build script.
const CALLS: &[&[&[&str]]] = &[
    &[&["build"], &["build", "--package", "xtask"], &["build", "--workspace", "--exclude", "xtask-encode", "--bins", "--tests"]],
    &[&["build", "--release"]],
];

/// Asks cargo what it would compile, and fails when that is one of the crates a second time.
pub(crate) fn check() -> anyhow::Result<()> {
    for calls in CALLS {
        let mut kinds: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for call in *calls {
            let units = units(call)?;
            let mut seen = vec![None; units.len()];
            for (at, unit) in units.iter().enumerate().filter(|(_, unit)| unit["mode"] == "build") {
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
fn units(call: &[&str]) -> anyhow::Result<Vec<Value>> {
    let output = cargo(call).args(["--unit-graph", "-Z", "unstable-options"]).env("RUSTC_BOOTSTRAP", "1").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut graph: Value = serde_json::from_slice(&output.stdout)?;
    match graph["units"].take() {
        Value::Array(units) => Ok(units),
        _ => anyhow::bail!("cargo tells of its units in another form"),
    }
}

fn is_library(unit: &Value, name: &str) -> bool {
    unit["pkg_id"].as_str().is_some_and(|id| id.contains(&format!("#{name}@")))
        && unit["target"]["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "lib"))
}

// Units are the same if what they are made of is, whatever the profile is called that says so.
fn identity(at: usize, units: &[Value], seen: &mut [Option<u64>]) -> anyhow::Result<u64> {
    if let Some(Some(known)) = seen.get(at) {
        return Ok(*known);
    }
    let unit = units.get(at).context("cargo's units name one that is not there")?;
    let mut profile = unit["profile"].clone();
    profile["name"].take();
    let mut below = Vec::new();
    for dependency in unit["dependencies"].as_array().into_iter().flatten() {
        let index = dependency["index"].as_u64().and_then(|index| usize::try_from(index).ok());
        below.push(identity(index.context("a dependency has an index")?, units, seen)?);
    }
    below.sort_unstable();
    let own = json!([unit["pkg_id"], unit["target"]["name"], unit["mode"], unit["features"], profile, unit["platform"], below]);
    let mut hasher = DefaultHasher::new();
    own.to_string().hash(&mut hasher);
    if let Some(place) = seen.get_mut(at) {
        *place = Some(hasher.finish());
    }
    Ok(hasher.finish())
}
