//! What Kubewarden asks of a policy. Settings are a policy of Gatepost; a request is that of an API server, or files of pipelines
//! (`policyType: raw`). What is neither is refused, and so is whatever cannot be judged.

use std::borrow::Cow;

use gatepost_shared::{Found, Judged, check_policy, judge};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// As long as Kubernetes shows a warning in full.
const LONGEST_WARNING: usize = 120;

/// HTTP's "forbidden".
const REFUSED: u16 = 403;

const NEITHER: &str = "the request is neither that of an API server, with `operation` and `kind`, nor a pipeline: \
                       send `files`, each with `path` and `text`, or a single `path` and `text`";

#[derive(Deserialize)]
struct Payload<'p> {
    #[serde(borrow)]
    request: &'p RawValue,
    #[serde(borrow, default)]
    settings: Option<&'p RawValue>,
}

/// Both kinds of requests: which one it is, is told by what is there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'p> {
    operation: Option<String>,
    kind: Option<Kind>,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    sub_resource: String,
    #[serde(borrow)]
    object: Option<&'p RawValue>,
    files: Option<Vec<File<'p>>>,
    #[serde(borrow)]
    path: Option<Cow<'p, str>>,
    #[serde(borrow)]
    text: Option<Cow<'p, str>>,
    now: Option<String>,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

#[derive(Deserialize)]
struct File<'p> {
    #[serde(borrow)]
    path: Cow<'p, str>,
    #[serde(borrow)]
    text: Cow<'p, str>,
}

#[derive(Serialize)]
struct Response {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Whether settings are a policy that can be used.
pub(crate) fn validate_settings(settings: &[u8]) -> Vec<u8> {
    let settings: Result<Option<&RawValue>, _> = serde_json::from_slice(settings);
    let checked = match settings {
        Ok(settings) => layer(settings).map_or(Ok(()), |layer| check_policy(&layer)),
        Err(error) => Err(format!("this is no JSON: {error}")),
    };
    match checked {
        Ok(()) => json!({ "valid": true }),
        Err(said) => json!({ "valid": false, "message": format!("the settings are no policy of Gatepost: {said}") }),
    }
    .to_string()
    .into_bytes()
}

/// Whether a request may pass.
pub(crate) fn validate(payload: &[u8]) -> Vec<u8> {
    let response = respond(payload).unwrap_or_else(|said| refused(said, Vec::new()));
    serde_json::to_vec(&response).unwrap_or_else(|_| br#"{"accepted":false}"#.to_vec())
}

fn respond(payload: &[u8]) -> Result<Response, String> {
    let Payload { request, settings } =
        serde_json::from_slice(payload).map_err(|error| format!("the payload is not one of Kubewarden: {error}"))?;
    let layers: Vec<Value> = layer(settings).into_iter().collect();
    let mut request: Request<'_> =
        serde_json::from_str(request.get()).map_err(|error| format!("the request cannot be read: {error}"))?;
    let files = match (request.files.take(), request.path.take(), request.text.take()) {
        (None, Some(path), Some(text)) => Some(vec![File { path, text }]),
        (files, None, None) => files,
        _ => return Err(NEITHER.to_owned()),
    };
    match (files, &request.operation, &request.kind) {
        (Some(files), None, None) => pipelines(&files, request.now, layers),
        (None, Some(operation), Some(kind)) => admission(operation, &kind.kind, &request, layers),
        _ => Err(NEITHER.to_owned()),
    }
}

fn admission(operation: &str, kind: &str, request: &Request<'_>, layers: Vec<Value>) -> Result<Response, String> {
    // What goes away harms no one, and a status changes nothing of what runs.
    if operation == "DELETE" || request.sub_resource == "status" {
        return Ok(accepted(Vec::new()));
    }
    let object = match request.object {
        Some(object) => object.get().as_bytes(),
        None if operation == "CONNECT" => return Ok(accepted(Vec::new())),
        None => return Err(format!("the request is to {operation} an object, but holds none")),
    };
    let name = if request.name.is_empty() { "unnamed" } else { &request.name };
    let parts = [kind, &request.namespace, name].into_iter().filter(|part| !part.is_empty()).map(as_name);
    let path = format!("{}.json", parts.collect::<Vec<_>>().join("/"));
    // Below a root its name counts: what stands alone could be taken for a workflow by a few keys more.
    let head = json!({ "files": [{ "path": path, "offset": 0, "length": object.len() }], "roots": [""], "complete": true });
    let judged = judge(&json!({ "api": 1, "layers": layers, "head": head, "options": { "withoutFixes": true } }), object)?;
    Ok(response(&judged))
}

fn pipelines(files: &[File<'_>], now: Option<String>, layers: Vec<Value>) -> Result<Response, String> {
    if files.is_empty() {
        return Err("`files` of the request is empty: nothing was judged".to_owned());
    }
    let files: Vec<Value> = files.iter().map(|file| json!({ "path": file.path, "text": file.text })).collect();
    let head = json!({ "files": files, "roots": [""], "complete": true });
    let mut request = json!({ "api": 1, "layers": layers, "head": head, "options": { "withoutFixes": true } });
    if let Some(now) = now {
        request["now"] = json!(now);
    }
    let judged = judge(&request, &[])?;
    if judged.is_empty() {
        let reasons: Vec<String> = judged.not_judged().collect();
        return Err(format!("nothing of the request is of a kind that Gatepost judges: {}", reasons.join("; ")));
    }
    Ok(response(&judged))
}

// Settings come from who runs the cluster. Without any, what is built in holds.
fn layer(settings: Option<&RawValue>) -> Option<Value> {
    let text = settings.map(RawValue::get).filter(|text| !text.trim_matches(['{', '}', ' ', '\t', '\r', '\n']).is_empty())?;
    Some(json!({ "path": "settings.json", "text": text, "origin": "organisation", "because": "these are the policy's settings" }))
}

// A part of a path that leads nowhere else.
fn as_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

fn response(judged: &Judged) -> Response {
    let warnings = judged.found("warn").map(|found| cut(&told(found))).collect();
    let refusals = judged.refusals(told);
    if refusals.is_empty() { accepted(warnings) } else { refused(refusals.join("; "), warnings) }
}

fn told(found: Found<'_>) -> String {
    format!("{}: {} ({}:{}:{})", found.rule, found.message, found.path, found.line, found.column)
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST_WARNING).collect();
    if cut.len() < text.len() {
        cut.pop();
        cut.push('…');
    }
    cut
}

fn accepted(warnings: Vec<String>) -> Response {
    Response { accepted: true, message: None, code: None, warnings }
}

fn refused(message: String, warnings: Vec<String>) -> Response {
    Response { accepted: false, message: Some(message), code: Some(REFUSED), warnings }
}
