use serde_json::{Value, json};

use crate::execute::execute;
use crate::page::{block, names, yaml};

const ATTACKED: &str = include_str!("../../../examples/github-attacked/.github/workflows/ci.yml");
const WELL_KEPT: &str = "on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n      - run: make test\n";

fn executed(material: &[u8], args: Option<Value>) -> Value {
    let output = execute(material.to_vec(), Ok(args.map(|args| args.to_string().into_bytes())));
    let output: Value = serde_json::from_slice(&output).unwrap();
    let mut keys: Vec<&String> = output.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["findings", "ignore", "skip_reason", "skipped", "violations", "warnings"]);
    output
}

/// What Chainloop takes for violations: where `findings` is not empty, their messages, and it does not read `violations` then; else the
/// texts of `violations`, which is all that an older one knows. Both have to be the same.
fn violations(output: &Value) -> Vec<&str> {
    let items = |key: &str| output[key].as_array().unwrap().iter();
    let old: Vec<&str> = items("violations").map(|violation| violation.as_str().unwrap()).collect();
    let new: Vec<&str> = items("findings").map(|finding| finding["message"].as_str().unwrap()).collect();
    assert_eq!(if new.is_empty() { &old } else { &new }, &old);
    old
}

/// What Chainloop makes of a value of `with`: a list of its lines, or of the parts of a single line between commas; nothing of an empty one.
fn handed_on(value: &str) -> Value {
    let or_one = |parts: Vec<String>| if let [one] = parts.as_slice() { json!(one) } else { json!(parts) };
    let trimmed = |parts: &mut dyn Iterator<Item = String>| -> Vec<String> {
        parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    };
    let lines = trimmed(&mut value.split('\n').map(str::to_owned));
    let [line] = lines.as_slice() else { return or_one(lines) };
    or_one(trimmed(&mut line.replace("\\,", "\u{1}").split(',').map(|part| part.replace('\u{1}', ","))))
}

#[test]
fn what_denies_is_a_violation_and_what_warns_is_none() {
    let output = executed(ATTACKED.as_bytes(), None);
    assert_eq!(output["skipped"], false);
    assert!(violations(&output).iter().any(|said| said.starts_with("stdin.yml:15:40: [unpinned-action] `tj-actions/")), "{output}");
    let findings = output["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["rule"] == "unpinned-action" && finding["line"] == 15));
    let warnings = output["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty());
    assert!(warnings.iter().all(|warning| warning["message"].is_string() && !findings.contains(warning)), "{output}");
}

#[test]
fn a_material_that_only_warns_passes() {
    let looser = json!({ "policy": "version: 1\ndeny: { severity: critical }\n", "now": "2026-11-30T09:00:00Z" });
    let output = executed(ATTACKED.as_bytes(), Some(looser));
    assert_eq!((violations(&output).len(), &output["findings"]), (0, &json!([])), "{output}");
    assert!(!output["warnings"].as_array().unwrap().is_empty());
}

#[test]
fn a_reason_that_is_no_finding_is_not_lost_beside_findings() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: a:1, securityContext: {privileged: true}}]\n";
    let cut_off = "apiVersion: v1\nkind: Pod\nspec: [\n";
    let rendered = format!("---\n# Source: c/templates/a.yaml\n{pod}---\n# Source: c/templates/b.yaml\n{cut_off}");
    let output = executed(rendered.as_bytes(), None);
    let findings = output["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["rule"] == "privileged-container"), "{output}");
    assert!(findings.iter().any(|finding| finding.get("rule").is_none()), "{output}");
    assert!(violations(&output).iter().any(|said| said.starts_with("c/templates/b.yaml:")), "{output}");
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
fn a_policy_passes_through_chainloop() {
    let json =
        "{\n  \"version\": 1,\n  \"deny\": {\n    \"severity\": \"critical\"\n  },\n  \"rules\": {\"fragile-shell\": \"off\"}\n}\n";
    let flow = "version: 1\n\nextends: [recommended, pss-baseline]\ndeny: {severity: critical, confidence: high}\n";
    let line = r#"{"version": 1\, "deny": {"severity": "critical"\, "confidence": "high"}}"#;
    for policy in [json, flow, line] {
        let output = executed(ATTACKED.as_bytes(), Some(json!({ "policy": handed_on(policy) })));
        assert!(violations(&output).is_empty(), "{policy}\n{output}");
        assert!(!output["warnings"].as_array().unwrap().is_empty(), "{policy}");
    }
    let indented = "version: 1\ndeny:\n  severity: critical\n";
    let commas = r#"{"version": 1, "deny": {"severity": "critical"}}"#;
    for policy in [indented, commas] {
        let output = executed(ATTACKED.as_bytes(), Some(json!({ "policy": handed_on(policy) })));
        let [said] = violations(&output)[..] else { panic!("{output}") };
        assert!(said.starts_with("policy:") && said.contains("as JSON over several lines, or `\\,` for each comma"), "{said}");
    }
    assert_eq!(handed_on(line), json!(line.replace("\\,", ",")));
    assert!(handed_on(json).is_array() && handed_on(commas).is_array());
}

#[test]
fn what_cannot_be_judged_is_a_violation() {
    for (args, part) in [
        (json!({ "polcy": "version: 1" }), "did you mean `policy`?"),
        (json!({ "files": "ci.yml" }), "only `path`"),
        (json!({ "path": 1 }), "`path` is no text"),
        (json!({ "path": handed_on("a,b.yml") }), "`path` is several values: write it on one line, with `\\,` for each comma"),
        (json!({ "pack": handed_on("strict\nrecommended") }), "`pack` is several values"),
        (json!({ "policy": ["version: 1", 2] }), "something else than text"),
        (
            json!({ "policy": format!("version: 1\nplugins: [{{name: acme, path: a.wasm, sha256: '{}'}}]", "0".repeat(64)) }),
            "`acme`",
        ),
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

#[test]
fn a_material_is_judged_as_chainloop_hands_it_on() {
    let handed_on = |mut material: Value| {
        let annotations = json!({ "chainloop.material.type": "EVIDENCE", "chainloop.material.name": "ci" });
        material["chainloop_metadata"] = json!({ "name": "ci", "digest": { "sha256": "00" }, "annotations": annotations });
        material.to_string()
    };
    let steps = json!([{ "uses": "tj-actions/changed-files@v45" }, { "run": "echo, [\"{\\\" ${{ github.head_ref }}\"" }]);
    let job = json!({ "runs-on": "ubuntu-24.04", "timeout-minutes": 5, "steps": steps });
    let workflow = handed_on(json!({ "on": "pull_request_target", "permissions": {}, "jobs": { "test": job } }));
    let named = json!({ "path": ".github/workflows/ci.yml" });
    for args in [None, Some(named)] {
        let output = executed(workflow.as_bytes(), args);
        let rules: Vec<&Value> = output["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
        assert_eq!(rules, ["unpinned-action", "template-injection"], "{output}");
        assert!(output["findings"][0]["line"].as_u64() > Some(1));
    }
    let kept =
        handed_on(json!({ "on": "push", "permissions": {}, "jobs": { "test": { "runs-on": "ubuntu-24.04", "timeout-minutes": 5,
        "steps": [{ "run": "make test" }] } } }));
    let output = executed(kept.as_bytes(), Some(json!({ "path": ".github/workflows/ci.yml" })));
    assert_eq!((&output["violations"], &output["warnings"], &output["skipped"]), (&json!([]), &json!([]), &json!(false)));
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let key = format!("-----BEGIN {0} KEY-----\n{1}\n-----END {0} KEY-----\n", "PRIVATE", [line; 12].join("\n"));
    let config = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "web" }, "data": { "tls.key": key } });
    let output = executed(handed_on(config).as_bytes(), None);
    assert!(
        violations(&output).iter().any(|said| said.contains("[token-in-manifest] a private key stands in the file")),
        "{output}"
    );
}

const EXPORTS: &str = include_str!("../../../xtask/data/flavours.txt");

#[test]
fn the_page_says_how_chainloop_is_told() {
    let policy = yaml(block("yaml", "kind: Policy"));
    let inputs: Vec<&str> =
        policy["spec"]["inputs"].as_array().unwrap().iter().map(|input| input["name"].as_str().unwrap()).collect();
    assert_eq!(inputs, ["path", "pack", "policy", "now"]);
    assert_eq!(policy["spec"]["policies"][0]["path"], "gatepost_extism.wasm");
    let contract = yaml(block("yaml", "kind: Contract"));
    // Values of a contract are texts, and this one would be read as what it holds.
    let with = contract["spec"]["policies"]["materials"][0]["with"].as_object().unwrap();
    let written = block("yaml", "kind: Contract").split("policy: |\n").nth(1).unwrap();
    let args = json!({ "path": with["path"], "policy": handed_on(written) });
    assert_eq!(with.len(), 2);
    let output = executed(ATTACKED.as_bytes(), Some(args));
    assert!(
        output["findings"].as_array().unwrap().iter().all(|finding| finding["path"] == ".github/workflows/release.yml"),
        "{output}"
    );
    assert!(!violations(&output).is_empty());
    let shown: Value = serde_json::from_str(block("json", "skip_reason")).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((keys(&shown), keys(&shown["findings"][0])), (keys(&output), keys(&output["findings"][0])));
    assert_eq!(shown["violations"][0], shown["findings"][0]["message"]);
}

#[test]
fn the_page_names_what_is_exported() {
    let exports = |file: &str, kind: &str| -> Vec<&str> {
        let lines = EXPORTS.split("\n\n").find_map(|part| part.strip_prefix(file)).unwrap().lines();
        lines.filter_map(|line| line.strip_prefix(kind)?.strip_prefix("export ")).collect()
    };
    for (column, file, kind) in
        [(1, "gatepost_extism.wasm\n", ""), (3, "gatepost_component.wasm\n", "component "), (4, "browser/gatepost_bg.wasm\n", "")]
    {
        let (operations, of_host) = names(column);
        assert!(operations.len() >= 8, "{file}");
        for name in operations.iter().chain(&of_host) {
            assert!(exports(file, kind).contains(name), "{file}: {name}");
        }
    }
}
