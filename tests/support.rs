//! What tests share: a request from files, an answer as a report, and the module to ask instead of the native engine.

use host_runner::engine::{Judge, Worker};
use policy_core::api::{self, Answer, Frame, Operation, Pin, Setup};
use policy_core::link::Roles;
use policy_core::report::Report;
use policy_core::rule::Platform;
use serde_json::{Value, json};

use std::path::Path;
use std::sync::OnceLock;

/// A file of a test, as text or bytes.
#[derive(Clone, Debug)]
pub(crate) struct TestFile {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn file(path: &str, bytes: impl Into<Vec<u8>>) -> TestFile {
    TestFile { path: path.to_owned(), bytes: bytes.into() }
}

/// The native engine with the rules of the product.
pub(crate) fn setup() -> Setup {
    Setup { rules: policies::RULES, data: policies::DATA, packs: policies::PACKS, breadcrumb: |_| {} }
}

/// A frame that asks to judge these files, of which no others exist. `more` is laid over the header.
pub(crate) fn request(files: &[TestFile], more: &Value) -> Vec<u8> {
    let mut tail = Vec::new();
    let files: Vec<Value> = files
        .iter()
        .map(|file| {
            let offset = tail.len();
            tail.extend_from_slice(&file.bytes);
            json!({"path": file.path, "offset": offset, "length": file.bytes.len()})
        })
        .collect();
    let mut header = json!({"api": 1, "head": {"files": files, "roots": [""], "complete": true}});
    merge(&mut header, more);
    Frame::write(&serde_json::to_vec(&header).expect("json"), &tail)
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

/// What the native engine answers.
pub(crate) fn native(operation: Operation, request: &[u8]) -> Vec<u8> {
    api::call(setup(), operation as u32, request)
}

/// The module as the command runs it, loaded once for all tests.
pub(crate) fn module() -> &'static Judge {
    static MODULE: OnceLock<Judge> = OnceLock::new();
    MODULE.get_or_init(|| Judge::new().expect("the embedded module"))
}

/// A warm instance.
pub(crate) fn worker() -> Worker<'static> {
    module().instance().expect("an instance")
}

/// What the module answers.
pub(crate) fn through(worker: &mut Worker<'_>, operation: Operation, request: &[u8]) -> Vec<u8> {
    worker.call(operation, &[request]).unwrap_or_else(|crash| panic!("the module crashed: {crash:?}"))
}

/// Pseudo-random numbers (SplitMix64): the same on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound.max(1)).expect("a number")).expect("a number")
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// The report on these files, natively.
pub(crate) fn evaluate(files: &[TestFile], more: &Value) -> Report {
    let answer = native(Operation::Evaluate, &request(files, more));
    report(&answer)
}

pub(crate) fn report(answer: &[u8]) -> Report {
    let answer: Answer<Report> = serde_json::from_slice(answer).expect("an answer");
    answer.ok.unwrap_or_else(|| panic!("no report: {:?} {:?}", answer.error, answer.need))
}

/// Files and options of an example: `# file:` begins the next file, `# pin:`, `# repository:` and `# source:` set options.
#[derive(Debug, Default)]
pub(crate) struct Example {
    pub(crate) files: Vec<TestFile>,
    pub(crate) options: Value,
    /// Other projects whose files are here.
    pub(crate) sources: Vec<Value>,
    /// The lines that are marked with `# <-`, as (path, line).
    pub(crate) marked: Vec<(String, u32)>,
    /// What lines with `# expect: rule` say, as (rule, path, line).
    pub(crate) expected: Vec<(String, String, u32)>,
    /// What a finding on a line has to say, from `# expect: rule = part`, as (path, line, part).
    pub(crate) said: Vec<(String, u32, String)>,
    /// What lines with `# unknown: rule` say, as (rule, path, line).
    pub(crate) unknown: Vec<(String, String, u32)>,
}

/// The file that an example begins with: what a rule reads says which.
pub(crate) fn first_file(rule: &str) -> &'static str {
    let of = policies::RULES.iter().find(|known| known.id == rule);
    match of.map(|rule| rule.meta.platforms) {
        Some([Platform::Gitlab]) => ".gitlab-ci.yml",
        Some([Platform::Kubernetes]) => "manifest.yaml",
        _ => ".github/workflows/example.yml",
    }
}

/// An example of a rule.
pub(crate) fn example_of(rule: &str, text: &str) -> Example {
    let mut example = Example { options: json!({}), ..Example::default() };
    let mut pins = serde_json::Map::new();
    let mut current = file(first_file(rule), "");
    let mut line = 0;
    for written in text.lines() {
        if let Some(path) = written.strip_prefix("# file: ") {
            if !current.bytes.is_empty() {
                example.files.push(current);
            }
            current = file(path.trim(), "");
            line = 0;
            continue;
        }
        if let Some((reference, pin)) = written.strip_prefix("# pin: ").and_then(|pin| pin.split_once(" = ")) {
            let (commit, version) = pin.split_once(' ').unwrap_or((pin, ""));
            let version = (!version.is_empty()).then(|| version.to_owned());
            let pin = Pin { commit: commit.to_owned(), version };
            pins.insert(reference.to_owned(), serde_json::to_value(pin).expect("json"));
        }
        if let Some((project, root)) = written.strip_prefix("# source: ").and_then(|source| source.split_once(" = ")) {
            let (project, git_ref) = project.split_once('@').unwrap_or((project, ""));
            example.sources.push(json!({"project": project, "ref": git_ref, "root": root}));
        }
        if let Some(repository) = written.strip_prefix("# repository: ") {
            example.options["repository"] = json!(repository);
        }
        if let Some(version) = written.strip_prefix("# kubernetes: ") {
            example.options["kubernetesVersion"] = json!(version);
        }
        if let Some(pack) = written.strip_prefix("# pack: ") {
            example.options["pack"] = json!(pack);
        }
        line += 1;
        if let Some((_, rules)) = written.split_once("# expect: ") {
            // JSON has no comments: there it stands in a text.
            for rule in rules.split('"').next().unwrap_or("").split(',') {
                let (rule, part) = rule.split_once(" = ").unwrap_or((rule, ""));
                example.expected.push((rule.trim().to_owned(), current.path.clone(), line));
                example.said.push((current.path.clone(), line, part.trim().to_owned()));
            }
        }
        if let Some((_, rule)) = written.split_once("# unknown: ") {
            example.unknown.push((rule.trim().to_owned(), current.path.clone(), line));
        }
        let unmarked = written.strip_suffix(" # <-");
        if unmarked.is_some() {
            example.marked.push((current.path.clone(), line));
        }
        current.bytes.extend_from_slice(unmarked.unwrap_or(written).as_bytes());
        current.bytes.push(b'\n');
    }
    example.files.push(current);
    example.options["pins"] = Value::Object(pins);
    example
}

/// Every fixture: its name, as `rule/case`, and what it holds.
pub(crate) fn fixtures() -> Vec<(String, Example)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = crate::corpora::files(&folder, &[".yml", ".yaml"]);
    let named = |file: &Path| file.strip_prefix(&folder).expect("below it").with_extension("").to_string_lossy().replace('\\', "/");
    let read = |file: &Path| {
        let name = named(file);
        let example = example_of(name.split('/').next().unwrap_or(""), &std::fs::read_to_string(file).expect("text"));
        (name, example)
    };
    files.iter().map(|file| read(file)).collect()
}

/// The files of a repository below `examples/`, as the command would find them.
pub(crate) fn repository(name: &str) -> Vec<TestFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let files = crate::corpora::files(&folder, &[".yml", ".yaml"]);
    let path = |file: &Path| file.strip_prefix(&folder).expect("below it").to_string_lossy().replace('\\', "/");
    let all = files.iter().map(|file| self::file(&path(file), std::fs::read(file).expect("a file")));
    all.filter(|file| !Roles::by_path(&file.path).is_none()).collect()
}

/// The examples of a rule's documentation: the word behind the language, and the text.
pub(crate) fn examples(docs: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in docs.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some((info.split(' ').nth(1).unwrap_or("").to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}
