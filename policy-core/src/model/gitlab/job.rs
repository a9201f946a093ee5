//! Jobs of resolved pipelines.

use super::DEFAULT_KEYS;
use super::condition::{self, Condition};
use super::image::Image;
use super::need::Need;
use super::pipeline::{JobData, Pipeline};
use super::script::{JobScript, ReadScript};
use super::value::{KeyValue, Value};
use crate::document::{Kind, Ref};
use crate::read::Read;
use crate::shell::Language;

/// A job of a resolved pipeline: extended, with what it inherits.
#[derive(Clone, Copy, Debug)]
pub struct Job<'u> {
    pub(super) pipeline: Pipeline<'u>,
    pub(super) data: &'u JobData<'u>,
    pub(super) index: usize,
}

impl<'u> Job<'u> {
    /// The pipeline that it is a job of.
    #[must_use]
    pub fn pipeline(&self) -> Pipeline<'u> {
        self.pipeline
    }

    /// Its place in the graph of its pipeline.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'u str {
        &self.data.name
    }

    /// Where its name is written, as a key of the file that has the last word on it.
    #[must_use]
    pub fn key(&self) -> Ref<'u> {
        self.data.key
    }

    /// Its mapping, extended; what it inherits from `default` is not in it.
    #[must_use]
    pub fn value(&self) -> Value<'u> {
        self.pipeline.resolved.tree.value(self.data.node)
    }

    /// Whether files that are not here could add keys to it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.value().is_open()
    }

    /// What the job itself sets, or what it extends does. `Dynamic` where a file that is not here could.
    #[must_use]
    #[inline(never)]
    pub fn own(&self, key: &str) -> Read<Value<'u>> {
        self.value().get(key)
    }

    /// What holds for the job: what it sets itself, or else what it inherits from `default`.
    #[must_use]
    #[inline(never)]
    pub fn get(&self, key: &str) -> Read<Value<'u>> {
        match self.own(key) {
            Read::Absent if self.inherits(key) => self.pipeline.default(key),
            // What stands in the file may be overridden by what does not, and cannot be told.
            read => read,
        }
    }

    /// The entry that [`Job::get`] reads, with its key: to point at.
    #[must_use]
    #[inline(never)]
    pub fn entry(&self, key: &str) -> Option<KeyValue<'u>> {
        let own = self.value().entry(key).filter(|entry| !entry.value.is_null());
        own.or_else(|| if self.inherits(key) { self.pipeline.default_entry(key) } else { None })
    }

    fn inherits(&self, key: &str) -> bool {
        DEFAULT_KEYS.contains(&key) && self.takes("default", key)
    }

    // `inherit`: whether it takes this from the root.
    fn takes(&self, what: &str, name: &str) -> bool {
        let Read::Is(inherit) = self.own("inherit") else { return true };
        let Some(entry) = inherit.entry(what) else { return true };
        match entry.value.kind() {
            Some(Kind::Sequence) => entry.value.items().any(|item| item.text() == Some(name)),
            _ => entry.value.boolean() != Read::Is(false),
        }
    }

    /// The stage that it is in: `test`, if it says none.
    #[must_use]
    pub fn stage(&self) -> Read<&'u str> {
        match self.own("stage") {
            Read::Absent => Read::Is("test"),
            stage => stage.and_then(Value::read),
        }
    }

    pub(crate) fn parsed(&self, scripts: &'u [ReadScript<'u>], after: bool) -> Option<JobScript<'u>> {
        let at = if after { self.data.after } else { self.data.script }.checked_sub(1)? as usize;
        let resolved = self.pipeline.resolved;
        Some(JobScript::new(scripts.get(at)?, resolved.scripts.get(at)?, &resolved.tree))
    }

    /// The image that it runs in.
    #[must_use]
    pub fn image(&self) -> Read<Image<'u>> {
        self.get("image").map(Image::new)
    }

    /// The images beside it. Empty also where that is not known: ask `get("services")`.
    #[must_use]
    pub fn services(&self) -> Vec<Image<'u>> {
        let services = self.get("services").is();
        services.map(|services| services.flat().into_iter().map(Image::new).collect()).unwrap_or_default()
    }

    /// The rules that decide whether and how it runs, flattened; absent without.
    #[must_use]
    pub fn rules(&self) -> Read<Vec<Rule<'u>>> {
        self.own("rules").map(|rules| rules.flat().into_iter().map(|value| Rule { value }).collect())
    }

    /// `when` of the job itself: `on_success`, if it says none. Its rules may say another.
    #[must_use]
    pub fn when(&self) -> Read<&'u str> {
        match self.own("when") {
            Read::Absent => Read::Is("on_success"),
            when => when.and_then(Value::read),
        }
    }

    /// Its own `allow_failure`: a boolean, or absent. `Wrong` also for `exit_codes`.
    #[must_use]
    pub fn allow_failure(&self) -> Read<bool> {
        self.own("allow_failure").and_then(Value::boolean)
    }

    /// The environment that it deploys to.
    #[must_use]
    pub fn environment(&self) -> Read<Environment<'u>> {
        self.own("environment").map(|value| Environment { value })
    }

    /// The jobs that it needs, which it waits for instead of earlier stages; absent where it waits for those.
    #[must_use]
    pub fn needs(&self) -> Read<Vec<Need<'u>>> {
        self.own("needs").map(Need::all)
    }

    /// The pipeline that it starts.
    #[must_use]
    pub fn trigger(&self) -> Read<Value<'u>> {
        self.own("trigger")
    }

    /// A variable of the job, or of all jobs: its value, in the short or the long form. What the project's settings or who starts
    /// the pipeline set counts more than both.
    #[must_use]
    pub fn variable(&self, name: &str) -> Read<Value<'u>> {
        let own = self.own("variables").and_then(|variables| variables.get(name));
        match own {
            Read::Absent if self.takes("variables", name) => {
                self.pipeline.variables().and_then(|variables| variables.get(name)).and_then(Value::of_variable)
            }
            own => own.and_then(Value::of_variable),
        }
    }

    /// The entries that set variables of it: its own, then those of all jobs that it does not set itself.
    #[must_use]
    pub fn variables(&self) -> Vec<KeyValue<'u>> {
        let own: Vec<KeyValue<'u>> = self.own("variables").is().into_iter().flat_map(Value::entries).collect();
        let global = self.pipeline.variables().is().into_iter().flat_map(Value::entries);
        let further: Vec<KeyValue<'u>> =
            global.filter(|entry| self.takes("variables", entry.key) && !own.iter().any(|known| known.key == entry.key)).collect();
        [own, further].concat()
    }

    /// The shell that reads its scripts, as far as tags tell: bash or sh unless they name Windows.
    #[must_use]
    pub fn language(&self) -> Language {
        let windows = |tag: Value<'u>| {
            let tag = tag.text().unwrap_or("").to_ascii_lowercase();
            tag.contains("windows") || tag.contains("powershell") || tag.contains("pwsh")
        };
        let tags = self.get("tags").is();
        if tags.is_some_and(|tags| tags.flat().into_iter().any(windows)) { Language::PowerShell } else { Language::Posix }
    }
}

/// One of the rules of a job, of the workflow or of an include.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule<'u> {
    /// Its mapping.
    pub value: Value<'u>,
}

impl<'u> Rule<'u> {
    /// Its `if`, as a scalar.
    #[must_use]
    pub fn condition(&self) -> Option<Value<'u>> {
        self.value.get("if").is().filter(|value| value.text().is_some())
    }

    /// Its `if`, read; none without one, and for what GitLab refuses.
    #[must_use]
    pub fn parsed(&self) -> Option<Condition<'u>> {
        condition::parse(self.condition()?.text()?)
    }

    /// Its `when`; absent where that of the job counts.
    #[must_use]
    pub fn when(&self) -> Read<&'u str> {
        self.value.get("when").and_then(Value::read)
    }

    /// Its `allow_failure`; absent where that of the job counts.
    #[must_use]
    pub fn allow_failure(&self) -> Read<bool> {
        self.value.get("allow_failure").and_then(Value::boolean)
    }
}

/// What a job deploys to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Environment<'u> {
    /// A text or a mapping.
    pub value: Value<'u>,
}

impl<'u> Environment<'u> {
    /// What a key of the mapping has: `url`, `on_stop`, `deployment_tier`, `auto_stop_in`; absent in the short form.
    #[must_use]
    pub fn get(&self, key: &str) -> Read<Value<'u>> {
        if self.value.text().is_some() { Read::Absent } else { self.value.get(key) }
    }

    /// Its name, as a scalar to point at.
    #[must_use]
    pub fn name_value(&self) -> Read<Value<'u>> {
        if self.value.text().is_some() { Read::Is(self.value) } else { self.value.get("name") }
    }

    /// Its name; `Dynamic` if variables are in it.
    #[must_use]
    pub fn name(&self) -> Read<&'u str> {
        self.name_value().and_then(Value::read)
    }

    /// What the job does to it: `start`, if it says nothing.
    #[must_use]
    pub fn action(&self) -> Read<&'u str> {
        match self.get("action") {
            Read::Absent => Read::Is("start"),
            action => action.and_then(Value::read),
        }
    }
}
