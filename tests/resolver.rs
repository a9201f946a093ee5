//! Pipelines of GitLab as its documentation says they are resolved: `resolver/*.yml` holds cases, each with files and what they come to.
//!
//! `# case:` begins a case, `# file:` a file (the first is `.gitlab-ci.yml`), `# source: PROJECT@REF = ROOT` says where another
//! project's files lie, `# expect:` begins what the jobs come to: every job with every key that it has, `stages`, `variables` and
//! `workflow` where they are asked for. Scalars are compared as text; `?` is a value that is not known, and the key `...` says that
//! what is not here could add keys. `# fault:` is a part of what is said against it; a case has all of them.

use std::path::Path;

use policy_core::api::{Answer, Operation, Shown, ShownValue};
use policy_core::document::{Dialect, Document, Kind, Ref};
use policy_core::source::{Origin, Source};
use serde_json::{Map, Value, json};

use crate::support::{TestFile, file, native, request};

/// A case of the table.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Vec<TestFile>,
    sources: Vec<Value>,
    faults: Vec<String>,
    expected: String,
}

pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("resolver");
    let mut cases: Vec<Case> = Vec::new();
    for path in crate::corpora::files(&folder, &[".yml"]) {
        let topic = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let (mut expecting, text) = (false, std::fs::read_to_string(&path).expect("text"));
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# case: ") {
                let files = vec![file(".gitlab-ci.yml", "")];
                cases.push(Case { name: format!("{topic}: {name}"), files, ..Case::default() });
                expecting = false;
                continue;
            }
            let Some(case) = cases.last_mut() else { continue };
            if let Some(path) = line.strip_prefix("# file: ") {
                case.files.retain(|file| !file.bytes.is_empty());
                case.files.push(file(path, ""));
                expecting = false;
            } else if let Some(fault) = line.strip_prefix("# fault: ") {
                case.faults.push(fault.to_owned());
            } else if let Some(source) = line.strip_prefix("# source: ") {
                let (project, root) = source.split_once(" = ").expect("a root");
                let (project, git_ref) = project.split_once('@').unwrap_or((project, ""));
                case.sources.push(json!({"project": project, "ref": git_ref, "root": root}));
            } else if line == "# expect:" {
                expecting = true;
            } else if expecting {
                case.expected.push_str(line);
                case.expected.push('\n');
            } else if let Some(file) = case.files.last_mut() {
                file.bytes.extend_from_slice(line.as_bytes());
                file.bytes.push(b'\n');
            }
        }
    }
    cases
}

/// What these files come to. The first is the root file.
pub(crate) fn shown(files: &[TestFile], head: &Value) -> Shown {
    let answer = native(Operation::Show, &show_request(files, head));
    let answer: Answer<Shown> = serde_json::from_slice(&answer).expect("an answer");
    answer.ok.unwrap_or_else(|| panic!("nothing shown: {:?} {:?}", answer.error, answer.need))
}

/// A request to show the first file.
pub(crate) fn show_request(files: &[TestFile], head: &Value) -> Vec<u8> {
    let request = request(files, &json!({"head": head}));
    // Only the first is asked for.
    let length = u32::from_le_bytes(request[4..8].try_into().expect("four bytes")) as usize;
    let mut header: Value = serde_json::from_slice(&request[8..8 + length]).expect("json");
    for file in header["head"]["files"].as_array_mut().expect("files").iter_mut().skip(1) {
        file["judge"] = json!(false);
    }
    policy_core::api::Frame::write(&serde_json::to_vec(&header).expect("json"), &request[8 + length..])
}

fn plain(value: &ShownValue) -> Value {
    if let Some(text) = &value.text {
        return json!(text);
    }
    if let Some(items) = &value.items {
        return items.iter().map(plain).collect();
    }
    match &value.entries {
        Some(entries) => {
            let mut plain = mapping(entries);
            if value.unknown {
                plain.insert("...".to_owned(), json!("open"));
            }
            Value::Object(plain)
        }
        None => json!("?"),
    }
}

fn mapping(values: &[ShownValue]) -> Map<String, Value> {
    values.iter().map(|value| (value.key.clone().expect("a key"), plain(value))).collect()
}

fn written(node: Ref<'_>) -> Value {
    match node.kind() {
        Kind::Sequence => node.items().map(written).collect(),
        Kind::Mapping => {
            let entries = node.entries().map(|(key, value)| (key.text().expect("a key").to_owned(), written(value)));
            Value::Object(entries.collect())
        }
        Kind::Scalar | Kind::Alias => json!(node.text().unwrap_or("")),
    }
}

/// What differs between a case and what its files come to.
fn difference(case: &Case) -> Option<String> {
    let shown = shown(&case.files, &json!({"sources": case.sources}));
    let refused: Vec<&str> =
        shown.faults.iter().filter(|fault| fault.kind != "unavailable").map(|fault| fault.message.as_str()).collect();
    let said = |part: &String| refused.iter().any(|message| message.contains(part.as_str()));
    if refused.len() != case.faults.len() || !case.faults.iter().all(said) {
        return Some(format!("{}: faults are {refused:#?}, expected {:#?}", case.name, case.faults));
    }
    let source = Source::new("expected", case.expected.as_bytes(), Origin::Unknown);
    let document = Document::read(&source, Dialect::GITLAB);
    assert_eq!(document.problems(), [], "{}", case.name);
    let Some(mut expected) = document.root().map(written) else {
        return case.faults.is_empty().then(|| format!("{}: nothing is expected", case.name));
    };
    let wanted = expected.as_object_mut().expect("a mapping");
    let mut found = Map::new();
    for (number, pipeline) in shown.pipelines.iter().enumerate() {
        let mut jobs = mapping(&pipeline.jobs);
        let globals = mapping(&pipeline.globals);
        let asked = if number == 0 {
            wanted.clone()
        } else {
            wanted.get(&format!("child {number}")).and_then(Value::as_object).cloned().unwrap_or_default()
        };
        if asked.contains_key("stages") {
            jobs.insert("stages".to_owned(), pipeline.stages.as_ref().map_or(json!("null"), |stages| json!(stages)));
        }
        jobs.extend(globals.into_iter().filter(|(key, _)| asked.contains_key(key)));
        if number == 0 {
            found = jobs;
        } else {
            found.insert(format!("child {number}"), Value::Object(jobs));
        }
    }
    let pretty = |value: &Map<String, Value>| serde_json::to_string_pretty(value).expect("json");
    (&found != wanted).then(|| format!("{}: found {}\nexpected {}", case.name, pretty(&found), pretty(wanted)))
}

#[test]
fn pipelines_come_to_what_the_documentation_says() {
    let cases = cases();
    let wrong: Vec<String> = cases.iter().filter_map(difference).collect();
    assert!(wrong.is_empty(), "\n{}\n{} of {} cases", wrong.join("\n"), wrong.len(), cases.len());
    assert!(cases.len() >= 120, "{} cases", cases.len());
}
