//! The answer of `who-can`.

use serde::{Deserialize, Serialize};

use crate::api::AccessRequest;

/// Who may do what was asked.
#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WhoCan {
    /// The requests, as they were understood.
    pub questions: Vec<WhoCanQuestion>,
    /// Who can make one of them, or may be able to. `system:masters`, whom the API server lets do everything, is not among them
    /// unless something is bound to it.
    pub subjects: Vec<WhoCanSubject>,
    /// What could add to them.
    pub unknown: Vec<WhoCanNot>,
    /// How many roles the files hold.
    pub roles: u32,
    /// How many bindings.
    pub bindings: u32,
    /// Whether there is more than is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A request as it was understood.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WhoCanQuestion {
    /// `get secrets`, `create pods/exec`, for a person.
    pub title: String,
    /// The request.
    pub request: AccessRequest,
}

/// Someone who can make a request.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WhoCanSubject {
    /// The root of the repository whose files say so; empty where the files stand for one cluster.
    pub scope: String,
    /// `Group`, `User` or `ServiceAccount`.
    pub kind: String,
    /// The namespace of a service account; empty where none is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// By what it can.
    pub ways: Vec<WhoCanWay>,
    /// Of a service account, what runs as it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<WhoCanPart>,
}

/// How someone can make a request.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WhoCanWay {
    /// Which one, by its number among [`WhoCan::questions`].
    pub question: u32,
    /// In which namespace, empty where it is not written; none if everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// For objects of which names alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Why it may not be so after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
    /// The binding, at the subject that it names.
    pub binding: WhoCanPart,
    /// The role that it binds.
    pub role: WhoCanPart,
    /// The role that this one aggregates and that has the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WhoCanPart>,
    /// The rule: `get, list secrets`.
    pub rule: WhoCanPart,
}

/// A part of what was found, with the place where it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WhoCanPart {
    /// What it is.
    pub title: String,
    /// Where it is written; nowhere if it comes with Kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<ShownPlace>,
}

/// A place in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShownPlace {
    /// The file.
    pub path: String,
    /// The line, from one.
    pub line: u32,
    /// The column, from one, in code points.
    pub column: u32,
}

/// Something that is not known and could add to the answer.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WhoCanNot {
    /// What, and why.
    pub message: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<ShownPlace>,
}
