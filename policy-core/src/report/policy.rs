//! What the policy did: its layers, what of them was not granted, exceptions and the baseline.

use serde::{Deserialize, Serialize};

use super::Location;
use crate::source::Origin;

/// The policy that was in force, and what became of its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PolicyReport {
    /// The layers, the highest first.
    pub layers: Vec<LayerReport>,
    /// What layers asked for and may not have: it would loosen what stands above them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_granted: Vec<NotGranted>,
    /// Every exception of every layer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionReport>,
    /// The baselines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<BaselineReport>,
    /// Of what a change is judged, where it was compared with what was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide_on: Option<DecideOn>,
}

/// A layer of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LayerReport {
    /// Its file, or what the host calls it.
    pub path: String,
    /// Who could have written it.
    pub origin: Origin,
    /// How the host came to know that: `assumed: …` where nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What a layer asked for and may not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotGranted {
    /// Index of the layer.
    pub layer: u32,
    /// What it asked for: ``rule `unpinned-action`: off``.
    pub what: String,
    /// Where.
    pub location: Location,
    /// Why not.
    pub because: String,
}

/// An exception and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExceptionReport {
    /// Its id.
    pub id: String,
    /// Index of its layer.
    pub layer: u32,
    /// Where it is written.
    pub location: Location,
    /// The rules that it is for.
    pub rules: Vec<String>,
    /// Why it is there.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// When it ends, as it is written.
    pub expires: String,
    /// What became of it.
    pub state: ExceptionState,
    /// Why.
    pub because: String,
    /// How many findings it is about.
    pub matches: u32,
}

/// What became of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionState {
    /// The findings that it is about do nothing.
    Used,
    /// Nothing was found that it is about.
    Unused,
    /// Its time is over, or nobody said what time it is.
    Expired,
    /// It is about more findings than one exception may.
    TooBroad,
    /// Its file may not loosen anything, or the rule is locked.
    NotGranted,
}

/// A baseline and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BaselineReport {
    /// Its file.
    pub path: String,
    /// Who could have written it.
    pub origin: Origin,
    /// How many findings it lists.
    pub entries: u32,
    /// How many of them are still there, and do nothing.
    pub used: u32,
    /// How many are there no more: `gatepost baseline prune` takes them out.
    pub gone: u32,
    /// How many are there and are not granted, since the file comes with the change or the rule is locked.
    pub not_granted: u32,
}

/// Of what a change is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DecideOn {
    /// By what it brings.
    #[default]
    Change,
    /// By all that is there.
    All,
}

impl DecideOn {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::All => "all",
        }
    }
}

/// Whether a finding came with the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Age {
    /// It came with the change.
    New,
    /// It was there before.
    Existing,
}
