//! `Execute`: a material of Chainloop is judged as the command judges what is piped into it. Whatever goes wrong is a violation: an
//! output without one lets the material pass.

use gatepost_shared::{Found, Judged, Refusal, check_policy, in_lines, judge};
use policy_core::api::did_you_mean;
use policy_core::link::Roles;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::stdin;

/// What Chainloop does to a value of `with` before a policy sees it.
const IN_PIECES: &str = "Chainloop takes the indentation of a policy away, and splits one that is a single line at its commas: write it as \
                         JSON over several lines, or `\\,` for each comma";

/// What a contract may say of how to judge.
#[derive(Default)]
struct Args {
    /// How the file is called.
    path: Option<String>,
    /// The pack of rules to run.
    pack: Option<String>,
    /// The text of a policy. The contract is the organisation's, so this is its layer.
    policy: Option<String>,
    /// Whether that text is put together of the pieces that Chainloop makes of a value.
    in_pieces: bool,
    /// The instant of the run, which exceptions with an end need.
    now: Option<String>,
}

/// Where `findings` is not empty, Chainloop takes it for all that there is against the material, and does not read `violations`; older
/// ones know `violations` alone. So both say the same, and what does not deny is in neither.
#[derive(Serialize)]
struct Output {
    skipped: bool,
    violations: Vec<String>,
    findings: Vec<Value>,
    warnings: Vec<Value>,
    skip_reason: String,
    ignore: bool,
}

/// What Chainloop is told of a material. `args` is JSON, if the host has any.
pub(crate) fn execute(material: Vec<u8>, args: Result<Option<Vec<u8>>, String>) -> Vec<u8> {
    let judged = args.and_then(|args| read(&args.unwrap_or_default())).and_then(|args| judged(material, &args));
    let output = match &judged {
        Ok(judged) => output(judged),
        Err(said) => refused(vec![Refusal::Said(said.clone())]),
    };
    serde_json::to_vec(&output).unwrap_or_else(|_| br#"{"violations":["the output of Gatepost could not be written"]}"#.to_vec())
}

fn read(json: &[u8]) -> Result<Args, String> {
    let mut args = Args::default();
    if json.trim_ascii().is_empty() {
        return Ok(args);
    }
    let fields = match serde_json::from_slice(json) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::Null) => return Ok(args),
        Ok(_) => return Err(wrong("they are no object")),
        Err(error) => return Err(wrong(&error.to_string())),
    };
    for (name, value) in fields {
        let slot = match name.as_str() {
            "path" => &mut args.path,
            "pack" => &mut args.pack,
            "policy" => &mut args.policy,
            "now" => &mut args.now,
            other => {
                return Err(wrong(&match did_you_mean(other, &["path", "pack", "policy", "now"]) {
                    Some(meant) => format!("there is no `{other}` (did you mean `{meant}`?)"),
                    None => format!("there is no `{other}`, only `path`, `pack`, `policy` and `now`"),
                }));
            }
        };
        let (text, in_pieces) = text_of(&name, value)?;
        *slot = Some(text);
        args.in_pieces |= in_pieces;
    }
    Ok(args)
}

// Chainloop makes a list of a value with several lines, and of a line with commas. The lines of a policy are put together again.
fn text_of(name: &str, value: Value) -> Result<(String, bool), String> {
    match value {
        Value::String(text) => Ok((text, false)),
        Value::Array(pieces) if name == "policy" => {
            let lines: Option<Vec<&str>> = pieces.iter().map(Value::as_str).collect();
            let lines = lines.ok_or_else(|| wrong("`policy` is a list of something else than text"))?;
            Ok((lines.join("\n"), true))
        }
        Value::Array(_) => Err(wrong(&format!("`{name}` is several values: write it on one line, with `\\,` for each comma"))),
        _ => Err(wrong(&format!("`{name}` is no text"))),
    }
}

fn wrong(what: &str) -> String {
    format!("the arguments cannot be used: {what}; mend `with` of this policy in the contract")
}

fn judged(material: Vec<u8>, args: &Args) -> Result<Judged, String> {
    let (mut files, mut tail) = (Vec::new(), Vec::new());
    for (path, bytes) in stdin::files(as_written(material), args.path.as_deref()) {
        files.push(json!({ "path": path, "offset": tail.len(), "length": bytes.len() }));
        tail.extend(bytes);
    }
    // A name that a platform reads by is taken at its word.
    let by_name = args.path.as_deref().is_some_and(|path| !Roles::by_path(&path.replace('\\', "/")).is_none());
    let roots: &[&str] = if by_name { &[""] } else { &[] };
    let because = "the contract says it";
    let layer = |text| json!({ "path": "policy", "text": text, "origin": "organisation", "because": because });
    let layer = args.policy.as_ref().map(layer);
    if let Some(layer) = &layer {
        check_policy(layer).map_err(|said| if args.in_pieces { format!("{said} ({IN_PIECES})") } else { said })?;
    }
    let request = json!({
        "api": 1,
        "now": args.now,
        "layers": layer.into_iter().collect::<Vec<_>>(),
        "head": { "files": files, "roots": roots, "complete": true },
        "options": { "pack": args.pack, "withoutFixes": true },
    });
    judge(&request, &tail)
}

// Chainloop hands every material on as JSON of one line.
fn as_written(material: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(material.trim_ascii()) {
        Ok(json) if !json.contains('\n') && serde_json::from_str::<IgnoredAny>(json).is_ok() => in_lines(json),
        _ => material,
    }
}

fn output(judged: &Judged) -> Output {
    let mut output = refused(judged.refusals());
    output.warnings = judged.found("warn").map(finding).collect();
    output.skipped = output.findings.is_empty() && judged.is_empty();
    if output.skipped {
        let mut reasons: Vec<String> = judged.not_judged().collect();
        if reasons.is_empty() {
            reasons.push("there is nothing in it that Gatepost judges".to_owned());
        }
        output.skip_reason = reasons.join("; ");
    }
    output
}

fn refused(refusals: Vec<Refusal<'_>>) -> Output {
    let mut output = Output {
        skipped: false,
        violations: Vec::new(),
        findings: Vec::new(),
        warnings: Vec::new(),
        skip_reason: String::new(),
        ignore: false,
    };
    for refusal in refusals {
        let (said, finding) = match refusal {
            Refusal::Found(found) => (told(found), finding(found)),
            Refusal::Said(said) => (said.clone(), json!({ "message": said })),
        };
        output.violations.push(said);
        output.findings.push(finding);
    }
    output
}

// Chainloop shows nothing of a finding but this.
fn told(found: Found<'_>) -> String {
    let Found { rule, message, help, path, line, column, .. } = found;
    format!("{path}:{line}:{column}: [{rule}] {message}. {help}")
}

fn finding(found: Found<'_>) -> Value {
    let Found { rule, severity, confidence, fingerprint, help, path, line, column, .. } = found;
    json!({
        "message": told(found),
        "help": help,
        "rule": rule,
        "severity": severity,
        "confidence": confidence,
        "path": path,
        "line": line,
        "column": column,
        "fingerprint": fingerprint,
    })
}
