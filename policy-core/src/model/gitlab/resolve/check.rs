//! What GitLab refuses of a pipeline once it is merged: unknown stages and needs, circles, jobs without a script, large matrices.

use std::borrow::Cow;

use super::super::MAX_COMBINATIONS;
use super::super::need::Need;
use super::super::pipeline::{JobData, PipelineData};
use super::super::tree::{Id, Tree};
use super::super::value::Value;
use super::{FaultKind, Resolver};
use crate::document::{Kind, Ref};
use crate::graph::{Graph, Waits};
use crate::map::Map;
use crate::read::Read;

/// The stages of a pipeline that names none.
const DEFAULT_STAGES: &[&str] = &["build", "test", "deploy"];

/// The most jobs that one may need.
const MAX_NEEDS: usize = 50;

type Said<'u> = Vec<(Ref<'u>, Cow<'static, str>)>;

impl<'u> Resolver<'_, 'u> {
    /// Works out stages and order, and says what GitLab refuses.
    pub(super) fn check(&mut self, pipeline: &mut PipelineData<'u>) {
        let mut said: Said<'u> = Vec::new();
        let tree = &self.tree;
        pipeline.stages = stages(tree, pipeline);
        let mut order = Map::new();
        for (at, stage) in pipeline.stages.iter().flatten().enumerate() {
            order.get_or_insert_with(stage.as_str(), || at);
        }
        let mut waits = Vec::new();
        for job in &pipeline.jobs {
            if job.hidden {
                waits.push(Waits::default());
                continue;
            }
            let value = tree.value(job.node);
            let stage = stage(value, job, pipeline.stages.is_some(), &order, &mut said, tree);
            let needs = needs(value, pipeline, tree, &mut said);
            waits.push(Waits { stage, open: value.is_open() || needs.1, needs: needs.0 });
            body(value, job, tree, &mut said);
            conditions(value, job, tree, &mut said);
            matrix(value, tree, &mut said);
        }
        order_of_needs(pipeline, &waits, tree, &mut said);
        pipeline.graph = Graph::new(waits);
        if let Some(job) = pipeline.graph.circle().and_then(|at| pipeline.jobs.get(at)) {
            said.push((job.key, Cow::Borrowed("GitLab refuses this job: by what it needs it waits for itself")));
        }
        if pipeline.jobs.iter().all(|job| job.hidden) && !pipeline.open && !self.files.part {
            let at = tree.node(pipeline.root).map(|node| node.at);
            said.extend(at.map(|at| (at, Cow::Borrowed("GitLab refuses this pipeline: it has no job that is not hidden"))));
        }
        // What was left out may be what is missed.
        if self.full {
            said.clear();
        }
        for (at, message) in said {
            self.fault(FaultKind::Refused, at, message);
        }
    }
}

fn at<'u>(tree: &Tree<'u>, id: Id) -> Option<Ref<'u>> {
    tree.node(id).map(|node| node.at)
}

fn stages(tree: &Tree<'_>, pipeline: &PipelineData<'_>) -> Option<Vec<String>> {
    let mut found = vec![".pre".to_owned()];
    match tree.value(pipeline.root).get("stages") {
        Read::Absent => found.extend(DEFAULT_STAGES.iter().map(|stage| (*stage).to_owned())),
        Read::Is(stages) if stages.kind() == Some(Kind::Sequence) => {
            for stage in stages.flat() {
                found.push(stage.read().is()?.to_owned());
            }
        }
        _ => return None,
    }
    found.retain(|stage| stage != ".post");
    found.dedup_by(|stage, first| stage == ".pre" && first == ".pre");
    found.push(".post".to_owned());
    Some(found)
}

fn stage<'u>(
    value: Value<'_>,
    job: &JobData<'u>,
    known: bool,
    order: &Map<&str, usize>,
    said: &mut Said<'u>,
    tree: &Tree<'u>,
) -> Option<u32> {
    let name = match value.get("stage") {
        Read::Absent => "test",
        read => read.and_then(Value::read).is()?,
    };
    let place = order.get(name).and_then(|place| u32::try_from(*place).ok());
    if place.is_none() && known {
        let written = value.entry("stage").and_then(|entry| at(tree, entry.value.id));
        said.push((written.unwrap_or(job.key), Cow::Borrowed("GitLab refuses this job: its stage is not among `stages`")));
    }
    place
}

// The jobs that one needs, and whether there may be more.
fn needs<'u>(value: Value<'_>, pipeline: &PipelineData<'u>, tree: &Tree<'u>, said: &mut Said<'u>) -> (Option<Vec<usize>>, bool) {
    let listed = match value.get("needs") {
        Read::Is(listed) => Need::all(listed),
        Read::Absent => return (None, false),
        Read::Dynamic | Read::Wrong => return (None, true),
    };
    let (mut found, mut open) = (Vec::new(), false);
    let mut say = |need: &Need<'_>, message: &'static str| {
        said.extend(at(tree, need.value.id).map(|at| (at, Cow::Borrowed(message))));
    };
    if listed.len() > MAX_NEEDS
        && let Some(need) = listed.get(MAX_NEEDS)
    {
        say(need, "GitLab refuses this job: it needs more than 50 jobs");
    }
    for need in listed.iter().filter(|need| need.is_local()) {
        let Read::Is(name) = need.job() else {
            open = true;
            continue;
        };
        match job_named(pipeline, name) {
            Some(at) => found.push(at),
            None if pipeline.open => open = true,
            None if need.is_optional() == Read::Is(false) => {
                say(need, "GitLab refuses this job: it needs one that there is not");
            }
            None => {}
        }
    }
    // What a pipeline that starts children needs of others, it does not wait for here.
    let only_foreign = !listed.is_empty() && found.is_empty() && listed.iter().all(|need| !need.is_local());
    let mapping = value.get("needs").is().is_some_and(|needs| needs.kind() == Some(Kind::Mapping));
    if only_foreign && mapping { (None, open) } else { (Some(found), open) }
}

// Also a parallel run of a job: `build: [linux]`, `build 1/3`.
fn job_named(pipeline: &PipelineData<'_>, name: &str) -> Option<usize> {
    let find = |name: &str| pipeline.names.get(name).copied().filter(|at| pipeline.jobs.get(*at).is_some_and(|job| !job.hidden));
    let parallel = || name.rsplit_once(": [").map(|(name, _)| name).or_else(|| numbered(name)).and_then(find);
    find(name).or_else(parallel)
}

fn numbered(name: &str) -> Option<&str> {
    let (job, run) = name.rsplit_once(' ')?;
    let (at, of) = run.split_once('/')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(at) && digits(of)).then_some(job)
}

fn order_of_needs<'u>(pipeline: &PipelineData<'u>, waits: &[Waits], tree: &Tree<'u>, said: &mut Said<'u>) {
    for (job, waiting) in pipeline.jobs.iter().zip(waits) {
        let later = |need: &usize| {
            let other = waits.get(*need).and_then(|waits| waits.stage);
            waiting.stage.zip(other).is_some_and(|(own, other)| other > own)
        };
        if waiting.needs.iter().flatten().any(later) {
            let needs = tree.get(job.node, "needs").and_then(|needs| at(tree, needs));
            said.push((needs.unwrap_or(job.key), Cow::Borrowed("GitLab refuses this job: it needs one of a later stage")));
        }
    }
}

fn body<'u>(value: Value<'_>, job: &JobData<'u>, tree: &Tree<'u>, said: &mut Said<'u>) {
    let has = |key: &str| !matches!(value.get(key), Read::Absent);
    if !value.is_open() && !["script", "run", "trigger"].iter().any(|key| has(key)) {
        said.push((job.key, Cow::Borrowed("GitLab refuses this job: it has neither `script`, `run` nor `trigger`")));
    }
    for key in ["script", "before_script", "after_script"] {
        let Read::Is(script) = value.get(key) else { continue };
        let wrong = script.kind() == Some(Kind::Mapping) || script.flat().iter().any(|line| line.kind() == Some(Kind::Mapping));
        if wrong {
            let at = at(tree, script.id).unwrap_or(job.key);
            said.push((at, Cow::Borrowed("GitLab refuses this script: it is neither text nor a list of texts")));
        }
    }
}

// Of two ways to say when a job runs, GitLab takes one.
fn conditions<'u>(value: Value<'_>, job: &JobData<'u>, tree: &Tree<'u>, said: &mut Said<'u>) {
    if !value.get("rules").is().is_some_and(|rules| rules.kind() != Some(Kind::Sequence) || rules.items().next().is_some()) {
        return;
    }
    if let Some(older) = ["only", "except"].iter().find_map(|key| value.get(key).is()) {
        let at = at(tree, older.id).unwrap_or(job.key);
        said.push((at, Cow::Borrowed("GitLab refuses this job: `only` and `except` may not stand beside `rules`")));
    }
}

fn matrix<'u>(value: Value<'_>, tree: &Tree<'u>, said: &mut Said<'u>) {
    let Read::Is(parallel) = value.get("parallel") else { return };
    let combinations = match parallel.get("matrix") {
        Read::Is(matrix) => matrix.items().map(combinations).fold(0, u64::saturating_add),
        _ => parallel.number().is().unwrap_or(0),
    };
    if combinations > MAX_COMBINATIONS {
        said.extend(at(tree, parallel.id).map(|at| (at, Cow::Borrowed("GitLab refuses this job: it runs more than 200 times"))));
    }
}

// Counted, never made.
fn combinations(variables: Value<'_>) -> u64 {
    let of = |value: Value<'_>| match value.kind() {
        Some(Kind::Sequence) => u64::try_from(value.items().count()).unwrap_or(u64::MAX),
        _ => 1,
    };
    variables.entries().map(|entry| of(entry.value)).fold(1, u64::saturating_mul)
}
