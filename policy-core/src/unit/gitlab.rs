//! What rules share of a pipeline of GitLab.

use super::{MAX_SCRIPT_BYTES, Unit};
use crate::document::Document;
use crate::link::{Links, Roles};
use crate::map::Set;
use crate::model::gitlab;
use crate::shell;
use crate::source::Span;

impl<'u> Unit<'u> {
    /// The unit of a root that GitLab reads.
    #[must_use]
    pub fn of_gitlab(document: &'u Document<'u>, roles: Roles, resolved: &'u gitlab::Resolved<'u>) -> Self {
        let mut unit = Self::new(document, roles, Links::new());
        for text in resolved.scripts() {
            unit.script_bytes = unit.script_bytes.saturating_add(text.text().len());
            let read = if unit.script_bytes <= MAX_SCRIPT_BYTES { text.text() } else { "" };
            let inputs = gitlab::variables::all(read).filter(|variable| variable.is_input);
            let replaced = inputs.map(|variable| Span::new(variable.range.start, variable.range.end)).collect();
            unit.gitlab_scripts.push(gitlab::ReadScript::new(shell::parse_replaced(read, text.language(), replaced)));
        }
        unit.gitlab = Some(resolved);
        unit.included = included(document, resolved);
        unit
    }

    /// What resolving the root file gave, if GitLab reads it.
    #[must_use]
    pub fn gitlab(&self) -> Option<&'u gitlab::Resolved<'u>> {
        self.gitlab
    }

    /// The pipelines that the root file comes to: its own, and those of its children that are here.
    pub fn pipelines(&self) -> impl Iterator<Item = gitlab::Pipeline<'u>> {
        self.gitlab.into_iter().flat_map(gitlab::Resolved::pipelines)
    }

    /// What a job of GitLab runs: `before_script` and `script` in one.
    #[must_use]
    pub fn gitlab_script(&'u self, job: &gitlab::Job<'u>) -> Option<gitlab::JobScript<'u>> {
        job.parsed(&self.gitlab_scripts, false)
    }

    /// What a job of GitLab runs when it is done, in a shell of its own.
    #[must_use]
    pub fn gitlab_after_script(&'u self, job: &gitlab::Job<'u>) -> Option<gitlab::JobScript<'u>> {
        job.parsed(&self.gitlab_scripts, true)
    }

    /// All that a job of GitLab runs: its script, and what runs when that is done.
    pub fn gitlab_scripts(&'u self, job: &gitlab::Job<'u>) -> impl Iterator<Item = gitlab::JobScript<'u>> {
        [self.gitlab_script(job), self.gitlab_after_script(job)].into_iter().flatten()
    }

    /// The files that GitLab merges into the root file, each once, in the order in which they are included.
    #[must_use]
    pub fn included(&self) -> &[&'u Document<'u>] {
        &self.included
    }
}

fn included<'u>(root: &'u Document<'u>, resolved: &gitlab::Resolved<'u>) -> Vec<&'u Document<'u>> {
    let mut seen = Set::new();
    seen.insert(std::ptr::from_ref(root).addr());
    let documents = resolved.inclusions().iter().map(|inclusion| inclusion.document);
    documents.filter(|document| seen.insert(std::ptr::from_ref(*document).addr())).collect()
}
