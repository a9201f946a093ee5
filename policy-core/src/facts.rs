//! Facts: flat rows that are gathered from every unit and reduced over all of them.

pub mod cluster;

use std::ops::{ControlFlow, Range};

use serde::{Deserialize, Serialize};

pub use cluster::{Cluster, ObjectFact, Row};

use crate::document::{Kind, Ref};
use crate::map::{Map, Set};
use crate::model::github::Job;
use crate::model::github::expression::Segment;
use crate::read::Read;
use crate::report::Location;
use crate::rule::{Confidence, Cx, Severity};
use crate::secret::{Checksum, Key, tokens};
use crate::sort::sorted_by_key;
use crate::unit::{Site, Unit};

/// The facts of one or of all units.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Where jobs that have an environment read secrets.
    pub secret_uses: Vec<SecretUse>,
    /// Secrets that jobs without an environment read: they are set for the whole repository or organisation.
    pub shared_secrets: Set<SharedSecret>,
    /// Objects of Kubernetes that others refer to or that refer to others.
    pub objects: Vec<ObjectFact>,
}

/// Takes what a rule over facts says.
#[derive(Debug, Default)]
pub struct JoinOut {
    pub(crate) findings: Vec<JoinFinding>,
    pub(crate) unknown: Vec<(Location, String)>,
}

impl JoinOut {
    /// Something is wrong.
    pub fn found(&mut self, finding: JoinFinding) {
        self.findings.push(finding);
    }

    /// It cannot be told here, for lack of something.
    pub fn unknown(&mut self, at: &FactPlace, lacking: impl Into<String>) {
        self.unknown.push((at.location.clone(), lacking.into()));
    }
}

/// A secret that is read without an environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedSecret {
    /// As in [`SecretUse::scope`].
    pub scope: String,
    /// The name, in upper case.
    pub name: String,
}

/// A job that has an environment reads a secret. One row for each job and secret: the first place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretUse {
    /// Where secrets of one name are one secret: the root of the repository, or the file alone where that is not known.
    pub scope: String,
    /// The job.
    pub job: String,
    /// The job's environment.
    pub environment: String,
    /// The secret.
    pub secret: Secret,
    /// Where the job reads it.
    pub place: FactPlace,
}

/// A secret without its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Secret {
    /// `secrets.NAME`, in upper case: names do not depend on case.
    Reference {
        /// The name.
        name: String,
    },
    /// A token that stands in the file.
    Literal {
        /// Its keyed print.
        print: String,
        /// What it is, for a person.
        kind: String,
        /// Whether its checksum says that it is no real token.
        example: bool,
    },
}

/// A place that a fact was read at, complete enough to be reported without the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FactPlace {
    /// The place.
    pub location: Location,
    /// The keys down to it, for fingerprints.
    pub keys: Vec<String>,
    /// The path below the root of the repository, for fingerprints.
    pub file: String,
    /// For each rule that an ignore at the place names, the ignore's index among those of its file.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub ignores: Map<String, u32>,
}

/// What a rule over facts found.
#[derive(Clone, Debug)]
pub struct JoinFinding {
    /// The place.
    pub at: FactPlace,
    /// What to say there.
    pub label: String,
    /// Other places and what to say there.
    pub related: Vec<(Location, String)>,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The fact.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The name of the thing that is wrong, for the fingerprint. Never a value, nor an unkeyed print of one.
    pub object: String,
    /// Facts of it by name.
    pub attributes: Vec<(&'static str, String)>,
}

/// A secret and the place in a scalar that reads it.
#[derive(Clone)]
pub(crate) struct SecretSite<'u> {
    pub(crate) secret: Secret,
    pub(crate) scalar: Ref<'u>,
    pub(crate) range: Range<usize>,
}

/// The secrets of the unit's workflow, job by job, where the job's environment stands in the file.
pub(crate) struct JobSecrets<'u> {
    pub(crate) job: Job<'u>,
    pub(crate) environment: Option<&'u str>,
    pub(crate) sites: Vec<SecretSite<'u>>,
}

/// Hands on the secrets that each job of the unit's workflow reads, job by job, until it is told to stop. Tokens in the text are
/// only looked for in jobs with an environment.
pub(crate) fn secrets_by_job<'u>(cx: &Cx<'u>, key: &Key, take: &mut dyn FnMut(JobSecrets<'u>) -> ControlFlow<()>) {
    let unit = cx.unit;
    let Some(workflow) = unit.workflow() else { return };
    let mut of_workflow: [Option<Vec<SecretSite<'u>>>; 2] = [None, None];
    for job in unit.jobs() {
        let environment = match job.environment() {
            Read::Is(name) => Some(name),
            Read::Absent => None,
            // Which environment it is, is not known here.
            Read::Dynamic | Read::Wrong => continue,
        };
        let key = environment.map(|_| key);
        let [without, with] = &mut of_workflow;
        let shared = if key.is_some() { with } else { without };
        let shared = shared.get_or_insert_with(|| workflow.env().map(|env| secrets_below(unit, env, key)).unwrap_or_default());
        // What the workflow's own variables read is repeated for every job.
        if !cx.budget.spend(job.node().len() + shared.len()) {
            return;
        }
        let mut sites = secrets_below(unit, job.node(), key);
        sites.extend(shared.iter().cloned());
        let mut seen = Set::new();
        sites.retain(|site| seen.insert(site.secret.clone()));
        if take(JobSecrets { job: *job, environment, sites }).is_break() {
            return;
        }
    }
}

// Aliases are followed; composing bounded what they expand to.
fn secrets_below<'u>(unit: &Unit<'u>, node: Ref<'u>, key: Option<&Key>) -> Vec<SecretSite<'u>> {
    let mut found = Vec::new();
    if key.is_none() && !unit.document().has_aliases() {
        let sites = unit.sites_between(node.id(), node.end());
        sites.iter().filter(|site| !site.scalar.is_key()).for_each(|site| references(site, &mut found));
        return found;
    }
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node.kind() {
            Kind::Scalar => {
                unit.sites_of(node).iter().for_each(|site| references(site, &mut found));
                if let Some(key) = key {
                    literals(node, key, &mut found);
                }
            }
            Kind::Sequence => open.extend(node.items()),
            Kind::Mapping => open.extend(node.entries().map(|(_, value)| value)),
            Kind::Alias => {}
        }
    }
    sorted_by_key(found, |site| (site.scalar.id(), site.range.start))
}

fn references<'u>(site: &Site<'u>, found: &mut Vec<SecretSite<'u>>) {
    let Ok(expression) = &site.expression else { return };
    for id in expression.ids() {
        let Some(path) = expression.path(id) else { continue };
        let [Segment::Name(context), Segment::Name(name)] = path.segments() else { continue };
        // GITHUB_TOKEN is made anew for every job.
        if context.eq_ignore_ascii_case("secrets") && !name.eq_ignore_ascii_case("github_token") {
            let span = expression.span(id);
            let secret = Secret::Reference { name: name.to_ascii_uppercase() };
            let range = site.start + span.start..site.start + span.end;
            found.push(SecretSite { secret, scalar: site.scalar, range });
        }
    }
}

fn literals<'u>(scalar: Ref<'u>, key: &Key, found: &mut Vec<SecretSite<'u>>) {
    let text = scalar.text().unwrap_or("");
    for token in tokens(text) {
        let value = text.get(token.range.clone()).unwrap_or("");
        let example = token.checksum == Checksum::Fails;
        let secret = Secret::Literal { print: key.print(value), kind: token.kind.to_owned(), example };
        found.push(SecretSite { secret, scalar, range: token.range });
    }
}
