//! Plugins: modules of third parties that are run over the files beside the module that is built in. What they find goes to that
//! module, which alone decides.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use policy_core::api::{API_VERSION, Frame, Operation};
use policy_core::inspect::MAX_FINDINGS;
use policy_core::plugin::{self, MAX_PLUGIN_FINDINGS, PluginFinding, PluginRun, is_name, is_sha256};
use policy_core::rule::{Confidence, Severity};
use policy_core::secret::clean_short;
use policy_core::source::Span;
use policy_core::text::hex;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::load::{Loaded, Selection};

#[cfg(feature = "plugins")]
use crate::engine::plugin::Plugin as Module;

/// Without a compiler no module can be run.
#[cfg(not(feature = "plugins"))]
enum Module {}

#[cfg(not(feature = "plugins"))]
impl Module {
    fn new(_: &[u8], _: &str, _: Option<PathBuf>) -> Result<Self, String> {
        Err("this command was built without the feature `plugins`".to_owned())
    }

    fn call(&self, _: Operation, _: &[&[u8]]) -> Result<Vec<u8>, String> {
        match *self {}
    }
}

/// The most bytes of files that a plugin is given.
pub(crate) const MAX_BYTES: usize = 96 << 20;

/// A module that is asked for; on the command line as `[NAME=]FILE@sha256:DIGEST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What its findings are called by.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// The digest that it has to have, 64 hexadecimal digits.
    pub sha256: String,
    /// Whether the command line asks for it, so that no policy says what its findings do.
    pub enforced: bool,
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
        Ok(Self { name, file: PathBuf::from(file), sha256: digest.to_owned(), enforced: true })
    }
}

/// A plugin, or why it cannot be run. Either way it is part of the report.
pub struct Plugin {
    name: String,
    sha256: String,
    enforced: bool,
    module: Result<Module, String>,
}

impl Plugin {
    /// The one of these files that has the digest; `bytes` says where none could be read.
    #[must_use]
    pub fn of(asked: &Asked, bytes: Result<Vec<Vec<u8>>, String>) -> Self {
        let sha256 = &asked.sha256;
        let found = bytes.and_then(|versions| {
            let met = versions.iter().map(|bytes| hex(&Sha256::digest(bytes))).collect::<Vec<_>>();
            let same = versions.into_iter().zip(&met).find(|(_, digest)| *digest == sha256).map(|(bytes, _)| bytes);
            let other =
                || format!("its module has the digest sha256:{}, and not the one that is asked for", met.join(" or sha256:"));
            same.ok_or_else(other)
        });
        Self {
            name: asked.name.clone(),
            sha256: sha256.clone(),
            enforced: asked.enforced,
            module: found.and_then(|bytes| Module::new(&bytes, sha256, cache_folder())),
        }
    }

    fn call(&self, request: &[&[u8]]) -> Result<Vec<u8>, String> {
        self.module.as_ref().map_err(Clone::clone)?.call(Operation::Evaluate, request)
    }
}

// Where compiled modules are kept.
fn cache_folder() -> Option<PathBuf> {
    let told = |name: &str| std::env::var_os(name).filter(|told| !told.is_empty()).map(PathBuf::from);
    let own = told("GATEPOST_CACHE").or_else(|| Some(told("XDG_CACHE_HOME")?.join("gatepost")));
    let folder = own.or_else(|| Some(told("HOME")?.join(".cache/gatepost")))?;
    if folder.is_relative() {
        anstream::eprintln!("warning: plugins are compiled anew, since {} is no absolute path", folder.display());
        return None;
    }
    Some(folder.join("plugins"))
}

// What is read of an answer: of a report, its findings, and what it did not look at. Whatever else stands in it is passed over.
#[derive(Deserialize)]
struct AnswerIn {
    ok: Option<ReportIn>,
    error: Option<ErrorIn>,
    need: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ErrorIn {
    message: String,
}

#[derive(Deserialize)]
struct ReportIn {
    findings: Vec<FindingIn>,
    #[serde(default)]
    coverage: CoverageIn,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CoverageIn {
    files: Vec<CoveredIn>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CoveredIn {
    path: String,
    why: Vec<WhyIn>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WhyIn {
    code: String,
    message: String,
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

/// What plugins are given: what is judged, and what that refers to.
pub(crate) struct Given<'g> {
    /// Where the files are from.
    pub(crate) selection: &'g Selection,
    /// The files, sorted by path, and whether each is judged by itself.
    pub(crate) files: Vec<(&'g Loaded, bool)>,
    /// Paths that were looked for and lead to nothing.
    pub(crate) absent: Vec<&'g str>,
    /// Patterns that were looked for.
    pub(crate) globs: Vec<&'g str>,
    /// Whether the files are pipelines that GitLab itself has merged.
    pub(crate) merged: bool,
    /// The version of Kubernetes that manifests are held against.
    pub(crate) kubernetes_version: Option<&'g str>,
}

/// What each plugin finds in files, sorted by path.
pub(crate) fn run(plugins: &[Plugin], given: &Given<'_>) -> Vec<PluginRun> {
    plugins.iter().map(|plugin| run_of(plugin, asked(plugin, given))).collect()
}

/// That none was run, since there are more files than they are given.
pub(crate) fn too_many(plugins: &[Plugin]) -> Vec<PluginRun> {
    let said = || format!("the files have more than the {} MiB that a plugin is given", MAX_BYTES >> 20);
    plugins.iter().map(|plugin| run_of(plugin, Err(said()))).collect()
}

fn run_of(plugin: &Plugin, found: Result<Vec<PluginFinding>, String>) -> PluginRun {
    let (name, sha256, enforced) = (plugin.name.clone(), plugin.sha256.clone(), plugin.enforced);
    match found {
        Ok(findings) => PluginRun { name, sha256, enforced, failed: None, findings },
        Err(said) => PluginRun { name, sha256, enforced, failed: Some(clean_short(&said)), findings: Vec::new() },
    }
}

fn request(given: &Given<'_>) -> Vec<u8> {
    let mut offset = 0;
    let mut listed = Vec::new();
    for (file, judge) in &given.files {
        let length = file.bytes.len();
        listed.push(json!({"path": file.path, "offset": offset, "length": length, "digest": file.digest, "judge": judge}));
        offset += length;
    }
    let selection = given.selection;
    let roots: Vec<&String> = selection.roots.keys().collect();
    let sources: Vec<_> = selection.sources.iter().map(|(source, _)| source).collect();
    let options: Map<String, Value> =
        given.kubernetes_version.map(|version| ("kubernetesVersion".to_owned(), json!(version))).into_iter().collect();
    let header = json!({
        "api": API_VERSION,
        "head": {
            "files": listed,
            "roots": roots,
            "absent": given.absent,
            "globs": given.globs,
            "sources": sources,
            "merged": given.merged,
            // A plugin is asked once, so it can ask for nothing more.
            "complete": true,
        },
        "options": options,
    });
    Frame::write(header.to_string().as_bytes(), &[])
}

fn asked(plugin: &Plugin, given: &Given<'_>) -> Result<Vec<PluginFinding>, String> {
    let frame = request(given);
    let parts: Vec<&[u8]> =
        std::iter::once(frame.as_slice()).chain(given.files.iter().map(|(file, _)| file.bytes.as_ref())).collect();
    let answer = plugin.call(&parts)?;
    let answer: AnswerIn =
        serde_json::from_slice(&answer).map_err(|error| format!("its answer is not what the interface asks for: {error}"))?;
    let report = match answer {
        AnswerIn { error: Some(error), .. } => return Err(format!("it says: {}", error.message)),
        AnswerIn { need: Some(_), .. } => return Err("it asks for more files, and is asked only once".to_owned()),
        AnswerIn { ok: Some(report), .. } => report,
        AnswerIn { .. } => return Err("its answer is neither a report nor an error".to_owned()),
    };
    let found = report.findings;
    if found.len() > MAX_PLUGIN_FINDINGS {
        return Err(format!("it has {} findings, more than the {MAX_PLUGIN_FINDINGS} that are taken", found.len()));
    }
    // One of our own kind says what it could not look at in full.
    for file in &report.coverage.files {
        if let Some(why) = file.why.iter().find(|why| matches!(why.code.as_str(), "too-complex" | "crashed")) {
            return Err(format!("it judged {} only in part: {}", file.path, why.message));
        }
    }
    let mut findings = found.into_iter().map(|found| taken(found, given)).collect::<Result<Vec<_>, _>>()?;
    findings.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
    for of_file in findings.chunk_by(|a, b| a.path == b.path) {
        if let (Some(first), true) = (of_file.first(), of_file.len() > MAX_FINDINGS) {
            return Err(format!("it has {} findings in {}, more than the {MAX_FINDINGS} of one file", of_file.len(), first.path));
        }
    }
    Ok(findings)
}

fn taken(found: FindingIn, given: &Given<'_>) -> Result<PluginFinding, String> {
    let FindingIn { rule, severity, confidence, message, help, object, location: LocationIn { path, span } } = found;
    if !is_name(&rule) {
        return Err("it names a rule not of lower case letters, digits and `-`".to_owned());
    }
    let at = given.files.binary_search_by(|(file, _)| file.path.as_str().cmp(&path)).ok().and_then(|at| given.files.get(at));
    let Some((file, _)) = at else { return Err(format!("its rule {rule} names a file that it was not given")) };
    let inside = span.start <= span.end && span.end as usize <= file.bytes.len();
    if !inside {
        return Err(format!("its rule {rule} names a place that {path} does not have"));
    }
    let confidence = confidence.unwrap_or(Confidence::High);
    let cut = |text: String| plugin::taken(&text).to_owned();
    let (message, help, object) = (cut(message), cut(help), cut(object));
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
