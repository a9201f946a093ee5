// The conformance set: requests as they go over the interface, and where their answers stand. Shared, as a file, by the tests and by
// `cargo xtask`.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A request and its answer.
pub(crate) struct Case {
    /// What it is called by.
    pub(crate) name: String,
    /// The number of the operation.
    pub(crate) operation: u32,
    /// The bytes of the request.
    pub(crate) request: Vec<u8>,
    /// The file that holds the bytes of the answer.
    pub(crate) answer: PathBuf,
}

/// All of them, by name. `folder` is `tests/abi`.
pub(crate) fn all(folder: &Path) -> Result<Vec<Case>, String> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut cases = Vec::new();
    let case = |name: &str, operation: u32, request: Vec<u8>| {
        let answer = folder.join("answers").join(format!("{name}.answer"));
        Case { name: name.to_owned(), operation, request, answer }
    };
    let requests = folder.join("requests");
    for entry in std::fs::read_dir(&requests).map_err(|error| failed(&requests, &error))?.flatten() {
        let (path, file) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let parts = file.strip_suffix(".request").and_then(|rest| rest.rsplit_once('.'));
        let (name, number) = parts.ok_or_else(|| failed(&path, &"a request is NAME.OPERATION.request"))?;
        let operation = number.parse().map_err(|error| failed(&path, &error))?;
        cases.push(case(name, operation, std::fs::read(&path).map_err(|error| failed(&path, &error))?));
    }
    let file = folder.join("recipes.json");
    let text = std::fs::read_to_string(&file).map_err(|error| failed(&file, &error))?;
    let recipes: Vec<Value> = serde_json::from_str(&text).map_err(|error| failed(&file, &error))?;
    for recipe in &recipes {
        let made =
            made(recipe).ok_or_else(|| failed(&file, &"a recipe has `name`, `operation` and `parts` of `text` and `times`"))?;
        cases.push(case(made.0, made.1, made.2));
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

// What is too long to keep, or must not be kept in one piece.
fn made(recipe: &Value) -> Option<(&str, u32, Vec<u8>)> {
    let mut request = Vec::new();
    for part in recipe.get("parts")?.as_array()? {
        let text = part.get("text")?.as_str()?;
        let times = part.get("times").map_or(Some(1), Value::as_u64)?;
        request.extend_from_slice(text.repeat(usize::try_from(times).ok()?).as_bytes());
    }
    let operation = u32::try_from(recipe.get("operation")?.as_u64()?).ok()?;
    Some((recipe.get("name")?.as_str()?, operation, request))
}
