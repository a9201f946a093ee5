//! The shape of the workspace: which way dependencies point, and how long files may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::corpora::files;

/// What each package may use of ours, beside what only its tests use. A package that is not here may be used by none.
const ALLOWED: &[(&str, &[&str])] = &[
    ("policy-core", &[]),
    ("policies", &["policy-core"]),
    ("wasm-plugin-memory", &[]),
    // What authors of other policies link with: not our rules.
    ("wasm-plugin-abi", &["policy-core", "wasm-plugin-memory"]),
    ("wasm-plugin-core", &["policies", "wasm-plugin-abi"]),
    ("wasm-plugin-shared", &["policies", "policy-core", "wasm-plugin-memory"]),
    ("wasm-plugin-browser", &["policy-core", "wasm-plugin-shared"]),
    ("wasm-plugin-component", &["policy-core", "wasm-plugin-shared"]),
    ("wasm-plugin-extism", &["policy-core", "wasm-plugin-shared"]),
    ("wasm-plugin-kubewarden", &["policy-core", "wasm-plugin-shared"]),
    // Types only: the rules come with the module.
    ("host-runner", &["policy-core", "unified"]),
    ("tests", &[]),
    ("unified", &[]),
    ("xtask", &["policies", "policy-core", "unified"]),
    ("xtask-encode", &["unified"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn packages() -> BTreeMap<String, Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).current_dir(root()).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).output();
    let metadata: Value = serde_json::from_slice(&output.expect("cargo").stdout).expect("metadata");
    let packages = metadata["packages"].as_array().expect("packages").clone();
    packages.into_iter().map(|package| (package["name"].as_str().expect("a name").to_owned(), package)).collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    for (name, package) in &packages {
        let allowed = ALLOWED.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} is not in the list")).1;
        let used = package["dependencies"].as_array().expect("dependencies").iter();
        let used = used.filter(|dependency| dependency["kind"] != "dev").filter_map(|dependency| dependency["name"].as_str());
        for dependency in used.filter(|dependency| packages.contains_key(*dependency)) {
            assert!(allowed.contains(&dependency), "{name} must not depend on {dependency}");
        }
    }
    // The command must not have the rules even in its own tests.
    let runner = packages["host-runner"]["dependencies"].as_array().expect("dependencies");
    assert!(runner.iter().all(|dependency| dependency["name"] != "policies"));
}

#[test]
fn every_dependency_of_the_core_is_justified() {
    for package in ["policy-core", "policies", "wasm-plugin/core", "wasm-plugin/abi"] {
        let manifest = std::fs::read_to_string(root().join(package).join("Cargo.toml")).expect("a manifest");
        let section = manifest.split("[dependencies]").nth(1).expect("dependencies").split("\n[").next().expect("a section");
        let mut before = "";
        for line in section.lines().filter(|line| !line.is_empty()) {
            let ours = line.starts_with("polic") || line.starts_with("wasm-plugin");
            assert!(line.starts_with('#') || ours || before.starts_with('#'), "{package}: {line} has no reason above it");
            before = line;
        }
    }
}

#[test]
fn files_stay_readable() {
    for (folder, most) in [
        ("policy-core/src", 400),
        ("policies/src", 600),
        ("wasm-plugin", 600),
        ("host-runner", 600),
        ("xtask/src", 600),
        ("tests", 600),
    ] {
        for file in files(&root().join(folder), &[".rs"]) {
            let lines = std::fs::read_to_string(&file).expect("text").lines().count();
            assert!(lines <= most, "{}: {lines} lines, at most {most}", file.display());
        }
    }
}

#[test]
fn only_these_files_say_unsafe() {
    let allowed = [
        "wasm-plugin/abi/src/lib.rs",
        "wasm-plugin/core/src/lib.rs",
        "wasm-plugin/memory/src/compare.rs",
        "wasm-plugin/memory/src/heap.rs",
        "host-runner/src/engine/embedded.rs",
    ];
    for folder in ["policy-core/src", "policies/src", "wasm-plugin", "host-runner", "xtask/src"] {
        for file in files(&root().join(folder), &[".rs"]) {
            let text = std::fs::read_to_string(&file).expect("text");
            let says =
                text.lines().any(|line| line.contains("unsafe {") || line.contains("unsafe impl") || line.contains("unsafe fn"));
            assert!(!says || allowed.iter().any(|allowed| file.ends_with(allowed)), "{} says `unsafe`", file.display());
        }
    }
}

// What serde derives to read with took a tenth of the module. The types have it for hosts; the engine reads by `api/read/`. Flavours that
// answer in the form of one host read a few fields of reports.
#[test]
fn the_engine_does_not_read_by_serde() {
    let engine = ["policy-core/src", "policies/src", "wasm-plugin/abi", "wasm-plugin/core", "wasm-plugin/memory"];
    for file in engine.iter().flat_map(|folder| files(&root().join(folder), &[".rs"])) {
        let text = std::fs::read_to_string(&file).expect("text");
        let shipped = text.split("#[cfg(test)]").next().unwrap_or("");
        let reads = ["serde_json::from_", "from_reader(", "RawValue::from_string(", "serde_json::Deserializer"];
        assert!(!reads.iter().any(|call| shipped.contains(call)), "{} reads by serde", file.display());
    }
}

// Each kind of the standard library's weighs 3 KB in the module, and 26 of them took a fifteenth of it.
#[test]
fn the_engine_has_maps_of_its_own() {
    for file in ["policy-core/src", "policies/src"].iter().flat_map(|folder| files(&root().join(folder), &[".rs"])) {
        let text = std::fs::read_to_string(&file).expect("text");
        let names = ["BTreeMap", "BTreeSet", "HashMap", "HashSet"].iter().find(|name| text.contains(**name));
        let may = file.components().any(|part| part.as_os_str() == "map");
        assert!(may || names.is_none(), "{}: take `policy_core::map` instead of `{}`", file.display(), names.unwrap_or(&""));
    }
}
