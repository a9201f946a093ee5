//! `Execute`: a material of Chainloop is judged as the command judges what is piped into it. Whatever goes wrong is a violation: an
//! output without one lets the material pass.

use gatepost_shared::{Found, Judged, judge};
use policy_core::link::Roles;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::stdin;

/// What a contract may say of how to judge.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    /// How the file is called.
    path: Option<String>,
    /// The pack of rules to run.
    pack: Option<String>,
    /// The text of a policy. The contract is the organisation's, so this is its layer.
    policy: Option<String>,
    /// The instant of the run, which exceptions with an end need.
    now: Option<String>,
}

#[derive(Serialize)]
struct Output<'r> {
    skipped: bool,
    violations: Vec<String>,
    findings: Vec<Finding<'r>>,
    skip_reason: String,
    ignore: bool,
}

#[derive(Serialize)]
struct Finding<'r> {
    message: &'r str,
    help: &'r str,
    rule: &'r str,
    severity: &'r str,
    confidence: &'r str,
    action: &'static str,
    path: &'r str,
    line: u64,
    column: u64,
    fingerprint: &'r str,
}

/// What Chainloop is told of a material. `args` is JSON.
pub(crate) fn execute(material: Vec<u8>, args: Result<Option<String>, String>) -> Vec<u8> {
    let judged = args.and_then(|args| read(args.as_deref())).and_then(|args| judged(material, &args));
    let output = match &judged {
        Ok(judged) => output(judged),
        Err(said) => refused(said.clone()),
    };
    serde_json::to_vec(&output).unwrap_or_else(|_| br#"{"violations":["the output of Gatepost could not be written"]}"#.to_vec())
}

fn read(args: Option<&str>) -> Result<Args, String> {
    let Some(args) = args.filter(|args| !args.trim().is_empty()) else { return Ok(Args::default()) };
    let read: Result<Option<Args>, _> = serde_json::from_str(args);
    read.map(Option::unwrap_or_default)
        .map_err(|error| format!("the arguments cannot be read: {error}; mend `with` of this policy in the contract"))
}

fn judged(material: Vec<u8>, args: &Args) -> Result<Judged, String> {
    let (mut files, mut tail) = (Vec::new(), Vec::new());
    for (path, bytes) in stdin::files(material, args.path.as_deref()) {
        files.push(json!({ "path": path, "offset": tail.len(), "length": bytes.len() }));
        tail.extend(bytes);
    }
    // A name that a platform reads by is taken at its word.
    let by_name = args.path.as_deref().is_some_and(|path| !Roles::by_path(&path.replace('\\', "/")).is_none());
    let roots: &[&str] = if by_name { &[""] } else { &[] };
    let mut request = json!({
        "api": 1,
        "head": { "files": files, "roots": roots, "complete": true },
        "options": { "withoutFixes": true },
    });
    if let Some(pack) = &args.pack {
        request["options"]["pack"] = json!(pack);
    }
    if let Some(policy) = &args.policy {
        request["layers"] =
            json!([{ "path": "policy", "text": policy, "origin": "organisation", "because": "the contract says it" }]);
    }
    if let Some(now) = &args.now {
        request["now"] = json!(now);
    }
    judge(&request, &tail)
}

fn output(judged: &Judged) -> Output<'_> {
    let violations = judged.refusals(violation);
    let of = |action: &'static str| judged.found(action).map(move |found| finding(found, action));
    let findings = of("deny").chain(of("warn")).collect();
    let skipped = violations.is_empty() && judged.is_empty();
    let mut reasons: Vec<String> = judged.not_judged().filter(|_| skipped).collect();
    if skipped && reasons.is_empty() {
        reasons.push("there is nothing in it that Gatepost judges".to_owned());
    }
    Output { skipped, violations, findings, skip_reason: reasons.join("; "), ignore: false }
}

fn refused(said: String) -> Output<'static> {
    Output { skipped: false, violations: vec![said], findings: Vec::new(), skip_reason: String::new(), ignore: false }
}

fn violation(found: Found<'_>) -> String {
    let Found { rule, message, help, path, line, column, .. } = found;
    format!("{path}:{line}:{column}: [{rule}] {message}. {help}")
}

fn finding<'r>(found: Found<'r>, action: &'static str) -> Finding<'r> {
    let Found { rule, severity, confidence, fingerprint, message, help, path, line, column } = found;
    Finding { message, help, rule, severity, confidence, action, path, line, column, fingerprint }
}
