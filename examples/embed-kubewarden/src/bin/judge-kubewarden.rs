//! Asks the policy about a pod and about a workflow, and prints both responses: judge-kubewarden gatepost_kubewarden.wasm

use std::path::Path;
use std::process::ExitCode;

use gatepost_embed_kubewarden::load;
use gatepost_embed_kubewarden::repository::Failed;
use serde_json::{Value, json};
use wapc::WapcHost;

/// A policy of Gatepost, in JSON: what the settings of a ClusterAdmissionPolicy hold.
const SETTINGS: &str = r#"{ "version": 1, "extends": ["recommended"] }"#;

const POD: &str = include_str!("../../pod.json");
const WORKFLOW: &str = include_str!("../../workflow.yml");

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("error: one argument is wanted: MODULE");
        return ExitCode::from(2);
    };
    match judge(Path::new(&path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn judge(path: &Path) -> Result<(), Failed> {
    let policy = load(path)?;
    let settings: Value = serde_json::from_str(SETTINGS)?;
    let valid = ask(&policy, "validate_settings", &settings)?;
    if valid["valid"] != true {
        return Err(format!("the settings are refused: {valid}").into());
    }
    let pod: Value = serde_json::from_str(POD)?;
    // What an API server asks when a pod is to be made.
    let mut admission = json!({
        "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
        "operation": "CREATE",
        "kind": { "group": "", "version": "v1", "kind": "Pod" },
        "name": pod["metadata"]["name"],
        "object": pod,
    });
    // It says nothing of a namespace for an object that is in none.
    if let Some(namespace) = pod["metadata"].get("namespace") {
        admission["namespace"] = namespace.clone();
    }
    // What a pipeline asks of a policy that is `policyType: raw`.
    let raw = json!({ "path": ".github/workflows/ci.yml", "text": WORKFLOW });
    for request in [admission, raw] {
        println!("{}", ask(&policy, "validate", &json!({ "request": request, "settings": settings }))?);
    }
    Ok(())
}

fn ask(policy: &WapcHost, operation: &str, payload: &Value) -> Result<Value, Failed> {
    let answer = policy.call(operation, payload.to_string().as_bytes())?;
    Ok(serde_json::from_slice(&answer)?)
}
