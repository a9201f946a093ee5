use serde_json::{Value, json};

use crate::page::{block, names, yaml};
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

fn update(object: &Value, old: &Value) -> Value {
    let mut request = admission("UPDATE", object);
    request["oldObject"] = old.clone();
    request
}

fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (above, key) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(above).unwrap()[key] = value;
    object
}

// Base64, which Kubernetes asks for in `data`.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |chunk: &[u8], at: usize| {
        let bits = chunk.iter().chain([&0, &0]).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        if at > chunk.len() { '=' } else { char::from(LETTERS[bits >> (18 - 6 * at) & 63]) }
    };
    text.as_bytes().chunks(3).flat_map(|chunk| (0..4).map(move |at| letter(chunk, at))).collect()
}

// Whole keys and tokens are stored nowhere.
fn private_key() -> String {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    format!("-----BEGIN {0} KEY-----\n{1}\n-----END {0} KEY-----\n", "PRIVATE", [line; 12].join("\n"))
}

fn token() -> String {
    ["gl", "pat-", "Zq7Xw4Rt9Lm2Kp5Vb8Nc"].concat()
}

fn secret(of: &str, data: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "web", "namespace": "shop" }, "type": of, "data": data })
}

const ATTACKED: &str = include_str!("../../../examples/github-attacked/.github/workflows/ci.yml");

#[test]
fn a_pod_is_refused_with_the_rule_and_the_place() {
    let refused = judged(&admission("CREATE", &pod(true)), &json!({}));
    assert!(said(&refused).starts_with("privileged-container: "), "{refused}");
    assert!(said(&refused).contains("(Pod/shop/web)"), "{refused}");
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
fn a_secret_is_the_place_for_secrets() {
    let key = base64(&private_key());
    let login = json!({ "auths": { "r.example.com": { "username": "u", "password": "Xk29dkkQ_s9dk2", "auth": base64("u:Xk29dkkQ_s9dk2") } } });
    let of_cluster = [
        secret("kubernetes.io/tls", json!({ "tls.crt": base64("-----BEGIN CERTIFICATE-----\nMIIB\n"), "tls.key": key })),
        secret("kubernetes.io/ssh-auth", json!({ "ssh-privatekey": key })),
        secret("kubernetes.io/dockerconfigjson", json!({ ".dockerconfigjson": base64(&login.to_string()) })),
        secret("helm.sh/release.v1", json!({ "release": base64(&base64(&format!("H4sIAAAA{}", token()))) })),
        secret("Opaque", json!({ "token": base64(&token()), "password": base64("Zq7-not-A-real-1-42x") })),
        with(secret("Opaque", json!({})), "/stringData", json!({ "token": token(), "key": private_key() })),
    ];
    for object in of_cluster {
        let kept = json!({ "kubectl.kubernetes.io/last-applied-configuration": object.to_string() });
        let object = with(object, "/metadata/annotations", kept);
        for request in [admission("CREATE", &object), update(&object, &secret("Opaque", json!({ "a": "Yg==" })))] {
            assert_eq!(judged(&request, &json!({})), json!({ "accepted": true }), "{object}");
            assert_eq!(judged(&request, &json!({ "version": 1, "extends": ["strict"] }))["accepted"], true, "{object}");
        }
    }
    // The rest of it is judged.
    let lasting = judged(&admission("CREATE", &secret("kubernetes.io/service-account-token", json!({}))), &json!({}));
    assert!(lasting["warnings"].to_string().contains("long-lived-account-token"), "{lasting}");
}

#[test]
fn a_secret_anywhere_else_is_a_defect() {
    let config = |data: Value| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "web", "namespace": "shop" }, "data": data });
    let certificate = config(json!({ "ca.crt": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" }));
    assert_eq!(judged(&admission("CREATE", &certificate), &json!({})), json!({ "accepted": true }));
    let literal = |value: String| with(pod(false), "/spec/containers/0/env", json!([{ "name": "KEY", "value": value }]));
    for object in [config(json!({ "tls.key": private_key() })), literal(private_key())] {
        let refused = judged(&admission("CREATE", &object), &json!({}));
        assert!(said(&refused).contains("a private key stands in the file"), "{refused}");
    }
    for object in [config(json!({ "token": token() })), literal(token())] {
        let response = judged(&admission("CREATE", &object), &json!({}));
        assert!(response.to_string().contains("token-in-manifest"), "{response}");
        assert!(!response.to_string().contains(&token()));
    }
    // Only a Secret of Kubernetes itself is taken for one.
    let mut disguised = admission("CREATE", &config(json!({ "tls.key": private_key() })));
    disguised["kind"]["kind"] = json!("Secret");
    said(&judged(&disguised, &json!({})));
}

#[test]
fn an_update_answers_for_what_it_brings() {
    let labelled = with(pod(true), "/metadata/labels", json!({ "team": "shop" }));
    assert_eq!(judged(&update(&labelled, &pod(true)), &json!({}))["accepted"], true);
    assert!(said(&judged(&update(&pod(true), &pod(false)), &json!({}))).contains("privileged-container"));
    let everything = json!({ "version": 1, "decideOn": "all" });
    assert!(said(&judged(&update(&labelled, &pod(true)), &everything)).contains("privileged-container"));
    // It is asked of an update alone: what is made has nothing before it.
    let mut made = update(&labelled, &pod(true));
    made["operation"] = json!("CREATE");
    said(&judged(&made, &json!({})));
    made["operation"] = json!("UPDATE");
    made["oldObject"] = Value::Null;
    said(&judged(&made, &json!({})));
}

#[test]
fn nothing_old_hides_a_new_defect() {
    let debugger = json!([{ "name": "debugger", "image": "busybox:1.37", "securityContext": { "privileged": true } }]);
    let mut entered = update(&with(pod(true), "/spec/ephemeralContainers", debugger), &pod(true));
    entered["subResource"] = json!("ephemeralcontainers");
    let refused = judged(&entered, &json!({}));
    assert!(said(&refused).contains("debugger") && !said(&refused).contains("`web`"), "{refused}");
    let other = with(pod(true), "/spec/containers/0/name", json!("other"));
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": [pod(true)] });
    for old in [other, list, json!([pod(true)]), json!("Pod"), json!(7), json!({}), with(pod(true), "/kind", json!("Job"))] {
        assert!(said(&judged(&update(&pod(true), &old), &json!({}))).contains("privileged-container"), "{old}");
    }
    // What cannot be read was not there before.
    let deep = format!("{{\"x\":{}{},", "[".repeat(10_000), "]".repeat(10_000));
    let deep = pod(true).to_string().replacen('{', &deep, 1);
    let request = update(&pod(true), &json!("OLD")).to_string().replace("\"OLD\"", &deep);
    assert!(said(&answered(&format!("{{\"request\":{request}}}"))).contains("privileged-container"));
}

#[test]
fn what_is_let_go_of_may_go() {
    let going = |object: Value| {
        let object = with(object, "/metadata/deletionTimestamp", json!("2026-11-30T09:00:00Z"));
        with(object, "/metadata/finalizers", json!(["batch.kubernetes.io/job-tracking"]))
    };
    let gone = with(with(going(pod(true)), "/metadata/finalizers", json!([])), "/metadata/resourceVersion", json!("8"));
    for settings in [json!({}), json!({ "version": 1, "decideOn": "all", "extends": ["strict"] })] {
        assert_eq!(judged(&update(&gone, &going(pod(true))), &settings), json!({ "accepted": true }));
    }
    // A finalizer that nobody takes away keeps it in force.
    said(&judged(&update(&going(pod(true)), &going(pod(false))), &json!({})));
    said(&judged(&update(&going(pod(true)), &pod(false)), &json!({})));
    said(&judged(&admission("UPDATE", &going(pod(true))), &json!({})));
    said(&judged(&admission("CREATE", &going(pod(true))), &json!({})));
}

#[test]
fn what_is_null_is_not_there() {
    let role =
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": { "name": "web" }, "rules": [] });
    let mut request = admission("CREATE", &role);
    for key in ["namespace", "name", "subResource", "oldObject", "files", "path", "text", "now"] {
        request[key] = Value::Null;
    }
    request["kind"]["group"] = Value::Null;
    assert_eq!(judged(&request, &Value::Null), json!({ "accepted": true }));
    request["object"] = pod(true);
    assert!(said(&judged(&request, &Value::Null)).contains("(ClusterRole/unnamed)"));
}

#[test]
fn settings_that_cannot_work_are_said_to_be_so() {
    let plugin = json!({ "name": "acme", "path": "acme.wasm", "sha256": "0".repeat(64) });
    let plugins = json!({ "version": 1, "plugins": [plugin] });
    let answer: Value = serde_json::from_slice(&validate_settings(plugins.to_string().as_bytes())).unwrap();
    assert_eq!(answer["valid"], false);
    assert!(answer["message"].as_str().unwrap().contains("only the command `gatepost` runs plugins"), "{answer}");
    said(&judged(&admission("CREATE", &pod(false)), &plugins));
    let rules = json!(["privileged-container", "unpinned-action"]);
    let exception = json!({ "id": "EX-1", "rules": rules, "path": "**", "reason": "r", "owner": "o", "expires": "2030-01-01" });
    let excepted = json!({ "version": 1, "exceptions": [exception] });
    let answer: Value = serde_json::from_slice(&validate_settings(excepted.to_string().as_bytes())).unwrap();
    // A pipeline says what time it is.
    assert_eq!(answer, json!({ "valid": true }));
    for privileged in [true, false] {
        let response = judged(&admission("CREATE", &pod(privileged)), &excepted);
        assert_eq!(response["accepted"], !privileged);
        let warning = response["warnings"][0].as_str().unwrap();
        assert!(warning.contains("exceptions") && warning.contains("no clock") && warning.chars().count() <= 120, "{warning}");
    }
    let file = |now: Value| json!({ "path": ".github/workflows/ci.yml", "text": ATTACKED, "now": now });
    assert!(said(&judged(&file(Value::Null), &excepted)).contains("unpinned-action"));
    let in_time = judged(&file(json!("2026-11-30T09:00:00Z")), &excepted);
    assert!(!in_time.to_string().contains("unpinned-action") && !in_time.to_string().contains("no clock"), "{in_time}");
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
fn the_page_says_what_is_asked_and_answered() {
    let manifest = yaml(block("yaml", "kind: ClusterAdmissionPolicy"));
    let settings = &manifest["spec"]["settings"];
    assert_eq!(validate_settings(settings.to_string().as_bytes()), br#"{"valid":true}"#);
    let metadata: Value = serde_json::from_str(include_str!("../metadata.json")).unwrap();
    for rule in manifest["spec"]["rules"].as_array().unwrap() {
        let ours = metadata["rules"].as_array().unwrap().iter().find(|ours| ours["apiGroups"] == rule["apiGroups"]).unwrap();
        let ours_has = |resource: &Value| ours["resources"].as_array().unwrap().contains(resource);
        assert!(rule["resources"].as_array().unwrap().iter().all(ours_has), "{rule}");
        assert_eq!((&rule["apiVersions"], &rule["operations"]), (&ours["apiVersions"], &ours["operations"]));
    }
    let shown: Value = serde_json::from_str(block("json", "privileged-container")).unwrap();
    assert_eq!(judged(&admission("CREATE", &pod(true)), settings), shown);
    for request in [block("json", "\"files\""), block("json", ".gitlab-ci.yml")] {
        let request: Value = serde_json::from_str(request).unwrap();
        assert_eq!(judged(&request, &Value::Null)["accepted"], true, "{request}");
    }
    let registered = include_str!("lib.rs");
    let (operations, of_host) = names(2);
    assert_eq!((operations.len(), of_host.len()), (8, 3));
    assert!(operations.iter().chain(&of_host).all(|name| registered.contains(&format!("register_function(\"{name}\""))));
}

#[test]
fn a_file_cannot_excuse_itself() {
    let step = "      - uses: tj-actions";
    let ignored = ATTACKED.replace(step, &format!("      # gatepost: ignore[unpinned-action] we know them\n{step}"));
    assert!(ignored.contains("ignore["));
    let policy = json!({ "path": "gatepost.yaml", "text": "version: 1\nrules: {unpinned-action: off}\n" });
    let files = json!({ "files": [{ "path": ".github/workflows/ci.yml", "text": ignored }, policy] });
    assert!(said(&judged(&files, &Value::Null)).contains("unpinned-action: `tj-actions"));
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
    // No value of a Secret needs to come here.
    assert!(!rules.iter().any(|rule| names(rule, "secrets") || names(rule, "*")));
    assert_eq!(metadata["mutating"], false);
}
