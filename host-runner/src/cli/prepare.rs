//! A run of `check` before its report: the files, what is given beside them, and the module that judges them.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use policy_core::api::{Event, Options, Pin, PolicyShown, SourceProject};
use policy_core::data::Snapshot;
use policy_core::map::Map;
use policy_core::source::Origin;

use super::{Check, catalogue};
use crate::engine::Judge;
use crate::judge::{self, Job, judge};
use crate::load::policy::LayerFile;
use crate::load::{self, Selection};
use crate::plugins::{Asked, Plugin};

/// Fewer files than this are judged before a bar could be read.
const BAR_FROM: usize = 300;

/// What a run is made of.
pub(super) struct Prepared {
    /// The files.
    pub(super) selection: Selection,
    /// Who could have written them, where that is not known of each.
    origin: Origin,
    /// The policy, the highest layer first.
    pub(super) layers: Vec<LayerFile>,
    baselines: Vec<LayerFile>,
    plugins: Vec<Plugin>,
    before: Option<Selection>,
    now: Option<String>,
    options: Options,
    event: Option<Event>,
    merged: bool,
    batch_bytes: Option<usize>,
    threads: usize,
}

/// Finds the files of a run, and all that is given beside them. `shown` is whether a person is shown the fixes.
pub(super) fn prepare(arguments: &Check, shown: bool) -> anyhow::Result<Prepared> {
    let mut paths = arguments.paths.clone();
    paths.extend(arguments.merged.clone());
    anyhow::ensure!(
        arguments.merged.is_none() || arguments.paths.is_empty(),
        "`--merged` judges one file that GitLab has merged: give it alone"
    );
    let options = options(arguments, shown)?;
    let mut selection = load::select(&paths, arguments.stdin_name.as_deref())?;
    selection.sources = sources(&arguments.source)?;
    let origin: Option<Origin> = arguments.origin.map(Into::into);
    if origin.is_none() {
        selection.find_origins(&|name| std::env::var(name).ok());
    }
    let organisation = arguments.policy.clone().or_else(|| std::env::var_os("GATEPOST_POLICY").map(PathBuf::from));
    let organisation = organisation.filter(|file| !file.as_os_str().is_empty());
    let layers = load::policy::layers(&selection, organisation.as_deref(), origin)?;
    let baselines = match arguments.no_baseline {
        true => Vec::new(),
        false => load::policy::baselines(&selection, arguments.baseline.as_deref(), origin)?,
    };
    let before = arguments.diff_base.as_ref().map(|name| selection.at(name)).transpose()?;
    // Without a policy, the time changes nothing, and a report that says it would differ from the next one.
    let now = match &arguments.now {
        Some(now) => Some(now.clone()),
        None if layers.is_empty() => None,
        None => Some(load::now()?),
    };
    Ok(Prepared {
        origin: origin.unwrap_or_default(),
        layers,
        baselines,
        plugins: Vec::new(),
        before,
        now,
        options,
        event: event(arguments),
        merged: arguments.merged.is_some(),
        batch_bytes: arguments.batch_bytes,
        threads: arguments.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1),
        selection,
    })
}

/// Finds the plugins that the command line and the policy ask for.
pub(super) fn plugins(prepared: &mut Prepared, asked: &[Asked], engine: &Judge) -> anyhow::Result<()> {
    let given = asked.iter().map(|plugin| {
        let module = load::policy::module(&prepared.selection, &plugin.file);
        (plugin.clone(), module)
    });
    let mut found: Vec<_> = given.collect();
    // Only a policy that names some is asked for them: that costs a call.
    let names = |layer: &LayerFile| layer.bytes.windows(7).any(|window| window == b"plugins");
    if prepared.layers.iter().any(names) {
        let written = judge::policy(engine, &prepared.job(&prepared.selection, &|_| {}))?;
        let shown: PolicyShown = serde_json::from_str(&written).context("the module's answer cannot be read")?;
        for plugin in shown.plugins {
            let layer = prepared.layers.get(plugin.layer as usize).context("the module names a layer that is not there")?;
            let module = load::policy::module_of(&prepared.selection, layer, &plugin.path);
            found.push((Asked { name: plugin.name, file: plugin.path.into(), sha256: plugin.sha256, enforced: false }, module));
        }
    }
    for (at, (asked, _)) in found.iter().enumerate() {
        let other = found.iter().take(at).any(|(known, _)| known.name == asked.name && known.sha256 != asked.sha256);
        let name = &asked.name;
        anyhow::ensure!(!other, "two plugins are called {name}: give one another name, as in `--plugin NAME=FILE@sha256:DIGEST`");
    }
    let mut seen = BTreeSet::new();
    let plugins = found.into_iter().filter(|(asked, _)| seen.insert(asked.name.clone()));
    prepared.plugins = plugins.map(|(asked, module)| Plugin::of(&asked, module.map_err(|error| format!("{error:#}")))).collect();
    Ok(())
}

/// Judges once, without fixes, and gives the report as the module wrote it.
pub(super) fn judged(arguments: &Check) -> anyhow::Result<(Prepared, String)> {
    let mut prepared = prepare(arguments, false)?;
    let engine = Judge::new()?;
    plugins(&mut prepared, &arguments.plugin, &engine)?;
    let mut report = String::new();
    prepared.judge(&engine, &prepared.selection, &mut |json| json.clone_into(&mut report))?;
    Ok((prepared, report))
}

impl Prepared {
    /// Has files judged, and hands on the report.
    pub(super) fn judge(&self, engine: &Judge, selection: &Selection, take: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
        let bar = bar(selection.files.len());
        let progress = |files| bar.inc(files as u64);
        let judged = judge(engine, &self.job(selection, &progress), &mut |json| {
            bar.finish_and_clear();
            take(json);
        });
        bar.finish_and_clear();
        judged
    }

    /// What is asked of the module over files.
    pub(super) fn job<'j>(&'j self, selection: &'j Selection, progress: &'j (dyn Fn(usize) + Sync)) -> Job<'j> {
        Job {
            selection,
            before: self.before.as_ref(),
            origin: self.origin,
            layers: &self.layers,
            baselines: &self.baselines,
            now: self.now.clone(),
            plugins: &self.plugins,
            merged: self.merged,
            options: self.options.clone(),
            event: self.event.clone(),
            batch_bytes: self.batch_bytes,
            threads: self.threads,
            progress,
        }
    }
}

// What GitHub and GitLab tell their jobs.
fn event(arguments: &Check) -> Option<Event> {
    let told = || {
        ["GITHUB_REPOSITORY", "CI_PROJECT_PATH"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|told| !told.is_empty()))
    };
    let repository = arguments.repository.clone().or_else(told);
    repository.map(|repository| Event { repository: Some(repository), ..Event::default() })
}

/// What the module is told. Fixes are shown to a person; in JSON they are there if asked for.
fn options(arguments: &Check, shown: bool) -> anyhow::Result<Options> {
    Ok(Options {
        pack: arguments.pack.clone(),
        kubernetes_version: arguments.kubernetes_version.clone(),
        // What was merged is nobody's file to mend.
        without_fixes: arguments.merged.is_some() || !(shown || arguments.fix || arguments.diff || arguments.fixes),
        only: catalogue::only(&arguments.only)?,
        pins: arguments.pins.as_ref().map(read_pins).transpose()?.unwrap_or_default(),
        data: read_data(&arguments.data)?,
        ..Options::default()
    })
}

/// Other projects, each with a root of its own that no path of the repository begins with.
pub(super) fn sources(given: &[String]) -> anyhow::Result<Vec<(SourceProject, PathBuf)>> {
    let read = |(number, text): (usize, &String)| {
        let (name, folder) = text.split_once('=').context("a source is `GROUP/PROJECT@REF=DIR`")?;
        let (project, git_ref) = name.split_once('@').unwrap_or((name, ""));
        let folder = PathBuf::from(folder);
        anyhow::ensure!(folder.is_dir(), "{} is no folder", folder.display());
        let root = format!("source {}: {name}", number + 1);
        Ok((SourceProject { project: project.to_owned(), git_ref: git_ref.to_owned(), root }, folder))
    };
    given.iter().enumerate().map(read).collect()
}

fn read_pins(file: &PathBuf) -> anyhow::Result<Map<String, Pin>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!("{} is not a map of pins, as in {{\"actions/checkout@v4\": {{\"commit\": \"<40 digits>\"}}}}", file.display())
    })
}

// Which snapshots there are, the module knows.
fn read_data(files: &[PathBuf]) -> anyhow::Result<Map<String, String>> {
    let mut data = Map::new();
    for file in files {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let snapshot = Snapshot::read(&text).with_context(|| format!("{} is not a snapshot", file.display()))?;
        let id = snapshot.id.to_owned();
        anyhow::ensure!(!data.contains_key(&id), "{} is a second snapshot `{id}`: give each once", file.display());
        data.insert(id, text);
    }
    Ok(data)
}

fn bar(files: usize) -> ProgressBar {
    if files < BAR_FROM || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("judging {wide_bar} {pos}/{len} files");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
