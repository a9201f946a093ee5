//! Hands files to the module in batches, a worker a core, and the partial results back to it for one decision.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use policy_core::api::{API_VERSION, Answer, ApiError, Code, Event, Frame, InspectAnswer, Operation, Options, Question};
use policy_core::inspect::Need;
use policy_core::link::Roles;
use policy_core::plugin::PluginRun;
use policy_core::report::{FileCoverage, FileState, Why, WhyCode};
use policy_core::source::Origin;
use policy_core::text::hex;
use serde_json::value::RawValue;

use crate::engine::{Crash, Judge, Worker};
use crate::load::policy::LayerFile;
use crate::load::{FileSource, Loaded, Selection};
use crate::plugins::{self, Given, Plugin};
use crate::render::problem;

mod request;

use request::{FileOut, HeadOut, OptionsOut, PluginOut, Request, RequestOut, Tail};

/// Bytes of files that go into one call. Larger batches touch more memory, smaller ones cost more calls; both show little.
pub const BATCH_BYTES: usize = 256 << 10;

/// Files of no more than so many bytes are judged by one worker in one call: no partial results are written and read, which is a
/// seventh of the time. They take about twice as much memory.
pub const AT_ONCE: usize = 96 << 20;

/// What to judge, and how.
pub struct Job<'j> {
    /// The files.
    pub selection: &'j Selection,
    /// The same files as they were before the change, if that is to be told.
    pub before: Option<&'j Selection>,
    /// Who could have written the files, where that is not known of each.
    pub origin: Origin,
    /// The policy, the highest layer first.
    pub layers: &'j [LayerFile],
    /// The baselines.
    pub baselines: &'j [LayerFile],
    /// The instant of this run.
    pub now: Option<String>,
    /// Whether the files are pipelines that GitLab itself has merged.
    pub merged: bool,
    /// The modules of third parties.
    pub plugins: &'j [Plugin],
    /// What the rules are told.
    pub options: Options,
    /// What happened.
    pub event: Option<Event>,
    /// Bytes of files in one call, where they are to be judged in batches in any case.
    pub batch_bytes: Option<usize>,
    /// The most workers.
    pub threads: usize,
    /// Told how many files are done.
    pub progress: &'j (dyn Fn(usize) + Sync),
}

/// What the module asked for, and what came of it.
#[derive(Default)]
struct Support {
    files: BTreeMap<String, Option<Loaded>>,
    globs: BTreeSet<String>,
}

impl Support {
    fn merge(&mut self, other: Self) {
        self.files.extend(other.files);
        self.globs.extend(other.globs);
    }

    fn asked(&self) -> usize {
        self.files.len() + self.globs.len()
    }

    /// Finds what the module asks for. It asks for a bounded number of files, each once.
    fn add<'n>(&mut self, selection: &Selection, needs: impl Iterator<Item = &'n Need> + Clone) -> anyhow::Result<()> {
        let known = self.asked();
        for path in needs.clone().flat_map(|need| &need.paths) {
            self.files.entry(path.clone()).or_insert_with(|| selection.find(path));
        }
        for pattern in needs.clone().flat_map(|need| &need.globs) {
            if self.globs.insert(pattern.clone()) {
                for path in selection.matching(pattern) {
                    let found = selection.find(&path);
                    self.files.entry(path).or_insert(found);
                }
            }
        }
        anyhow::ensure!(needs.count() == 0 || self.asked() > known, "the module keeps asking for files that it was given");
        Ok(())
    }
}

/// Has the files of a selection resolved and shown.
///
/// # Errors
/// When the module cannot be asked, or crashes.
pub fn show(judge: &Judge, job: &Job<'_>) -> anyhow::Result<String> {
    let run = Run::new(job, None)?;
    let files: Result<Vec<Loaded>, String> = job.selection.files.keys().map(|path| job.selection.load(path)).collect();
    let files = files.map_err(|reason| anyhow::anyhow!("the file cannot be read: {reason}"))?;
    let (mut worker, mut support) = (judge.instance()?, Support::default());
    loop {
        let side = Side { selection: job.selection, files: &files, support: &support, gathered: &Gathered::default() };
        let request = run.request(side, None, None);
        let answer = worker.call(Operation::Show, &request.parts()).map_err(crashed)?;
        let Some(needs) = needs(&answer) else { return ok(&answer).map(str::to_owned) };
        support.add(job.selection, needs.iter())?;
    }
}

fn crashed(crash: Crash) -> anyhow::Error {
    anyhow::anyhow!("the module crashed: {}", crash.message)
}

/// What a batch gave.
#[derive(Default)]
struct Gathered {
    partials: Vec<Box<RawValue>>,
    unread: Vec<FileCoverage>,
    support: Support,
}

// Files and what there is of them already: of the change, or of what was before it.
#[derive(Clone, Copy)]
struct Side<'f> {
    selection: &'f Selection,
    files: &'f [Loaded],
    support: &'f Support,
    gathered: &'f Gathered,
}

/// Judges and hands on the report as the module wrote it.
///
/// # Errors
/// When the module cannot be asked. A file that it crashes on is part of the report.
pub fn judge(judge: &Judge, job: &Job<'_>, take: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let mut run = Run::new(job, None)?;
    if !job.plugins.is_empty() {
        let of_change = run.of_plugins(judge, job.selection)?;
        let before = job.before.map(|before| run.of_plugins(judge, before)).transpose()?;
        run.ran = [of_change, before.unwrap_or_default()];
    }
    reduce(judge, run, take)
}

/// Has a question answered by the roles and bindings of files, and hands on the answer as the module wrote it.
///
/// # Errors
/// When the module cannot be asked, or refuses the question.
pub fn who_can(judge: &Judge, job: &Job<'_>, question: &Question, take: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    reduce(judge, Run::new(job, Some(question))?, take)
}

fn reduce(judge: &Judge, run: Run<'_>, take: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let job = run.job;
    if job.threads == 1 && job.batch_bytes.is_none() && run.evaluate(judge, take)? {
        return Ok(());
    }
    let gathered = run.gather(judge, job.selection)?;
    let before = job.before.map(|before| run.gather(judge, before)).transpose()?;
    let answer = run.decide(&mut judge.instance()?, &gathered, before.as_ref())?;
    take(ok(&answer)?);
    Ok(())
}

/// What the policy of some layers comes to, as the module wrote it.
///
/// # Errors
/// When the module cannot be asked.
pub fn policy(judge: &Judge, job: &Job<'_>) -> anyhow::Result<String> {
    let run = Run::new(job, None)?;
    let (support, gathered) = (Support::default(), Gathered::default());
    let side = Side { selection: job.selection, files: &[], support: &support, gathered: &gathered };
    let request = run.request(side, None, None);
    let answer = judge.instance()?.call(Operation::Policy, &request.parts()).map_err(crashed)?;
    ok(&answer).map(str::to_owned)
}

fn random_key() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    Ok(hex(&bytes))
}

struct Run<'j> {
    job: &'j Job<'j>,
    key: String,
    // What is asked instead of a report.
    question: Option<&'j Question>,
    // What plugins gave over the files, and over those before the change.
    ran: [Vec<PluginRun>; 2],
}

impl<'j> Run<'j> {
    fn new(job: &'j Job<'j>, question: Option<&'j Question>) -> anyhow::Result<Self> {
        Ok(Self { job, key: random_key()?, question, ran: Default::default() })
    }
}

impl Run<'_> {
    // What all files of a selection give, batch by batch.
    fn gather(&self, judge: &Judge, selection: &Selection) -> anyhow::Result<Gathered> {
        let job = self.job;
        let batches = batches(selection, job.batch_bytes.unwrap_or(BATCH_BYTES));
        let gathered = Mutex::new(Gathered::default());
        let next = AtomicUsize::new(0);
        let work = || -> anyhow::Result<()> {
            let mut worker = judge.instance()?;
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let done = self.inspect(&mut worker, selection, batch)?;
                let mut all = gathered.lock().map_err(|_| anyhow::anyhow!("a worker failed"))?;
                all.partials.extend(done.partials);
                all.unread.extend(done.unread);
                all.support.merge(done.support);
                if !self.precedes_plugins() {
                    (job.progress)(batch.len());
                }
            }
            Ok(())
        };
        let threads = job.threads.min(batches.len()).max(1);
        if threads == 1 {
            work()?;
        } else {
            std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                let joined = workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker failed"))?);
                joined.collect::<anyhow::Result<()>>()
            })?;
        }
        gathered.into_inner().map_err(|_| anyhow::anyhow!("a worker failed"))
    }

    /// Hands on the report of one call. False where the files are too many, or the module crashes: then they have to be taken apart.
    fn evaluate(&self, judge: &Judge, take: &mut dyn FnMut(&str)) -> anyhow::Result<bool> {
        let selections = [Some(self.job.selection), self.job.before.filter(|_| self.question.is_none())];
        let mut sides = Vec::new();
        let mut bytes = 0;
        for selection in selections.into_iter().flatten() {
            let (mut given, mut files) = (Gathered::default(), Vec::new());
            for path in selection.files.keys() {
                let file = self.load(selection, path, &mut given);
                bytes += file.as_ref().map_or(0, |file| file.bytes.len());
                files.extend(file);
                if bytes > AT_ONCE {
                    return Ok(false);
                }
            }
            sides.push((selection, given, files, Support::default()));
        }
        let mut worker = judge.instance()?;
        let operation = if self.question.is_some() { Operation::WhoCan } else { Operation::Evaluate };
        loop {
            let mut given = sides.iter().map(|(selection, gathered, files, support)| Side { selection, files, support, gathered });
            let Some(head) = given.next() else { return Ok(false) };
            let request = self.request(head, given.next(), self.question);
            let mut taken = false;
            let answered = worker.call_with(operation, &request.parts(), |answer| match needs(answer) {
                Some(needs) => Ok(needs),
                None => ok(answer).map(|report| {
                    take(report);
                    taken = true;
                    Vec::new()
                }),
            });
            let Ok(needs) = answered else { return Ok(taken) };
            let needs = needs?;
            if taken {
                (self.job.progress)(self.job.selection.files.len());
                return Ok(true);
            }
            for (at, (selection, _, _, support)) in sides.iter_mut().enumerate() {
                support.add(selection, needs.iter().filter(|need| need.base == (at == 1)))?;
            }
        }
    }

    fn load(&self, selection: &Selection, path: &str, gathered: &mut Gathered) -> Option<Loaded> {
        match selection.load(path) {
            Ok(loaded) => Some(loaded),
            Err(reason) => {
                gathered.unread.push(self.unread(path, WhyCode::Unreadable, format!("the file cannot be read: {reason}")));
                None
            }
        }
    }

    fn inspect(&self, worker: &mut Worker<'_>, selection: &Selection, batch: &[&str]) -> anyhow::Result<Gathered> {
        let mut gathered = Gathered::default();
        let files = batch.iter().filter_map(|path| self.load(selection, path, &mut gathered)).collect();
        self.inspect_loaded(worker, selection, files, &mut gathered)?;
        Ok(gathered)
    }

    // A batch that the module crashes on is halved, until the file that does it stands alone.
    fn inspect_loaded(
        &self,
        worker: &mut Worker<'_>,
        selection: &Selection,
        mut files: Vec<Loaded>,
        gathered: &mut Gathered,
    ) -> anyhow::Result<()> {
        let mut support = Support::default();
        // Each round follows references one step further.
        while !files.is_empty() {
            let nothing = Gathered::default();
            let side = Side { selection, files: &files, support: &support, gathered: &nothing };
            let request = self.request(side, None, None);
            let answer = match worker.call(Operation::Inspect, &request.parts()) {
                Ok(answer) => answer,
                Err(crash) if files.len() == 1 => {
                    gathered.unread.extend(files.first().map(|file| self.crashed(&file.path, &crash)));
                    return Ok(());
                }
                Err(_) => {
                    let other = files.split_off(files.len() / 2);
                    self.inspect_loaded(worker, selection, files, gathered)?;
                    return self.inspect_loaded(worker, selection, other, gathered);
                }
            };
            let answer: InspectAnswer<Box<RawValue>> = read_answer(&answer)?;
            gathered.partials.extend(answer.partials);
            let waiting: BTreeSet<&str> = answer.needs.iter().map(|need| need.root.as_str()).collect();
            files.retain(|file| waiting.contains(file.path.as_str()));
            support.add(selection, answer.needs.iter())?;
        }
        if self.precedes_plugins() {
            gathered.support.merge(support);
        }
        Ok(())
    }

    // Whether this only tells what plugins are to be given: then what files refer to is kept, and nothing is done yet.
    fn precedes_plugins(&self) -> bool {
        self.ran.iter().all(Vec::is_empty) && !self.job.plugins.is_empty()
    }

    // What plugins find in the files of a selection. They are given what the rules are given, which judging the files without them
    // tells.
    fn of_plugins(&self, judge: &Judge, selection: &Selection) -> anyhow::Result<Vec<PluginRun>> {
        let Job { plugins, merged, .. } = *self.job;
        let mut files = BTreeMap::new();
        let mut bytes = 0;
        // What cannot be read is said by the report.
        for loaded in selection.files.keys().filter_map(|path| selection.load(path).ok()) {
            bytes += loaded.bytes.len();
            if bytes > plugins::MAX_BYTES {
                return Ok(plugins::too_many(plugins));
            }
            files.insert(loaded.path.clone(), loaded);
        }
        let Gathered { support, .. } = self.gather(judge, selection)?;
        let mut given: BTreeMap<&str, (&Loaded, bool)> = BTreeMap::new();
        for file in support.files.values().flatten() {
            bytes += if files.contains_key(&file.path) { 0 } else { file.bytes.len() };
            given.insert(&file.path, (file, false));
        }
        if bytes > plugins::MAX_BYTES {
            return Ok(plugins::too_many(plugins));
        }
        given.extend(files.iter().map(|(path, file)| (path.as_str(), (file, true))));
        let absent = support.files.iter().filter(|(_, file)| file.is_none()).map(|(path, _)| path.as_str());
        let given = Given {
            selection,
            files: given.into_values().collect(),
            absent: absent.collect(),
            globs: support.globs.iter().map(String::as_str).collect(),
            merged,
            kubernetes_version: self.job.options.kubernetes_version.as_deref(),
        };
        Ok(plugins::run(plugins, &given))
    }

    fn request<'f>(&'f self, head: Side<'f>, base: Option<Side<'f>>, question: Option<&Question>) -> Request<'f> {
        let mut tail = Tail::default();
        let layers = self.job.layers.iter().map(|layer| tail.layer(layer)).collect();
        let baselines = self.job.baselines.iter().map(|layer| tail.layer(layer)).collect();
        let request = RequestOut {
            api: API_VERSION,
            now: self.job.now.as_deref(),
            layers,
            baselines,
            event: self.job.event.as_ref(),
            head: self.head(head, &mut tail),
            base: base.map(|base| self.head(base, &mut tail)),
            options: OptionsOut { options: &self.job.options, print_key: &self.key },
            question,
        };
        Request { frame: Frame::write(&serde_json::to_vec(&request).unwrap_or_default(), &[]), tail: tail.parts }
    }

    fn head<'f>(&'f self, side: Side<'f>, tail: &mut Tail<'f>) -> HeadOut<'f> {
        let Side { selection, files, support, gathered } = side;
        // Few files refer to others.
        let judged: BTreeSet<&str> = files.iter().filter(|_| !support.files.is_empty()).map(|file| file.path.as_str()).collect();
        let support_files = support.files.values().flatten().filter(|file| !judged.contains(file.path.as_str()));
        let mut out = Vec::new();
        for (file, judge) in files.iter().map(|file| (file, true)).chain(support_files.map(|file| (file, false))) {
            let (offset, length) = tail.add(&file.bytes);
            let origin = file.origin.unwrap_or(self.job.origin);
            out.push(FileOut { path: &file.path, offset, length, digest: &file.digest, origin, judge });
        }
        let [ours, before] = &self.ran;
        let ran = if std::ptr::eq(selection, self.job.selection) { ours } else { before };
        let plugin = |run: &'f PluginRun| PluginOut {
            name: &run.name,
            sha256: &run.sha256,
            enforced: run.enforced,
            failed: run.failed.as_deref(),
            findings: out.iter().flat_map(|file| run.in_file(file.path)).collect(),
        };
        let absent = support.files.iter().filter(|(_, file)| file.is_none()).map(|(path, _)| path.as_str());
        let plugins = ran.iter().map(plugin).collect();
        HeadOut {
            files: out,
            roots: selection.roots.keys().map(String::as_str).collect(),
            absent: absent.collect(),
            globs: support.globs.iter().map(String::as_str).collect(),
            sources: selection.sources.iter().map(|(source, _)| source).collect(),
            merged: self.job.merged,
            partials: &gathered.partials,
            unread: &gathered.unread,
            plugins,
        }
    }

    fn decide(&self, worker: &mut Worker<'_>, gathered: &Gathered, before: Option<&Gathered>) -> anyhow::Result<Vec<u8>> {
        let support = Support::default();
        let head = Side { selection: self.job.selection, files: &[], support: &support, gathered };
        let base = self.job.before.zip(before).map(|(selection, gathered)| Side { selection, gathered, ..head });
        let request = self.request(head, base, self.question);
        let operation = if self.question.is_some() { Operation::WhoCan } else { Operation::Decide };
        worker.call(operation, &request.parts()).map_err(crashed)
    }

    fn unread(&self, path: &str, code: WhyCode, message: String) -> FileCoverage {
        let prefix =
            self.job.selection.roots.keys().filter_map(|root| path.strip_prefix(root.as_str())).min_by_key(|rest| rest.len());
        FileCoverage {
            path: path.to_owned(),
            digest: None,
            origin: self.job.origin,
            roles: prefix.map(|below| Roles::by_path(below.trim_start_matches('/')).names()).unwrap_or_default(),
            state: FileState::Refused,
            why: vec![Why { code, message, location: None }],
            linked: Vec::new(),
        }
    }

    fn crashed(&self, path: &str, crash: &Crash) -> FileCoverage {
        let rule = if crash.rule.is_empty() { String::new() } else { format!(" in the rule {}", crash.rule) };
        let place = if crash.place.is_empty() { String::new() } else { format!(" ({})", crash.place) };
        let message = format!("the module crashed on this file{rule}: please report it{place}");
        self.unread(path, WhyCode::Crashed, message)
    }
}

// By size on disk; what cannot be read is found out by the worker.
fn batches(selection: &Selection, bytes: usize) -> Vec<Vec<&str>> {
    let mut batches: Vec<Vec<&str>> = Vec::new();
    let mut filled = usize::MAX;
    for (path, origin) in &selection.files {
        let size = match origin {
            FileSource::Disk(file) => std::fs::metadata(file).map_or(0, |found| usize::try_from(found.len()).unwrap_or(0)),
            FileSource::Given(bytes) => bytes.len(),
        };
        if filled.saturating_add(size) > bytes {
            batches.push(Vec::new());
            filled = 0;
        }
        filled += size;
        batches.last_mut().into_iter().for_each(|batch| batch.push(path));
    }
    batches
}

// What an answer asks for, if it does.
fn needs(answer: &[u8]) -> Option<Vec<Need>> {
    let answer: Option<Answer<&RawValue>> =
        if answer.starts_with(br#"{"need":"#) { serde_json::from_slice(answer).ok() } else { None };
    answer?.need
}

// The `ok` of an answer as the module wrote it: it may be long, and is read where it is shown.
fn ok(answer: &[u8]) -> anyhow::Result<&str> {
    match answer.strip_prefix(br#"{"ok":"#).and_then(|rest| rest.strip_suffix(b"}")) {
        Some(ok) => std::str::from_utf8(ok).context("the module's answer cannot be read"),
        None => read_answer::<&RawValue>(answer).map(RawValue::get),
    }
}

/// The `ok` of an answer.
pub(crate) fn read_answer<'de, T: serde::Deserialize<'de>>(answer: &'de [u8]) -> anyhow::Result<T> {
    let answer: Answer<T> = serde_json::from_slice(answer).context("the module's answer cannot be read")?;
    match answer {
        Answer { ok: Some(ok), .. } => Ok(ok),
        Answer { error: Some(ApiError { code: Code::BadPolicy, message, problems, .. }), .. } => {
            anyhow::bail!("{}", problem::render(&message, &problems))
        }
        Answer { error: Some(ApiError { message, hint, .. }), .. } => {
            let hint = hint.map_or(String::new(), |hint| format!("; {hint}"));
            anyhow::bail!("the module refuses the request: {message}{hint}")
        }
        _ => anyhow::bail!("the module asks for files that do not exist"),
    }
}
