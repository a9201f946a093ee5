//! The policy of a request, and what `policy` answers.

use serde::{Deserialize, Serialize};

use super::error::{ApiError, Code};
use super::request::{Layer, Options, Request};
use super::{Frame, Setup};
use crate::policy::{Baseline, BaselineInput, InForce, LayerInput, PolicyProblem, Thresholds, time};
use crate::report::{LayerReport, NotGranted};
use crate::rule::{Confidence, Rule, Severity};

/// What `policy` answers: every value in force and the layer that set it, or what is wrong.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyShown {
    /// What is wrong; then there is nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<PolicyProblem>,
    /// The layers, the highest first.
    pub layers: Vec<LayerReport>,
    /// What is asked for and may not be had.
    pub not_granted: Vec<NotGranted>,
    /// What is not said of a rule.
    pub values: Vec<ValueShown>,
    /// What each rule is set to.
    pub rules: Vec<RuleShown>,
    /// How many exceptions there are.
    pub exceptions: u32,
    /// The modules of third parties that it asks for, which the host has to run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<PluginShown>,
}

/// A module of a third party that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginShown {
    /// What its findings are called by.
    pub name: String,
    /// Its file, as seen from the folder of the policy.
    pub path: String,
    /// The digest that it has to have, 64 hexadecimal digits.
    pub sha256: String,
    /// What its findings do.
    pub mode: String,
    /// Index of the layer that asks for it.
    pub layer: u32,
}

/// A value in force.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueShown {
    /// Its key.
    pub key: String,
    /// What it is.
    pub value: String,
    /// Index of the layer that set it; none for what is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<u32>,
}

/// What a rule is set to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleShown {
    /// Its id.
    pub rule: String,
    /// `off`, `dryRun`, `warn` or `enforce`.
    pub mode: String,
    /// Enforced, from which severity on.
    pub severity: Severity,
    /// Enforced, from which confidence on.
    pub confidence: Confidence,
    /// What layers below may do: `none`, `tighten` or `any`.
    #[serde(rename = "override")]
    pub below: String,
    /// Index of the layer that set it; none for what is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<u32>,
}

/// The policy that a request puts in force.
pub(super) fn in_force(setup: Setup, request: &Request, frame: &Frame<'_>) -> Result<InForce, ApiError> {
    read(setup, request, frame)?.map_err(|problems| {
        let first = problems.first().map_or_else(String::new, |problem| problem.message.clone());
        let more = if problems.len() > 1 { format!("; and {} more", problems.len() - 1) } else { String::new() };
        let error = ApiError::new(Code::BadPolicy, format!("the policy cannot be used: {first}{more}"));
        ApiError { problems, ..error }
    })
}

fn read(setup: Setup, request: &Request, frame: &Frame<'_>) -> Result<Result<InForce, Vec<PolicyProblem>>, ApiError> {
    let pack = request.options.pack.as_ref().and_then(|id| setup.packs.iter().position(|pack| pack.id == id));
    let mut layers = Vec::new();
    for (at, layer) in request.layers.iter().enumerate() {
        let bytes = bytes(layer, frame, "layers", at)?;
        layers.push(LayerInput { path: &layer.path, bytes, origin: layer.origin, because: layer.because.as_deref() });
    }
    Ok(InForce::of(&layers, pack, setup.rules, setup.packs))
}

/// The baselines of a request.
pub(super) fn baselines(request: &Request, frame: &Frame<'_>) -> Result<Vec<Baseline>, ApiError> {
    let mut baselines = Vec::new();
    for (at, given) in request.baselines.iter().enumerate() {
        let input = BaselineInput { path: &given.path, bytes: bytes(given, frame, "baselines", at)?, origin: given.origin };
        baselines.push(Baseline::read(input).map_err(|said| ApiError::new(Code::BadPolicy, said))?);
    }
    Ok(baselines)
}

fn bytes<'r>(layer: &'r Layer, frame: &Frame<'r>, list: &str, at: usize) -> Result<&'r [u8], ApiError> {
    super::bytes(frame, (layer.text.as_deref(), layer.offset, layer.length), || format!("{list}[{at}]"))
}

/// The second of this run, if the request says it.
pub(super) fn now(request: &Request) -> Result<Option<i64>, ApiError> {
    let Some(now) = &request.now else { return Ok(None) };
    let second = time::seconds(now);
    second.map(Some).ok_or_else(|| {
        let error = ApiError::new(Code::BadRequest, "`now` is no instant as RFC 3339 writes it");
        error.hint("write it as `2026-11-30T09:00:00Z`")
    })
}

/// The rules that run: those that the policy has on, and of them those that are asked for by name. What is asked for by name runs
/// although no pack has it, but not where a layer switched it off.
pub(super) fn asked(setup: Setup, options: &Options, policy: &InForce) -> Vec<&'static Rule> {
    let by_name = |at: usize| {
        let untouched = policy.rules.get(at).is_some_and(|setting| setting.layer.is_none());
        options.only.is_some() && options.pack.is_none() && untouched
    };
    let mut asked = Vec::new();
    let runs = |(at, rule): &(usize, &&'static Rule)| options.runs(rule.id) && (policy.runs(*at) || by_name(*at));
    asked.extend(setup.rules.iter().enumerate().filter(runs).map(|(_, rule)| *rule));
    asked
}

/// The options of a run under a policy: what the policy says where the request says nothing.
pub(super) fn options(setup: Setup, options: &mut Options, policy: &InForce) {
    if options.kubernetes_version.is_none() {
        options.kubernetes_version.clone_from(&policy.kubernetes_version);
    }
    let standard = policy.packs.iter().filter(|at| setup.packs.get(**at).is_some_and(|pack| pack.is_standard)).max();
    if options.pack.is_none() {
        options.pack = standard.and_then(|at| setup.packs.get(*at)).map(|pack| pack.id.to_owned());
    }
}

/// What `policy` answers.
pub(super) fn shown(setup: Setup, request: &Request, frame: &Frame<'_>) -> Result<PolicyShown, ApiError> {
    let policy = match read(setup, request, frame)? {
        Ok(policy) => policy,
        Err(problems) => return Ok(PolicyShown { problems, ..PolicyShown::default() }),
    };
    let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let set_by = |key: &str| policy.set_by.iter().rev().find(|(set, _)| *set == key).map(|(_, layer)| index(*layer));
    let value = |key: &str, value: String| ValueShown { key: key.to_owned(), value, layer: set_by(key) };
    let Thresholds { severity, confidence } = policy.thresholds;
    let values = vec![
        value("deny", format!("{} severity, {} confidence", severity.name(), confidence.name())),
        value("minCoverage", format!("{}.{} %", policy.min_coverage / 10, policy.min_coverage % 10)),
        value("rulesAsOf", policy.rules_as_of.clone().unwrap_or_else(|| "all".to_owned())),
        value("decideOn", policy.decide_on.name().to_owned()),
        value("kubernetesVersion", policy.kubernetes_version.clone().unwrap_or_else(|| "latest".to_owned())),
        value("maxMatches", policy.max_matches.to_string()),
        value("maxLifetime", policy.max_days.map_or_else(|| "any".to_owned(), |days| format!("{days}d"))),
    ];
    let mut rules = Vec::new();
    for (rule, setting) in setup.rules.iter().zip(&policy.rules) {
        let Thresholds { severity, confidence } = setting.thresholds.unwrap_or(policy.thresholds);
        rules.push(RuleShown {
            rule: rule.id.to_owned(),
            mode: setting.mode.name().to_owned(),
            severity,
            confidence,
            below: setting.below.name().to_owned(),
            layer: setting.layer.map(index),
        });
    }
    let exceptions = index(policy.exceptions.len());
    let mut plugins = Vec::new();
    plugins.extend(policy.plugins.into_iter().map(|plugin| PluginShown {
        mode: plugin.mode.name().to_owned(),
        layer: index(plugin.layer),
        name: plugin.name,
        path: plugin.path,
        sha256: plugin.sha256,
    }));
    let PolicyShown { problems, .. } = PolicyShown::default();
    Ok(PolicyShown { problems, layers: policy.layers, not_granted: policy.not_granted, values, rules, exceptions, plugins })
}
