//! Holds reports in SARIF, over examples and real files, against the official validator: its own rules and those for GitHub.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::tools::{corpora, npm_tool, target, workspace};

/// What the validator says and we do not follow: its rule, the message of that rule, and why.
const EXCUSED: &[(&str, &str, &str)] = &[
    ("SARIF2002", "Note_Default", "with arguments, readers would take the `{{` of an expression for a doubled brace"),
    ("SARIF2009", "Note_UseConventionalRuleIds", "ids name the defect, and are what policies and ignores are written with"),
];

// Only where it is so: without findings no rules are named, and of a place over many lines, or of long ones, not all is shown.
const EXCUSED_OF_EMPTY: (&str, &str) = ("SARIF2012", "Note_ProvideMetadataForAllViolatedRules");
const EXCUSED_OF_LONG: &[&str] = &["SARIF2010", "SARIF2011"];

/// Holds the command's reports against the validator.
pub(crate) fn run(command: &Path) -> anyhow::Result<()> {
    let tool = npm_tool("sarif")?;
    let validator = validator(&tool)?;
    let examples =
        ("examples".to_owned(), workspace().join("examples"), &["--pack", "strict", "--fixes", "--origin", "protected"][..]);
    let mut folders = vec![examples];
    match corpora(None) {
        Some(all) => {
            let found = std::fs::read_dir(all)?.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
            folders.extend(
                found.map(|folder| (folder.file_name().unwrap_or_default().to_string_lossy().into_owned(), folder, &[][..])),
            );
        }
        None => println!("skipped: SARIF over the corpora, which are not here"),
    }
    folders.sort();
    for (name, folder, more) in folders {
        let log = report(command, &name, &folder, more)?;
        let said = validate(&validator, &log)?;
        ensure!(said.is_empty(), "{}: the validator of SARIF says:\n{}", log.display(), said.join("\n"));
        println!("SARIF of {name} is what its validator asks for");
    }
    Ok(())
}

// The program itself: the script that npm starts hands its arguments to a shell.
fn validator(tool: &Path) -> anyhow::Result<PathBuf> {
    let mut node = Command::new("node");
    node.current_dir(tool).args(["-p", "require('@microsoft/sarif-multitool')"]);
    let output = node.output().context("node could not be started")?;
    ensure!(output.status.success(), "there is no validator of SARIF for this system");
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn report(command: &Path, name: &str, folder: &Path, more: &[&str]) -> anyhow::Result<PathBuf> {
    let reports = target().join("sarif");
    std::fs::create_dir_all(&reports)?;
    let log = reports.join(format!("{name}.sarif"));
    let mut check = Command::new(command);
    check.current_dir(folder).args(["check", "."]).args(more).arg("--format").arg(format!("sarif={}", log.display()));
    // What a job of GitHub is told.
    check.env("GITHUB_SERVER_URL", "https://github.com").env("GITHUB_REPOSITORY", "owner/name").env("GITHUB_REF_NAME", "main");
    check.env("GATEPOST_DOCS", "https://docs.example.org/gatepost/");
    let output = check.env("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567").output()?;
    ensure!(matches!(output.status.code(), Some(0 | 1 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(log)
}

fn validate(validator: &Path, log: &Path) -> anyhow::Result<Vec<String>> {
    let results = log.with_extension("validated.sarif");
    let mut command = Command::new(validator);
    command.arg("validate").arg(log).arg("--config").arg(workspace().join("xtask/sarif/config.xml"));
    command
        .args(["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--log", "ForceOverwrite", "--output"])
        .arg(&results);
    // It is not told how to sort text of other languages.
    let output = command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1").output()?;
    ensure!(output.status.success(), "the validator of SARIF failed: {}", String::from_utf8_lossy(&output.stdout));
    let read = |path: &Path| -> anyhow::Result<Value> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(serde_json::from_str(text.trim_start_matches('\u{FEFF}'))?)
    };
    let (ours, said) = (read(log)?, read(&results)?);
    let said = said.pointer("/runs/0/results").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |one: &Value, at: &str| one.pointer(at).and_then(Value::as_str).unwrap_or("").to_owned();
    let excused = |one: &Value| {
        let (rule, message) = (text(one, "/ruleId"), text(one, "/message/id"));
        let empty = ours.pointer("/runs/0/results").and_then(Value::as_array).is_none_or(Vec::is_empty);
        EXCUSED.iter().any(|excused| (excused.0, excused.1) == (&*rule, &*message))
            || (empty && EXCUSED_OF_EMPTY == (&*rule, &*message))
            || (EXCUSED_OF_LONG.contains(&&*rule) && is_over_lines(&ours, &text(one, "/message/arguments/0")))
    };
    let said = said.iter().filter(|one| !excused(one));
    Ok(said.map(|one| format!("{} {}", text(one, "/ruleId"), one["message"])).collect())
}

// Whether a location, as `runs[0].results[1].locations[0].physicalLocation`, is one over several lines.
fn is_over_lines(ours: &Value, location: &str) -> bool {
    let pointer = format!("/{}", location.replace(['.', '['], "/").replace(']', ""));
    let region = ours.pointer(&pointer).map(|found| found.get("region").unwrap_or(found));
    let line = |name: &str| region.and_then(|region| region.get(name)).and_then(Value::as_u64);
    line("endLine").zip(line("startLine")).is_some_and(|(end, start)| end > start)
}
