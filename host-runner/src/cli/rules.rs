//! `gatepost rules` and `gatepost explain`, from the file that stands beside the module.

use std::fmt::Write;

use anyhow::Context;
use policy_core::api::did_you_mean;
use serde::Deserialize;

use super::Exit;

/// Made by `cargo xtask gen` from the rules; a test holds it against them.
const RULES: &str = include_str!("../../../policies/rules.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    title: String,
    pillar: String,
    platforms: Vec<String>,
    severity: String,
    confidence: String,
    status: String,
    since: String,
    fix: Option<String>,
    maps: Vec<String>,
    aliases: Vec<String>,
    docs: String,
}

fn entries() -> anyhow::Result<Vec<Entry>> {
    serde_json::from_str(RULES).context("the list of rules cannot be read")
}

pub(super) fn list(json: bool) -> anyhow::Result<Exit> {
    let entries = entries()?;
    if json {
        anstream::print!("{RULES}");
        return Ok(Exit::Allowed);
    }
    let width = entries.iter().map(|entry| entry.id.len()).max().unwrap_or(0);
    let platforms = |entry: &Entry| entry.platforms.join(",");
    let wide = entries.iter().map(|entry| platforms(entry).len()).max().unwrap_or(0);
    let mut out = String::new();
    for entry in &entries {
        let fix = if entry.fix.is_some() { "fix" } else { "" };
        writeln!(out, "{:width$}  {:8}  {:wide$}  {fix:3}  {}", entry.id, entry.severity, platforms(entry), entry.title)?;
    }
    writeln!(out, "\n{} rules; `gatepost explain ID` says more of one", entries.len())?;
    anstream::print!("{out}");
    Ok(Exit::Allowed)
}

pub(super) fn explain(name: &str) -> anyhow::Result<Exit> {
    let entries = entries()?;
    let is_alias = |alias: &String| alias == name || alias.rsplit('/').next() == Some(name);
    let found = entries.iter().find(|entry| entry.id == name || entry.aliases.iter().any(is_alias));
    let Some(entry) = found else {
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let hint = did_you_mean(name, &ids).map_or("`gatepost rules` lists them".to_owned(), |id| format!("did you mean `{id}`?"));
        anyhow::bail!("there is no rule `{name}`: {hint}");
    };
    let mut out = String::new();
    writeln!(out, "{}: {}", entry.id, entry.title)?;
    writeln!(out, "{}, {}", entry.pillar, entry.platforms.join(", "))?;
    writeln!(out, "at most {} severity, {} confidence; {} since {}", entry.severity, entry.confidence, entry.status, entry.since)?;
    for (what, list) in [("answers to", &entry.maps), ("elsewhere called", &entry.aliases)] {
        if !list.is_empty() {
            writeln!(out, "{what} {}", list.join(", "))?;
        }
    }
    writeln!(out, "\n{}", entry.docs.trim())?;
    anstream::print!("{out}");
    Ok(Exit::Allowed)
}
