use serde_json::{Value, json};

use crate::{check_policy, in_lines, judge};

const PAGE: &str = include_str!("../../../docs/policy.md");

/// A DaemonSet that holds its node in two ways.
fn driver(name: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}, namespace: storage}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      volumes: [{{name: node, hostPath: {{path: /opt/data}}}}]
      containers:
        - name: web
          image: shop/driver:1.2.3
          securityContext: {{privileged: true}}
          volumeMounts: [{{name: node, mountPath: /node, readOnly: true}}]
"
    )
}

fn layer(policy: &str) -> Value {
    json!({ "path": "gatepost.yaml", "text": policy, "origin": "organisation" })
}

#[test]
fn the_exception_of_the_page_is_about_all_of_the_object_and_nothing_else() {
    let blocks = PAGE.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next());
    let policy = blocks.clone().find(|block| block.contains("storage")).expect("the page has an example of Kubernetes");
    let judged = |name: &str, path: &str| {
        let files = json!([{ "path": path, "text": driver(name) }]);
        let head = json!({ "files": files, "roots": [""], "complete": true });
        let request = json!({ "api": 1, "now": "2026-12-01T09:00:00Z", "layers": [layer(policy)], "head": head });
        let judged = judge(&request, &[]).expect("it is judged");
        let rules = |action| -> Vec<String> {
            let found = judged.found(action).filter(|found| policy.contains(found.rule));
            found.map(|found| found.rule.to_owned()).collect()
        };
        (rules("excepted"), [rules("deny"), rules("warn")].concat())
    };
    let both = || vec!["host-path-volume".to_owned(), "privileged-container".to_owned()];
    let sorted = |mut rules: Vec<String>| {
        rules.sort();
        rules
    };
    let (excepted, left) = judged("driver", "deploy/storage/driver.yaml");
    assert_eq!((sorted(excepted), left.len()), (both(), 0));
    for (name, path) in
        [("other", "deploy/storage/other.yaml"), ("driver", "deploy/shop/driver.yaml"), ("driver2", "deploy/storage/x.yaml")]
    {
        let (excepted, left) = judged(name, path);
        assert_eq!((excepted.len(), sorted(left)), (0, both()), "{name} {path}");
    }
}

#[test]
fn a_policy_with_plugins_cannot_be_used_here() {
    let digest = "0".repeat(64);
    let policy = format!("version: 1\nplugins: [{{name: acme, path: acme.wasm, sha256: '{digest}'}}]\n");
    let said = check_policy(&layer(&policy)).unwrap_err();
    assert!(said.contains("`acme`") && said.contains("only the command"), "{said}");
    assert_eq!(check_policy(&layer("version: 1\n")), Ok(()));
}

#[test]
fn lines_change_nothing_of_json() {
    for text in ["a,b", "{[", "\\", "\\\"", "\"{", "\n,", "é,", ""] {
        let value = json!({ text: [text, { "b": text }, 1, null, [], {}], "c": text });
        let json = value.to_string();
        let lines = in_lines(&json);
        assert_eq!(serde_json::from_slice::<Value>(&lines).unwrap(), value, "{json}");
        assert_eq!(String::from_utf8(lines).unwrap().replace('\n', ""), json);
    }
    assert_eq!(in_lines(r#"{"a":[1,"x,\",y"]}"#), b"{\n\"a\":[\n1,\n\"x,\\\",y\"]}");
    // What is no JSON stays what it is, too.
    assert_eq!(in_lines("\"\\"), b"\"\\");
}
