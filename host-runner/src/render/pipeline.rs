//! A resolved pipeline for a person: YAML, and behind each value the place where it was written.

use policy_core::api::{Shown, ShownPipeline, ShownValue};

/// What stands behind a value is quiet. Where a terminal has no colours, the stream drops these.
const QUIET: &str = "\u{1b}[90m";
const KEY: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

/// The column that places begin at, where values leave room.
const COLUMN: usize = 48;

/// Writes all pipelines, and what keeps them from being known.
#[must_use]
pub(crate) fn render(shown: &Shown) -> String {
    let mut out = String::new();
    for pipeline in &shown.pipelines {
        render_one(&mut out, pipeline);
    }
    for fault in &shown.faults {
        out.push_str(&format!("# {}: {}:{}:{}: {}\n", fault.kind, fault.path, fault.line, fault.column, fault.message));
    }
    if shown.cut {
        out.push_str("# there is more than is shown\n");
    }
    out
}

fn render_one(out: &mut String, pipeline: &ShownPipeline) {
    let kind = if pipeline.child { "a child pipeline of " } else { "" };
    out.push_str(&format!("# {kind}{}\n", pipeline.path));
    if pipeline.open {
        out.push_str("# files that are not here could add to it\n");
    }
    if let Some(stages) = &pipeline.stages {
        out.push_str(&format!("{KEY}stages{RESET}: [{}]\n", stages.join(", ")));
    }
    pipeline.globals.iter().chain(&pipeline.jobs).for_each(|value| render_value(out, value, 0, ""));
    out.push('\n');
}

fn render_value(out: &mut String, value: &ShownValue, depth: usize, dash: &str) {
    let indent = "  ".repeat(depth);
    let key = value.key.as_deref().unwrap_or("");
    let mut lines = value.text.as_deref().unwrap_or("").lines();
    let (first, rest) = (lines.next().unwrap_or(""), lines.collect::<Vec<_>>());
    let mut head = first;
    let empty = value.items.as_ref().is_some_and(Vec::is_empty) || value.entries.as_ref().is_some_and(Vec::is_empty);
    if value.text.is_none() {
        head = if !value.unknown && empty { if value.items.is_some() { "[]" } else { "{}" } } else { "" };
        if value.items.is_none() && value.entries.is_none() {
            head = "?";
        }
    } else if !rest.is_empty() {
        head = "|";
    }
    let written = format!(
        "{indent}{dash}{key}{}{head}",
        if key.is_empty() {
            ""
        } else if head.is_empty() {
            ":"
        } else {
            ": "
        }
    );
    let width = written.chars().count();
    let shown = if key.is_empty() { written } else { written.replacen(key, &format!("{KEY}{key}{RESET}"), 1) };
    let room = " ".repeat(COLUMN.saturating_sub(width).max(2));
    let open = if value.unknown && head != "?" { ", and what is not here" } else { "" };
    let place = format!("# {}:{}:{} ({}{open})", value.path, value.line, value.column, value.origin);
    out.push_str(&format!("{shown}{room}{QUIET}{place}{RESET}\n"));
    if !rest.is_empty() {
        for line in std::iter::once(first).chain(rest) {
            out.push_str(&format!("{indent}  {line}\n"));
        }
    }
    value.entries.iter().flatten().for_each(|entry| render_value(out, entry, depth + 1, ""));
    value.items.iter().flatten().for_each(|item| render_value(out, item, depth + 1, "- "));
}
