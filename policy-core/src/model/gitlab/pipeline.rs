//! The resolved pipeline as a view.

use std::borrow::Cow;

use super::job::Job;
use super::resolve::{Resolved, TARGETS, Target};
use super::tree::Id;
use super::value::{KeyValue, Value};
use super::{Inclusion, LEGACY_DEFAULT_KEYS};
use crate::document::Ref;
use crate::graph::Graph;
use crate::map::Map;
use crate::read::{Read, Truth};

#[derive(Debug)]
pub(super) struct JobData<'u> {
    pub(super) name: Cow<'u, str>,
    pub(super) key: Ref<'u>,
    pub(super) node: Id,
    pub(super) hidden: bool,
    // In `Resolved::scripts`.
    pub(super) script: u32,
    pub(super) after: u32,
}

#[derive(Debug)]
pub(super) struct PipelineData<'u> {
    pub(super) root: Id,
    pub(super) open: bool,
    pub(super) trigger: Option<Id>,
    pub(super) jobs: Vec<JobData<'u>>,
    pub(super) names: Map<String, usize>,
    /// None where a file that is not here could set them.
    pub(super) stages: Option<Vec<String>>,
    pub(super) graph: Graph,
    /// The places of the root's entries that are no jobs: every job asks for them, and the jobs may be thousands.
    pub(super) globals: Vec<usize>,
}

impl<'u> PipelineData<'u> {
    pub(super) fn new(root: Id, open: bool, trigger: Option<Id>, jobs: Vec<JobData<'u>>, globals: Vec<usize>) -> Self {
        let mut names = Map::new();
        for (at, job) in jobs.iter().enumerate() {
            names.insert(job.name.to_string(), at);
        }
        Self { root, open, trigger, jobs, names, stages: None, graph: Graph::default(), globals }
    }
}

/// One entry of an `include`.
#[derive(Debug)]
pub(super) struct IncludeRow {
    pub(super) value: Id,
    pub(super) target: Target,
}

/// A pipeline as GitLab would run it: that of the root file, or of a child whose files are here.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline<'u> {
    pub(super) resolved: &'u Resolved<'u>,
    pub(super) index: usize,
}

/// One entry of an `include`, of this pipeline or its children, in whatever file it stands.
#[derive(Clone, Copy, Debug)]
pub struct Include<'u> {
    /// What it names.
    pub target: Target,
    /// The entry: a text or a mapping.
    pub value: Value<'u>,
}

impl<'u> Include<'u> {
    /// What a key of it has: `ref`, `file`, `integrity`, `inputs`.
    #[must_use]
    pub fn get(&self, key: &str) -> Read<Value<'u>> {
        match self.value.text() {
            Some(_) => Read::Absent,
            None => self.value.get(key),
        }
    }

    /// The value that names what is included: a path, URL, project, template or component.
    #[must_use]
    pub fn named(&self) -> Option<Value<'u>> {
        let (key, _) = TARGETS.iter().find(|(_, target)| *target == self.target)?;
        if self.value.text().is_some() { Some(self.value) } else { self.value.get(key).is() }
    }
}

impl<'u> Resolved<'u> {
    /// The pipelines: that of the root file, then those of children.
    pub fn pipelines(&'u self) -> impl Iterator<Item = Pipeline<'u>> {
        (0..self.pipelines.len()).map(|index| Pipeline { resolved: self, index })
    }

    /// Every entry of an `include` of all of them, each once for each time that its file is included.
    pub fn includes(&'u self) -> impl Iterator<Item = Include<'u>> {
        self.includes.iter().map(|row| Include { target: row.target, value: self.tree.value(row.value) })
    }

    /// The files that were read in, each once for each time that it is included; the root file first.
    #[must_use]
    pub fn inclusions(&self) -> &[Inclusion<'u>] {
        &self.inclusions
    }

    /// The texts that jobs run.
    pub(crate) fn scripts(&self) -> &[super::script::JobText] {
        &self.scripts
    }

    /// What keeps it from being known in full.
    #[must_use]
    pub fn faults(&self) -> &[super::Fault<'u>] {
        &self.faults
    }
}

impl<'u> Pipeline<'u> {
    fn data(self) -> Option<&'u PipelineData<'u>> {
        self.resolved.pipelines.get(self.index)
    }

    /// The whole of it, as one mapping.
    #[must_use]
    pub fn value(self) -> Value<'u> {
        self.resolved.tree.value(self.data().map_or(Id(0), |data| data.root))
    }

    /// Whether files that are not here could add to it: jobs, `default`, `stages`, variables.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.data().is_none_or(|data| data.open)
    }

    /// Whether a job of another pipeline starts it.
    #[must_use]
    pub fn is_child(self) -> bool {
        self.trigger().is_some()
    }

    /// The `include` of the `trigger` that starts it, of a child.
    #[must_use]
    pub fn trigger(self) -> Option<Value<'u>> {
        self.data().and_then(|data| data.trigger).map(|id| self.resolved.tree.value(id))
    }

    /// The jobs that it has, in its order; not the entries whose names begin with a dot.
    pub fn jobs(self) -> impl Iterator<Item = Job<'u>> {
        let jobs = self.data().map_or(&[][..], |data| &data.jobs);
        let jobs = jobs.iter().enumerate().filter(|(_, data)| !data.hidden);
        jobs.map(move |(index, data)| Job { pipeline: self, data, index })
    }

    /// A job or hidden job by its name.
    #[must_use]
    pub fn job(self, name: &str) -> Option<Job<'u>> {
        let data = self.data()?;
        let index = *data.names.get(name)?;
        Some(Job { pipeline: self, data: data.jobs.get(index)?, index })
    }

    /// The stages in their order, `.pre` and `.post` included; none where a file that is not here could set them.
    #[must_use]
    pub fn stages(self) -> Option<&'u [String]> {
        self.data()?.stages.as_deref()
    }

    /// What `default` sets for all jobs, or the root itself does as it was done before `default`.
    #[must_use]
    pub fn default(self, key: &str) -> Read<Value<'u>> {
        match self.default_entry(key) {
            Some(entry) if entry.value.is_unknown() => Read::Dynamic,
            Some(entry) => Read::Is(entry.value),
            None if self.is_open() || self.global_value("default") == Read::Dynamic => Read::Dynamic,
            None => Read::Absent,
        }
    }

    // An entry of the root that is no job.
    fn global(self, key: &str) -> Option<KeyValue<'u>> {
        let (data, tree) = (self.data()?, &self.resolved.tree);
        let entries = tree.mapping(data.root);
        let entry = data.globals.iter().filter_map(|at| entries.get(*at)).find(|entry| tree.text(entry.key) == key)?;
        Some(tree.key_value(entry))
    }

    fn global_value(self, key: &str) -> Read<Value<'u>> {
        self.value().answer(self.global(key))
    }

    pub(super) fn default_entry(self, key: &str) -> Option<KeyValue<'u>> {
        let set = self.global("default").and_then(|default| default.value.entry(key));
        let legacy = || if LEGACY_DEFAULT_KEYS.contains(&key) { self.global(key) } else { None };
        set.or_else(legacy).filter(|entry| !entry.value.is_null())
    }

    /// The variables of all jobs.
    #[must_use]
    pub fn variables(self) -> Read<Value<'u>> {
        self.global_value("variables")
    }

    /// The rules of the pipeline as a whole, flattened. `Dynamic` where a file that is not here could set them.
    #[must_use]
    pub fn workflow_rules(self) -> Read<Vec<Value<'u>>> {
        match self.global_value("workflow").and_then(|workflow| workflow.get("rules")).map(Value::flat) {
            // What is included is merged into what stands beside it, key by key.
            Read::Absent if self.is_open() => Read::Dynamic,
            rules => rules,
        }
    }

    /// Jobs in the order in which they run, by [`Job::index`].
    #[must_use]
    pub fn graph(self) -> Option<&'u Graph> {
        self.data().map(|data| &data.graph)
    }

    /// Whether `job` runs only once `earlier` is done.
    #[must_use]
    pub fn runs_before(self, earlier: &Job<'u>, job: &Job<'u>) -> Truth {
        self.graph().map_or(Truth::Unknown, |graph| graph.runs_before(earlier.index, job.index))
    }

    /// Every entry of an `include`, of this pipeline and, for that of the root file, of its children.
    pub fn includes(self) -> impl Iterator<Item = Include<'u>> {
        let first = self.index == 0;
        self.resolved.includes().filter(move |_| first)
    }

    /// All that resolving gave.
    #[must_use]
    pub fn resolved(self) -> &'u Resolved<'u> {
        self.resolved
    }
}
