//! `gatepost check`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use policy_core::api::did_you_mean;
use policy_core::report::{Decision, Report};
use policy_core::secret::clean;
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::prepare::prepare;
use super::{Check, Exit, catalogue};
use crate::engine::Judge;
use crate::fix::{self, Fixes};
use crate::load::{FileSource, Selection};
use crate::render::terminal::{Detail, Links};
use crate::render::{address, diff, github, gitlab, junit, markdown, sarif, terminal};

/// What GitHub takes of a step's summary, in bytes.
const MAX_SUMMARY: u64 = 1 << 20;

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
    Sarif,
    Gitlab,
    Github,
    Junit,
    Markdown,
}

const FORMATS: &[(&str, Format)] = &[
    ("terminal", Format::Terminal),
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("gitlab", Format::Gitlab),
    ("github", Format::Github),
    ("junit", Format::Junit),
    ("markdown", Format::Markdown),
];

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) if !file.is_empty() => (name, Some(PathBuf::from(file))),
            Some(_) => return Err("a file is missing behind `=`".to_owned()),
            None => (text, None),
        };
        let known = FORMATS.iter().find(|(known, _)| *known == name);
        let names = || FORMATS.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let format = known.ok_or_else(|| match did_you_mean(name, &names()) {
            Some(meant) => format!("there is no format `{name}`: did you mean `{meant}`?"),
            None => format!("there is no format `{name}`: there are {}", names().join(", ")),
        });
        Ok(Self { format: format?.1, file })
    }
}

pub(super) fn run(arguments: &Check) -> anyhow::Result<Exit> {
    let outputs = outputs(arguments)?;
    let detail = match (arguments.quiet, arguments.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    let shown = detail != Detail::Quiet && outputs.iter().any(|output| output.format == Format::Terminal);
    let mut prepared = prepare(arguments, shown)?;
    anyhow::ensure!(
        !(arguments.fix && fix::has_stdin(&prepared.selection)),
        "what comes from standard input cannot be fixed in its place: `--diff` shows what would change"
    );
    let engine = Judge::new()?;
    super::prepare::plugins(&mut prepared, &arguments.plugin, &engine)?;
    let mut selection = std::mem::take(&mut prepared.selection);
    let shape = |selection: &Selection| Shape { detail, links: links(selection) };
    let judging = |selection: &Selection, take: &mut dyn FnMut(&str)| prepared.judge(&engine, selection, take);
    if !arguments.fix && !arguments.diff {
        let mut exit = None;
        judging(&selection, &mut |json| exit = Some(report(&outputs, &shape(&selection), json)))?;
        return exit.context("the module gave no report")?;
    }
    let judged = |selection: &Selection| {
        let mut kept = String::new();
        judging(selection, &mut |json| json.clone_into(&mut kept)).map(|()| kept)
    };
    let json = judged(&selection)?;
    let mut fixes = fix::settle(&mut selection, &json, arguments.unsafe_fixes, judged)?;
    if arguments.diff {
        let judged = report(&outputs, &shape(&selection), &json)?;
        return show(&fixes, judged);
    }
    fixes.write(&mut selection);
    say(&fixes);
    // Of the files as they are now, also where one could not be written.
    let exit = if fixes.changes.is_empty() {
        report(&outputs, &shape(&selection), &json)
    } else {
        report(&outputs, &shape(&selection), &judged(&selection)?)
    }?;
    Ok(if fixes.refused.is_empty() { exit } else { Exit::Failed })
}

/// How much a terminal is shown, and what it can open.
struct Shape {
    detail: Detail,
    links: Links,
}

fn links(selection: &Selection) -> Links {
    if !supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout) {
        return Links::default();
    }
    let address = |source: &FileSource| match source {
        FileSource::Disk(file) => address::of_file(&file.to_str()?.replace('\\', "/")),
        FileSource::Given(_) => None,
    };
    Links(selection.files.iter().filter_map(|(path, source)| Some((path.clone(), address(source)?))).collect())
}

/// Writes a report to its outputs.
fn report(outputs: &[Output], shape: &Shape, json: &str) -> anyhow::Result<Exit> {
    let raw = outputs.iter().all(|output| output.format == Format::Json);
    let report = if raw { None } else { Some(fix::read(json)?) };
    for output in outputs {
        write(output, report.as_ref(), shape, json)?;
    }
    if let Some(report) = report.as_ref().filter(|_| outputs.iter().any(|output| output.format == Format::Github)) {
        summarise(report)?;
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
    // Found out before files are judged.
    let mut files: Vec<&Path> = asked.iter().filter_map(|output| output.file.as_deref()).collect();
    for file in &files {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let there = folder.is_none_or(Path::is_dir);
        anyhow::ensure!(there, "{} cannot be written: its folder is not there; make it first", file.display());
        anyhow::ensure!(!file.is_dir(), "{} cannot be written: it is a folder", file.display());
    }
    files.sort_unstable();
    for pair in files.windows(2) {
        anyhow::ensure!(pair.first() != pair.last(), "two formats for one file: give each a file of its own");
    }
    Ok(asked.to_vec())
}

fn write(output: &Output, report: Option<&Report>, shape: &Shape, json: &str) -> anyhow::Result<()> {
    let text = match (output.format, report) {
        (Format::Json, _) | (_, None) => format!("{json}\n"),
        (Format::Terminal, Some(report)) => terminal::render(report, shape.detail, &shape.links),
        (Format::Sarif, Some(report)) => sarif_of(report)?,
        (Format::Gitlab, Some(report)) => gitlab::render(report)?,
        (Format::Github, Some(report)) => github::render(report, told("GITHUB_STEP_SUMMARY").is_some()),
        (Format::Junit, Some(report)) => junit::render(report),
        (Format::Markdown, Some(report)) => markdown::render(report),
    };
    match (&output.file, output.format) {
        (Some(file), Format::Terminal) => replace(file, &anstream::adapter::strip_str(&text).to_string()),
        (Some(file), _) => replace(file, &text),
        (None, Format::Terminal) => to_stdout(anstream::AutoStream::auto(std::io::stdout().lock()), &[&text]),
        (None, _) => to_stdout(std::io::stdout().lock(), &[&text]),
    }
}

fn sarif_of(report: &Report) -> anyhow::Result<String> {
    let (revision, book) = (sarif::Revision::told(told), sarif::Book::told(told)?);
    sarif::render(report, sarif::Around { rules: catalogue::RULES, revision: revision.as_ref(), book: book.as_ref() })
}

// What CI systems tell their jobs.
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|told| !told.is_empty())
}

// Whoever reads the file meanwhile reads what it was or what it becomes. What is no plain file (a pipe, a link) is written in place.
fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let written = || -> std::io::Result<()> {
        if std::fs::symlink_metadata(file).is_ok_and(|found| !found.is_file()) {
            return std::fs::write(file, text);
        }
        let random = getrandom::u64().map_err(std::io::Error::other)?;
        let beside = file.with_file_name(format!(".gatepost-{random:016x}"));
        let done = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, file));
        if done.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        done
    };
    written().with_context(|| format!("{} cannot be written", file.display()))
}

/// Adds the report to the summary of a step of GitHub, where there is one.
fn summarise(report: &Report) -> anyhow::Result<()> {
    let Some(file) = told("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let there = std::fs::metadata(&file).map_or(0, |found| found.len());
    let room = usize::try_from(MAX_SUMMARY.saturating_sub(there)).unwrap_or(usize::MAX);
    let text = cut(markdown::render(report), room);
    let mut opened = std::fs::OpenOptions::new().create(true).append(true).open(&file);
    let added =
        opened.as_mut().map_err(|error| std::io::Error::from(error.kind())).and_then(|file| file.write_all(text.as_bytes()));
    added.with_context(|| format!("the summary {file} cannot be written"))
}

// GitHub shows nothing of a summary that is too long.
fn cut(mut text: String, room: usize) -> String {
    const SAID: &str = "\nThe rest is cut: GitHub takes 1 MiB of a summary.\n";
    if text.len() <= room {
        return text;
    }
    let last = text.bytes().take(room.saturating_sub(SAID.len())).rposition(|byte| byte == b'\n');
    text.truncate(last.map_or(0, |last| last + 1));
    if room >= SAID.len() { text + SAID } else { String::new() }
}

pub(super) fn to_stdout(mut out: impl Write, texts: &[&str]) -> anyhow::Result<()> {
    let written = texts.iter().try_for_each(|text| out.write_all(text.as_bytes())).and_then(|()| out.flush());
    match written {
        // Who reads may have read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("standard output cannot be written"),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_summary_that_is_too_long_is_cut_at_a_line_and_says_so() {
        let text = "é line\n".repeat(100);
        assert_eq!(cut(text.clone(), 10_000), text);
        for room in [0, 10, 60, 200, 799] {
            let cut = cut(text.clone(), room);
            assert!(cut.len() <= room, "{room}");
            assert!(cut.is_empty() || cut.ends_with("of a summary.\n"), "{cut}");
        }
    }
}
