//! Units: one root file with what it refers to, and what all rules share about it, computed once.

mod gitlab;
mod manifest;

use std::ops::Range;

use crate::document::{Document, NodeId, Ref, Style};
use crate::graph::{Graph, Waits};
use crate::link::{Links, Roles, local_path, manifest_path};
use crate::map::Map;
use crate::model::github;
use crate::model::github::expression::{Condition, Expression, ExpressionError, condition, fences, opening};
use crate::model::github::{Action, ActionReference, Codeowners, Dependabot, Events, Job, Step, Workflow};
use crate::model::gitlab::{ReadScript, Resolved};
use crate::model::kubernetes::{self, Container, Object, Pod};
use crate::reach::{Power, Reach};
use crate::read::Read;
use crate::shell::{self, Language, Script};

/// The most bytes of scripts that are read as shells read them, in one file. Real workflows have some thousands; a word costs more
/// memory than it has letters.
pub const MAX_SCRIPT_BYTES: usize = 2 << 20;

/// An expression in a scalar of the root file.
#[derive(Debug)]
pub struct Site<'u> {
    /// The scalar.
    pub scalar: Ref<'u>,
    /// From `${{` to `}}` in its decoded text.
    pub outer: Range<usize>,
    /// Where the text of the expression begins in the decoded text.
    pub start: usize,
    /// The expression, or why it is none.
    pub expression: Result<Expression<'u>, ExpressionError>,
}

/// One root file with what it refers to.
#[derive(Debug)]
pub struct Unit<'u> {
    document: &'u Document<'u>,
    roles: Roles,
    links: Links<'u>,
    events: Events,
    sites: Vec<Site<'u>>,
    jobs: Vec<Job<'u>>,
    steps: Vec<Step<'u>>,
    steps_size: usize,
    scripts: Vec<Option<Script<'u>>>,
    script_bytes: usize,
    powers: Vec<Power<'u>>,
    gitlab: Option<&'u Resolved<'u>>,
    included: Vec<&'u Document<'u>>,
    gitlab_scripts: Vec<ReadScript<'u>>,
    objects: Vec<Object<'u>>,
    pods: Vec<Pod<'u>>,
    containers: Vec<Container<'u>>,
    // Of jobs and steps, by the scalar.
    conditions: Map<NodeId, Condition<'u>>,
}

impl<'u> Unit<'u> {
    /// The unit of a root that was linked.
    #[must_use]
    pub fn new(document: &'u Document<'u>, roles: Roles, links: Links<'u>) -> Self {
        let workflow = document.root().filter(|_| roles.github_workflow).map(Workflow::new);
        let events = workflow.map(Workflow::events).unwrap_or_default();
        let (jobs, steps) = (Vec::new(), Vec::new());
        let (powers, scripts) = (Vec::new(), Vec::new());
        let sites = if roles.is_gitlab() || roles.kubernetes { Vec::new() } else { sites(document) };
        let mut unit = Self {
            document,
            roles,
            links,
            events,
            sites,
            jobs,
            steps,
            steps_size: 0,
            scripts,
            script_bytes: 0,
            powers,
            gitlab: None,
            included: Vec::new(),
            gitlab_scripts: Vec::new(),
            objects: Vec::new(),
            pods: Vec::new(),
            containers: Vec::new(),
            conditions: Map::new(),
        };
        if roles.kubernetes {
            unit.objects = kubernetes::objects(document);
            (unit.pods, unit.containers) = kubernetes::pods(&unit.objects);
        }
        let outer = workflow.and_then(|workflow| workflow.defaults().shell());
        for mut job in workflow.into_iter().flat_map(Workflow::jobs) {
            let first = unit.steps.len();
            let number = u32::try_from(unit.jobs.len()).ok();
            let default = job.defaults().shell().or(outer).map_or_else(|| shell_of_runner(&job), language);
            job.steps().for_each(|step| unit.add(step, number, default));
            job.place_steps(first..unit.steps.len());
            job.index = number.unwrap_or(u32::MAX);
            unit.powers.push(Power::of(&unit, &job));
            unit.add_condition(job.condition());
            unit.jobs.push(job);
        }
        unit.action().into_iter().flat_map(Action::steps).for_each(|step| unit.add(step, None, None));
        unit
    }

    fn add(&mut self, mut step: Step<'u>, job: Option<u32>, default: Option<Language>) {
        let script = step.run().and_then(Ref::text);
        let language = step.shell().map_or(default, language);
        self.add_condition(step.condition());
        self.script_bytes = self.script_bytes.saturating_add(script.map_or(0, str::len));
        let script = script.filter(|_| self.script_bytes <= MAX_SCRIPT_BYTES);
        self.scripts.push(script.zip(language).map(|(script, language)| shell::parse(script, language)));
        step.index = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        step.job = job;
        self.steps_size = self.steps_size.saturating_add(step.node().len());
        self.steps.push(step);
    }

    /// The jobs of the workflow that the root file is, in the order of the file.
    #[must_use]
    pub fn jobs(&self) -> &[Job<'u>] {
        &self.jobs
    }

    /// The steps of all jobs, and of the composite action that the root file is, in the order of the file.
    #[must_use]
    pub fn steps(&self) -> &[Step<'u>] {
        &self.steps
    }

    /// How many nodes all steps are; one that several jobs share counts as often.
    #[must_use]
    pub(crate) fn steps_size(&self) -> usize {
        self.steps_size
    }

    /// The steps of one of [`Unit::jobs`].
    #[must_use]
    pub fn steps_of(&self, job: &Job<'u>) -> &[Step<'u>] {
        self.steps.get(job.step_range()).unwrap_or(&[])
    }

    /// The job that one of [`Unit::steps`] belongs to; none in a composite action.
    #[must_use]
    pub fn job_of(&self, step: &Step<'u>) -> Option<&Job<'u>> {
        self.jobs.get(step.job? as usize)
    }

    /// The steps that run in the same job, or the same action, as one of [`Unit::steps`], itself included.
    #[must_use]
    pub fn steps_beside(&self, step: &Step<'u>) -> &[Step<'u>] {
        match self.job_of(step) {
            Some(job) => self.steps_of(job),
            None => self.steps_of_action(),
        }
    }

    /// The steps of the composite action that the root file is.
    #[must_use]
    pub fn steps_of_action(&self) -> &[Step<'u>] {
        self.steps.get(self.jobs.last().map_or(0, |job| job.step_range().end)..).unwrap_or(&[])
    }

    /// The jobs of the workflow in the order in which they run, by their place among [`Unit::jobs`].
    #[must_use]
    pub fn graph(&self) -> Graph {
        let mut by_id = Map::new();
        by_id.extend(self.jobs.iter().enumerate().map(|(at, job)| (job.id(), at)));
        let waits = |job: &Job<'u>| Waits {
            stage: Some(0),
            needs: Some(job.needs().texts().filter_map(|id| by_id.get(id).copied()).collect()),
            // `needs` may be an expression.
            open: job.needs().node().is_some_and(|node| github::text(Some(node)) == Read::Dynamic),
        };
        Graph::new(self.jobs.iter().map(waits).collect())
    }

    /// The script of one of [`Unit::steps`]; none for a step that runs an action, or in a language that is no shell's.
    #[must_use]
    pub fn script(&self, step: &Step<'u>) -> Option<&Script<'u>> {
        self.scripts.get(step.index as usize)?.as_ref()
    }

    /// The mappings that give one of [`Unit::steps`] its variables, the innermost first: its own, its job's and the workflow's.
    #[must_use]
    pub fn envs(&self, step: &Step<'u>) -> [Option<Ref<'u>>; 3] {
        [step.env(), self.job_of(step).and_then(Job::env), self.workflow().and_then(Workflow::env)]
    }

    /// Whether there is more of scripts than [`MAX_SCRIPT_BYTES`]: the rest is not read.
    #[must_use]
    pub fn has_unread_scripts(&self) -> bool {
        self.script_bytes > MAX_SCRIPT_BYTES
    }

    /// The steps that run after one of [`Unit::steps`] in the same job or action.
    #[must_use]
    pub fn steps_after(&self, step: &Step<'u>) -> &[Step<'u>] {
        let beside = self.steps_beside(step);
        let at = beside.iter().position(|other| other.index == step.index).map_or(beside.len(), |at| at + 1);
        beside.get(at..).unwrap_or(&[])
    }

    /// The steps that run before one of [`Unit::steps`] in the same job or action.
    #[must_use]
    pub fn steps_before(&self, step: &Step<'u>) -> &[Step<'u>] {
        let beside = self.steps_beside(step);
        let at = beside.iter().position(|other| other.index == step.index).unwrap_or(0);
        beside.get(..at).unwrap_or(&[])
    }

    // Many rules ask for it.
    fn add_condition(&mut self, scalar: Option<Ref<'u>>) {
        if let Some((scalar, text)) = scalar.and_then(|scalar| Some((scalar, scalar.text()?))) {
            self.conditions.get_or_insert_with(scalar.id(), || condition(text));
        }
    }

    /// What GitHub makes of the `if` of one of the jobs or steps.
    #[must_use]
    pub fn condition(&self, scalar: Ref<'_>) -> Option<&Condition<'u>> {
        let own = std::ptr::eq(scalar.document(), self.document);
        self.conditions.get(&scalar.id()).filter(|_| own)
    }

    /// Who can start a job, and what it then can do; of an action, without a job.
    #[must_use]
    pub fn reach(&self, job: Option<&Job<'u>>) -> Reach<'u> {
        Reach::new(self.events, job.and_then(|job| self.powers.get(job.index as usize)).copied())
    }

    /// The settings of Dependabot that the root file is.
    #[must_use]
    pub fn dependabot(&self) -> Option<Dependabot<'u>> {
        self.document.root().filter(|_| self.roles.github_dependabot).map(Dependabot::new)
    }

    /// The owners that the root file names; none where another file, which counts alone, stands before it.
    #[must_use]
    pub fn codeowners(&self) -> Option<Codeowners<'u>> {
        let counts = self.roles.github_codeowners && self.links.values().all(Option::is_none);
        self.document.root().filter(|_| counts).map(Codeowners::new)
    }

    /// The `package.json` of the package that a step publishes: absent where it does not publish or there is none, `Dynamic` where
    /// it is not known which.
    #[must_use]
    pub fn manifest(&self, step: &Step<'u>) -> Read<Ref<'u>> {
        let Some(path) = manifest_path(step) else { return Read::Absent };
        match self.links.get(&path) {
            Some(Some(document)) => document.root().map_or(Read::Wrong, Read::Is),
            Some(None) => Read::Absent,
            None => Read::Dynamic,
        }
    }

    /// The root file.
    #[must_use]
    pub fn document(&self) -> &'u Document<'u> {
        self.document
    }

    /// What it is judged as.
    #[must_use]
    pub fn roles(&self) -> Roles {
        self.roles
    }

    /// The workflow that the root file is.
    #[must_use]
    pub fn workflow(&self) -> Option<Workflow<'u>> {
        self.document.root().filter(|_| self.roles.github_workflow).map(Workflow::new)
    }

    /// What starts the workflow that the root file is.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events
    }

    /// The action that the root file is.
    #[must_use]
    pub fn action(&self) -> Option<Action<'u>> {
        self.document.root().filter(|_| self.roles.github_action).map(Action::new)
    }

    /// The workflow that a job calls: `Dynamic` if it is not here, be it of another repository or missing.
    #[must_use]
    pub fn called_workflow(&self, job: &Job<'u>) -> Read<Workflow<'u>> {
        job.uses().and_then(|(_, reference)| match reference {
            ActionReference::Local(written) => {
                let document = local_path(written).and_then(|path| self.links.get(&path).copied().flatten());
                document.and_then(Document::root).map_or(Read::Dynamic, |root| Read::Is(Workflow::new(root)))
            }
            ActionReference::Repository { .. } => Read::Dynamic,
            ActionReference::Docker { .. } => Read::Wrong,
        })
    }

    /// The local action that a step runs: `Dynamic` if it is not here; absent for a step that runs none.
    #[must_use]
    pub fn local_action(&self, step: &Step<'u>) -> Read<Action<'u>> {
        let Read::Is((_, ActionReference::Local(written))) = step.uses() else { return Read::Absent };
        let file = |name: &str| local_path(&format!("{written}/{name}")).and_then(|path| self.links.get(&path).copied().flatten());
        let document = file("action.yml").or_else(|| file("action.yaml"));
        document.and_then(Document::root).map_or(Read::Dynamic, |root| Read::Is(Action::new(root)))
    }

    /// The files that were read with the root, by path below the root of the repository.
    pub fn linked(&self) -> impl Iterator<Item = (&str, &'u Document<'u>)> {
        self.links.iter().filter_map(|(path, document)| Some((path.as_str(), (*document)?)))
    }

    /// All expressions of the root file, in its order.
    #[must_use]
    pub fn sites(&self) -> &[Site<'u>] {
        &self.sites
    }

    /// The expressions of one scalar of the root file.
    #[must_use]
    pub fn sites_of(&self, scalar: Ref<'u>) -> &[Site<'u>] {
        let own = std::ptr::eq(scalar.document(), self.document);
        if own { self.sites_between(scalar.id(), scalar.end()) } else { &[] }
    }

    /// The expressions that stand in a node of the root file; what its aliases show is not followed.
    #[must_use]
    pub fn sites_between(&self, first: NodeId, end: NodeId) -> &[Site<'u>] {
        let from = self.sites.partition_point(|site| site.scalar.id() < first);
        let rest = self.sites.get(from..).unwrap_or(&[]);
        // Most nodes that are asked for have none.
        if rest.first().is_none_or(|site| site.scalar.id() >= end) {
            return &[];
        }
        rest.get(..rest.partition_point(|site| site.scalar.id() < end)).unwrap_or(&[])
    }
}

fn language(shell: Ref<'_>) -> Option<Language> {
    Language::of_shell(shell.text()?)
}

// PowerShell where every label that is written is one of Windows; bash everywhere else.
fn shell_of_runner(job: &Job<'_>) -> Option<Language> {
    let windows = |label: &str| label.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("windows"));
    let mut labels = job.runs_on().into_iter().flat_map(|runs_on| runs_on.labels()).filter_map(Ref::text).peekable();
    let all = labels.peek().is_some() && labels.all(|label| windows(label) || label.eq_ignore_ascii_case("self-hosted"));
    let named = job.runs_on().is_some_and(|runs_on| runs_on.labels().filter_map(Ref::text).any(windows));
    Some(if all && named { Language::PowerShell } else { Language::Posix })
}

// What a person reads and GitHub does not evaluate.
const PROSE: &[&str] = &["description", "deprecationMessage"];

fn sites<'u>(document: &'u Document<'u>) -> Vec<Site<'u>> {
    let source = document.source().text().as_bytes();
    let next = |from: usize| opening(source, from);
    let mut marks = std::iter::successors(next(0), |mark| next(mark + 3)).peekable();
    let mut found = Vec::new();
    for scalar in document.scalars() {
        let span = scalar.span();
        while marks.next_if(|mark| *mark < span.start as usize).is_some() {}
        // An escape can write the mark without its characters.
        let may_hold = marks.peek().is_some_and(|mark| *mark < span.end as usize) || scalar.style() == Style::DoubleQuoted;
        let Some(text) = Some(scalar).filter(|_| may_hold).and_then(Ref::text).filter(|text| opening(text.as_bytes(), 0).is_some())
        else {
            continue;
        };
        if scalar.key().and_then(Ref::text).is_some_and(|key| PROSE.contains(&key)) {
            continue;
        }
        found.extend(fences(text).map(|fence| match fence {
            Ok(fence) => {
                let inner = text.get(fence.inner.clone()).unwrap_or("");
                Site { scalar, outer: fence.outer, start: fence.inner.start, expression: Expression::parse(inner) }
            }
            Err(error) => Site { scalar, outer: error.at..text.len(), start: 0, expression: Err(error) },
        }));
    }
    found
}
