//! The policy as Gatepost asks it.

use policy_core::api::{Operation, Setup, call};
use serde_json::{Value, json};

fn findings(image: &str) -> Vec<Value> {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: web, image: \"{image}\"}}]}}\n");
    let request = json!({"api": 1, "head": {"files": [{"path": "pod.yaml", "text": text}], "complete": true}});
    let setup = Setup { rules: plugin_policy::RULES, data: &[], packs: &[], breadcrumb: |_| {} };
    let answer: Value = serde_json::from_slice(&call(setup, Operation::Evaluate as u32, request.to_string().as_bytes())).unwrap();
    answer["ok"]["findings"].as_array().unwrap().clone()
}

#[test]
fn images_of_other_registries_are_found_at_their_place() {
    let found = findings("docker.io/nginx:1.29");
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["rule"], &found[0]["location"]["line"]), (&json!("foreign-image"), &json!(4)));
    assert_eq!((&found[0]["severity"], &found[0]["confidence"]), (&json!("high"), &json!("high")));
    assert!(findings("registry.example.org/nginx:1.29").is_empty());
    assert!(!findings("registry.example.org.evil.example/nginx").is_empty());
}
