//! What jobs run, as one text each: `before_script` and `script`, and `after_script`, which a shell of its own runs.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use super::resolve::{Numbers, Resolved};
use super::tree::{Id, Tree};
use super::value::Value;
use crate::map::Set;
use crate::rule::Place;
use crate::shell::{Language, Script, Word};

/// The most bytes of scripts that are joined for one root file.
const MAX_BYTES: usize = 4 << 20;

/// The text that one or more jobs run, and which value each part of it came from.
#[derive(Debug)]
pub(crate) struct JobText {
    /// The text, commands in lines of their own.
    pub(super) text: String,
    /// Where each value begins.
    pub(super) lines: Vec<(u32, Id)>,
    /// The shell that reads it.
    pub(super) language: Language,
}

impl JobText {
    /// The text.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The shell that reads it.
    #[must_use]
    pub(crate) fn language(&self) -> Language {
        self.language
    }
}

/// A script as its shell reads it, and what is remembered of it for all jobs that run it.
#[derive(Debug)]
pub(crate) struct ReadScript<'u> {
    script: Script<'u>,
    variables: Set<String>,
    // Two bits for each question: whether it was asked, and the answer.
    answers: Cell<u64>,
}

impl<'u> ReadScript<'u> {
    pub(crate) fn new(script: Script<'u>) -> Self {
        let mut variables = Set::new();
        for name in script.words().flat_map(Word::variables) {
            if !variables.contains(name) {
                variables.insert(name.to_owned());
            }
        }
        Self { script, variables, answers: Cell::new(0) }
    }
}

/// A script of a job as its shell reads it, with the values that it came from.
#[derive(Clone, Copy, Debug)]
pub struct JobScript<'u> {
    /// The script.
    pub script: &'u Script<'u>,
    read: &'u ReadScript<'u>,
    text: &'u JobText,
    tree: &'u Tree<'u>,
}

impl<'u> JobScript<'u> {
    pub(super) fn new(read: &'u ReadScript<'u>, text: &'u JobText, tree: &'u Tree<'u>) -> Self {
        Self { script: &read.script, read, text, tree }
    }

    /// The names of the variables in it, each once.
    pub fn variables(&self) -> impl Iterator<Item = &'u str> {
        self.read.variables.iter().map(String::as_str)
    }

    /// The answer to a question, numbered below 32, that the script alone decides. `look` is called for the first job that asks; what
    /// it answers holds for all that share the script.
    pub fn remember(&self, question: u32, look: impl FnOnce() -> bool) -> bool {
        let (asked, yes) = (1_u64.wrapping_shl(2 * question), 2_u64.wrapping_shl(2 * question));
        if self.read.answers.get() & asked == 0 {
            let answer = if look() { yes } else { 0 };
            self.read.answers.set(self.read.answers.get() | asked | answer);
        }
        self.read.answers.get() & yes != 0
    }

    /// The value that a byte of the script's text came from, and where in the value's text it lies.
    #[must_use]
    pub fn value_at(&self, at: usize) -> Option<(Value<'u>, usize)> {
        let line = self.text.lines.partition_point(|(start, _)| *start as usize <= at).checked_sub(1)?;
        let (start, id) = *self.text.lines.get(line)?;
        Some((self.tree.value(id), at - start as usize))
    }

    /// A place for a finding: a range of the script's text. What spans several entries of the list is cut to the first.
    #[must_use]
    pub fn place(&self, range: Range<usize>, label: impl Into<Cow<'static, str>>) -> Option<Place<'u>> {
        let (value, start) = self.value_at(range.start)?;
        let length = value.text()?.len();
        let end = (start + range.len()).min(length);
        Some(value.place_of(start.min(length)..end, label))
    }

    /// The same, where the text is this project's to mend; none for text of templates and other projects.
    #[must_use]
    pub fn own_place(&self, range: Range<usize>, label: impl Into<Cow<'static, str>>) -> Option<Place<'u>> {
        self.value_at(range.start).filter(|(value, _)| value.origin().is_own())?;
        self.place(range, label)
    }
}

/// Joins the scripts of all jobs, each text once however many jobs share it.
pub(super) fn join(resolved: &mut Resolved<'_>) {
    let mut known = Numbers::new();
    let mut scripts: Vec<JobText> = Vec::new();
    let mut numbers = Vec::new();
    let mut bytes = 0;
    for pipeline in resolved.pipelines() {
        for job in pipeline.jobs() {
            let language = job.language();
            let of = |key: &str| job.get(key).is();
            let texts = [[of("before_script"), of("script")], [of("after_script"), None]];
            let both = texts.map(|parts| {
                let id = |part: &Option<Value<'_>>| part.map_or(0, |value| u64::from(value.id.0) + 1);
                let [first, second] = &parts;
                if id(first) + id(second) == 0 {
                    return 0;
                }
                // There are far fewer than 2^31 values.
                let key = id(first) << 32 | id(second) << 1 | u64::from(language == Language::PowerShell);
                if let Some(number) = known.get(&key) {
                    return u32::try_from(*number).unwrap_or(0);
                }
                let text = joined(&parts, language, MAX_BYTES.saturating_sub(bytes));
                bytes += text.text.len();
                scripts.push(text);
                known.insert(key, scripts.len() as u64);
                u32::try_from(scripts.len()).unwrap_or(0)
            });
            numbers.push(both);
        }
    }
    let mut numbers = numbers.into_iter();
    for job in resolved.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.jobs).filter(|job| !job.hidden) {
        if let Some([script, after]) = numbers.next() {
            (job.script, job.after) = (script, after);
        }
    }
    resolved.scripts = scripts;
}

fn joined(parts: &[Option<Value<'_>>; 2], language: Language, room: usize) -> JobText {
    let mut joined = JobText { text: String::new(), lines: Vec::new(), language };
    for value in parts.iter().flatten().flat_map(|part| part.flat()) {
        let Some(text) = value.text().filter(|text| joined.text.len() + text.len() < room) else { continue };
        joined.lines.push((u32::try_from(joined.text.len()).unwrap_or(u32::MAX), value.id));
        joined.text.push_str(text);
        joined.text.push('\n');
    }
    joined
}
