//! What every judge shares: the request for a folder, and what to do with the answer.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json, value::RawValue};
use sha2::{Digest, Sha256};

/// Whatever went wrong.
pub type Failed = Box<dyn std::error::Error>;

/// A frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other.
pub fn request(repository: &Path) -> Result<Vec<u8>, Failed> {
    let root = repository.canonicalize()?;
    let mut paths = Vec::new();
    collect(&root, "", &mut paths)?;
    paths.sort();
    let (mut files, mut unread, mut tail) = (Vec::new(), Vec::new(), Vec::new());
    for path in paths {
        let Some(role) = role(&path) else { continue };
        // What a link leads to outside of the repository is not part of it, nor ours to show. A pipe would be waited for.
        let why = match root.join(&path).canonicalize().ok().filter(|file| file.starts_with(&root)) {
            None => "it is a link to something outside of its repository",
            Some(file) if !file.is_file() => "it is not a file",
            Some(file) => {
                let content = std::fs::read(file)?;
                let digest = format!("sha256:{}", hex(&Sha256::digest(&content)));
                files.push(json!({ "path": path, "offset": tail.len(), "length": content.len(), "digest": digest }));
                tail.extend(content);
                continue;
            }
        };
        let why = json!([{ "code": "unreadable", "message": format!("the file cannot be read: {why}") }]);
        unread.push(json!({ "path": path, "origin": "unknown", "roles": [role], "state": "refused", "why": why }));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    // `complete`: what is not among the files is not there, so the module asks for nothing more.
    let head = json!({ "files": files, "unread": unread, "roots": [""], "complete": root.join(".github").exists() });
    let header = json!({ "api": 1, "head": head, "options": { "printKey": hex(&key) } }).to_string();
    Ok([b"GPF1", &u32::try_from(header.len())?.to_le_bytes()[..], header.as_bytes(), &tail].concat())
}

// Links are not entered: what they lead to is found where it lies.
fn collect(root: &Path, folder: &str, paths: &mut Vec<String>) -> Result<(), Failed> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.file_type()?.is_dir() {
            paths.push(format!("{folder}{name}"));
        } else if name != ".git" && name != "node_modules" {
            collect(root, &format!("{folder}{name}/"), paths)?;
        }
    }
    Ok(())
}

// What the module reads of a repository of GitHub, and as what. Pipelines of GitLab and manifests are not looked for.
fn role(path: &str) -> Option<&'static str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    match (folder, stem) {
        (".github/workflows", Some(_)) => Some("github-workflow"),
        (_, Some("action")) => Some("github-action"),
        (".github", Some("dependabot")) => Some("github-dependabot"),
        ("" | ".github" | "docs", None) if name == "CODEOWNERS" => Some("github-codeowners"),
        _ => None,
    }
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
