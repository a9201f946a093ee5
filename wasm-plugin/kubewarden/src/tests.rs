use serde_json::{Value, json};

use crate::policy::{validate, validate_settings};

fn judged(request: &Value, settings: &Value) -> Value {
    answered(&json!({ "request": request, "settings": settings }).to_string())
}

fn answered(payload: &str) -> Value {
    let response: Value = serde_json::from_slice(&validate(payload.as_bytes())).unwrap();
    assert!(response.get("mutated_object").is_none());
    assert_eq!(response["accepted"] == false, response["code"] == 403, "{response}");
    response
}

fn said(response: &Value) -> &str {
    assert_eq!(response["accepted"], false, "{response}");
    response["message"].as_str().unwrap()
}

fn admission(operation: &str, object: &Value) -> Value {
    let kind = object["kind"].as_str().unwrap_or("Pod");
    json!({
        "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
        "kind": { "group": "", "version": "v1", "kind": kind },
        "namespace": "shop",
        "name": "web",
        "operation": operation,
        "object": object,
        "oldObject": null,
    })
}

fn pod(privileged: bool) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "web", "namespace": "shop" },
        "spec": {
            "serviceAccountName": "web",
            "containers": [{ "name": "web", "image": "shop/web:1.2.3", "securityContext": { "privileged": privileged } }],
        },
    })
}

const ATTACKED: &str = include_str!("../../../examples/github-attacked/.github/workflows/ci.yml");

#[test]
fn a_pod_is_refused_with_the_rule_and_the_place() {
    let refused = judged(&admission("CREATE", &pod(true)), &json!({}));
    assert!(said(&refused).starts_with("privileged-container: "), "{refused}");
    assert!(said(&refused).contains("(Pod/shop/web.json:1:"), "{refused}");
    let accepted = judged(&admission("CREATE", &pod(false)), &json!({}));
    assert_eq!(accepted["accepted"], true, "{accepted}");
    // What is not in the request may be in the cluster.
    assert!(!accepted.to_string().contains("missing-service-account"), "{accepted}");
}

#[test]
fn keys_of_a_workflow_hide_no_pod() {
    let mut pod = pod(true);
    for (key, value) in [("on", json!("push")), ("jobs", json!({ "a": {} })), ("runs", json!({ "using": "node20" }))] {
        pod[key] = value;
    }
    assert!(said(&judged(&admission("CREATE", &pod), &Value::Null)).contains("privileged-container: "));
}

#[test]
fn settings_are_the_policy() {
    let settings = json!({ "version": 1, "rules": { "privileged-container": "warn" } });
    assert_eq!(judged(&admission("CREATE", &pod(true)), &settings)["accepted"], true);
    let stricter = json!({ "version": 1, "extends": ["pss-restricted"] });
    assert!(!said(&judged(&admission("CREATE", &pod(false)), &stricter)).is_empty());
    let wrong = json!({ "version": 1, "extend": [] });
    assert!(said(&judged(&admission("CREATE", &pod(false)), &wrong)).contains("did you mean `extends`?"));
}

#[test]
fn what_goes_away_or_holds_nothing_is_accepted() {
    assert_eq!(judged(&admission("DELETE", &Value::Null), &Value::Null)["accepted"], true);
    assert_eq!(judged(&admission("CONNECT", &Value::Null), &Value::Null)["accepted"], true);
    let mut status = admission("UPDATE", &pod(true));
    status["subResource"] = json!("status");
    assert_eq!(judged(&status, &Value::Null)["accepted"], true);
    let config = json!({ "apiVersion": "example.org/v1", "kind": "Thing", "metadata": { "name": "x" } });
    assert_eq!(judged(&admission("CREATE", &config), &Value::Null)["accepted"], true);
}

#[test]
fn what_is_neither_is_refused() {
    for request in
        [json!({}), json!({ "path": "x.yml" }), json!({ "operation": "DELETE", "files": [] }), json!([]), json!("pod"), json!(null)]
    {
        said(&judged(&request, &Value::Null));
    }
    assert!(said(&judged(&admission("CREATE", &Value::Null), &Value::Null)).contains("holds none"));
    for payload in ["", "{", "[]", r#"{"settings":{}}"#, r#"{"request":{},"request":{}}"#] {
        said(&answered(payload));
    }
    assert!(said(&judged(&json!({ "files": [] }), &Value::Null)).contains("is empty"));
    let readme = judged(&json!({ "path": "README.md", "text": "# shop" }), &Value::Null);
    assert!(said(&readme).contains("README.md: "), "{readme}");
    let twice = json!({ "path": "x.yml", "text": "on: push\njobs: {}\n" });
    assert!(said(&judged(&json!({ "files": [twice, twice] }), &Value::Null)).contains("give each path once"));
}

#[test]
fn pipelines_are_judged_as_files() {
    let file = json!({ "path": ".github/workflows/ci.yml", "text": ATTACKED });
    let several = judged(&json!({ "files": [file], "now": "2026-11-30T09:00:00Z" }), &Value::Null);
    assert!(said(&several).contains("unpinned-action: "), "{several}");
    assert!(said(&several).contains("(.github/workflows/ci.yml:"), "{several}");
    assert_eq!(judged(&file, &Value::Null), several);
    let warnings = several["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty());
    assert!(warnings.iter().all(|warning| warning.as_str().unwrap().chars().count() <= 120), "{warnings:?}");
    let unreadable = json!({ "path": ".github/workflows/ci.yml", "text": "on: [\n" });
    assert!(said(&judged(&unreadable, &Value::Null)).contains(".github/workflows/ci.yml:1:5: "));
    let harmless = json!({ "path": ".gitlab-ci.yml", "text": "test:\n  image: alpine:3.20\n  script: make test\n" });
    assert_eq!(judged(&harmless, &Value::Null)["accepted"], true);
}

#[test]
fn settings_are_checked_with_their_places() {
    let check = |settings: &str| -> Value { serde_json::from_slice(&validate_settings(settings.as_bytes())).unwrap() };
    for good in ["{}", " { } ", "null", r#"{"version":1}"#, r#"{"version":1,"rules":{"unpinned-action":"enforce"}}"#] {
        assert_eq!(check(good), json!({ "valid": true }), "{good}");
    }
    for (bad, part) in [
        (r#"{"version":1,"rulez":{}}"#, "did you mean `rules`?"),
        (r#"{"version":1,"rules":{"unpinned-actoin":"enforce"}}"#, "settings.json:1:23: "),
        (r#"{"version":2}"#, "version"),
        ("[]", "settings"),
        ("{", "no JSON"),
        ("", "no JSON"),
    ] {
        let answer = check(bad);
        assert_eq!(answer["valid"], false, "{bad}");
        assert!(answer["message"].as_str().unwrap().contains(part), "{answer}");
    }
}

#[test]
fn what_is_judged_is_asked_for() {
    let metadata: Value = serde_json::from_str(include_str!("../metadata.json")).unwrap();
    let rules = metadata["rules"].as_array().unwrap();
    let names = |rule: &Value, resource: &str| rule["resources"].as_array().unwrap().contains(&json!(resource));
    for (group, resource) in
        [("", "pods"), ("apps", "deployments"), ("batch", "cronjobs"), ("rbac.authorization.k8s.io", "rolebindings")]
    {
        assert!(rules.iter().any(|rule| rule["apiGroups"] == json!([group]) && names(rule, resource)), "{group} {resource}");
    }
    assert_eq!(metadata["mutating"], false);
}
