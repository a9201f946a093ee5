//! Plugins: modules of third parties that are run over the files beside the module that is built in. What they find goes to that
//! module, which alone decides.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use policy_core::api::{API_VERSION, Frame, Operation};
use policy_core::plugin::{MAX_PLUGIN_FINDINGS, PluginFinding, PluginRun, is_name, is_sha256};
use policy_core::rule::{Confidence, Severity};
use policy_core::secret::clean_short;
use policy_core::source::Span;
use policy_core::text::hex;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::load::{Loaded, Selection};

#[cfg(feature = "plugins")]
use crate::engine::plugin::Plugin as Module;

/// The most bytes of files that a plugin is given.
const MAX_BYTES: usize = 96 << 20;

/// A module that is asked for on the command line: `[NAME=]FILE@sha256:DIGEST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What its findings are called by.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// The digest that it has to have, 64 hexadecimal digits.
    pub sha256: String,
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((file, digest)) = text.rsplit_once("@sha256:") else {
            return Err("a plugin is pinned: write FILE@sha256:DIGEST, with the digest that `sha256sum FILE` prints".to_owned());
        };
        if !is_sha256(digest) {
            return Err("the digest behind `@sha256:` is 64 hexadecimal digits in lower case".to_owned());
        }
        let (name, file) = match file.split_once('=') {
            Some((name, file)) if is_name(name) => (name.to_owned(), file),
            _ => {
                let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
                (stem.to_ascii_lowercase().replace(['_', '.'], "-"), file)
            }
        };
        if !is_name(&name) {
            return Err(
                "findings are called by the file's name, which has to be of letters, digits and `-`: write NAME=FILE@sha256:DIGEST"
                    .to_owned(),
            );
        }
        Ok(Self { name, file: PathBuf::from(file), sha256: digest.to_owned() })
    }
}

/// A plugin, or why it cannot be run. Either way it is part of the report.
pub struct Plugin {
    name: String,
    sha256: String,
    #[cfg(feature = "plugins")]
    module: Result<Module, String>,
}

impl Plugin {
    /// The one of these files that has the digest; `bytes` says where none could be read.
    #[must_use]
    pub fn of(name: &str, sha256: &str, bytes: Result<Vec<Vec<u8>>, String>) -> Self {
        let found = bytes.and_then(|versions| {
            let met = versions.iter().map(|bytes| hex(&Sha256::digest(bytes))).collect::<Vec<_>>();
            let same = versions.into_iter().zip(&met).find(|(_, digest)| *digest == sha256).map(|(bytes, _)| bytes);
            let other =
                || format!("its module has the digest sha256:{}, and not the one that is asked for", met.join(" or sha256:"));
            same.ok_or_else(other)
        });
        Self::compiled(name, sha256, found)
    }

    #[cfg(feature = "plugins")]
    fn compiled(name: &str, sha256: &str, bytes: Result<Vec<u8>, String>) -> Self {
        let module = bytes.and_then(|bytes| Module::new(&bytes, sha256, cache_folder()));
        Self { name: name.to_owned(), sha256: sha256.to_owned(), module }
    }

    #[cfg(not(feature = "plugins"))]
    fn compiled(name: &str, sha256: &str, _: Result<Vec<u8>, String>) -> Self {
        Self { name: name.to_owned(), sha256: sha256.to_owned() }
    }

    #[cfg(feature = "plugins")]
    fn call(&self, request: &[&[u8]]) -> Result<Vec<u8>, String> {
        self.module.as_ref().map_err(Clone::clone)?.call(Operation::Evaluate, request)
    }

    #[cfg(not(feature = "plugins"))]
    fn call(&self, _: &[&[u8]]) -> Result<Vec<u8>, String> {
        let _ = Operation::Evaluate;
        Err("this command was built without the feature `plugins`".to_owned())
    }
}

// Where compiled modules are kept.
#[cfg(feature = "plugins")]
fn cache_folder() -> Option<PathBuf> {
    let told = |name: &str| std::env::var_os(name).filter(|told| !told.is_empty()).map(PathBuf::from);
    let own = told("GATEPOST_CACHE").or_else(|| Some(told("XDG_CACHE_HOME")?.join("gatepost")));
    own.or_else(|| Some(told("HOME")?.join(".cache/gatepost")))
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("plugins"))
}

// What is read of an answer: of a report, its findings. Whatever else stands in it is not looked at.
#[derive(Deserialize)]
struct AnswerIn {
    ok: Option<ReportIn>,
    error: Option<ErrorIn>,
}

#[derive(Deserialize)]
struct ErrorIn {
    message: String,
}

#[derive(Deserialize)]
struct ReportIn {
    findings: Vec<FindingIn>,
}

#[derive(Deserialize)]
struct FindingIn {
    rule: String,
    severity: Severity,
    #[serde(default)]
    confidence: Option<Confidence>,
    message: String,
    #[serde(default)]
    help: String,
    #[serde(default)]
    object: String,
    location: LocationIn,
}

#[derive(Deserialize)]
struct LocationIn {
    path: String,
    span: Span,
}

/// What each plugin finds over the files of a selection, sorted by path.
#[must_use]
pub fn run(plugins: &[Plugin], selection: &Selection) -> Vec<PluginRun> {
    if plugins.is_empty() {
        return Vec::new();
    }
    // What cannot be read is said by the report.
    let files: Vec<Loaded> = selection.files.keys().filter_map(|path| selection.load(path).ok()).collect();
    plugins.iter().map(|plugin| run_one(plugin, selection, &files)).collect()
}

fn run_one(plugin: &Plugin, selection: &Selection, files: &[Loaded]) -> PluginRun {
    let (name, sha256) = (plugin.name.clone(), plugin.sha256.clone());
    match asked(plugin, selection, files) {
        Ok(findings) => PluginRun { name, sha256, failed: None, findings },
        Err(said) => PluginRun { name, sha256, failed: Some(clean_short(&said)), findings: Vec::new() },
    }
}

fn asked(plugin: &Plugin, selection: &Selection, files: &[Loaded]) -> Result<Vec<PluginFinding>, String> {
    let mut offset = 0;
    let mut listed = Vec::new();
    for file in files {
        listed.push(json!({"path": file.path, "offset": offset, "length": file.bytes.len(), "digest": file.digest}));
        offset += file.bytes.len();
    }
    if offset > MAX_BYTES {
        return Err(format!("the files have {} MiB, and a plugin is given at most {}", offset >> 20, MAX_BYTES >> 20));
    }
    let roots: Vec<&String> = selection.roots.keys().collect();
    // A plugin is asked once, so it can ask for nothing more.
    let header = json!({"api": API_VERSION, "head": {"files": listed, "roots": roots, "complete": true}});
    let frame = Frame::write(header.to_string().as_bytes(), &[]);
    let parts: Vec<&[u8]> = std::iter::once(frame.as_slice()).chain(files.iter().map(|file| file.bytes.as_ref())).collect();
    let answer = plugin.call(&parts)?;
    let answer: AnswerIn =
        serde_json::from_slice(&answer).map_err(|error| format!("its answer is not what the interface asks for: {error}"))?;
    let found = match answer {
        AnswerIn { ok: Some(report), .. } => report.findings,
        AnswerIn { error: Some(error), .. } => return Err(format!("it says: {}", error.message)),
        _ => return Err("its answer is neither a report nor an error".to_owned()),
    };
    if found.len() > MAX_PLUGIN_FINDINGS {
        return Err(format!("it has {} findings, more than the {MAX_PLUGIN_FINDINGS} that are taken", found.len()));
    }
    let mut findings = found.into_iter().map(|found| taken(found, files)).collect::<Result<Vec<_>, _>>()?;
    findings.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    Ok(findings)
}

fn taken(found: FindingIn, files: &[Loaded]) -> Result<PluginFinding, String> {
    let FindingIn { rule, severity, confidence, message, help, object, location: LocationIn { path, span } } = found;
    if !is_name(&rule) {
        return Err("it names a rule not of lower case letters, digits and `-`".to_owned());
    }
    let at = files.binary_search_by(|file| file.path.as_str().cmp(&path)).ok().and_then(|at| files.get(at));
    let Some(file) = at else { return Err(format!("its rule {rule} names a file that it was not given")) };
    let inside = span.start <= span.end && span.end as usize <= file.bytes.len();
    if !inside {
        return Err(format!("its rule {rule} names a place that {path} does not have"));
    }
    let confidence = confidence.unwrap_or(Confidence::High);
    Ok(PluginFinding { rule, severity, confidence, message, help, object, path, span })
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn a_plugin_is_pinned_and_has_a_name() {
        let digest = "0".repeat(64);
        let read = |text: &str| text.parse::<Asked>();
        assert_eq!(read(&format!("a/No_Latest.wasm@sha256:{digest}")).map(|asked| asked.name), Ok("no-latest".to_owned()));
        assert_eq!(read(&format!("acme=x.wasm@sha256:{digest}")).map(|asked| asked.name), Ok("acme".to_owned()));
        for wrong in
            ["x.wasm", "x.wasm@sha256:12", &format!("é.wasm@sha256:{digest}"), &format!("x.wasm@sha256:{}", "A".repeat(64))]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
