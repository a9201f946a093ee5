use serde_json::{Value, json};

use crate::execute::execute;

const ATTACKED: &str = include_str!("../../../examples/github-attacked/.github/workflows/ci.yml");
const WELL_KEPT: &str = "on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n      - run: make test\n";

fn executed(material: &[u8], args: Option<Value>) -> Value {
    let output = execute(material.to_vec(), Ok(args.map(|args| args.to_string().into_bytes())));
    let output: Value = serde_json::from_slice(&output).unwrap();
    let mut keys: Vec<&String> = output.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["findings", "ignore", "skip_reason", "skipped", "violations"]);
    output
}

fn violations(output: &Value) -> Vec<&str> {
    output["violations"].as_array().unwrap().iter().map(|violation| violation.as_str().unwrap()).collect()
}

#[test]
fn what_denies_is_a_violation_and_all_that_counts_a_finding() {
    let output = executed(ATTACKED.as_bytes(), None);
    assert_eq!(output["skipped"], false);
    assert!(violations(&output).iter().any(|said| said.starts_with("stdin.yml:15:40: [unpinned-action] `tj-actions/")), "{output}");
    let findings = output["findings"].as_array().unwrap();
    assert!(findings.len() > violations(&output).len());
    assert!(findings.iter().all(|finding| finding["message"].is_string() && finding["line"].as_u64() > Some(0)));
}

#[test]
fn a_good_material_has_no_violation_and_is_not_skipped() {
    let output = executed(WELL_KEPT.as_bytes(), Some(json!({ "path": ".github/workflows/test.yml" })));
    assert_eq!((violations(&output).len(), &output["skipped"]), (0, &json!(false)), "{output}");
}

#[test]
fn arguments_say_how_to_judge() {
    let named = executed(ATTACKED.as_bytes(), Some(json!({ "path": ".github/workflows/ci.yml" })));
    assert!(violations(&named).iter().any(|said| said.starts_with(".github/workflows/ci.yml:15:40: ")), "{named}");
    let looser = json!({ "policy": "version: 1\ndeny: { severity: critical }\n", "now": "2026-11-30T09:00:00Z" });
    assert!(violations(&executed(ATTACKED.as_bytes(), Some(looser))).is_empty());
    assert_eq!(executed(ATTACKED.as_bytes(), Some(Value::Null)), executed(ATTACKED.as_bytes(), Some(json!({}))));
}

#[test]
fn what_cannot_be_judged_is_a_violation() {
    for (args, part) in [
        (json!({ "polcy": "version: 1" }), "did you mean `policy`?"),
        (json!({ "files": "ci.yml" }), "only `path`"),
        (json!({ "path": ["ci.yml"] }), "`path` is no text"),
        (json!([]), "no object"),
        (json!({ "pack": "recomended" }), "did you mean `recommended`?"),
        (json!({ "policy": "version: 1\nrulez: {}\n" }), "policy:2:1: "),
        (json!({ "now": "yesterday" }), "RFC 3339"),
    ] {
        let output = executed(WELL_KEPT.as_bytes(), Some(args));
        assert!(violations(&output).iter().any(|said| said.contains(part)), "{output}");
        assert_eq!(output["skipped"], false);
    }
    let unread: Value = serde_json::from_slice(&execute(Vec::new(), Err("no config".to_owned()))).unwrap();
    assert_eq!(violations(&unread), ["no config"]);
    let unreadable = executed(b"on: [\n", Some(json!({ "path": ".github/workflows/ci.yml" })));
    assert!(violations(&unreadable).iter().any(|said| said.starts_with(".github/workflows/ci.yml:1:5: ")), "{unreadable}");
}

#[test]
fn what_is_of_no_kind_that_is_judged_is_skipped_with_a_reason() {
    for material in [&b"hello"[..], b"", b"\xFF\x00", br#"{"bomFormat":"CycloneDX"}"#] {
        let output = executed(material, None);
        assert_eq!((violations(&output).len(), &output["skipped"]), (0, &json!(true)), "{output}");
        assert!(output["skip_reason"].as_str().unwrap().starts_with("stdin."), "{output}");
    }
}
