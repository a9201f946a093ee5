//! Errors of the API: what happened, where, and what to do. They never echo what they were given.

use serde::{Deserialize, Serialize};

use crate::policy::PolicyProblem;

/// Why a call was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct ApiError {
    /// What kind of thing happened.
    pub code: Code,
    /// What happened.
    pub message: String,
    /// What is wrong in the policy, at its places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<PolicyProblem>,
    /// Where in the request's header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<HeaderPosition>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A place in the JSON of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeaderPosition {
    /// The line, from one.
    pub line: u32,
    /// The column, from one, in bytes.
    pub column: u32,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The operation's number is not known.
    UnknownOperation,
    /// The bytes are neither a frame nor JSON, or a frame that does not hold what it says.
    BadFrame,
    /// The JSON is not a request.
    BadRequest,
    /// A version that this module does not speak.
    UnsupportedVersion,
    /// A part of the request that is not built yet.
    NotBuilt,
    /// A rule that there is not.
    UnknownRule,
    /// A pack that there is not.
    UnknownPack,
    /// A policy or a baseline that cannot be used.
    BadPolicy,
    /// A snapshot that there is not.
    UnknownSnapshot,
    /// `inspect` without a key for prints, or partials of different keys.
    PrintKey,
    /// Partials of another rule set or version, or two of one file.
    BadPartial,
    /// Something inside went wrong.
    Internal,
}

impl ApiError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), problems: Vec::new(), location: None, hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
