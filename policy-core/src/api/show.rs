//! `show`: pipelines as they are resolved, with the place and origin of every value. Secrets are masked like everywhere.

use serde::{Deserialize, Serialize};

use super::read::CODES;
use crate::document::{Kind, Ref};
use crate::inspect::{Crumb, Need, Tree, code, resolved};
use crate::model::gitlab::{DEFAULT_KEYS, GLOBAL_KEYS, Job, KeyValue, Pipeline, Resolved, Value};
use crate::report::{Why, WhyCode};
use crate::secret::clean;

/// The most values that are shown of one file.
const MAX_SHOWN: usize = 200_000;

/// How deep values are shown: what reads JSON gives up soon after.
const MAX_LEVELS: usize = 50;

// How much may still be shown.
struct Left {
    values: usize,
    levels: usize,
    // Whether there was more.
    cut: bool,
}

impl Left {
    // Takes one value; none where it is too many, or too deep.
    fn spend(&mut self) -> Option<()> {
        let left = self.values.checked_sub(1).filter(|_| self.levels > 0);
        self.cut |= left.is_none();
        self.values = left?;
        Some(())
    }
}

/// What the files that were asked for come to.
#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// The pipelines of these files, and of their children.
    pub pipelines: Vec<ShownPipeline>,
    /// What keeps them from being known in full.
    pub faults: Vec<ShownFault>,
    /// Whether there is more than is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A resolved pipeline.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShownPipeline {
    /// The root file.
    pub path: String,
    /// Whether a job of another pipeline starts it.
    pub child: bool,
    /// Whether files that are not here could add to it.
    pub open: bool,
    /// Its stages in their order; none where they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<String>>,
    /// What holds for all of it: `variables`, `workflow`.
    pub globals: Vec<ShownValue>,
    /// Its jobs, with what they inherit from `default`.
    pub jobs: Vec<ShownValue>,
}

/// A value: of a mapping or sequence, what it holds; else its text.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShownValue {
    /// Its key, in a mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The file that it is written in.
    pub path: String,
    /// The line, from one.
    pub line: u32,
    /// The column, from one, in code points.
    pub column: u32,
    /// Whose file that is: `project`, `local include`, `other project`, `template`, `remote`, `component`, or `input`.
    pub origin: String,
    /// The text of a scalar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The entries of a mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<ShownValue>>,
    /// The items of a sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ShownValue>>,
    /// Whether it depends on what is not here; of a mapping, whether that could add to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

/// What keeps a pipeline from being known in full.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShownFault {
    /// The code of the reason, as in a report: `syntax`, `refused`, `unavailable`.
    pub kind: String,
    /// The fact.
    pub message: String,
    /// The file.
    pub path: String,
    /// The line, from one; the first where it is the file as a whole.
    pub line: u32,
    /// The column, from one, in code points.
    pub column: u32,
}

/// Resolves every file that is to be judged, whatever its name, and shows what it comes to.
pub(super) fn show(breadcrumb: fn(Crumb<'_>), tree: Tree<'_>) -> Result<Shown, Vec<Need>> {
    let mut shown = Shown::default();
    let mut needs = Vec::new();
    resolved(tree, breadcrumb, &mut |source, why, outcome| match outcome {
        Ok(resolved) => {
            shown.faults.extend(why.into_iter().map(|why| shown_why(source.shown_path(), why)));
            resolved.into_iter().for_each(|resolved| show_one(&mut shown, resolved));
        }
        Err(need) => needs.push(need),
    });
    if needs.is_empty() { Ok(shown) } else { Err(needs) }
}

fn show_one(shown: &mut Shown, resolved: &Resolved<'_>) {
    let mut left = Left { values: MAX_SHOWN, levels: MAX_LEVELS, cut: false };
    let path = resolved.inclusions().first().map_or("", |root| root.document.source().shown_path());
    for pipeline in resolved.pipelines() {
        let pipeline = shown_pipeline(path, pipeline, &mut left);
        shown.pipelines.push(pipeline);
    }
    shown.cut |= left.cut;
    for fault in resolved.faults() {
        let (path, line, column) = place(fault.at);
        let message = fault.message.clone().into_owned();
        shown.faults.push(ShownFault { kind: name(code(fault.kind)), message, path, line, column });
    }
}

fn shown_why(path: &str, why: Why) -> ShownFault {
    let (line, column) = why.location.map_or((1, 1), |location| (location.line, location.column));
    ShownFault { kind: name(why.code), message: why.message, path: path.to_owned(), line, column }
}

fn name(code: WhyCode) -> String {
    CODES.iter().find(|(_, known)| *known == code).map_or("", |(name, _)| name).to_owned()
}

fn shown_pipeline(path: &str, pipeline: Pipeline<'_>, left: &mut Left) -> ShownPipeline {
    let own = |entry: &KeyValue<'_>| GLOBAL_KEYS.contains(&entry.key) && !DEFAULT_KEYS.contains(&entry.key);
    let shown_apart = ["default", "stages", "include", "spec"];
    let globals: Vec<KeyValue<'_>> =
        pipeline.value().entries().filter(|entry| own(entry) && !shown_apart.contains(&entry.key)).collect();
    ShownPipeline {
        path: path.to_owned(),
        child: pipeline.is_child(),
        open: pipeline.is_open(),
        stages: pipeline.stages().map(|stages| stages.iter().map(|stage| clean(stage)).collect()),
        globals: globals.into_iter().filter_map(|entry| shown_value(Some(entry.key), entry.value, left)).collect(),
        jobs: pipeline.jobs().filter_map(|job| shown_job(&job, left)).collect(),
    }
}

fn shown_job(job: &Job<'_>, left: &mut Left) -> Option<ShownValue> {
    let own: Vec<KeyValue<'_>> = job.value().entries().filter(|entry| entry.key != "extends").collect();
    let inherits = |key: &&&str| !own.iter().any(|entry| entry.key == **key && !entry.value.is_null());
    let inherited: Vec<KeyValue<'_>> = DEFAULT_KEYS.iter().filter(inherits).filter_map(|key| job.entry(key)).collect();
    let (path, line, column) = place(job.key());
    let entries = own.iter().filter(|entry| !entry.value.is_null()).chain(&inherited);
    left.spend()?;
    Some(ShownValue {
        key: Some(clean(job.name())),
        path,
        line,
        column,
        origin: job.value().origin().name().to_owned(),
        text: None,
        entries: Some(entries.filter_map(|entry| shown_value(Some(entry.key), entry.value, left)).collect()),
        items: None,
        unknown: job.is_open(),
    })
}

fn shown_value(key: Option<&str>, value: Value<'_>, left: &mut Left) -> Option<ShownValue> {
    left.spend()?;
    left.levels -= 1;
    let (path, line, column) = place(value.at());
    let mapping = value.kind() == Some(Kind::Mapping);
    let sequence = value.kind() == Some(Kind::Sequence);
    let shown = ShownValue {
        key: key.map(clean),
        path,
        line,
        column,
        origin: value.origin().name().to_owned(),
        text: value.text().map(|text| shown_text(key, text)),
        entries: mapping.then(|| {
            let entries = value.entries();
            entries.filter_map(|entry| shown_value(Some(entry.key), entry.value, left)).collect()
        }),
        items: sequence.then(|| value.items().filter_map(|item| shown_value(None, item, left)).collect()),
        unknown: value.is_open(),
    };
    left.levels += 1;
    Some(shown)
}

// A value may be a secret by the name of its key alone.
fn shown_text(key: Option<&str>, text: &str) -> String {
    let mut out = String::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        match key.filter(|_| number == 0) {
            Some(key) => {
                let cleaned = clean(&format!("{key}: {line}"));
                out.extend(cleaned.chars().skip(key.chars().count() + 2));
            }
            None => out.push_str(&clean(line)),
        }
    }
    out
}

fn place(at: Ref<'_>) -> (String, u32, u32) {
    let source = at.source();
    let position = source.lines().position(source.text(), at.span().start);
    (source.shown_path().to_owned(), position.line, position.column)
}
