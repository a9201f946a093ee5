//! `Execute`: a material of Chainloop is judged as the command judges what is piped into it. Whatever goes wrong is a violation: an
//! output without one lets the material pass.

use gatepost_shared::{Found, Judged, judge};
use policy_core::api::did_you_mean;
use policy_core::link::Roles;
use serde::Serialize;
use serde_json::{Value, json};

use crate::stdin;

/// What a contract may say of how to judge.
#[derive(Default)]
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

/// What Chainloop is told of a material. `args` is JSON, if the host has any.
pub(crate) fn execute(material: Vec<u8>, args: Result<Option<Vec<u8>>, String>) -> Vec<u8> {
    let judged = args.and_then(|args| read(&args.unwrap_or_default())).and_then(|args| judged(material, &args));
    let output = match &judged {
        Ok(judged) => output(judged),
        Err(said) => refused(said.clone()),
    };
    serde_json::to_vec(&output).unwrap_or_else(|_| br#"{"violations":["the output of Gatepost could not be written"]}"#.to_vec())
}

fn read(json: &[u8]) -> Result<Args, String> {
    let wrong = |what: &str| Err(format!("the arguments cannot be used: {what}; mend `with` of this policy in the contract"));
    let mut args = Args::default();
    if json.trim_ascii().is_empty() {
        return Ok(args);
    }
    let fields = match serde_json::from_slice(json) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::Null) => return Ok(args),
        Ok(_) => return wrong("they are no object"),
        Err(error) => return wrong(&error.to_string()),
    };
    for (name, value) in fields {
        let slot = match name.as_str() {
            "path" => &mut args.path,
            "pack" => &mut args.pack,
            "policy" => &mut args.policy,
            "now" => &mut args.now,
            other => {
                return wrong(&match did_you_mean(other, &["path", "pack", "policy", "now"]) {
                    Some(meant) => format!("there is no `{other}` (did you mean `{meant}`?)"),
                    None => format!("there is no `{other}`, only `path`, `pack`, `policy` and `now`"),
                });
            }
        };
        let Value::String(text) = value else { return wrong(&format!("`{name}` is no text")) };
        *slot = Some(text);
    }
    Ok(args)
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
