//! What the command knows of the rules without asking the module: the file that stands beside it, and the names that others have.

use anyhow::Context;
use policy_core::api::did_you_mean;
use policy_core::map::Set;
use serde::Deserialize;

/// Made by `cargo xtask gen` from the rules; a test holds it against them.
pub(super) const RULES: &str = include_str!("../../../policies/rules.json");

/// A rule.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) pillar: String,
    pub(super) platforms: Vec<String>,
    pub(super) severity: String,
    pub(super) confidence: String,
    pub(super) status: String,
    pub(super) since: String,
    pub(super) fix: Option<String>,
    pub(super) maps: Vec<String>,
    pub(super) aliases: Vec<String>,
    pub(super) docs: String,
}

impl Entry {
    /// The names that others have for the rule and that `name` means: `zizmor/unpinned-uses` as a whole, or what stands behind the tool.
    pub(super) fn aliases_called(&self, name: &str) -> Vec<&str> {
        let is_meant = |alias: &&str| alias.eq_ignore_ascii_case(name) || behind_tool(alias).eq_ignore_ascii_case(name);
        self.aliases.iter().map(String::as_str).filter(is_meant).collect()
    }

    /// The entries of catalogues that `framework` means: one by its name, or all below a part of it, so that `CICD-SEC-1` is not also
    /// `CICD-SEC-10`.
    pub(super) fn maps_below(&self, framework: &str) -> Vec<&str> {
        self.maps.iter().map(String::as_str).filter(|entry| is_below(entry, framework)).collect()
    }
}

fn behind_tool(alias: &str) -> &str {
    alias.split_once('/').map_or(alias, |(_, behind)| behind)
}

fn is_below(entry: &str, framework: &str) -> bool {
    let Some((start, rest)) = entry.split_at_checked(framework.len()) else { return false };
    let ends_there = |text: &str| !text.starts_with(|next: char| next.is_ascii_alphanumeric());
    let whole = ends_there(rest) || framework.ends_with(['-', '.', '/']);
    !framework.is_empty() && start.eq_ignore_ascii_case(framework) && whole
}

/// All rules, sorted by id.
pub(super) fn entries() -> anyhow::Result<Vec<Entry>> {
    serde_json::from_str(RULES).context("the list of rules cannot be read")
}

/// The rules that a name means: that of this id, else all that another tool calls so; or, where no rule is called so, what to do.
pub(super) fn called<'e>(entries: &'e [Entry], name: &str) -> Result<Vec<&'e Entry>, String> {
    if let Some(entry) = entries.iter().find(|entry| entry.id == name) {
        return Ok(vec![entry]);
    }
    let found: Vec<&Entry> = entries.iter().filter(|entry| !entry.aliases_called(name).is_empty()).collect();
    if found.is_empty() { Err(names_hint(entries, name)) } else { Ok(found) }
}

/// The ids of the rules that `--only` asks for by whatever names; nothing if it is not given.
///
/// # Errors
/// When a name means no rule.
pub(super) fn only(names: &[String]) -> anyhow::Result<Option<Set<String>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let entries = entries()?;
    let mut ids = Set::new();
    for name in names {
        match called(&entries, name) {
            Ok(called) => ids.extend(called.into_iter().map(|entry| entry.id.clone())),
            Err(hint) => anyhow::bail!("`--only {name}`: there is no such rule; {hint}"),
        }
    }
    Ok(Some(ids))
}

fn names_hint(entries: &[Entry], name: &str) -> String {
    let ids = entries.iter().map(|entry| entry.id.as_str());
    let aliases = entries.iter().flat_map(|entry| &entry.aliases).map(String::as_str);
    let known: Vec<&str> = ids.chain(aliases.clone()).chain(aliases.map(behind_tool)).collect();
    hint(name, &known, "`gatepost rules` lists them")
}

/// What could have been meant, or else what to do.
pub(super) fn hint(name: &str, known: &[&str], otherwise: &str) -> String {
    did_you_mean(name, known).map_or_else(|| otherwise.to_owned(), |meant| format!("did you mean `{meant}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_framework_is_met_at_the_end_of_a_part() {
        for (framework, entry) in [
            ("CICD-SEC-1", "CICD-SEC-1"),
            ("cicd-sec", "CICD-SEC-10"),
            ("CICD-SEC-", "CICD-SEC-10"),
            ("CIS-K8S-5.1", "CIS-K8S-5.1.10"),
            ("PSS", "PSS/procMount"),
        ] {
            assert!(is_below(entry, framework), "{framework} {entry}");
        }
        for (framework, entry) in
            [("CICD-SEC-1", "CICD-SEC-10"), ("CIS-K8S-5.1.1", "CIS-K8S-5.1.10"), ("", "NSA-1"), ("NS", "NSA-1")]
        {
            assert!(!is_below(entry, framework), "{framework} {entry}");
        }
    }
}
