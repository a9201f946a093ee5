//! What an API server asks about an object that is made or changed.

use std::borrow::Cow;

use gatepost_shared::{Found, Judged, in_lines, judge};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::policy::{Kind, Request, Response, accepted, response};

/// Where `kubectl apply` keeps a copy of what was applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What changes about an object while it is let go of, besides its status.
const BOOKKEEPING: &[&str] = &["deletionGracePeriodSeconds", "finalizers", "generation", "managedFields", "resourceVersion"];

const NO_CLOCK: &str = "the exceptions of Gatepost's settings do not count: an admission has no clock; set `rules` instead";

/// Whether an object may be what it is asked to become. Of an update, what the object was decides what is new in it.
pub(crate) fn admission(operation: &str, kind: &Kind, request: &Request<'_>, layers: Vec<Value>) -> Result<Response, String> {
    // What goes away harms no one, and a status changes nothing of what runs.
    if operation == "DELETE" || request.sub_resource.as_deref() == Some("status") {
        return Ok(accepted(Vec::new()));
    }
    let object = match request.object {
        Some(object) => object.get(),
        None if operation == "CONNECT" => return Ok(accepted(Vec::new())),
        None => return Err(format!("the request is to {operation} an object, but holds none")),
    };
    let old = request.old_object.filter(|_| operation == "UPDATE").map(RawValue::get);
    if old.is_some_and(|old| only_lets_go(object, old)) {
        return Ok(accepted(Vec::new()));
    }
    let path = path(kind, request);
    let mut files = in_lines(&shown(kind, object)?);
    let head = head(&path, 0, files.len());
    // What cannot be read was not judged before, so everything is new.
    let before = old.and_then(|old| shown(kind, old).ok()).map(|old| in_lines(&old));
    let base = before.as_ref().map(|old| self::head(&path, files.len(), old.len()));
    files.extend(before.unwrap_or_default());
    let asked = json!({ "api": 1, "layers": layers, "head": head, "base": base, "options": { "withoutFixes": true } });
    let judged = judge(&asked, &files)?;
    Ok(with_reasons(&judged))
}

fn with_reasons(judged: &Judged) -> Response {
    let mut response = response(judged, told);
    if judged.has_exceptions() {
        response.warnings.insert(0, NO_CLOCK.to_owned());
    }
    response
}

// Nobody sees the text that a line and a column would be of.
fn told(found: Found<'_>) -> String {
    let Found { rule, message, path, .. } = found;
    format!("{rule}: {message} ({})", path.strip_suffix(".json").unwrap_or(path))
}

fn path(kind: &Kind, request: &Request<'_>) -> String {
    let name = request.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("unnamed");
    let namespace = request.namespace.as_deref().unwrap_or_default();
    let parts = [&kind.kind, namespace, name].into_iter().filter(|part| !part.is_empty()).map(as_name);
    format!("{}.json", parts.collect::<Vec<_>>().join("/"))
}

// A part of a path that leads nowhere else.
fn as_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

// Below a root its name counts: what stands alone could be taken for a workflow by a few keys more.
fn head(path: &str, offset: usize, length: usize) -> Value {
    json!({ "files": [{ "path": path, "offset": offset, "length": length }], "roots": [""], "complete": true })
}

// A Secret is the place for secrets: their values are no defect of it, be they in the copy that kubectl keeps. The rest of it is judged.
fn shown<'o>(kind: &Kind, object: &'o str) -> Result<Cow<'o, str>, String> {
    if kind.kind != "Secret" || kind.group.as_deref().is_some_and(|group| !group.is_empty()) {
        return Ok(Cow::Borrowed(object));
    }
    let mut secret: Value = serde_json::from_str(object).map_err(|error| format!("the Secret cannot be read: {error}"))?;
    if let Some(fields) = secret.as_object_mut().filter(|fields| fields.get("kind").is_some_and(|kind| kind == "Secret")) {
        fields.remove("data");
        fields.remove("stringData");
        let annotations = fields.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
        annotations.and_then(Value::as_object_mut).and_then(|annotations| annotations.remove(LAST_APPLIED));
    }
    Ok(Cow::Owned(secret.to_string()))
}

// Whether all that an update does is to let go of an object that is on its way out, which nothing may stop. What does more is judged: an
// object whose finalizer nobody takes away stays in force for as long as they like.
fn only_lets_go(object: &str, old: &str) -> bool {
    let lets_go = |object: &Value| object.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string);
    let left = |json: &str| serde_json::from_str(json).ok().filter(lets_go).map(without_bookkeeping);
    left(object).is_some_and(|object| left(old) == Some(object))
}

fn without_bookkeeping(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !BOOKKEEPING.contains(&key.as_str()));
    }
    object
}
