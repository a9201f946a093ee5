//! The API that every flavour of the module and every host speaks: bytes in, JSON out, nothing kept between calls.

mod describe;
mod error;
mod frame;
mod policy;
mod read;
mod request;
mod show;
mod who_can;

use serde::{Deserialize, Serialize};

pub use describe::{DescribedPack, DescribedRule, DescribedSnapshot, Description, describe};
pub use error::{ApiError, Code, HeaderPosition};
pub use frame::{Frame, MAGIC};
pub use policy::{PluginShown, PolicyShown, RuleShown, ValueShown};
pub use request::{API_VERSION, AccessRequest, Event, File, Head, Layer, NotBuilt, Options, Pin, Question, Request, SourceProject};
pub use show::{Shown, ShownFault, ShownPipeline, ShownValue};
pub use who_can::{ShownPlace, WhoCan, WhoCanNot, WhoCanPart, WhoCanQuestion, WhoCanSubject, WhoCanWay};

pub(crate) use read::{CONFIDENCES, SEVERITIES};

pub use crate::text::did_you_mean;

use crate::data::DataSet;
use crate::decide;
pub use crate::inspect::Crumb;
use crate::inspect::{Engine, InputFile, Need, Partial, Standard, Tree, inspect, standards};
use crate::json;
use crate::pack::{DEFAULT_PACK, Pack, PackSet};
use crate::report::text;
use crate::rule::{Rule, RuleSet};
use crate::secret::Key;

/// The version of the binary interface: exports, frame, operations.
pub const ABI_VERSION: u32 = 1;

/// What can be asked for, by the number that goes over the binary interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Files to partials.
    Inspect = 1,
    /// Partials to a report.
    Decide = 2,
    /// Files to a report.
    Evaluate = 3,
    /// What this module is and which rules it has.
    Describe = 4,
    /// A report in another form.
    Render = 5,
    /// Pipelines as they are resolved.
    Show = 6,
    /// Who may do what, by the roles and bindings of files.
    WhoCan = 7,
    /// The policy in force, or what is wrong with it.
    Policy = 8,
}

impl Operation {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Inspect, "inspect"),
        (Self::Decide, "decide"),
        (Self::Evaluate, "evaluate"),
        (Self::Describe, "describe"),
        (Self::Render, "render"),
        (Self::Show, "show"),
        (Self::WhoCan, "who-can"),
        (Self::Policy, "policy"),
    ];

    /// The operation of a number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().map(|(operation, _)| operation).find(|operation| *operation as u32 == number)
    }
}

/// An answer: one of its fields is set.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de>"))]
pub struct Answer<T> {
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<T>,
    /// Files that have to come with the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<Vec<Need>>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
}

/// The answer of `inspect`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectAnswer<P = Partial> {
    /// One for each file that was judged.
    pub partials: Vec<P>,
    /// What is lacking for the others.
    pub needs: Vec<Need>,
}

/// What a flavour gives to every call.
#[derive(Clone, Copy)]
pub struct Setup {
    /// The rules.
    pub rules: RuleSet,
    /// The snapshots that they look things up in.
    pub data: DataSet,
    /// The packs that a call may name.
    pub packs: PackSet,
    /// Told what is at work, for when the module crashes.
    pub breadcrumb: fn(Crumb<'_>),
}

/// Answers a call. Any bytes give an answer: `{"ok": …}`, `{"need": …}` or `{"error": …}`.
#[must_use]
pub fn call(setup: Setup, operation: u32, bytes: &[u8]) -> Vec<u8> {
    (setup.breadcrumb)(Crumb::File(""));
    let answered = match Operation::from_number(operation) {
        None => Err(ApiError::new(Code::UnknownOperation, format!("there is no operation {operation}"))),
        Some(Operation::Inspect) => answer_inspect(setup, bytes),
        Some(Operation::Decide | Operation::Evaluate) => answer_evaluate(setup, bytes),
        Some(Operation::Policy) => answer_policy(setup, bytes),
        Some(Operation::Describe) => to_json(&done(describe(setup.rules, setup.data, setup.packs))),
        Some(Operation::Render) => answer_render(bytes),
        Some(Operation::Show) => answer_show(setup, bytes),
        Some(Operation::WhoCan) => answer_who_can(setup, bytes),
    };
    (setup.breadcrumb)(Crumb::File(""));
    let json = answered.unwrap_or_else(|error| {
        let answer = Answer::<()> { ok: None, need: None, error: Some(error) };
        to_json(&answer)
            .unwrap_or_else(|_| br#"{"error":{"code":"internal","message":"the answer could not be written"}}"#.to_vec())
    });
    json::without_commands(json)
}

fn done<T>(ok: T) -> Answer<T> {
    Answer { ok: Some(ok), need: None, error: None }
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, ApiError> {
    to_long_json(value, 0)
}

fn to_long_json<T: Serialize>(value: &T, length: usize) -> Result<Vec<u8>, ApiError> {
    json::written(value, length).ok_or_else(|| ApiError::new(Code::Internal, "the answer could not be written"))
}

fn read_request(setup: Setup, frame: &Frame<'_>) -> Result<Request, ApiError> {
    let request = read_with_question(setup, frame)?;
    if request.question.is_some() {
        return Err(ApiError::new(Code::BadRequest, "`question` is for `who-can` alone").hint("leave `question` out"));
    }
    Ok(request)
}

fn read_with_question(setup: Setup, frame: &Frame<'_>) -> Result<Request, ApiError> {
    let mut request = Request::read(frame.header)?;
    request.refuse_what_is_not_built()?;
    let rules: Vec<&str> = setup.rules.iter().map(|rule| rule.id).collect();
    request.check(&rules, setup.data)?;
    pack(setup, &request.options)?;
    let of_event = || request.event.as_ref().and_then(|event| event.repository.clone());
    let repository = request.options.repository.take().or_else(of_event);
    // A name that is empty would be part of every other.
    request.options.repository = repository.filter(|name| !name.is_empty());
    Ok(request)
}

/// The pack that a request names; without one that which runs by itself.
fn pack(setup: Setup, options: &Options) -> Result<Option<&'static Pack>, ApiError> {
    let named = options.pack.as_deref();
    let id = named.unwrap_or(DEFAULT_PACK);
    let found = setup.packs.iter().find(|pack| pack.id == id);
    if named.is_none() || found.is_some() {
        return Ok(found);
    }
    let error = ApiError::new(Code::UnknownPack, "`options.pack` names a pack that there is not");
    let ids: Vec<&str> = setup.packs.iter().map(|pack| pack.id).collect();
    Err(match did_you_mean(id, &ids) {
        Some(meant) => error.hint(format!("did you mean `{meant}`?")),
        None => error.hint(format!("there are {}", ids.join(", "))),
    })
}

fn key(options: &Options) -> Result<Option<Key>, ApiError> {
    let key = options.print_key.as_deref().map(Key::from_hex).transpose();
    key.map_err(|error| ApiError::new(Code::PrintKey, format!("`options.printKey`: {error}")))
}

fn answer_inspect(setup: Setup, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let frame = Frame::read(bytes)?;
    let mut request = read_request(setup, &frame)?;
    let policy = policy::in_force(setup, &request, &frame)?;
    policy::options(setup, &mut request.options, &policy);
    let key = key(&request.options)?.ok_or_else(|| {
        let message = "`inspect` needs `options.printKey`: prints of secrets leave the module with its answer";
        ApiError::new(Code::PrintKey, message).hint("make 32 random bytes for each run and give them in hexadecimal digits")
    })?;
    let files = files(&request.head, &frame)?;
    let asked = policy::asked(setup, &request.options, &policy);
    let standards = standards(setup.packs, setup.rules, &asked);
    let engine = engine(setup, &request.options, (&asked, &standards), &key);
    let inspected = inspect(engine, tree(&request.head, &files), false);
    let findings = inspected.partials.iter().flat_map(|partial| &partial.findings);
    let bodies: usize = findings.map(|finding| finding.body.get().len()).sum();
    to_long_json(&done(InspectAnswer { partials: inspected.partials, needs: inspected.needs }), bodies + bodies / 2)
}

fn engine<'r>(
    setup: Setup,
    options: &'r Options,
    (asked, standards): (&'r [&'static Rule], &'r [Standard]),
    key: &'r Key,
) -> Engine<'r> {
    let Setup { rules, data, breadcrumb, .. } = setup;
    Engine { rules, asked, standards, kubernetes: options.version_of_kubernetes(), data, options, key, breadcrumb }
}

fn answer_show(setup: Setup, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let frame = Frame::read(bytes)?;
    let request = read_request(setup, &frame)?;
    let files = files(&request.head, &frame)?;
    match show::show(setup.breadcrumb, tree(&request.head, &files)) {
        Ok(shown) => to_json(&done(shown)),
        Err(needs) => to_json(&Answer::<()> { ok: None, need: Some(needs), error: None }),
    }
}

fn answer_policy(setup: Setup, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let frame = Frame::read(bytes)?;
    let request = read_request(setup, &frame)?;
    to_json(&done(policy::shown(setup, &request, &frame)?))
}

fn answer_who_can(setup: Setup, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let frame = Frame::read(bytes)?;
    let mut request = read_with_question(setup, &frame)?;
    let asked = who_can::asked(request.question.as_ref())?;
    let key = key(&request.options)?.unwrap_or_else(Key::within_one_call);
    let files = files(&request.head, &frame)?;
    let inspected = inspect(engine(setup, &request.options, (&[], &[]), &key), tree(&request.head, &files), true);
    if !inspected.needs.is_empty() {
        return to_json(&Answer::<()> { ok: None, need: Some(inspected.needs), error: None });
    }
    let mut partials = std::mem::take(&mut request.head.partials);
    check_partials(setup.rules, &partials, &inspected.partials)?;
    partials.extend(inspected.partials);
    to_long_json(&done(who_can::answer(&asked, partials, &request.head.unread)), 64 << 10)
}

// `decide` is `evaluate` of partials alone.
fn answer_evaluate(setup: Setup, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let frame = Frame::read(bytes)?;
    let mut request = read_request(setup, &frame)?;
    let policy = policy::in_force(setup, &request, &frame)?;
    let baselines = policy::baselines(&request, &frame)?;
    let now = policy::now(&request)?;
    let run = crate::report::Run {
        now: request.now.as_deref().map(crate::secret::clean),
        event: request.event.take().map(shown),
        pack: request.options.pack.clone(),
        kubernetes_version: request.options.kubernetes_version.clone(),
    };
    let standard = pack(setup, &request.options)?.filter(|pack| pack.is_standard);
    policy::options(setup, &mut request.options, &policy);
    let key = key(&request.options)?.unwrap_or_else(Key::within_one_call);
    let asked = policy::asked(setup, &request.options, &policy);
    let standards = standards(setup.packs, setup.rules, &asked);
    let engine = engine(setup, &request.options, (&asked, &standards), &key);
    let mut before = request.base.take();
    let (head, mut needs) = inspected(engine, &mut request.head, &frame)?;
    let base = match &mut before {
        Some(base) => {
            let (base, mut lacking) = inspected(engine, base, &frame)?;
            lacking.iter_mut().for_each(|need| need.base = true);
            needs.append(&mut lacking);
            Some(base)
        }
        None => None,
    };
    if !needs.is_empty() {
        return to_json(&Answer::<()> { ok: None, need: Some(needs), error: None });
    }
    let roots = &request.head.roots;
    let by = decide::By { rules: setup.rules, asked: &asked, data: setup.data, standard, policy: &policy, roots, now };
    let report = decide::decide(by, head, base, baselines, run);
    let bodies: usize = report.findings.iter().map(|finding| finding.get().len()).sum();
    to_long_json(&done(report), bodies + bodies / 8 + (64 << 10))
}

// The partials of a head, those that were given and those of its files, or what is lacking for them.
fn inspected(engine: Engine<'_>, head: &mut Head, frame: &Frame<'_>) -> Result<(decide::Inspected, Vec<Need>), ApiError> {
    let files = files(head, frame)?;
    let inspected = inspect(engine, tree(head, &files), true);
    drop(files);
    let mut partials = std::mem::take(&mut head.partials);
    check_partials(engine.rules, &partials, &inspected.partials)?;
    partials.extend(inspected.partials);
    let (unread, plugins) = (std::mem::take(&mut head.unread), std::mem::take(&mut head.plugins));
    Ok((decide::Inspected { partials, unread, plugins }, inspected.needs))
}

// The event comes from the host, but what it holds was often typed by who made the change.
fn shown(event: Event) -> Event {
    let clean = |text: Option<String>| text.map(|text| crate::secret::clean(&text));
    Event {
        name: clean(event.name),
        repository: clean(event.repository),
        git_ref: clean(event.git_ref),
        commit: clean(event.commit),
        actor: clean(event.actor),
    }
}

fn check_partials(rules: RuleSet, given: &[Partial], made: &[Partial]) -> Result<(), ApiError> {
    if given.iter().any(|partial| partial.partial != crate::inspect::PARTIAL_VERSION) {
        return Err(ApiError::new(Code::BadPartial, "a partial of another version").hint("inspect its file again"));
    }
    let known = |id: &String| rules.iter().any(|rule| rule.id == id) || crate::plugin::plugin_of(id).is_some();
    if !given.iter().all(|partial| partial.findings.iter().all(|finding| known(&finding.rule))) {
        return Err(ApiError::new(Code::BadPartial, "a partial of another rule set").hint("inspect its file again"));
    }
    let all = || given.iter().chain(made);
    let first = all().next().map(|partial| &partial.print_key);
    if all().any(|partial| Some(&partial.print_key) != first) {
        let message = "partials whose prints were made with different keys cannot be compared";
        return Err(ApiError::new(Code::PrintKey, message).hint("give every call of a run the same `options.printKey`"));
    }
    let ascending = all().zip(all().skip(1)).all(|(one, next)| one.coverage.path < next.coverage.path);
    let mut seen = crate::map::Set::new();
    if !ascending && !all().all(|partial| seen.insert(partial.coverage.path.as_str())) {
        let error = ApiError::new(Code::BadPartial, "two partials of one file");
        return Err(error.hint("give each once; paths that differ only in what looks like a secret count as one, so rename one"));
    }
    Ok(())
}

fn files<'r>(head: &'r Head, frame: &Frame<'r>) -> Result<Vec<InputFile<'r>>, ApiError> {
    let take = |(at, file): (usize, &'r File)| {
        let given = (file.text.as_deref(), file.offset, file.length);
        Ok(InputFile {
            path: &file.path,
            bytes: bytes(frame, given, || format!("head.files[{at}]"))?,
            digest: file.digest.as_deref(),
            origin: file.origin,
            judge: file.judge,
        })
    };
    head.files.iter().enumerate().map(take).collect()
}

// What is given inline, or in the frame's tail by its place there.
fn bytes<'r>(
    frame: &Frame<'r>,
    (text, offset, length): (Option<&'r str>, Option<u64>, Option<u64>),
    name: impl Fn() -> String,
) -> Result<&'r [u8], ApiError> {
    let bytes = match (text, offset, length) {
        (Some(text), None, None) => Some(text.as_bytes()),
        (None, Some(offset), Some(length)) => frame.slice(offset, length),
        _ => None,
    };
    bytes.ok_or_else(|| {
        let message = format!("`{}` has neither `text` nor an `offset` and `length` that lie in the frame's tail", name());
        ApiError::new(Code::BadFrame, message).hint("give one of the two")
    })
}

fn tree<'r>(head: &'r Head, files: &'r [InputFile<'r>]) -> Tree<'r> {
    Tree {
        files,
        roots: &head.roots,
        absent: &head.absent,
        globs: &head.globs,
        sources: &head.sources,
        merged: head.merged,
        complete: head.complete,
        plugins: &head.plugins,
    }
}

fn answer_render(bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let frame = Frame::read(bytes)?;
    let request = read::read_render(frame.header)?;
    let rendered = match request.format.as_str() {
        "json" => text::pretty(request.written),
        "text" => text::render(&request.report),
        _ => {
            let error = ApiError::new(Code::BadRequest, "`format` is none that this module renders");
            return Err(error.hint("`json` and `text` are"));
        }
    };
    to_json(&done(rendered))
}
