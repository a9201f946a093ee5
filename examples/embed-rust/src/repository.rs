//! What every judge shares: the request for a folder, and what to do with the answer.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Whatever went wrong.
pub type Failed = Box<dyn std::error::Error>;

/// A frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other.
pub fn request(repository: &Path) -> Result<Vec<u8>, Failed> {
    let mut paths = Vec::new();
    collect(repository, "", &mut paths)?;
    paths.sort();
    let (mut files, mut tail) = (Vec::new(), Vec::new());
    for path in paths {
        let content = std::fs::read(repository.join(&path))?;
        let digest = format!("sha256:{}", hex(&Sha256::digest(&content)));
        files.push(json!({ "path": path, "offset": tail.len(), "length": content.len(), "digest": digest }));
        tail.extend(content);
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    // `complete`: what is not among the files is not there, so the module asks for nothing more.
    let head = json!({ "files": files, "roots": [""], "complete": repository.join(".github").exists() });
    let header = json!({ "api": 1, "head": head, "options": { "printKey": hex(&key) } }).to_string();
    Ok([b"GPF1", &u32::try_from(header.len())?.to_le_bytes()[..], header.as_bytes(), &tail].concat())
}

fn collect(repository: &Path, folder: &str, paths: &mut Vec<String>) -> Result<(), Failed> {
    for entry in std::fs::read_dir(repository.join(folder))? {
        let entry = entry?;
        let path = format!("{folder}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(repository, &format!("{path}/"), paths)?;
        } else if is_wanted(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_wanted(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let yaml = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).filter(|stem| !stem.is_empty());
    yaml.is_some_and(|stem| folder == ".github/workflows" || stem == "action")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Prints the report as the module wrote it; gives 0 for allow and warn, 1 for deny and hold, 2 for an error.
pub fn finish(judged: Result<Vec<u8>, Failed>) -> ExitCode {
    match judged.and_then(|answer| printed(&answer)) {
        Ok(outcome) => match outcome.as_str() {
            "allow" | "warn" => ExitCode::SUCCESS,
            "deny" | "hold" => ExitCode::from(1),
            _ => ExitCode::from(2),
        },
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn printed(answer: &[u8]) -> Result<String, Failed> {
    let answer: std::collections::BTreeMap<&str, &RawValue> = serde_json::from_slice(answer)?;
    let Some(report) = answer.get("ok") else {
        return Err(answer.values().map(|said| said.get()).collect::<String>().into());
    };
    writeln!(std::io::stdout(), "{}", report.get())?;
    let report: Value = serde_json::from_str(report.get())?;
    Ok(report.pointer("/decision/outcome").and_then(Value::as_str).unwrap_or("").to_owned())
}
