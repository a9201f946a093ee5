//! What others copy of the programs in `examples/embed-*`, and the types that their programs are compiled against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The files of each program that others copy, as its page says.
const COPIED: &[(&str, &[&str])] = &[
    ("embed-browser", &["index.html"]),
    (
        "embed-go",
        &[
            "cmd/judge/main.go",
            "cmd/judge-extism/main.go",
            "gatepost/answer.go",
            "gatepost/module.go",
            "gatepost/repository.go",
            "plugin/plugin.go",
        ],
    ),
    (
        "embed-java",
        &[
            "pom.xml",
            "src/main/java/org/example/gatepost/Gatepost.java",
            "src/main/java/org/example/gatepost/Judge.java",
            "src/main/java/org/example/gatepost/Repository.java",
        ],
    ),
    ("embed-node", &["judge.mjs", "judge-jco.mjs", "judge-package.mjs", "module.mjs", "repository.mjs"]),
    ("embed-python", &["judge.py", "judge_extism.py", "repository.py"]),
    ("embed-rust", &["Cargo.toml", "src/bin/judge.rs", "src/lib.rs", "src/repository.rs"]),
    ("embed-rust-component", &["Cargo.toml", "src/bin/judge-component.rs", "src/lib.rs", "src/repository.rs", "wit/gatepost.wit"]),
];

/// Files that stand twice, so that each program stands alone.
const TWICE: &[(&str, &str)] = &[
    ("examples/embed-rust/src/repository.rs", "examples/embed-rust-component/src/repository.rs"),
    ("wasm-plugin/component/wit/gatepost.wit", "examples/embed-rust-component/wit/gatepost.wit"),
];

/// What the types call otherwise than the schemas.
const RENAMED: &[(&str, &str)] = &[("GatepostError", "ApiError"), ("MissingFiles", "Need")];

/// What the types have and no schema: answers without one, and what only the package has.
const WITHOUT_SCHEMA: &[&str] = &["Description", "Inspected", "Need", "PolicyShown", "RenderRequest"];

/// What the schemas have and the types do not: the first is inherited, the others are refused.
const LEFT_OUT: &[(&str, &str)] =
    &[("GatepostError", "message"), ("Request", "evidence"), ("Request", "subjects"), ("Request", "zones")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn what_is_copied_is_short_and_stands_alone() {
    for (folder, files) in COPIED {
        let page = text(&format!("examples/{folder}/README.md"));
        for file in *files {
            let (path, name) = (format!("examples/{folder}/{file}"), file.rsplit('/').next().unwrap_or(file));
            let text = text(&path);
            assert!(page.contains(&format!("{name}`")), "{path} is copied, and the page beside it does not say so");
            assert!(text.lines().count() < 100, "{path} has 100 lines or more");
            assert!(!text.contains("../"), "{path} names a file of another folder");
            let modules = text.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
            for module in modules {
                assert!(files.contains(&format!("src/{module}.rs").as_str()), "{path} takes {module}, which is not copied");
            }
        }
    }
    for (one, other) in TWICE {
        assert_eq!(text(one), text(other), "{one} and {other}");
    }
}

#[test]
fn the_types_of_the_package_are_those_of_the_schemas() {
    let types = interfaces(&text("wasm-plugin/browser/npm/index.d.ts"));
    let mut known = BTreeMap::new();
    for (file, whole) in
        [("request-1", Some("Request")), ("report-1", Some("Report")), ("answer-1", None), ("shown-1", None), ("who-can-1", None)]
    {
        let schema: Value = serde_json::from_str(&text(&format!("schemas/{file}.json"))).expect("JSON");
        let parts = schema["$defs"].as_object().expect("parts");
        let whole = whole.map(|name| (name, &schema));
        for (name, schema) in parts.iter().map(|(name, schema)| (name.as_str(), schema)).chain(whole) {
            let name = RENAMED.iter().find(|(_, known)| *known == name).map_or(name, |(renamed, _)| renamed);
            if let Some(properties) = schema["properties"].as_object() {
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                let property = |key: &String| (key.clone(), required.iter().any(|required| required == key));
                let left_out = |key: &String| LEFT_OUT.contains(&(name, key));
                let properties = properties.keys().filter(|key| !left_out(key)).map(property).collect();
                known.insert(name.to_owned(), properties);
            }
        }
    }
    let mut types: BTreeMap<String, BTreeMap<String, bool>> = types;
    types.retain(|name, _| !WITHOUT_SCHEMA.contains(&name.as_str()));
    for name in types.keys().chain(known.keys()) {
        let said = "left, index.d.ts; right, schemas/: the properties, and whether each is always there";
        assert_eq!(types.get(name), known.get(name), "{name}: {said}");
    }
}

/// The interfaces of a file of types: their properties, and whether each is always there.
fn interfaces(text: &str) -> BTreeMap<String, BTreeMap<String, bool>> {
    let mut found: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("export interface ") {
            name = rest.split(' ').next().unwrap_or("").to_owned();
            found.insert(name.clone(), BTreeMap::new());
        }
        let property = line.strip_prefix("  ").filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()));
        if let Some((key, _)) = property.and_then(|line| line.split_once(": ")) {
            let optional = key.ends_with('?');
            found.entry(name.clone()).or_default().insert(key.trim_end_matches('?').to_owned(), !optional);
        }
    }
    found
}
