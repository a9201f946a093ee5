//! The report: one versioned structure that says what was found, what was decided and why, and what was looked at.

mod coverage;
mod location;
mod policy;
pub mod text;

use serde::{Deserialize, Serialize};

use crate::document::edit::TextEdit;
use crate::map::Map;
use crate::rule::{Confidence, Safety, Severity};
use crate::source::Span;

pub use coverage::{Coverage, FileCoverage, FileState, Why, WhyCode};
pub(crate) use location::{Lines, Locator};
pub use policy::{Age, BaselineReport, DecideOn, ExceptionReport, ExceptionState, LayerReport, NotGranted, PolicyReport};

/// The version of the report's form. What is added within it, a reader must leave aside.
pub const VERSION: u32 = 1;

/// What became of a request. `F` is how findings are held: parsed, or as the JSON that `decide` splices in unread.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report<F = Finding> {
    /// [`VERSION`].
    pub report: u32,
    /// What judged.
    pub tool: Tool,
    /// What the host said of this run, as it said it.
    pub run: Run,
    /// May the change pass?
    pub decision: Decision,
    /// The same, for each subject that was asked for.
    pub subjects: Vec<SubjectDecision>,
    /// What is wrong, sorted by path, place and rule.
    pub findings: Vec<F>,
    /// What was wrong before the change and is no more, where the change was compared with what was before.
    #[serde(default = "Vec::<F>::new", skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<F>,
    /// What each finding means for each subject.
    pub verdicts: Vec<Verdict>,
    /// The policy, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyReport>,
    /// Every inline ignore that was met.
    pub ignores: Vec<Ignore>,
    /// What could not be told, because something that a rule reads was not here.
    pub unknown: Vec<Unknown>,
    /// What was looked at.
    pub coverage: Coverage,
    /// The plugins that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<PluginReport>,
    /// The rules that findings and unknowns name.
    pub rules: Map<String, RuleSummary>,
}

/// A plugin that was asked for, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginReport {
    /// What its findings are called by.
    pub name: String,
    /// The digest of its module.
    pub sha256: String,
    /// Why it did not run to its end; that denies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// What judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// `gatepost`
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of the rule set: the same digest and the same request give the same report.
    pub rules: String,
}

/// What the host said of this run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The instant that the request gave as now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// The event that the request named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<crate::api::Event>,
    /// The pack of rules that the request named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// The version of Kubernetes that the request named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
}

/// May the change pass? The worst outcome wins: they rank in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Yes.
    Allow,
    /// Yes, with something to look at.
    Warn,
    /// Not yet: time or another person can turn it into yes.
    Hold,
    /// No.
    Deny,
    /// Nothing could be decided; counts as no.
    Error,
}

/// The outcome and what led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The worst of all subjects and gates.
    pub outcome: Outcome,
    /// One line for each thing that led to it, the worst first.
    pub reasons: Vec<String>,
}

/// What is decided about: an application, an environment, a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// The change as a whole: what is decided about when a request names no subject.
    Change,
}

/// The decision about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SubjectDecision {
    /// About what.
    pub subject: Subject,
    /// The worst of its gates.
    pub outcome: Outcome,
    /// Every gate, also those that let it pass.
    pub gates: Vec<Gate>,
}

/// One gate and its trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// `findings` or `coverage`.
    pub gate: String,
    /// What this gate alone would decide.
    pub outcome: Outcome,
    /// How it came to that.
    pub trace: Vec<String>,
}

/// Something wrong at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// Why it is that bad, where that depends on who reaches it and what can be done from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The same for the same defect in another version of the file: no line goes into it.
    pub fingerprint: String,
    /// What it is about: a job, a step, an object. Exceptions can name it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The fact.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub location: Location,
    /// What to say at the place itself.
    pub label: String,
    /// Other places that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// Facts of it by name, for filters and policies.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, String>,
    /// How to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Related {
    /// Where.
    pub location: Location,
    /// What is there.
    pub label: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The path as the host gave it; characters of secrets in it are masked.
    pub path: String,
    /// The bytes.
    pub span: Span,
    /// Line of the first byte, from one.
    pub line: u32,
    /// Column of the first byte, from one, in code points.
    pub column: u32,
    /// Line of the byte after the last.
    pub end_line: u32,
    /// Column of the byte after the last.
    pub end_column: u32,
    /// The lines themselves.
    pub snippet: Snippet,
}

/// Lines of a file as they may be shown: secrets masked, control characters replaced, every character still in its column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Snippet {
    /// The first line.
    pub line: u32,
    /// The column of the first character: more than one where a long line is cut.
    pub column: u32,
    /// The text, lines separated by LF.
    pub text: String,
}

/// A mending of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// Whether it may change what the pipeline does.
    pub safety: Safety,
    /// All the lines that it changes, as they are.
    pub location: Location,
    /// Replacements of bytes, sorted, not overlapping.
    pub edits: Vec<TextEdit>,
}

/// What a finding means for a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Index in `findings`.
    pub finding: u32,
    /// Index in `subjects`.
    pub subject: u32,
    /// What it does.
    pub action: Action,
    /// Index in `ignores` of the ignore that stands at the finding, granted or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<u32>,
    /// Index in `policy.exceptions` of the first exception that is about it and in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<u32>,
    /// Whether it came with the change, where the change was compared with what was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
}

/// What a finding does to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Nothing: an ignore was granted.
    Ignored,
    /// Nothing: an exception of the policy is about it.
    Excepted,
    /// Nothing: the baseline lists it.
    Baselined,
    /// Nothing: it was there before the change, and the change is judged by what it brings.
    Existing,
    /// Nothing yet: its rule is on trial.
    DryRun,
    /// It warns.
    Warn,
    /// It denies.
    Deny,
}

impl Action {
    /// Its name in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Excepted => "excepted",
            Self::Baselined => "baselined",
            Self::Existing => "existing",
            Self::DryRun => "dryrun",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    /// Whether it counts for the decision.
    #[must_use]
    pub fn counts(self) -> bool {
        self >= Self::Warn
    }
}

/// An inline ignore: a claim of the file, granted by who could have written it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ignore {
    /// The comment.
    pub location: Location,
    /// The rules that it names.
    pub rules: Vec<String>,
    /// Its reason.
    pub reason: String,
    /// What became of it.
    pub state: IgnoreState,
    /// Why.
    pub because: String,
}

/// What became of an ignore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum IgnoreState {
    /// The findings at its place do nothing.
    Granted,
    /// Its file may not loosen anything.
    Refused,
    /// Nothing was found at its place.
    Unused,
    /// It is not written as an ignore has to be.
    Invalid,
}

/// What a rule could not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// The rule's id.
    pub rule: String,
    /// Where.
    pub location: Location,
    /// What would be needed.
    pub lacking: String,
}

/// A rule, as far as a reader of a report needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RuleSummary {
    /// What it finds, in a few words.
    pub title: String,
}
