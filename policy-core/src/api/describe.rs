//! `describe`: what a module is, and which rules, snapshots and packs it has.

use serde::Serialize;

use super::{API_VERSION, Operation};
use crate::data::DataSet;
use crate::inspect::rules_digest;
use crate::pack::{Pack, PackSet};
use crate::rule::{Meta, RuleSet};

/// The answer of `describe`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// `gatepost`
    pub name: &'static str,
    /// The version of the engine.
    pub version: &'static str,
    /// [`ABI_VERSION`].
    pub abi: u32,
    /// [`API_VERSION`].
    pub request: u32,
    /// The version of the report.
    pub report: u32,
    /// The digest of the rule set.
    pub digest: String,
    /// The names of the operations.
    pub operations: Vec<&'static str>,
    /// The forms that `render` gives.
    pub formats: Vec<&'static str>,
    /// The rules.
    pub rules: Vec<DescribedRule>,
    /// The snapshots that are built in.
    pub data: Vec<DescribedSnapshot>,
    /// The packs that a request may name.
    pub packs: Vec<DescribedPack>,
}

/// A named set of rules.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedPack {
    /// Its id.
    pub id: &'static str,
    /// What it is for.
    pub title: &'static str,
    /// The ids of its rules.
    pub rules: Vec<&'static str>,
}

/// A snapshot that is built in. A request can replace it by `options.data`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedSnapshot {
    /// Its id.
    pub id: &'static str,
    /// The day that it was made.
    pub date: &'static str,
}

/// A rule, without its documentation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedRule {
    /// Its id.
    pub id: &'static str,
    /// What there is to know of it.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What a rule set is.
#[must_use]
pub fn describe(rules: RuleSet, data: DataSet, packs: PackSet) -> Description {
    Description {
        name: "gatepost",
        version: env!("CARGO_PKG_VERSION"),
        abi: super::ABI_VERSION,
        request: API_VERSION,
        report: crate::report::VERSION,
        digest: rules_digest(rules, data),
        operations: Operation::ALL.iter().map(|(_, name)| *name).collect(),
        formats: vec!["json", "text"],
        rules: rules.iter().map(|rule| DescribedRule { id: rule.id, meta: rule.meta }).collect(),
        data: data.iter().map(|built_in| DescribedSnapshot { id: built_in.id, date: built_in.date() }).collect(),
        packs: packs.iter().map(|pack| described(pack, rules)).collect(),
    }
}

fn described(pack: &Pack, rules: RuleSet) -> DescribedPack {
    DescribedPack { id: pack.id, title: pack.title, rules: pack.rules(rules).iter().map(|rule| rule.id).collect() }
}
