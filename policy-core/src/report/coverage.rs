//! What was looked at: "nothing found" and "nothing looked at" are not the same.

use serde::{Deserialize, Serialize};

use super::Location;
use crate::source::Origin;

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Files judged in full.
    pub judged: u32,
    /// Files judged in part.
    pub partly: u32,
    /// Files of a kind that is not judged.
    pub opaque: u32,
    /// Files that could not be read.
    pub refused: u32,
    /// Every file, sorted by path.
    pub files: Vec<FileCoverage>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileCoverage {
    /// The path as the host gave it; characters of secrets in it are masked.
    pub path: String,
    /// `sha256:` and the digest of its bytes; none for a file that the host could not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Who could have written it.
    pub origin: Origin,
    /// What it is judged as: `github-workflow`, `github-action`.
    pub roles: Vec<String>,
    /// What became of it.
    pub state: FileState,
    /// Why it is not simply judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Why>,
    /// Files that were read with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linked: Vec<String>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// Read and judged.
    Judged,
    /// Read and judged, but for what `why` says.
    Partly,
    /// Not of a kind that is judged.
    Opaque,
    /// Could not be read.
    Refused,
}

/// Why a file is not simply judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// What kind of thing.
    pub code: WhyCode,
    /// The fact.
    pub message: String,
    /// Where, if it has a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// The kinds of things that keep a file from being simply judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WhyCode {
    /// The host could not read it.
    Unreadable,
    /// The module crashed on it.
    Crashed,
    /// Not text, or too large.
    Encoding,
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// Not YAML.
    Syntax,
    /// More than the work that is spent on one file.
    TooComplex,
    /// A key twice in one mapping; the platform refuses that.
    DuplicateKey,
    /// An alias to nothing.
    Alias,
    /// Several YAML documents where the platform reads one.
    SeveralDocuments,
    /// An expression that the platform refuses.
    Expression,
    /// A template that has to be rendered first.
    Template,
    /// The platform refuses the pipeline for it.
    Refused,
    /// It lies in a file that is not here.
    Unavailable,
    /// A part of a pipeline that no pipeline here includes.
    IncludeOnly,
    /// At a path of a kind that it does not have the form of.
    WrongForm,
    /// Its objects are of kinds that no rule looks at.
    UnjudgedKind,
    /// Nothing tells what it is.
    Unrecognised,
}
