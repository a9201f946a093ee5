//! What a rule is, what it sees, and what it says. The rules themselves stand in the crate `policies`.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::api::Options;
use crate::budget::Budget;
use crate::document::edit::Edit;
use crate::document::{Document, Ref};
use crate::facts::{Cluster, Facts, JoinOut};
use crate::model::github::{Action, Codeowners, Dependabot, Job, Step, Workflow};
use crate::model::gitlab;
use crate::model::kubernetes::{self, Object, Pod, Version};
use crate::reach::{Reach, Weighed};
use crate::source::Span;
use crate::unit::{Site, Unit};

/// How bad a defect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A weakness that needs others to matter.
    Low,
    /// A weakness that matters alone.
    Medium,
    /// A way in.
    High,
    /// A way in that needs no one's help.
    Critical,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Something outside of the files may well make it harmless.
    Low,
    /// Something outside of the files could make it harmless.
    Medium,
    /// The files alone show it.
    High,
}

impl Confidence {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Whether a fix may change what the pipeline does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// The pipeline does what it did.
    Safe,
    /// A person has to look.
    Unsafe,
}

/// How settled a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May change without notice.
    Preview,
    /// Changes are announced.
    Stable,
    /// Will go.
    Deprecated,
}

/// The four pillars that the gate stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pillar {
    /// Who and what may do what.
    Access,
    /// Tokens, passwords and keys.
    Secrets,
    /// Scans and tests before something is deployed.
    Scanning,
    /// Logs, inventory and alarms.
    Visibility,
}

/// A platform whose files a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// GitHub Actions.
    Github,
    /// GitLab CI/CD.
    Gitlab,
    /// Kubernetes.
    Kubernetes,
}

/// What there is to know of a rule before it runs.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// What it finds, in a few words: the defect, not the mending.
    pub title: &'static str,
    /// Its pillar.
    pub pillar: Pillar,
    /// The platforms that it knows.
    pub platforms: &'static [Platform],
    /// The highest severity that it gives.
    pub severity: Severity,
    /// The highest confidence that it gives.
    pub confidence: Confidence,
    /// How settled it is.
    pub status: Status,
    /// The month that it came in.
    pub since: &'static str,
    /// Whether its fixes, if it has any, are safe.
    pub fix: Option<Safety>,
    /// Entries of public catalogues that it answers to: `CICD-SEC-3`.
    pub maps: &'static [&'static str],
    /// What other tools call it: `zizmor/unpinned-uses`.
    pub aliases: &'static [&'static str],
}

/// Inputs beyond its own file that a rule cannot do without. Where one is lacking, the engine says "unknown" for the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// None.
    OwnFile,
    /// The workflow that a job calls.
    CalledWorkflow,
}

/// What part of a unit a rule looks at, and how.
#[derive(Clone, Copy)]
pub enum Check {
    /// The whole file, whatever it is.
    Document(for<'u> fn(&Cx<'u>, &'u Document<'u>, &mut Out<'u>)),
    /// A workflow.
    Workflow(for<'u> fn(&Cx<'u>, Workflow<'u>, &mut Out<'u>)),
    /// Every job of a workflow.
    Job(for<'u> fn(&Cx<'u>, &'u Job<'u>, &mut Out<'u>)),
    /// Every step, of workflows and of composite actions.
    Step(for<'u> fn(&Cx<'u>, &'u Step<'u>, &mut Out<'u>)),
    /// Every expression of workflows and actions that can be read.
    Expression(for<'u> fn(&Cx<'u>, &'u Site<'u>, &mut Out<'u>)),
    /// The description of an action.
    Action(for<'u> fn(&Cx<'u>, Action<'u>, &mut Out<'u>)),
    /// The settings of Dependabot.
    Dependabot(for<'u> fn(&Cx<'u>, Dependabot<'u>, &mut Out<'u>)),
    /// The owners of a repository's files.
    Codeowners(for<'u> fn(&Cx<'u>, Codeowners<'u>, &mut Out<'u>)),
    /// A pipeline of GitLab once it is resolved, or one of its child pipelines.
    Pipeline(for<'u> fn(&Cx<'u>, &gitlab::Pipeline<'u>, &mut Out<'u>)),
    /// Every job of these that is not hidden.
    GitlabJob(for<'u> fn(&Cx<'u>, &gitlab::Job<'u>, &mut Out<'u>)),
    /// Every object of a file of Kubernetes, those of lists one by one.
    Object(for<'u> fn(&Cx<'u>, &Object<'u>, &mut Out<'u>)),
    /// Every pod that these carry.
    Pod(for<'u> fn(&Cx<'u>, &Pod<'u>, &mut Out<'u>)),
    /// Every container of these, whatever list it stands in.
    Container(for<'u> fn(&Cx<'u>, &kubernetes::Container<'u>, &mut Out<'u>)),
    /// The facts of all units together.
    Join(fn(&Facts, &mut JoinOut)),
    /// What all files together ask of clusters.
    Cluster(fn(&Cluster<'_>, &mut JoinOut)),
}

/// A rule.
pub struct Rule {
    /// Names the defect, in kebab case.
    pub id: &'static str,
    /// What there is to know of it.
    pub meta: Meta,
    /// What it cannot do without.
    pub reads: Reads,
    /// What it looks at.
    pub checks: &'static [Check],
    /// What, why, how to mend, what it does not see, and examples, in Markdown. Empty in the module.
    pub docs: &'static str,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.id)
    }
}

/// The rules that a call runs.
pub type RuleSet = &'static [&'static Rule];

/// What a rule sees besides the part that it is called for.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'u> {
    /// The file with what it refers to.
    pub unit: &'u Unit<'u>,
    /// What the host set for the whole run.
    pub options: &'u Options,
    /// The version of Kubernetes that manifests are held against.
    pub kubernetes: Version,
    /// What may still be spent on this file. A check that looks at more than its own part spends from it, and stops when told.
    pub budget: &'u Budget,
}

impl<'u> Cx<'u> {
    /// Who can start a job, and what it then can do; of an action, without one.
    #[must_use]
    pub fn reach(&self, job: Option<&Job<'u>>) -> Reach<'u> {
        self.unit.reach(job)
    }

    /// The same for the job that a step belongs to.
    #[must_use]
    pub fn reach_of(&self, step: &Step<'u>) -> Reach<'u> {
        self.unit.reach(self.unit.job_of(step))
    }
}

/// A place that a rule points at.
#[derive(Clone, Debug)]
pub struct Place<'u> {
    /// The node.
    pub node: Ref<'u>,
    /// A part of its decoded text; without one, the whole node.
    pub range: Option<Range<usize>>,
    /// Bytes of the file that are shown instead, where they are no part of a node.
    pub bytes: Option<Span>,
    /// What to say there. What is borrowed stands in the program, and needs no cleaning.
    pub label: Cow<'static, str>,
}

impl<'u> Place<'u> {
    /// A whole node.
    #[must_use]
    pub fn node(node: Ref<'u>, label: impl Into<Cow<'static, str>>) -> Self {
        Self { node, range: None, bytes: None, label: label.into() }
    }

    /// A part of a scalar's decoded text.
    #[must_use]
    pub fn text(scalar: Ref<'u>, range: Range<usize>, label: impl Into<Cow<'static, str>>) -> Self {
        Self { node: scalar, range: Some(range), bytes: None, label: label.into() }
    }

    /// Bytes of the file, in a comment or between nodes; the node is one that stands near.
    #[must_use]
    pub fn bytes(near: Ref<'u>, bytes: Span, label: impl Into<Cow<'static, str>>) -> Self {
        Self { node: near, range: None, bytes: Some(bytes), label: label.into() }
    }
}

/// A proposed mending, as edits of the tree.
#[derive(Clone, Debug)]
pub struct ProposedFix {
    /// What it does.
    pub title: String,
    /// Whether it may change what the pipeline does.
    pub safety: Safety,
    /// The edits, all of the document that the finding stands in.
    pub edits: Vec<Edit>,
}

/// What a rule found.
#[derive(Clone, Debug)]
pub struct RuleFinding<'u> {
    /// The place, with what to say there.
    pub at: Place<'u>,
    /// Other places that belong to it.
    pub related: Vec<Place<'u>>,
    /// How bad.
    pub severity: Severity,
    /// Why it is that bad, as a clause, where that depends on who reaches it and what can be done from there.
    pub reason: Option<String>,
    /// How sure.
    pub confidence: Confidence,
    /// The fact.
    pub message: Cow<'static, str>,
    /// What to do, as a command to the reader.
    pub help: Cow<'static, str>,
    /// The name of the thing that is wrong, for the fingerprint: an action, a context path. Never a value that could be secret.
    pub object: String,
    /// Facts of it by name.
    pub attributes: Vec<(&'static str, String)>,
    /// How to mend it.
    pub fix: Option<ProposedFix>,
}

impl<'u> RuleFinding<'u> {
    /// A fact at a place. Severity and confidence are medium until they are set.
    #[must_use]
    pub fn new(
        at: Place<'u>,
        message: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
        object: impl Into<String>,
    ) -> Self {
        Self {
            at,
            related: Vec::new(),
            severity: Severity::Medium,
            reason: None,
            confidence: Confidence::Medium,
            message: message.into(),
            help: help.into(),
            object: object.into(),
            attributes: Vec::new(),
            fix: None,
        }
    }

    /// How bad, and how sure.
    #[must_use]
    pub fn rated(mut self, severity: Severity, confidence: Confidence) -> Self {
        self.severity = severity;
        self.confidence = confidence;
        self
    }

    /// How bad, with the reason, and how sure.
    #[must_use]
    pub fn weighed(mut self, weighed: Weighed, confidence: Confidence) -> Self {
        self.severity = weighed.severity;
        self.reason = Some(weighed.reason);
        self.confidence = confidence;
        self
    }

    /// Another place that belongs to it.
    #[must_use]
    pub fn related(mut self, place: Place<'u>) -> Self {
        self.related.push(place);
        self
    }

    /// A fact of it.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// How to mend it.
    #[must_use]
    pub fn fixed(mut self, fix: Option<ProposedFix>) -> Self {
        self.fix = fix;
        self
    }
}

/// Takes what a rule says of one unit.
#[derive(Debug, Default)]
pub struct Out<'u> {
    pub(crate) findings: Vec<RuleFinding<'u>>,
    pub(crate) unknown: Vec<(Ref<'u>, String)>,
}

impl<'u> Out<'u> {
    /// Something is wrong.
    pub fn found(&mut self, finding: RuleFinding<'u>) {
        self.findings.push(finding);
    }

    /// It cannot be told here, for lack of something.
    pub fn unknown(&mut self, at: Ref<'u>, lacking: impl Into<String>) {
        self.unknown.push((at, lacking.into()));
    }
}
