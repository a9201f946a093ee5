//! `gatepost check`.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use policy_core::api::{Event, Options, Pin, SourceProject};
use policy_core::data::Snapshot;
use policy_core::report::Decision;
use policy_core::secret::clean;
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::{Check, Exit, catalogue};
use crate::engine::Judge;
use crate::fix::{self, Fixes};
use crate::judge::{Job, judge};
use crate::load::policy::LayerFile;
use crate::load::{self, Selection};
use crate::render::{diff, terminal};

/// Fewer files than this are judged before a bar could be read.
const BAR_FROM: usize = 300;

/// A form of the report and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: Format,
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Terminal,
    Json,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) if !file.is_empty() => (name, Some(PathBuf::from(file))),
            Some(_) => return Err("a file is missing behind `=`".to_owned()),
            None => (text, None),
        };
        let format = match name {
            "terminal" => Format::Terminal,
            "json" => Format::Json,
            _ => return Err(format!("there is no format `{name}`: `terminal` and `json` are known")),
        };
        Ok(Self { format, file })
    }
}

pub(super) fn run(arguments: &Check) -> anyhow::Result<Exit> {
    let outputs = outputs(arguments)?;
    let mut paths = arguments.paths.clone();
    paths.extend(arguments.merged.clone());
    anyhow::ensure!(
        arguments.merged.is_none() || arguments.paths.is_empty(),
        "`--merged` judges one file that GitLab has merged: give it alone"
    );
    let mut selection = load::select(&paths, arguments.stdin_name.as_deref())?;
    selection.sources = sources(&arguments.source)?;
    anyhow::ensure!(
        !(arguments.fix && fix::has_stdin(&selection)),
        "what comes from standard input cannot be fixed in its place: `--diff` shows what would change"
    );
    let shown = outputs.iter().any(|output| output.format == Format::Terminal);
    let options = options(arguments, shown)?;
    // What GitHub and GitLab tell their jobs.
    let told = || {
        ["GITHUB_REPOSITORY", "CI_PROJECT_PATH"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|told| !told.is_empty()))
    };
    let repository = arguments.repository.clone().or_else(told);
    let event = repository.map(|repository| Event { repository: Some(repository), ..Event::default() });
    let engine = Judge::new()?;
    let given = Given::of(arguments, &mut selection)?;
    let judging = |selection: &Selection, take: &mut dyn FnMut(&str)| {
        let bar = bar(selection.files.len());
        let job = Job {
            selection,
            before: given.before.as_ref(),
            origin: arguments.origin.map(Into::into).unwrap_or_default(),
            layers: &given.layers,
            baselines: &given.baselines,
            now: given.now.clone(),
            merged: arguments.merged.is_some(),
            options: options.clone(),
            event: event.clone(),
            batch_bytes: arguments.batch_bytes,
            threads: arguments.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1),
            progress: &|files| bar.inc(files as u64),
        };
        let judged = judge(&engine, &job, &mut |json| {
            bar.finish_and_clear();
            take(json);
        });
        bar.finish_and_clear();
        judged
    };
    if !arguments.fix && !arguments.diff {
        let mut exit = None;
        judging(&selection, &mut |json| exit = Some(report(&outputs, json)))?;
        return exit.context("the module gave no report")?;
    }
    let judged = |selection: &Selection| {
        let mut kept = String::new();
        judging(selection, &mut |json| json.clone_into(&mut kept)).map(|()| kept)
    };
    let json = judged(&selection)?;
    let mut fixes = fix::settle(&mut selection, &json, arguments.unsafe_fixes, judged)?;
    if arguments.diff {
        let judged = report(&outputs, &json)?;
        return show(&fixes, judged);
    }
    fixes.write(&mut selection);
    say(&fixes);
    // Of the files as they are now, also where one could not be written.
    let exit = if fixes.changes.is_empty() { report(&outputs, &json) } else { report(&outputs, &judged(&selection)?) }?;
    Ok(if fixes.refused.is_empty() { exit } else { Exit::Failed })
}

/// What is given beside the files: the policy, the baseline, and what was before the change.
pub(super) struct Given {
    pub(super) layers: Vec<LayerFile>,
    baselines: Vec<LayerFile>,
    before: Option<Selection>,
    pub(super) now: Option<String>,
}

impl Given {
    pub(super) fn of(arguments: &Check, selection: &mut Selection) -> anyhow::Result<Self> {
        let origin = arguments.origin.map(Into::into);
        if origin.is_none() {
            selection.find_origins(&|name| std::env::var(name).ok());
        }
        let organisation = arguments.policy.clone().or_else(|| std::env::var_os("GATEPOST_POLICY").map(PathBuf::from));
        let organisation = organisation.filter(|file| !file.as_os_str().is_empty());
        let layers = load::policy::layers(selection, organisation.as_deref(), origin)?;
        let baselines = match arguments.no_baseline {
            true => Vec::new(),
            false => load::policy::baselines(selection, arguments.baseline.as_deref(), origin)?,
        };
        let before = arguments.diff_base.as_ref().map(|name| selection.at(name)).transpose()?;
        // Without a policy, the time changes nothing, and a report that says it would differ from the next one.
        let now = match &arguments.now {
            Some(now) => Some(now.clone()),
            None if layers.is_empty() => None,
            None => Some(load::now()?),
        };
        Ok(Self { layers, baselines, before, now })
    }
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

/// Writes a report to its outputs.
fn report(outputs: &[Output], json: &str) -> anyhow::Result<Exit> {
    for output in outputs {
        write(output, json)?;
    }
    Ok(decision(json)?.outcome.into())
}

/// Shows what fixes would change.
fn show(fixes: &Fixes, judged: Exit) -> anyhow::Result<Exit> {
    let diffs: Vec<_> = fixes.changes.iter().map(|(path, change)| diff::render(path, &change.before, &change.after)).collect();
    let texts: Vec<&str> = diffs.iter().map(|diff| diff.text.as_str()).collect();
    to_stdout(anstream::AutoStream::auto(std::io::stdout().lock()), &texts)?;
    if diffs.iter().any(|diff| !diff.exact) {
        anstream::eprintln!("this diff cannot be applied as it is, since parts of lines are masked or replaced: use --fix");
    }
    say_rest(fixes);
    Ok(match judged {
        _ if !fixes.refused.is_empty() => Exit::Failed,
        _ if !fixes.changes.is_empty() => Exit::Denied,
        Exit::Nothing => Exit::Nothing,
        _ => Exit::Allowed,
    })
}

/// Says what was fixed.
fn say(fixes: &Fixes) {
    for (path, change) in &fixes.changes {
        let findings = if change.fixed == 1 { "finding" } else { "findings" };
        anstream::eprintln!("fixed {} {findings} in {}", change.fixed, clean(path));
    }
    say_rest(fixes);
}

fn say_rest(fixes: &Fixes) {
    for (path, reason) in &fixes.refused {
        anstream::eprintln!("error: {} is not fixed: {reason}", clean(path));
    }
    if fixes.left > 0 {
        anstream::eprintln!("{} more after another run", fixes.left);
    }
}

/// What the command itself reads of a report: it stands near the beginning, and the rest, which may be long, is not looked at.
fn decision(json: &str) -> anyhow::Result<Decision> {
    struct Reading<'d>(&'d mut Option<Decision>);
    impl<'de> Visitor<'de> for Reading<'_> {
        type Value = ();

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a report")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut report: M) -> Result<(), M::Error> {
            while let Some(key) = report.next_key::<String>()? {
                if key == "decision" {
                    *self.0 = Some(report.next_value()?);
                    return Ok(());
                }
                report.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let mut decision = None;
    // The reader complains of the rest that it was not shown.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(Reading(&mut decision));
    decision.context("the report cannot be read")
}

fn shown(json: &str) -> anyhow::Result<String> {
    Ok(terminal::render(&fix::read(json)?))
}

fn outputs(arguments: &Check) -> anyhow::Result<Vec<Output>> {
    let asked = &arguments.format;
    let to_stdout = asked.iter().filter(|output| output.file.is_none()).count();
    anyhow::ensure!(
        !arguments.diff || to_stdout == 0,
        "`--diff` takes standard output: give the report a file, as in `--format json=report.json`"
    );
    if asked.is_empty() && !arguments.diff {
        return Ok(vec![Output { format: Format::Terminal, file: None }]);
    }
    anyhow::ensure!(to_stdout <= 1, "two formats for standard output: give all but one a file, as in `--format json=report.json`");
    Ok(asked.to_vec())
}

fn write(output: &Output, json: &str) -> anyhow::Result<()> {
    if let Some(file) = &output.file {
        let text = match output.format {
            Format::Json => format!("{json}\n"),
            Format::Terminal => anstream::adapter::strip_str(&shown(json)?).to_string(),
        };
        return std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()));
    }
    let stdout = std::io::stdout().lock();
    match output.format {
        Format::Json => to_stdout(stdout, &[json, "\n"]),
        Format::Terminal => to_stdout(anstream::AutoStream::auto(stdout), &[&shown(json)?]),
    }
}

pub(super) fn to_stdout(mut out: impl Write, texts: &[&str]) -> anyhow::Result<()> {
    let written = texts.iter().try_for_each(|text| out.write_all(text.as_bytes())).and_then(|()| out.flush());
    match written {
        // Who reads may have read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("standard output cannot be written"),
    }
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

fn read_pins(file: &PathBuf) -> anyhow::Result<BTreeMap<String, Pin>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!("{} is not a map of pins, as in {{\"actions/checkout@v4\": {{\"commit\": \"<40 digits>\"}}}}", file.display())
    })
}

// Which snapshots there are, the module knows.
fn read_data(files: &[PathBuf]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut data = BTreeMap::new();
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
