//! `gatepost check`.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use policy_core::report::Decision;
use policy_core::secret::clean;
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::prepare::prepare;
use super::{Check, Exit};
use crate::engine::Judge;
use crate::fix::{self, Fixes};
use crate::load::Selection;
use crate::render::{diff, terminal};

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
    let shown = outputs.iter().any(|output| output.format == Format::Terminal);
    let mut prepared = prepare(arguments, shown)?;
    let mut selection = std::mem::take(&mut prepared.selection);
    anyhow::ensure!(
        !(arguments.fix && fix::has_stdin(&selection)),
        "what comes from standard input cannot be fixed in its place: `--diff` shows what would change"
    );
    let engine = Judge::new()?;
    let judging = |selection: &Selection, take: &mut dyn FnMut(&str)| prepared.judge(&engine, selection, take);
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
