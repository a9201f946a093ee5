//! The module for JavaScript: objects in, objects out, and errors are thrown. Its types for TypeScript are in npm/index.d.ts.

use gatepost_shared::answer;
use js_sys::{Error, JSON, Reflect, Uint8Array};
use policy_core::api::Operation;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "import type { \
    Description, Inspected, Need, PolicyShown, RenderRequest, Report, Request, Shown, WhoCan \
} from './index.js'";

/// Answers an operation by its number: bytes in, bytes out, as over the binary interface. Throws a trap alone, such as that of a request
/// which does not fit into the module's memory.
#[wasm_bindgen]
#[must_use]
pub fn call(operation: u32, request: &[u8]) -> Vec<u8> {
    answer(operation, request)
}

/// Looks at files, each by itself, for `decide`.
#[wasm_bindgen(unchecked_return_type = "Inspected")]
pub fn inspect(#[wasm_bindgen(unchecked_param_type = "Uint8Array | Request")] request: &JsValue) -> Result<JsValue, JsValue> {
    asked(Operation::Inspect, request)
}

/// Decides by what `inspect` gave.
#[wasm_bindgen(unchecked_return_type = "Report | Need")]
pub fn decide(#[wasm_bindgen(unchecked_param_type = "Uint8Array | Request")] request: &JsValue) -> Result<JsValue, JsValue> {
    asked(Operation::Decide, request)
}

/// Judges files: `inspect` and `decide` in one.
#[wasm_bindgen(unchecked_return_type = "Report | Need")]
pub fn evaluate(#[wasm_bindgen(unchecked_param_type = "Uint8Array | Request")] request: &JsValue) -> Result<JsValue, JsValue> {
    asked(Operation::Evaluate, request)
}

/// Says what this module is, and which rules, packs and snapshots it has.
#[wasm_bindgen(unchecked_return_type = "Description")]
pub fn describe() -> Result<JsValue, JsValue> {
    asked(Operation::Describe, &JsValue::UNDEFINED)
}

/// Gives a report in another form, `text` or `json`.
#[wasm_bindgen(unchecked_return_type = "string")]
pub fn render(#[wasm_bindgen(unchecked_param_type = "Uint8Array | RenderRequest")] request: &JsValue) -> Result<JsValue, JsValue> {
    asked(Operation::Render, request)
}

/// Shows pipelines of GitLab as they are resolved.
#[wasm_bindgen(unchecked_return_type = "Shown | Need")]
pub fn show(#[wasm_bindgen(unchecked_param_type = "Uint8Array | Request")] request: &JsValue) -> Result<JsValue, JsValue> {
    asked(Operation::Show, request)
}

/// Says who may do what, by the roles and bindings of files.
#[wasm_bindgen(js_name = whoCan, unchecked_return_type = "WhoCan | Need")]
pub fn who_can(#[wasm_bindgen(unchecked_param_type = "Uint8Array | Request")] request: &JsValue) -> Result<JsValue, JsValue> {
    asked(Operation::WhoCan, request)
}

/// Shows the policy in force, or what is wrong with it.
#[wasm_bindgen(unchecked_return_type = "PolicyShown")]
pub fn policy(#[wasm_bindgen(unchecked_param_type = "Uint8Array | Request")] request: &JsValue) -> Result<JsValue, JsValue> {
    asked(Operation::Policy, request)
}

fn asked(operation: Operation, request: &JsValue) -> Result<JsValue, JsValue> {
    let bytes = match request.dyn_ref::<Uint8Array>() {
        Some(bytes) => bytes.to_vec(),
        None if request.is_undefined() => Vec::new(),
        // What has no JSON, such as a function, becomes nothing, and the answer says so.
        None => JsValue::from(JSON::stringify(request).map_err(without_json)?).as_string().unwrap_or_default().into_bytes(),
    };
    let text = String::from_utf8(answer(operation as u32, &bytes)).unwrap_or_default();
    let answer = JSON::parse(&text)?;
    let of = |key: &str| Reflect::get(&answer, &key.into()).map(|value| Some(value).filter(|value| !value.is_undefined()));
    if let Some(ok) = of("ok")? {
        return Ok(ok);
    }
    // Files that are lacking are an answer, not an error: the caller gives them and asks again.
    let Some(said) = of("error")? else { return Ok(answer) };
    let error = Error::new(&Reflect::get(&said, &"message".into())?.as_string().unwrap_or_default());
    for key in ["code", "location", "hint", "problems"] {
        let value = Reflect::get(&said, &key.into())?;
        if !value.is_undefined() {
            Reflect::set(&error, &key.into(), &value)?;
        }
    }
    Err(error.into())
}

// An object that holds itself, a BigInt, or what throws while it is read.
fn without_json(cause: JsValue) -> JsValue {
    let error = Error::new("the request cannot be written as JSON");
    error.set_cause(&cause);
    for (key, value) in [("code", "bad-request"), ("hint", "give an object of plain values, which does not hold itself")] {
        // An error that was just made takes every key.
        let _ = Reflect::set(&error, &key.into(), &value.into());
    }
    error.into()
}
