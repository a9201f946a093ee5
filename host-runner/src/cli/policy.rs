//! `gatepost policy`: whether a policy can be used, and what it comes to.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer};
use anyhow::Context;
use policy_core::api::PolicyShown;
use policy_core::report::LayerReport;
use policy_core::secret::neutral;
use policy_core::source::Origin;

use super::check::to_stdout;
use super::prepare::prepare;
use super::{Check, Exit};
use crate::engine::Judge;
use crate::judge;
use crate::render::problem;
use crate::render::terminal::with_place;

/// Says what is wrong in the policy of a run, and what of it is not granted.
pub(super) fn lint(arguments: &Check) -> anyhow::Result<Exit> {
    let shown = shown(arguments)?.1;
    anyhow::ensure!(shown.problems.is_empty(), "{}", problem::render("", &shown.problems));
    let mut out = String::new();
    let renderer = Renderer::styled();
    for refused in &shown.not_granted {
        let title = Level::WARNING.primary_title(format!("not granted: {}: {}", refused.what, refused.because));
        let group = with_place(Group::with_title(title), AnnotationKind::Primary, &refused.location, "here");
        let _ = writeln!(out, "{}\n", renderer.render(&[group]));
    }
    if shown.layers.is_empty() {
        out.push_str("there is no policy: the pack recommended is in force; `gatepost init` writes one\n");
    }
    for layer in &shown.layers {
        let _ = writeln!(out, "{}", of_layer(layer));
    }
    let set = shown.rules.iter().filter(|rule| rule.layer.is_some()).count();
    if !shown.layers.is_empty() {
        let _ = writeln!(out, "no problems: {set} rules set, {} exceptions", shown.exceptions);
    }
    to_stdout(anstream::AutoStream::auto(std::io::stdout().lock()), &[&out])?;
    Ok(Exit::Allowed)
}

/// Shows every value in force and the layer that set it.
pub(super) fn show(arguments: &Check, json: bool) -> anyhow::Result<Exit> {
    let (written, shown) = shown(arguments)?;
    anyhow::ensure!(shown.problems.is_empty(), "{}", problem::render("", &shown.problems));
    if json {
        to_stdout(std::io::stdout().lock(), &[&written, "\n"])?;
        return Ok(Exit::Allowed);
    }
    let by = |layer: Option<u32>| match layer.and_then(|at| shown.layers.get(at as usize)) {
        Some(layer) => neutral(&layer.path).into_owned(),
        None => "built in".to_owned(),
    };
    let mut out = String::new();
    for layer in &shown.layers {
        let _ = writeln!(out, "{}", of_layer(layer));
    }
    let width = shown.rules.iter().map(|rule| rule.rule.len()).max().unwrap_or(0);
    for value in &shown.values {
        let _ = writeln!(out, "{:width$}  {:46}  {}", value.key, value.value, by(value.layer));
    }
    let _ = writeln!(out);
    for rule in &shown.rules {
        let what = match rule.mode.as_str() {
            "enforce" if rule.severity.name() == "info" => "every finding denies".to_owned(),
            "enforce" => format!("denies from {} severity, {} confidence on", rule.severity.name(), rule.confidence.name()),
            mode => mode.to_owned(),
        };
        let below = if rule.below == "tighten" { String::new() } else { format!("; override: {}", rule.below) };
        let _ = writeln!(out, "{:width$}  {:46}  {}{below}", rule.rule, what, by(rule.layer));
    }
    for plugin in &shown.plugins {
        let called = format!("{}/*", plugin.name);
        let what = format!("{}, the plugin {}", plugin.mode, neutral(&plugin.path));
        let _ = writeln!(out, "{called:width$}  {what:46}  {}", by(Some(plugin.layer)));
    }
    let _ = writeln!(out, "\n{} exceptions; {} settings not granted", shown.exceptions, shown.not_granted.len());
    to_stdout(anstream::AutoStream::auto(std::io::stdout().lock()), &[&out])?;
    Ok(Exit::Allowed)
}

fn shown(arguments: &Check) -> anyhow::Result<(String, PolicyShown)> {
    // A file that is named is the policy, not what is judged by it.
    let file = arguments.paths.first().filter(|path| arguments.paths.len() == 1 && path.is_file()).cloned();
    let by_name = file.map(|file| Check { paths: Vec::new(), policy: Some(file), ..arguments.clone() });
    let prepared = prepare(by_name.as_ref().unwrap_or(arguments), false)?;
    let written = judge::policy(&Judge::new()?, &prepared.job(&prepared.selection, &|_| {}))?;
    let shown = serde_json::from_str(&written).context("the module's answer cannot be read")?;
    Ok((written, shown))
}

fn of_layer(layer: &LayerReport) -> String {
    let because = layer.because.as_ref().map_or_else(String::new, |because| format!("; {}", neutral(because)));
    let origin = match layer.origin {
        Origin::Organisation => "the organisation's",
        Origin::Protected => "from a protected ref",
        Origin::Change => "of the change: may only tighten",
        Origin::Unknown => "of unknown origin: may only tighten",
    };
    format!("policy {}: {origin}{because}", neutral(&layer.path))
}
