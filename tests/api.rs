//! The API: what is refused and how, and that the schemas say what is spoken.

use policy_core::api::{Frame, MAGIC, Operation};
use policy_core::inspect::Partial;
use serde_json::{Value, json};

use crate::support::{evaluate, example_of, examples, file, fixtures, native, repository, request};

fn answer(operation: Operation, request: &[u8]) -> Value {
    serde_json::from_slice(&native(operation, request)).expect("json")
}

fn asked(request: &Value) -> Value {
    answer(Operation::Evaluate, &serde_json::to_vec(request).expect("json"))
}

/// An error as a person would read it.
fn error(answer: &Value) -> String {
    let error = &answer["error"];
    let place = error["location"].as_object().map_or(String::new(), |at| format!(" at {}:{}", at["line"], at["column"]));
    let hint = error["hint"].as_str().map_or(String::new(), |hint| format!("; {hint}"));
    format!("{}: {}{place}{hint}", error["code"].as_str().unwrap_or("no error"), error["message"].as_str().unwrap_or(""))
}

#[test]
fn wrong_requests_are_refused_with_place_and_hint() {
    let mut said = String::new();
    let mut show = |what: &str, answer: &Value| said.push_str(&format!("{what}\n  {}\n", error(answer)));
    for (what, bytes) in [
        ("nothing", b"".to_vec()),
        ("no frame", b"hello".to_vec()),
        ("a frame that ends early", b"GPF1\x10".to_vec()),
        ("a frame that is shorter than its header", [MAGIC.as_slice(), &[255, 0, 0, 0], b"{}"].concat()),
        ("a header that is no JSON", Frame::write(b"{\"api\": 1,\n nonsense}", b"")),
        ("a text in place of a number", br#"{"api": "PLANTED-one"}"#.to_vec()),
        ("a header that is no object", Frame::write(b"\n [1]", b"")),
        ("a header that goes on", br#"{"api": 1} PLANTED"#.to_vec()),
        ("a header that is not UTF-8", Frame::write(b"{\"api\": 1,\n\"now\": \"\xFF\"}", b"")),
        ("a key twice", br#"{"api": 1, "head": {"complete": true, "complete": false}}"#.to_vec()),
        ("a key of the host's own twice", br#"{"api": 1, "options": {"data": {"PLANTED": "", "PLANTED": ""}}}"#.to_vec()),
        ("half of a character", br#"{"api": 1, "head": {"roots": ["", "PLANTED\ud83d"]}}"#.to_vec()),
    ] {
        show(what, &answer(Operation::Evaluate, &bytes));
    }
    for (what, request) in [
        ("no version", json!({})),
        ("another version", json!({"api": 2})),
        ("a mistyped key", json!({"api": 1, "optoins": {}})),
        ("a mistyped option", json!({"api": 1, "options": {"onyl": []}})),
        ("an unknown key", json!({"api": 1, "something-else-entirely": {}})),
        ("a mistyped rule", json!({"api": 1, "options": {"only": ["unpined-action"]}})),
        ("an unknown rule", json!({"api": 1, "options": {"only": ["zzz"]}})),
        ("subjects", json!({"api": 1, "subjects": [{"application": "shop"}]})),
        ("layers", json!({"api": 1, "layers": [{}]})),
        ("evidence", json!({"api": 1, "evidence": [{"path": "sarif.json"}]})),
        ("zones", json!({"api": 1, "zones": {}})),
        ("a path twice", json!({"api": 1, "head": {"files": [{"path": "a", "text": ""}, {"path": "a", "text": ""}]}})),
        ("a file without bytes", json!({"api": 1, "head": {"files": [{"path": "a"}]}})),
        ("a file outside of the tail", json!({"api": 1, "head": {"files": [{"path": "a", "offset": 1, "length": 1}]}})),
        (
            "a file at the end of numbers",
            json!({"api": 1, "head": {"files": [{"path": "a", "offset": u64::MAX, "length": u64::MAX}]}}),
        ),
        ("a digest that is none", json!({"api": 1, "head": {"files": [{"path": "a", "text": "", "digest": "md5:0"}]}})),
        ("an origin that is none", json!({"api": 1, "head": {"files": [{"path": "a", "text": "", "origin": "mars"}]}})),
        ("an origin that is mistyped", json!({"api": 1, "head": {"files": [{"path": "a", "text": "", "origin": "chnage"}]}})),
        (
            "a number that is none",
            json!({"api": 1, "head": {"files": [{"path": "a", "offset": 0, "length": 1}, {"path": "b", "offset": -1.5}]}}),
        ),
        ("a pin of another form", json!({"api": 1, "options": {"pins": {"PLANTED": {"commit": ["PLANTED"]}}}})),
        ("a list that is none", json!({"api": 1, "head": {"unread": {"PLANTED": 1}}})),
        ("a flag that is none", json!({"api": 1, "head": {"complete": null}})),
        ("a key that is none", json!({"api": 1, "options": {"printKey": "xyz"}})),
        ("a key that is short", json!({"api": 1, "options": {"printKey": "00ff"}})),
        ("a pin that is no commit", json!({"api": 1, "options": {"pins": {"a/b@v1": {"commit": "v1"}}}})),
        ("a mistyped snapshot", json!({"api": 1, "options": {"data": {"archived-action": ""}}})),
        ("an unknown snapshot", json!({"api": 1, "options": {"data": {"PLANTED-two": ""}}})),
        ("a snapshot without a header", json!({"api": 1, "options": {"data": {"archived-actions": "PLANTED/three\n"}}})),
        (
            "a snapshot of something else",
            json!({"api": 1, "options": {"data": {"popular-actions": snapshot("archived-actions", "a/b\n")}}}),
        ),
        (
            "a snapshot that is not sorted",
            json!({"api": 1, "options": {"data": {"archived-actions": snapshot("archived-actions", "planted/four\na/b\n")}}}),
        ),
        (
            "a snapshot with an entry of another form",
            json!({"api": 1, "options": {"data": {"archived-actions": snapshot("archived-actions", "a/b\nplanted-five\n")}}}),
        ),
        ("a partial of another form", json!({"api": 1, "head": {"partials": [{"partial": 1}]}})),
    ] {
        show(what, &asked(&request));
    }
    let snippet = json!({"line": 1, "column": -1, "text": "PLANTED"});
    let location = json!({"path": "PLANTED", "span": {"start": 0, "end": 0}, "line": 1, "column": 1, "endLine": 1, "endColumn": 1, "snippet": snippet});
    let why = json!({"code": "crashed", "message": "PLANTED", "location": location});
    let file = json!({"path": "a", "origin": "change", "roles": [], "state": "refused", "why": [why]});
    show("a place of another form", &asked(&json!({"api": 1, "head": {"unread": [file]}})));
    show(
        "render of no report",
        &answer(Operation::Render, br#"{"format": "text", "report": {"decision": {"outcome": "PLANTED"}}}"#),
    );
    show("inspect without a key", &answer(Operation::Inspect, br#"{"api": 1}"#));
    show("render of a form that there is not", &answer(Operation::Render, &render("pdf")));
    show(
        "an operation that there is not",
        &serde_json::from_slice(&policy_core::api::call(crate::support::setup(), 99, b"")).expect("json"),
    );
    assert!(!said.to_ascii_uppercase().contains("PLANTED"));
    insta::assert_snapshot!("refused", said);
}

fn snapshot(id: &str, entries: &str) -> String {
    format!("# id: {id}\n# date: 2026-12-24\n# source: a test\n{entries}")
}

fn render(format: &str) -> Vec<u8> {
    let report = evaluate(&[file("a.yml", "on: push\njobs: {}\n")], &json!({}));
    serde_json::to_vec(&json!({"report": report, "format": format})).expect("json")
}

#[test]
fn plain_json_and_a_frame_say_the_same() {
    let text = "on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ${{ github.event.issue.body }}\n";
    let framed = request(&[file("a.yml", text)], &json!({}));
    let plain = json!({"api": 1, "head": {"files": [{"path": "a.yml", "text": text}], "roots": [""], "complete": true}});
    assert_eq!(answer(Operation::Evaluate, &framed), asked(&plain));
}

#[test]
fn files_that_are_lacking_are_asked_for() {
    let caller =
        "on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n  c:\n    runs-on: x\n    steps:\n      - uses: ./act\n";
    let caller = json!({"path": "repo/.github/workflows/a.yml", "text": caller});
    let head = |more: Value| {
        let mut head = json!({"files": [caller], "roots": ["repo"]});
        head.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({"api": 1, "head": head})
    };
    let need = asked(&head(json!({})));
    let paths = ["repo/.github/workflows/b.yml", "repo/act/action.yaml", "repo/act/action.yml"];
    assert_eq!(need, json!({"need": [{"root": "repo/.github/workflows/a.yml", "paths": paths}]}));
    // Absent reads as not known, never as harmless.
    let report = asked(&head(json!({"absent": paths})));
    assert_eq!(report["ok"]["unknown"][0]["rule"], "permissions-exceed-grant");
    assert_eq!(report["ok"]["unknown"].as_array().map(Vec::len), Some(1));
    let support = json!({"path": "repo/.github/workflows/b.yml", "text": "on: workflow_call\njobs: {}\n", "judge": false});
    let given = asked(&head(json!({"files": [caller, support], "absent": [paths[1], paths[2]]})));
    assert_eq!(given["ok"]["unknown"].as_array().map(Vec::len), Some(0));
    // What is read along is not judged for itself.
    assert_eq!(given["ok"]["coverage"]["files"].as_array().map(Vec::len), Some(1));
    assert_eq!(given["ok"]["coverage"]["files"][0]["linked"], json!([paths[0]]));
}

#[test]
fn files_that_are_roots_and_called_are_judged_once() {
    let report = evaluate(&repository("github-attacked"), &json!({}));
    let paths: Vec<&str> = report.coverage.files.iter().map(|file| file.path.as_str()).collect();
    assert!(paths.is_sorted_by(|a, b| a < b), "{paths:?}");
    let caller = report.coverage.files.iter().find(|file| file.path.ends_with("release.yml")).expect("the caller");
    assert_eq!(caller.linked, [".github/actions/publish/action.yml", ".github/workflows/deploy.yml"]);
    let mut fingerprints: Vec<&str> = report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    fingerprints.sort_unstable();
    assert!(fingerprints.is_sorted_by(|a, b| a < b), "two findings have one fingerprint");
}

#[test]
fn fingerprints_outlive_edits_elsewhere() {
    let step = "      - run: ${{ github.event.issue.body }}\n";
    let head = "on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n";
    let fingerprints = |text: String| -> Vec<String> {
        let report = evaluate(&[file(".github/workflows/a.yml", text)], &json!({}));
        report.findings.into_iter().map(|finding| finding.fingerprint).collect()
    };
    let before = fingerprints(format!("{head}{step}"));
    assert!(before[0].starts_with("gp1:"));
    assert_eq!(fingerprints(format!("# a comment\nname: x\n{head}      - run: make\n{step}")), before);
    assert_eq!(fingerprints(format!("{head}{step}{step}"))[0], before[0]);
    assert_ne!(fingerprints(format!("{head}{step}{step}"))[1], before[0]);
    assert_ne!(fingerprints(format!("{head}{step}").replace("  a:", "  b:")), before);
}

#[test]
fn partials_are_addressed_by_what_they_are_made_from() {
    let partial = |text: &str, more: Value| -> Partial {
        let mut with_key = json!({"options": {"printKey": "000102030405060708090a0b0c0d0e0f"}});
        with_key.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = answer(Operation::Inspect, &request(&[file(".github/workflows/a.yml", text)], &with_key));
        serde_json::from_value(answer["ok"]["partials"][0].clone()).expect("a partial")
    };
    let one = partial("on: push\njobs: {}\n", json!({}));
    assert_eq!(one.key, partial("on: push\njobs: {}\n", json!({})).key);
    assert_ne!(one.key, partial("on: push\njobs: { }\n", json!({})).key);
    let other_options = json!({"options": {"printKey": "000102030405060708090a0b0c0d0e0f", "only": ["unpinned-action"]}});
    assert_ne!(one.key, partial("on: push\njobs: {}\n", other_options).key);
    let data = json!({"archived-actions": snapshot("archived-actions", "a/b\n")});
    let other_data = json!({"options": {"printKey": "000102030405060708090a0b0c0d0e0f", "data": data}});
    assert_ne!(one.key, partial("on: push\njobs: {}\n", other_data).key);
}

#[test]
fn snapshots_are_described_and_part_of_the_digest() {
    let described = answer(Operation::Describe, b"");
    let dates: Vec<(&str, &str)> = policies::DATA.iter().map(|known| (known.id, known.date())).collect();
    let listed = described["ok"]["data"].as_array().expect("a list").iter();
    let listed: Vec<(&str, &str)> = listed.filter_map(|entry| Some((entry["id"].as_str()?, entry["date"].as_str()?))).collect();
    assert_eq!(listed, dates);
    let without = policy_core::inspect::rules_digest(policies::RULES, &[]);
    assert_ne!(described["ok"]["digest"], json!(without));
}

fn schema(name: &str) -> jsonschema::Validator {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(name);
    let schema: Value = serde_json::from_slice(&std::fs::read(file).expect("a schema")).expect("json");
    jsonschema::validator_for(&schema).expect("a valid schema")
}

#[test]
fn schemas_hold_for_what_is_spoken() {
    let (requests, answers) = (schema("request-1.json"), schema("answer-1.json"));
    let of_rules =
        policies::RULES.iter().flat_map(|rule| examples(rule.docs).into_iter().map(|(_, text)| example_of(rule.id, &text)));
    let all = of_rules.chain(fixtures().into_iter().map(|(_, example)| example));
    for example in all {
        let request = request(&example.files, &json!({"options": example.options}));
        let header: Value = serde_json::from_slice(Frame::read(&request).expect("a frame").header).expect("json");
        assert!(requests.is_valid(&header), "{:?}", requests.iter_errors(&header).next());
        let answer = answer(Operation::Evaluate, &request);
        assert!(answers.is_valid(&answer), "{:?}", answers.iter_errors(&answer).next());
    }
    assert!(answers.is_valid(&asked(&json!({"api": 2}))));
    assert!(!requests.is_valid(&json!({"api": 1, "optoins": {}})));
    assert!(!answers.is_valid(&json!({"ok": {"report": 1}})));
}
