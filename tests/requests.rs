//! The engine's own readers of requests, against what serde derives for the same types: they take the same, and make the same of it.
//! Where they differ, it stands here.

use policy_core::api::{Frame, Operation, Request};
use policy_core::report::text::{Shown, pretty, render};
use policy_core::source::MAX_SOURCE_BYTES;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::corpora;
use crate::support::{Random, TestFile, example_of, examples, file, fixtures, native, repository, request};

const KEY: &str = "000102030405060708090a0b0c0d0e0f";

/// Holds one reading against the other; gives whether both take it.
fn alike(header: &[u8]) -> bool {
    let (ours, theirs) = (Request::read(header), serde_json::from_slice::<Request>(header));
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{}", String::from_utf8_lossy(header)),
        (Err(_), Err(_)) => {}
        _ => panic!("{:?} {:?}: {}", ours.err(), theirs.err(), String::from_utf8_lossy(header)),
    }
    ours.is_ok()
}

/// What `inspect` answers, as a request to decide.
fn to_decide(files: &[TestFile], more: &Value) -> Value {
    let mut more = more.clone();
    more["options"]["printKey"] = json!(KEY);
    let answer: Value = serde_json::from_slice(&native(Operation::Inspect, &request(files, &more))).expect("json");
    json!({"api": 1, "head": {"partials": answer["ok"]["partials"]}})
}

fn header(request: &[u8]) -> Value {
    serde_json::from_slice(Frame::read(request).expect("a frame").header).expect("json")
}

/// A request that sets every key that there is.
fn whole() -> Value {
    let text = "on: push\njobs:\n  a:\n    environment: x\n    runs-on: ${{\n    steps:\n      - run: ${{ secrets.A }}\n        env:\n          B: TOKEN # gatepost: ignore[unpinned-action] \"ours\" \\ é\n  b:\n    runs-on: ${{ secrets.B }}\n";
    let token = ["gh", "p_", &"a1B2".repeat(9)].concat();
    let files = [file(".github/workflows/a.yml", text.replace("TOKEN", &token))];
    let mut request = to_decide(&files, &json!({}));
    let partial = request["head"]["partials"][0].clone();
    let location = partial["ignores"][0]["location"].clone();
    assert!(location.is_object());
    request["head"]["partials"][0]["unknown"] = json!([{"rule": "a", "location": location, "lacking": "b"}]);
    request["head"]["partials"][0]["ignores"][0]["invalid"] = json!("because");
    request["head"]["partials"][0]["facts"]["secretUses"][0]["place"]["ignores"] = json!({"a": 1, "b": 2});
    assert!(partial["facts"]["sharedSecrets"].as_array().is_some_and(|secrets| !secrets.is_empty()));
    let kinds = partial["facts"]["secretUses"].as_array().expect("uses").iter().flat_map(|secret| secret["secret"].as_object());
    let kinds: std::collections::BTreeSet<&String> = kinds.flat_map(|secret| secret.keys()).collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    let more = json!({
        "now": "2026-12-24T00:00:00Z",
        "event": {"name": "push", "repository": "a/b", "ref": "refs/heads/x", "commit": "c", "actor": "d"},
        "subjects": [{"application": "shop"}], "evidence": [1.5e3, null], "zones": {"a": [true]},
        "layers": [{"path": "p", "text": "version: 1", "origin": "organisation", "because": "given"}, {"path": "q", "offset": 1, "length": 2}],
        "baselines": [{"path": "b", "text": "{}"}],
        "base": {"files": [{"path": "a", "text": "b"}], "roots": [""]},
        "question": {
            "matrix": true, "namespace": "a",
            "requests": [{"verb": "a", "resource": "b", "apiGroup": "c", "subresource": "d", "path": "e", "name": "f", "namespace": null}],
        },
        "options": {
            "only": ["b", "a", "a"], "pins": {"a/b@v1": {"commit": "c", "version": "1"}, "a/c@v1": {"commit": "d"}},
            "data": {"archived-actions": "# id: x\n"}, "withoutFixes": true, "repository": "a/b", "printKey": KEY,
        },
    });
    let head = json!({
        "files": [{"path": "a", "text": "b\u{1}\"", "digest": "x", "origin": "protected", "judge": false}, {"path": "c", "offset": 1, "length": u64::MAX}],
        "roots": ["", "x"], "absent": ["b", "a"], "complete": true,
        "plugins": [{"name": "acme", "sha256": "0", "failed": null, "findings": [{
            "rule": "a", "severity": "low", "confidence": "medium", "message": "m", "help": "h", "object": "o", "path": "a",
            "span": {"start": 0, "end": 1},
        }]}],
        "unread": [{
            "path": "u", "digest": null, "origin": "change", "roles": ["github-workflow"], "state": "refused", "linked": ["l"], "later": {},
            "why": [{"code": "unreadable", "message": "m"}, {"code": "syntax", "message": "m", "location": location}],
        }],
    });
    request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    request["head"].as_object_mut().expect("an object").extend(head.as_object().expect("an object").clone());
    request
}

fn seeds() -> Vec<Value> {
    let of_rules =
        policies::RULES.iter().flat_map(|rule| examples(rule.docs).into_iter().map(|(_, text)| example_of(rule.id, &text)));
    let mut seeds = vec![whole()];
    for example in of_rules.chain(fixtures().into_iter().map(|(_, example)| example)) {
        let more = json!({"options": example.options});
        seeds.push(header(&request(&example.files, &more)));
        seeds.push(to_decide(&example.files, &more));
    }
    seeds.extend(["github-attacked", "github-well-kept"].map(|name| to_decide(&repository(name), &json!({}))));
    seeds
}

#[test]
fn requests_are_read_as_serde_reads_them() {
    for seed in seeds() {
        assert!(alike(&serde_json::to_vec(&seed).expect("json")), "{seed}");
        assert!(alike(serde_json::to_string_pretty(&seed).expect("json").as_bytes()));
    }
}

#[test]
fn partials_of_real_files_are_read_as_serde_reads_them() {
    let Some(folder) = corpora::folder("github-real") else { return };
    let files = corpora::files(&folder, &[".yml", ".yaml"]);
    let path = |path: &std::path::Path| path.strip_prefix(&folder).expect("below it").to_string_lossy().into_owned();
    let all = files.iter().map(|found| file(&path(found), std::fs::read(found).expect("a file")));
    let files: Vec<TestFile> = all.filter(|file| file.bytes.len() < MAX_SOURCE_BYTES).collect();
    for batch in files.chunks(200) {
        let request = to_decide(batch, &json!({"head": {"roots": []}}));
        assert!(alike(&serde_json::to_vec(&request).expect("json")));
    }
}

/// How many values there are, bodies of findings left out.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(entries) => entries.iter().filter(|(key, _)| *key != "body").map(|(_, value)| count(value)).sum(),
        _ => 0,
    }
}

/// The value with this number among them.
fn nth<'v>(value: &'v mut Value, at: &mut usize) -> Option<&'v mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, at)),
        Value::Object(entries) => entries.iter_mut().filter(|(key, _)| *key != "body").find_map(|(_, value)| nth(value, at)),
        _ => None,
    }
}

fn mutate(value: &mut Value, random: &mut Random) {
    let others = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(1e2),
        json!(u64::from(u32::MAX) + 1),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("high"),
        json!("change"),
        json!({}),
        json!({"a": "b"}),
        json!(["a"]),
    ];
    let mut at = random.below(count(value));
    let Some(value) = nth(value, &mut at) else { return };
    let key = value.as_object().and_then(|entries| entries.keys().nth(random.below(entries.len()))).cloned();
    match (value, key, random.below(3)) {
        (Value::Object(entries), Some(key), 0) => drop(entries.remove(&key)),
        (Value::Object(entries), Some(key), 1) => {
            let moved = entries.remove(&key).expect("the entry");
            entries.insert(if random.below(2) == 0 { key.to_ascii_uppercase() } else { format!("{key}s") }, moved);
        }
        (Value::Array(items), _, 0) if !items.is_empty() => drop(items.remove(random.below(items.len()))),
        (Value::Array(items), _, 1) if !items.is_empty() => items.push(items[random.below(items.len())].clone()),
        // Serde reads a struct from an array too.
        (Value::Object(_), _, _) => {}
        (value, _, _) => *value = others[random.below(others.len() - usize::from(!value.is_array()))].clone(),
    }
}

#[test]
fn mutated_requests_are_taken_or_refused_by_both() {
    let seeds: Vec<Value> = seeds().into_iter().filter(|seed| count(seed) < 1000).collect();
    let mut random = Random(20_261_129);
    let mut taken = 0;
    for round in 0..20_000 {
        let mut seed = if round % 2 == 0 { seeds[0].clone() } else { seeds[random.below(seeds.len())].clone() };
        for _ in 0..=random.below(2) {
            mutate(&mut seed, &mut random);
        }
        taken += usize::from(alike(&serde_json::to_vec(&seed).expect("json")));
    }
    eprintln!("{taken} of 20000 are still requests");
    assert!((2_000..18_000).contains(&taken));
}

#[test]
fn broken_texts_are_taken_or_refused_by_both() {
    let pieces = [
        "",
        "\"",
        "\\",
        "\\u",
        "\\ud800",
        "\\ud83d\\ude00",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "0",
        "-",
        "e",
        " ",
        "\n",
        "\u{1}",
        "é",
        "/",
    ];
    let texts: Vec<String> = seeds().iter().map(Value::to_string).filter(|text| text.len() < 20_000).collect();
    let mut random = Random(20_261_130);
    let mut taken = 0;
    for round in 0..20_000 {
        let text = &texts[if round % 2 == 0 { 0 } else { random.below(texts.len()) }];
        let mut at = random.below(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let (before, after) = text.split_at(at);
        let cut = if random.below(2) == 0 { after.chars().next().map_or(0, char::len_utf8) } else { 0 };
        let text = if random.below(4) == 0 {
            before.to_owned()
        } else {
            [before, pieces[random.below(pieces.len())], &after[cut..]].concat()
        };
        taken += usize::from(alike(text.as_bytes()));
    }
    eprintln!("{taken} of 20000 are still requests");
    assert!(taken > 500);
}

#[test]
fn what_serde_takes_and_the_engine_refuses() {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let nested = |levels: usize| bytes(&format!("{{\"api\":1,\"zones\":{}{}}}", "[".repeat(levels), "]".repeat(levels)));
    assert!(alike(&nested(254)));
    for (why, header) in [
        ("structs as arrays", bytes(r#"{"api":1,"head":[]}"#)),
        ("names as objects", bytes(r#"{"api":1,"head":{"files":[{"path":"a","origin":{"change":null}}]}}"#)),
        ("keys twice that the host chose", bytes(r#"{"api":1,"options":{"data":{"a":"","a":""}}}"#)),
        ("depth in what is not looked at", nested(255)),
        (
            "bytes that are not UTF-8 in what is not looked at",
            [
                br#"{"api":1,"head":{"unread":[{"path":"a","origin":"change","roles":[],"state":"judged","later":""#.as_slice(),
                b"\xFF\"}]}}",
            ]
            .concat(),
        ),
    ] {
        assert!(serde_json::from_slice::<Request>(&header).is_ok(), "{why}");
        let error = Request::read(&header).expect_err(why);
        assert!(error.location.is_some(), "{why}");
    }
}

/// What serde and the functions on its types make of a report.
fn rendered(report: &Value, format: &str) -> Option<String> {
    let text = report.to_string();
    let shown: Shown = serde_json::from_str(&text).ok()?;
    Some(if format == "json" { pretty(&text) } else { render(&shown) })
}

#[test]
fn reports_are_rendered_as_serde_reads_them() {
    let mut random = Random(20_261_201);
    let answer = native(Operation::Evaluate, &request(&repository("github-attacked"), &json!({})));
    let answer: Value = serde_json::from_slice(&answer).expect("json");
    let mut taken = 0;
    for round in 0..2_000 {
        let mut report = answer["ok"].clone();
        if round > 1 {
            mutate(&mut report, &mut random);
        }
        let format = ["text", "json"][round % 2];
        let request = json!({"report": report, "format": format});
        let answer: Value = serde_json::from_slice(&native(Operation::Render, request.to_string().as_bytes())).expect("json");
        let theirs = rendered(&report, format);
        assert_eq!(answer["ok"].as_str(), theirs.as_deref(), "{} {report}", answer["error"]);
        taken += usize::from(theirs.is_some());
    }
    assert!((200..2_000).contains(&taken), "{taken}");
}

#[test]
fn bodies_are_handed_on_as_they_are() {
    let mut request = to_decide(&repository("github-attacked"), &json!({}));
    let text = request.to_string();
    let raw: Request = Request::read(text.as_bytes()).expect("a request");
    let body: &RawValue =
        &raw.head.partials.iter().find(|partial| !partial.findings.is_empty()).expect("findings").findings[0].body;
    assert!(text.contains(body.get()));
    request["head"]["partials"] = json!([]);
    assert!(alike(request.to_string().as_bytes()));
}
