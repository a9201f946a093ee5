//! `needs`: jobs of this pipeline, of others and of other projects.

use super::value::Value;
use crate::read::Read;

/// One entry of `needs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need<'u> {
    /// A text or a mapping.
    pub value: Value<'u>,
}

impl<'u> Need<'u> {
    // Also `needs: { job: …, pipeline: … }`, as jobs that start pipelines have it.
    pub(super) fn all(value: Value<'u>) -> Vec<Self> {
        value.flat().into_iter().map(|value| Self { value }).collect()
    }

    /// What a key of the mapping has: `project`, `ref`, `pipeline`, `artifacts`, `parallel`; absent in the short form.
    #[must_use]
    pub fn get(&self, key: &str) -> Read<Value<'u>> {
        if self.value.text().is_some() { Read::Absent } else { self.value.get(key) }
    }

    /// Whether it is a job of this pipeline, rather than of another pipeline or project.
    #[must_use]
    pub fn is_local(&self) -> bool {
        ["project", "pipeline"].iter().all(|key| self.value.entry(key).is_none())
    }

    /// The name of the job, as a scalar to point at.
    #[must_use]
    pub fn job_value(&self) -> Read<Value<'u>> {
        if self.value.text().is_some() { Read::Is(self.value) } else { self.value.get("job") }
    }

    /// The name of the job, without what names one of its parallel runs: `build` of `build: [linux]` and of `build 1/3`.
    #[must_use]
    pub fn job(&self) -> Read<&'u str> {
        self.job_value().and_then(Value::read)
    }

    /// Whether the job may be missing.
    #[must_use]
    pub fn is_optional(&self) -> Read<bool> {
        match self.get("optional").and_then(Value::boolean) {
            Read::Absent => Read::Is(false),
            read => read,
        }
    }
}
