//! `gatepost rules` and `gatepost explain`, from the file that stands beside the module.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Context;
use policy_core::api::Operation;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalogue::{self, Entry, RULES, called, entries, hint};
use super::{Exit, Rules, RulesFormat};
use crate::engine::Judge;
use crate::judge::read_answer;

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

fn packs() -> anyhow::Result<Vec<Pack>> {
    let judge = Judge::new()?;
    let answer = judge.instance()?.call(Operation::Describe, &[b"{}"]);
    let answer = answer.map_err(|crash| anyhow::anyhow!("the module crashed: {}", crash.message))?;
    Ok(read_answer::<Described>(&answer)?.packs)
}

fn pack(name: &str) -> anyhow::Result<Pack> {
    let mut packs = packs()?;
    let ids: Vec<&str> = packs.iter().map(|pack| pack.id.as_str()).collect();
    let Some(at) = ids.iter().position(|id| *id == name) else {
        let hint = hint(name, &ids, &format!("there are {}", ids.join(", ")));
        anyhow::bail!("there is no pack `{name}`: {hint}");
    };
    Ok(packs.swap_remove(at))
}

pub(super) fn list(asked: &Rules) -> anyhow::Result<Exit> {
    let pack = asked.pack.as_deref().map(pack).transpose()?;
    let mut entries = entries()?;
    check(asked, &entries)?;
    entries.retain(|entry| {
        pack.as_ref().is_none_or(|pack| pack.rules.contains(&entry.id))
            && asked.platform.is_none_or(|platform| entry.platforms.iter().any(|own| own == platform.name()))
            && asked.framework.as_deref().is_none_or(|framework| !entry.maps_below(framework).is_empty())
            && asked.alias.as_deref().is_none_or(|alias| !entry.aliases_called(alias).is_empty())
            && asked.words.iter().all(|word| speaks_of(entry, word))
    });
    if asked.format == RulesFormat::Json {
        anstream::print!("{}", as_json(&entries)?);
        return Ok(Exit::Allowed);
    }
    let mut out = table(&entries, asked)?;
    if let Some(pack) = &pack {
        writeln!(out, "\n{}: {}", pack.id, pack.title)?;
    }
    let rules = if entries.len() == 1 { "rule" } else { "rules" };
    writeln!(out, "\n{} {rules}; `gatepost explain ID` says more of one", entries.len())?;
    anstream::print!("{out}");
    Ok(Exit::Allowed)
}

/// Refuses what no rule could answer to, which is a slip rather than a question.
fn check(asked: &Rules, entries: &[Entry]) -> anyhow::Result<()> {
    if let Some(framework) = &asked.framework
        && entries.iter().all(|entry| entry.maps_below(framework).is_empty())
    {
        let known: BTreeSet<&str> = entries.iter().flat_map(|entry| &entry.maps).map(String::as_str).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let hint = hint(&framework.to_ascii_uppercase(), &known, "rules answer to CICD-SEC-…, CIS-K8S-…, NSA-… and PSS/…");
        anyhow::bail!("no rule answers to `{framework}`: {hint}");
    }
    if let Some(alias) = &asked.alias
        && entries.iter().all(|entry| entry.aliases_called(alias).is_empty())
    {
        let known: Vec<&str> = entries.iter().flat_map(|entry| &entry.aliases).map(String::as_str).collect();
        let hint = hint(alias, &known, "write it as `tool/name`, or the name alone");
        anyhow::bail!("no rule is called `{alias}` elsewhere: {hint}");
    }
    if let Some(word) = asked.words.iter().find(|word| !entries.iter().any(|entry| speaks_of(entry, word))) {
        let hint = called(entries, word).err().unwrap_or_default();
        anyhow::bail!("no rule speaks of `{word}`: {hint}");
    }
    Ok(())
}

/// Whether a word stands in the rule's names, its title or what it answers to.
fn speaks_of(entry: &Entry, word: &str) -> bool {
    let word = word.to_lowercase();
    let texts = [&entry.id, &entry.title].into_iter().chain(&entry.aliases).chain(&entry.maps);
    texts.into_iter().any(|text| text.to_lowercase().contains(&word))
}

/// A line for each rule; where a catalogue or another tool's name was asked for, with what of it the rule answers to.
fn table(entries: &[Entry], asked: &Rules) -> anyhow::Result<String> {
    let platforms = |entry: &Entry| entry.platforms.join(",");
    let met = |entry: &Entry| -> String {
        let maps = asked.framework.iter().flat_map(|framework| entry.maps_below(framework));
        maps.chain(asked.alias.iter().flat_map(|alias| entry.aliases_called(alias))).collect::<Vec<_>>().join(",")
    };
    let widest = |text: &dyn Fn(&Entry) -> String| entries.iter().map(|entry| text(entry).len()).max().unwrap_or(0);
    let (width, wide, met_wide) = (widest(&|entry| entry.id.clone()), widest(&platforms), widest(&met));
    let mut out = String::new();
    for entry in entries {
        let fix = if entry.fix.is_some() { "fix" } else { "" };
        write!(out, "{:width$}  {:8}  {:wide$}  {fix:3}  ", entry.id, entry.severity, platforms(entry))?;
        if met_wide > 0 {
            write!(out, "{:met_wide$}  ", met(entry))?;
        }
        writeln!(out, "{}", entry.title)?;
    }
    Ok(out)
}

// Each as it stands in the file.
fn as_json(entries: &[Entry]) -> anyhow::Result<String> {
    let all: Vec<Entry> = catalogue::entries()?;
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
    let found = called(&entries, name).map_err(|hint| anyhow::anyhow!("there is no rule `{name}`: {hint}"))?;
    let (entry, others) = found.split_first().context("a name means a rule")?;
    let packs = packs()?;
    let packs: Vec<String> = packs.into_iter().filter(|pack| pack.rules.contains(&entry.id)).map(|pack| pack.id).collect();
    let mut out = String::new();
    writeln!(out, "{}: {}", entry.id, entry.title)?;
    writeln!(out, "{}, {}", entry.pillar, entry.platforms.join(", "))?;
    writeln!(out, "at most {} severity, {} confidence; {} since {}", entry.severity, entry.confidence, entry.status, entry.since)?;
    for (what, list) in [("in the packs", &packs), ("answers to", &entry.maps), ("elsewhere called", &entry.aliases)] {
        if !list.is_empty() {
            writeln!(out, "{what} {}", list.join(", "))?;
        }
    }
    writeln!(out, "\n{}", entry.docs.trim())?;
    anstream::print!("{out}");
    if !others.is_empty() {
        let others: Vec<&str> = others.iter().map(|entry| entry.id.as_str()).collect();
        anstream::eprintln!("`{name}` is also what other tools call {}", others.join(", "));
    }
    Ok(Exit::Allowed)
}
