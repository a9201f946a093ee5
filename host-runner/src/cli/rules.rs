//! `gatepost rules` and `gatepost explain`, from the file that stands beside the module.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Context;
use policy_core::api::{Operation, did_you_mean};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Exit;
use crate::engine::Judge;
use crate::judge::read_answer;

/// Made by `cargo xtask gen` from the rules; a test holds it against them.
pub(super) const RULES: &str = include_str!("../../../policies/rules.json");

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

/// What the module says of itself, as far as it stands in no file beside it.
#[derive(Deserialize)]
struct Described {
    packs: Vec<Pack>,
}

#[derive(Deserialize)]
struct Pack {
    id: String,
    title: String,
    rules: BTreeSet<String>,
}

fn entries() -> anyhow::Result<Vec<Entry>> {
    serde_json::from_str(RULES).context("the list of rules cannot be read")
}

fn pack(name: &str) -> anyhow::Result<Pack> {
    let judge = Judge::new()?;
    let answer = judge.instance()?.call(Operation::Describe, &[b"{}"]);
    let answer = answer.map_err(|crash| anyhow::anyhow!("the module crashed: {}", crash.message))?;
    let mut packs = read_answer::<Described>(&answer)?.packs;
    let ids: Vec<&str> = packs.iter().map(|pack| pack.id.as_str()).collect();
    let Some(at) = ids.iter().position(|id| *id == name) else {
        let hint =
            did_you_mean(name, &ids).map_or_else(|| format!("there are {}", ids.join(", ")), |id| format!("did you mean `{id}`?"));
        anyhow::bail!("there is no pack `{name}`: {hint}");
    };
    Ok(packs.swap_remove(at))
}

pub(super) fn list(of_pack: Option<&str>, json: bool) -> anyhow::Result<Exit> {
    let pack = of_pack.map(pack).transpose()?;
    let mut entries = entries()?;
    if let Some(pack) = &pack {
        entries.retain(|entry| pack.rules.contains(&entry.id));
    }
    if json {
        anstream::print!("{}", as_json(&entries)?);
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
    if let Some(pack) = &pack {
        writeln!(out, "\n{}: {}", pack.id, pack.title)?;
    }
    writeln!(out, "\n{} rules; `gatepost explain ID` says more of one", entries.len())?;
    anstream::print!("{out}");
    Ok(Exit::Allowed)
}

// Each as it stands in the file.
fn as_json(entries: &[Entry]) -> anyhow::Result<String> {
    let all: Vec<Entry> = self::entries()?;
    if all.len() == entries.len() {
        return Ok(RULES.to_owned());
    }
    let written: Vec<&RawValue> = serde_json::from_str(RULES).context("the list of rules cannot be read")?;
    let wanted = |entry: &Entry| entries.iter().any(|other| other.id == entry.id);
    let texts = all.iter().zip(written).filter(|(entry, _)| wanted(entry)).map(|(_, written)| format!("  {written}"));
    Ok(format!("[\n{}\n]\n", texts.collect::<Vec<_>>().join(",\n")))
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
