//! Child pipelines whose files lie in the tree: each is a pipeline of its own.

use super::super::pipeline::{JobData, PipelineData};
use super::super::tree::{Data, Id, Part};
use super::{FaultKind, Resolver};
use crate::model::gitlab::GLOBAL_KEYS;

/// How deep child pipelines start children of their own.
const MAX_GENERATIONS: usize = 2;

/// The most nodes that the jobs of one pipeline may come to.
const MAX_EXPANDED: u32 = 2_000_000;

/// The most child pipelines that are resolved for one root file.
const MAX_CHILDREN: usize = 50;

impl<'u> Resolver<'_, 'u> {
    /// Adds the children of all pipelines, and theirs.
    pub(super) fn children(&mut self, pipelines: &mut Vec<PipelineData<'u>>) {
        let mut started: Vec<Id> = Vec::new();
        let (mut from, mut generation) = (0, 0);
        while from < pipelines.len() && generation < MAX_GENERATIONS {
            let to = pipelines.len();
            for parent in from..to {
                for include in self.started_by(pipelines.get(parent)) {
                    // Jobs that extend one template start the same child.
                    if started.contains(&include) || pipelines.len() > MAX_CHILDREN {
                        continue;
                    }
                    started.push(include);
                    (self.included, self.entries_met) = (0, 0);
                    let before = self.inclusions.len();
                    let file = self.at(include).map_or(0, |(_, file)| file);
                    let root = self.all(include, file);
                    // A file that is not here starts nothing that could be judged.
                    if self.inclusions.len() > before {
                        let child = self.finish(root, Some(include));
                        pipelines.push(child);
                    }
                }
            }
            (from, generation) = (to, generation + 1);
        }
    }

    fn started_by(&self, pipeline: Option<&PipelineData<'u>>) -> Vec<Id> {
        let jobs = pipeline.into_iter().flat_map(|pipeline| &pipeline.jobs).filter(|job| !job.hidden);
        jobs.filter_map(|job| self.tree.get(self.tree.get(job.node, "trigger")?, "include")).collect()
    }

    /// What all merging comes to: entries extended, references replaced, jobs told apart, and held against what GitLab asks.
    pub(super) fn finish(&mut self, merged: Id, trigger: Option<Id>) -> PipelineData<'u> {
        let extended = self.extended(merged);
        let replaced = self.replaced(extended);
        let (root, open) = match self.tree.data(replaced) {
            Data::Mapping { open, .. } => (replaced, open),
            _ => (replaced, true),
        };
        let (mut jobs, mut globals) = (Vec::new(), Vec::new());
        for (at, entry) in self.entries(root).into_iter().enumerate() {
            let name = self.kept(entry.key);
            let hidden = name.starts_with('.');
            if GLOBAL_KEYS.contains(&&*name) {
                globals.push(at);
                continue;
            }
            let Data::Mapping { part, open: known_open } = self.tree.data(entry.value) else {
                if !hidden && !self.tree.value(entry.value).is_unknown() {
                    self.refused(entry.at, "GitLab refuses this job: it is not a mapping");
                }
                continue;
            };
            // A job without a body gets it from elsewhere: from what is not here, if anything is not.
            let complete = ["script", "run", "trigger"].iter().any(|key| self.tree.get(entry.value, key).is_some());
            let node = if open && !known_open && !hidden && !complete { self.opened(entry.value, part) } else { entry.value };
            jobs.push(JobData { name, key: entry.at, node, hidden, script: 0, after: 0 });
        }
        self.bound(&mut jobs);
        let mut pipeline = PipelineData::new(root, open, trigger, jobs, globals);
        self.check(&mut pipeline);
        pipeline
    }

    // Nodes are shared; whoever looks at jobs follows each as often as it is shown.
    fn bound(&mut self, jobs: &mut Vec<JobData<'u>>) {
        let sizes = self.tree.expanded();
        let size = |job: &JobData<'u>| sizes.get(job.node.0 as usize).copied().unwrap_or(0);
        let mut left = MAX_EXPANDED;
        let fits = jobs.iter().take_while(|job| {
            left = left.saturating_sub(size(job));
            left > 0
        });
        let fits = fits.count();
        if let Some(first) = jobs.get(fits) {
            let message =
                "the jobs of this pipeline come to more than 2,000,000 nodes from here on; the rest of them is not judged";
            self.fault(FaultKind::TooComplex, first.key, message.into());
        }
        jobs.truncate(fits);
    }

    fn opened(&mut self, id: Id, part: Part) -> Id {
        match self.at(id) {
            Some((at, file)) => self.tree.push(Data::Mapping { part, open: true }, at, file),
            None => id,
        }
    }
}
