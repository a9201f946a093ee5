//! Errors of the API: what happened, where, and what to do. They never echo what they were given.

use serde::{Deserialize, Serialize};

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
        Self { code, message: message.into(), location: None, hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What a JSON reader said, without the values that it quotes.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let said = error.to_string();
        // serde_json puts the position behind the message; it stands in `location` here.
        let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
        let position = HeaderPosition {
            line: u32::try_from(error.line()).unwrap_or(u32::MAX),
            column: u32::try_from(error.column()).unwrap_or(u32::MAX),
        };
        let (message, hint) = unknown_field(said).unwrap_or_else(|| (without_values(said), None));
        Self { code: Code::BadRequest, message: format!("the request cannot be read: {message}"), location: Some(position), hint }
    }
}

// "unknown field `x`, expected one of `a`, `b`": the key is the host's own text, so only its shape is checked before it is shown.
fn unknown_field(said: &str) -> Option<(String, Option<String>)> {
    let (name, expected) = said.strip_prefix("unknown field `")?.split_once("`, expected ")?;
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let word = name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphabetic());
    let message = if word && crate::secret::is_clean(name) { format!("unknown key `{name}`") } else { "unknown key".to_owned() };
    let hint = match super::did_you_mean(name, &known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known keys here are {}", known.join(", ")),
    };
    Some((message, Some(hint)))
}

// Quoted values are dropped: `invalid type: string "…", expected u32`.
fn without_values(said: &str) -> String {
    match (said.find('"'), said.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            [said.get(..first).unwrap_or(""), "\"…\"", said.get(last + 1..).unwrap_or("")].concat()
        }
        _ if said.contains("unknown variant") => "a value that is not among the known ones".to_owned(),
        _ => said.to_owned(),
    }
}
