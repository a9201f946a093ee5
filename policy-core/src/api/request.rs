//! The request, version 1. What this version does not judge is refused by name.

mod check;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::{ApiError, Code};
use crate::data::DataSet;
use crate::inspect::Partial;
use crate::map::{Map, Set};
use crate::model::kubernetes::Version;
use crate::plugin::PluginRun;
use crate::report::FileCoverage;
use crate::source::Origin;

/// The version of the request's form.
pub const API_VERSION: u32 = 1;

/// What a host asks.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// [`API_VERSION`].
    pub api: u32,
    /// The instant of this run, RFC 3339. The engine has no clock. Stands in the report.
    #[serde(default)]
    pub now: Option<String>,
    /// What happened. Stands in the report; the repository's name is known to rules.
    #[serde(default)]
    pub event: Option<Event>,
    /// Not built yet: what to decide about. Without any, the change as a whole.
    #[serde(default)]
    pub subjects: Vec<NotBuilt>,
    /// Policies, the highest first. Without any, the built-in default.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// Baselines: findings that do nothing, if who wrote the list may say so.
    #[serde(default)]
    pub baselines: Vec<Layer>,
    /// Not built yet: scan reports, approvals, exported settings.
    #[serde(default)]
    pub evidence: Vec<NotBuilt>,
    /// The files to judge, or what `inspect` gave for them.
    #[serde(default)]
    pub head: Head,
    /// The files as they were before the change, or what `inspect` gave for them.
    #[serde(default)]
    pub base: Option<Head>,
    /// Not built yet: time zone data for windows.
    #[serde(default)]
    pub zones: Option<NotBuilt>,
    /// How to judge.
    #[serde(default)]
    pub options: Options,
    /// Of `who-can` what is asked.
    #[serde(default)]
    pub question: Option<Question>,
}

/// A policy, or a baseline, and who could have written it.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Layer {
    /// Its path, or what the host calls it.
    pub path: String,
    /// Its text, in a request that is plain JSON.
    #[serde(default)]
    pub text: Option<String>,
    /// Where its bytes begin in the tail of the frame.
    #[serde(default)]
    pub offset: Option<u64>,
    /// How many bytes it has.
    #[serde(default)]
    pub length: Option<u64>,
    /// Who could have written it.
    #[serde(default)]
    pub origin: Origin,
    /// How the host came to know that; stands in the report.
    #[serde(default)]
    pub because: Option<String>,
}

/// What is asked of the roles and bindings of Kubernetes: who can make these requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Whether those requests are asked for that are worth knowing of every subject.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub matrix: bool,
    /// The namespace that these are asked for in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<AccessRequest>,
}

/// A request to the API server of Kubernetes, but for who makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessRequest {
    /// The verb: `get`.
    pub verb: String,
    /// The resource as people write it: `pods`, `pods/exec`, `deployments.apps`, `po`; with `/` at its beginning a path. Beside
    /// `apiGroup` the resource alone, as the API server has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_group: Option<String>,
    /// The part of the resource, beside `apiGroup`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    /// A path in place of a resource, whatever it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The name of the object, if one is meant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The namespace; empty for the whole cluster at once. Without one, whoever can do it anywhere is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// A part of the request that is refused by name.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct NotBuilt(#[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))] pub Box<RawValue>);

/// What happened that asks for a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// The platform's name of it: `pull_request`, `push`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The repository: `owner/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The full name of the ref.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// Files, or what was made of them.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Head {
    /// The files, each path once.
    #[serde(default)]
    pub files: Vec<File>,
    /// Roots of repositories, as prefixes of paths without `/` at the end; `""` is the whole tree. A file below none of them
    /// stands alone: nothing it refers to is looked for.
    #[serde(default)]
    pub roots: Vec<String>,
    /// Paths that were looked for and are not there.
    #[serde(default)]
    pub absent: Set<String>,
    /// Whether what is not among the files is not there, so that nothing more is asked for.
    #[serde(default)]
    pub complete: bool,
    /// Patterns of paths that were looked for: all files that they match are among the files.
    #[serde(default)]
    pub globs: Set<String>,
    /// Other projects whose files are here, for pipelines that include them.
    #[serde(default)]
    pub sources: Vec<SourceProject>,
    /// Whether GitLab itself has merged the pipelines: nothing is left to include.
    #[serde(default)]
    pub merged: bool,
    /// What `inspect` gave.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<serde_json::Value>"))]
    pub partials: Vec<Partial>,
    /// Files that the host found and could not read, or that the module crashed on.
    #[serde(default)]
    pub unread: Vec<FileCoverage>,
    /// What modules of third parties found in these files. A finding in a file that is not among them is left out.
    #[serde(default)]
    pub plugins: Vec<PluginRun>,
}

/// Another project whose files are here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceProject {
    /// Its full path: `group/project`. The templates that come with GitLab are the project `templates`.
    pub project: String,
    /// The ref that its files are of, as it is written where they are included; empty for whatever ref.
    #[serde(default, rename = "ref")]
    pub git_ref: String,
    /// The prefix of its files' paths, without `/` at the end.
    pub root: String,
}

/// A file of the request.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct File {
    /// Its path with `/` between the parts.
    pub path: String,
    /// Its text, in a request that is plain JSON.
    #[serde(default)]
    pub text: Option<String>,
    /// Where its bytes begin in the tail of the frame.
    #[serde(default)]
    pub offset: Option<u64>,
    /// How many bytes it has.
    #[serde(default)]
    pub length: Option<u64>,
    /// `sha256:` and the digest of its bytes, where the host has it: hosts compute it several times faster than a module. It is
    /// believed, like everything that the host says.
    #[serde(default)]
    pub digest: Option<String>,
    /// Who could have written it.
    #[serde(default)]
    pub origin: Origin,
    /// Whether to judge it, or only to read it where a judged file refers to it.
    #[serde(default = "yes")]
    pub judge: bool,
}

fn yes() -> bool {
    true
}

/// How to judge.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// The pack of rules to run; `describe` lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// The version of Kubernetes that manifests are held against, as in `1.33`; the newest one that is known, if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
    /// Run these rules only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Set<String>>,
    /// Commits of actions by reference, for fixes: `actions/checkout@v4`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub pins: Map<String, Pin>,
    /// Snapshots of facts by id, each the text of a snapshot file, in place of those that are built in. `describe` lists them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, String>,
    /// Leaves out what would mend findings. To read every file again with its fixes takes about a fifth of the time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_fixes: bool,
    /// The repository that is judged, `owner/name`; taken from the event if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The key of prints of secrets: at least 16 bytes, hexadecimal. `inspect` needs it, since its answer leaves the module.
    #[serde(default, skip_serializing)]
    pub print_key: Option<String>,
}

/// The commit that a reference stood for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pin {
    /// The whole commit id.
    pub commit: String,
    /// The version that the commit is, for a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Options {
    /// Whether a rule is to run.
    #[must_use]
    pub fn runs(&self, rule: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(rule))
    }

    /// The version of Kubernetes that manifests are held against.
    #[must_use]
    pub fn version_of_kubernetes(&self) -> Version {
        self.kubernetes_version.as_deref().and_then(Version::parse).unwrap_or_default()
    }

    // Which snapshots there are, and their form, is for the rules to say.
    fn check_data(&self, data: DataSet) -> Result<(), ApiError> {
        for (id, text) in self.data.iter() {
            let Some(known) = data.iter().find(|known| known.id == id) else {
                let error = ApiError::new(Code::UnknownSnapshot, "`options.data` names a snapshot that there is not");
                let ids: Vec<&str> = data.iter().map(|known| known.id).collect();
                return Err(match super::did_you_mean(id, &ids) {
                    Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                    None => error.hint(format!("there are {}", ids.join(", "))),
                });
            };
            if let Err(error) = known.read(text) {
                let message = format!("the snapshot `{}` of `options.data` cannot be read: {error}", known.id);
                return Err(ApiError::new(Code::BadRequest, message));
            }
        }
        Ok(())
    }
}

impl Request {
    /// Reads the header of a request.
    ///
    /// # Errors
    /// At the first thing that is no JSON or no part of a request, with its place.
    pub fn read(header: &[u8]) -> Result<Self, ApiError> {
        super::read::read_request(header)
    }

    /// Refuses what this version does not do, by name.
    pub(super) fn refuse_what_is_not_built(&self) -> Result<(), ApiError> {
        if self.api != API_VERSION {
            let message = format!("this module speaks request version {API_VERSION}");
            return Err(ApiError::new(Code::UnsupportedVersion, message).hint("set `api` to 1"));
        }
        let parts =
            [("subjects", !self.subjects.is_empty()), ("evidence", !self.evidence.is_empty()), ("zones", self.zones.is_some())];
        match parts.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => {
                let message = format!("`{name}` is part of request version 1, but this version of Gatepost does not judge it yet");
                Err(ApiError::new(Code::NotBuilt, message).hint(format!("leave `{name}` out")))
            }
            None => Ok(()),
        }
    }

    /// Refuses what contradicts itself.
    pub(super) fn check(&mut self, rules: &[&str], data: DataSet) -> Result<(), ApiError> {
        let unknown = self.options.only.iter().flat_map(Set::iter).find(|id| !rules.contains(&id.as_str()));
        if let Some(id) = unknown {
            let error = ApiError::new(Code::UnknownRule, "`options.only` names a rule that there is not");
            return Err(match super::did_you_mean(id, rules) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint("`describe` lists the rules"),
            });
        }
        if self.options.kubernetes_version.as_deref().is_some_and(|version| Version::parse(version).is_none()) {
            let message = "`options.kubernetesVersion` is no version of Kubernetes";
            return Err(ApiError::new(Code::BadRequest, message).hint("write it as `1.33`, or `latest`"));
        }
        self.options.check_data(data)?;
        for pin in self.options.pins.values() {
            if !crate::model::github::ActionReference::is_commit(&pin.commit) {
                let message = "`options.pins` gives a commit that is not a whole commit id";
                return Err(ApiError::new(Code::BadRequest, message).hint("give all 40 digits"));
            }
            // It goes into files as it is.
            if pin.version.as_ref().is_some_and(|version| version.chars().any(|c| c.is_control() || c.is_whitespace())) {
                return Err(ApiError::new(Code::BadRequest, "`options.pins` gives a version that is not one word"));
            }
        }
        for (head, name) in [(Some(&mut self.head), "head"), (self.base.as_mut(), "base")] {
            let Some(head) = head else { continue };
            check::files(head, name)?;
            check::plugins(head, name)?;
        }
        Ok(())
    }
}
