//! What Kubewarden asks of a policy. Settings are a policy of Gatepost; a request is that of an API server, or files of pipelines
//! (`policyType: raw`). What is neither is refused, and so is whatever cannot be judged.

use std::borrow::Cow;

use gatepost_shared::{Found, Judged, Refusal, check_policy, judge};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::admission::admission;

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

/// Both kinds of requests: which one it is, is told by what is there. What is null is not there: hosts that hold a request as an object of
/// their language write so what an API server leaves out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'p> {
    operation: Option<String>,
    kind: Option<Kind>,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) sub_resource: Option<String>,
    #[serde(borrow)]
    pub(crate) object: Option<&'p RawValue>,
    #[serde(borrow)]
    pub(crate) old_object: Option<&'p RawValue>,
    files: Option<Vec<File<'p>>>,
    #[serde(borrow)]
    path: Option<Cow<'p, str>>,
    #[serde(borrow)]
    text: Option<Cow<'p, str>>,
    now: Option<String>,
}

/// What the object of a request is.
#[derive(Deserialize)]
pub(crate) struct Kind {
    pub(crate) group: Option<String>,
    pub(crate) kind: String,
}

#[derive(Deserialize)]
struct File<'p> {
    #[serde(borrow)]
    path: Cow<'p, str>,
    #[serde(borrow)]
    text: Cow<'p, str>,
}

/// What Kubewarden is answered.
#[derive(Serialize)]
pub(crate) struct Response {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
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
        Err(said) => json!({ "valid": false, "message": format!("the settings cannot be used as a policy of Gatepost: {said}") }),
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
        (None, Some(operation), Some(kind)) => admission(operation, kind, &request, layers),
        _ => Err(NEITHER.to_owned()),
    }
}

fn pipelines(files: &[File<'_>], now: Option<String>, layers: Vec<Value>) -> Result<Response, String> {
    if files.is_empty() {
        return Err("`files` of the request is empty: nothing was judged".to_owned());
    }
    let files: Vec<Value> = files.iter().map(|file| json!({ "path": file.path, "text": file.text })).collect();
    let head = json!({ "files": files, "roots": [""], "complete": true });
    let request = json!({ "api": 1, "now": now, "layers": layers, "head": head, "options": { "withoutFixes": true } });
    let judged = judge(&request, &[])?;
    if judged.is_empty() {
        let reasons: Vec<String> = judged.not_judged().collect();
        return Err(format!("nothing of the request is of a kind that Gatepost judges: {}", reasons.join("; ")));
    }
    Ok(response(&judged, told))
}

// Settings come from who runs the cluster. Without any, what is built in holds.
fn layer(settings: Option<&RawValue>) -> Option<Value> {
    let text = settings.map(RawValue::get).filter(|text| !text.trim_matches(['{', '}', ' ', '\t', '\r', '\n']).is_empty())?;
    Some(json!({ "path": "settings.json", "text": text, "origin": "organisation", "because": "these are the policy's settings" }))
}

/// What became of it: findings that warn, and what refuses it, as `told` puts findings.
pub(crate) fn response(judged: &Judged, told: fn(Found<'_>) -> String) -> Response {
    let warnings = judged.found("warn").map(|found| cut(&told(found))).collect();
    let refusals = judged.refusals().into_iter().map(|refusal| match refusal {
        Refusal::Found(found) => told(found),
        Refusal::Said(said) => said,
    });
    let refusals: Vec<String> = refusals.collect();
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

/// It may pass.
pub(crate) fn accepted(warnings: Vec<String>) -> Response {
    Response { accepted: true, message: None, code: None, warnings }
}

fn refused(message: String, warnings: Vec<String>) -> Response {
    Response { accepted: false, message: Some(message), code: Some(REFUSED), warnings }
}
