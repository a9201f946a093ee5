//! Reads a policy file, with every problem at its place.

mod exceptions;
mod plugins;

use super::time;
use super::written::{At, Mode, Override, Written, WrittenRule};
use super::{LayerInput, PolicyProblem};
use crate::document::{Dialect, Document, Kind, Ref};
use crate::model::kubernetes::Version;
use crate::pack::PackSet;
use crate::report::{DecideOn, Locator};
use crate::rule::{Confidence, RuleSet, Severity};
use crate::secret::clean_name;
use crate::source::{Source, Span};
use crate::text::did_you_mean;

/// The version of the form.
const VERSION: &str = "1";

/// The most problems that are said of one file.
const MAX_PROBLEMS: usize = 50;

const KEYS: &[&str] = &[
    "version",
    "extends",
    "deny",
    "rules",
    "minCoverage",
    "rulesAsOf",
    "decideOn",
    "options",
    "override",
    "exceptionPolicy",
    "exceptions",
    "plugins",
];

// What the whole model has, and this version does not judge yet.
const NOT_BUILT: &[&str] = &[
    "approvals",
    "audit",
    "bindings",
    "branches",
    "defaults",
    "gates",
    "identities",
    "levels",
    "lockedPaths",
    "roles",
    "scans",
    "secrets",
    "separationOfDuties",
    "windows",
];

const MODES: &[(&str, Mode)] = &[("off", Mode::Off), ("dryRun", Mode::DryRun), ("warn", Mode::Warn), ("enforce", Mode::Enforce)];
const OVERRIDES: &[(&str, Override)] = &[("none", Override::None), ("tighten", Override::Tighten), ("any", Override::Any)];
const DECIDE_ON: &[(&str, DecideOn)] = &[("change", DecideOn::Change), ("all", DecideOn::All)];
const SEVERITIES: &[(&str, Severity)] = &[
    ("info", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];
const CONFIDENCES: &[(&str, Confidence)] = &[("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

/// What a file says, or what is wrong with it.
///
/// # Errors
/// Every problem of the file, in its order.
pub(super) fn read(layer: LayerInput<'_>, rules: RuleSet, packs: PackSet) -> Result<Written, Vec<PolicyProblem>> {
    let source = Source::new(layer.path, layer.bytes, layer.origin);
    let document = Document::read(&source, Dialect::GITHUB);
    let mut reader = Reader { source: &source, rules, packs, problems: Vec::new() };
    for problem in document.problems() {
        reader.problem(problem.span, problem.message.clone(), None);
    }
    let mut written = Written::default();
    if let Some(second) = document.roots().nth(1) {
        reader.problem(second.span(), "a second YAML document: a policy is one".to_owned(), None);
    }
    match document.root() {
        Some(root) if root.kind() == Kind::Mapping => reader.policy(root, &mut written),
        _ if !reader.problems.is_empty() => {}
        root => {
            let span = root.map(Ref::span).unwrap_or_default();
            reader.problem(span, "a policy is a mapping".to_owned(), Some("begin with `version: 1`".to_owned()));
        }
    }
    if reader.problems.is_empty() { Ok(written) } else { Err(reader.problems) }
}

struct Reader<'s> {
    source: &'s Source<'s>,
    rules: RuleSet,
    packs: PackSet,
    problems: Vec<PolicyProblem>,
}

impl<'s> Reader<'s> {
    fn problem(&mut self, span: Span, message: String, hint: Option<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            let location = Locator::new(self.source).location(span);
            self.problems.push(PolicyProblem { message, hint, location });
        }
    }

    // The entries of a mapping whose keys are known.
    fn entries<'d>(&mut self, node: Ref<'d>, what: &str, keys: &[&str], take: &mut dyn FnMut(&mut Self, &str, Ref<'d>)) {
        if node.kind() != Kind::Mapping {
            return self.problem(node.span(), format!("{what} is a mapping of {}", listed(keys)), None);
        }
        for (key, value) in node.entries() {
            let name = key.text().unwrap_or("");
            match keys.iter().find(|known| **known == name) {
                Some(known) => take(self, known, value),
                None if what == "a policy" && NOT_BUILT.contains(&name) => {
                    let message =
                        format!("`{name}` is part of the policy's model, but this version of Gatepost does not judge it yet");
                    self.problem(key.span(), message, Some(format!("leave `{name}` out")));
                }
                None => self.unknown(key, "key", name, keys),
            }
        }
    }

    fn unknown(&mut self, node: Ref<'_>, what: &str, name: &str, known: &[&str]) {
        let hint = match did_you_mean(name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.len() <= 12 => format!("there are {}", listed(known)),
            None => "`gatepost rules` lists them".to_owned(),
        };
        self.problem(node.span(), format!("there is no {what} `{}`", clean_name(name)), Some(hint));
    }

    fn name<T: Copy>(&mut self, node: Ref<'_>, names: &[(&str, T)]) -> Option<T> {
        let text = node.text().unwrap_or("");
        let found = names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let mut known = Vec::new();
            known.extend(names.iter().map(|(name, _)| *name));
            let hint = did_you_mean(text, &known).map(|meant| format!("did you mean `{meant}`?"));
            self.problem(node.span(), format!("this is one of {}", listed(&known)), hint);
        }
        found
    }

    fn text(&mut self, node: Ref<'_>, what: &str) -> String {
        let text = node.value().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.problem(node.span(), format!("{what} is a text"), None);
        }
        text.unwrap_or("").to_owned()
    }

    // A text, or a list of texts.
    fn texts<'d>(&mut self, node: Ref<'d>, what: &str) -> Vec<Ref<'d>> {
        let mut items = Vec::new();
        match node.kind() {
            Kind::Sequence => items.extend(node.items()),
            _ => items.push(node),
        }
        if items.is_empty() || items.iter().any(|item| item.value().is_none()) {
            self.problem(node.span(), format!("{what} is a list of names"), None);
        }
        items
    }

    fn policy(&mut self, root: Ref<'_>, written: &mut Written) {
        if root.get("version").and_then(Ref::text) != Some(VERSION) {
            let at = root.get("version").map_or_else(|| Span { end: root.span().start, ..root.span() }, Ref::span);
            self.problem(at, "a policy says which version of its form it has".to_owned(), Some("write `version: 1`".to_owned()));
        }
        self.entries(root, "a policy", KEYS, &mut |reader, key, value| match key {
            "extends" => written.extends = reader.extends(value),
            "deny" => reader.deny(value, written),
            "rules" => reader.rules(value, written),
            "minCoverage" => written.min_coverage = reader.share(value),
            "rulesAsOf" => written.rules_as_of = reader.month(value),
            "decideOn" => written.decide_on = reader.name(value, DECIDE_ON).map(|on| reader.place(value, on)),
            "options" => reader.options(value, written),
            "override" => written.below = reader.name(value, OVERRIDES).map(|below| reader.place(value, below)),
            "exceptionPolicy" => reader.exception_policy(value, written),
            "exceptions" => reader.exceptions(value, written),
            "plugins" => reader.plugins(value, written),
            _ => {}
        });
    }

    fn place<T>(&self, node: Ref<'_>, value: T) -> At<T> {
        At { value, at: Locator::new(self.source).location(node.span()) }
    }

    fn extends(&mut self, node: Ref<'_>) -> Option<At<Vec<usize>>> {
        let mut packs = Vec::new();
        for item in self.texts(node, "`extends`") {
            let name = item.text().unwrap_or("");
            match self.packs.iter().position(|pack| pack.id == name) {
                Some(at) => packs.push(at),
                None => {
                    let mut known = Vec::new();
                    known.extend(self.packs.iter().map(|pack| pack.id));
                    self.unknown(item, "pack", name, &known);
                }
            }
        }
        Some(self.place(node, packs))
    }

    fn deny(&mut self, node: Ref<'_>, written: &mut Written) {
        self.entries(node, "`deny`", &["severity", "confidence"], &mut |reader, key, value| match key {
            "severity" => written.severity = reader.name(value, SEVERITIES).map(|severity| reader.place(value, severity)),
            _ => written.confidence = reader.name(value, CONFIDENCES).map(|confidence| reader.place(value, confidence)),
        });
    }

    fn rules(&mut self, node: Ref<'_>, written: &mut Written) {
        if node.kind() != Kind::Mapping {
            return self.problem(node.span(), "`rules` is a mapping of rules, each with its mode".to_owned(), None);
        }
        for (key, value) in node.entries() {
            let name = key.text().unwrap_or("");
            let Some(rule) = self.rules.iter().position(|rule| rule.id == name) else {
                self.unknown_rule(key, name);
                continue;
            };
            let at = Locator::new(self.source).location(Span { start: key.span().start, end: value.span().end });
            let mut set = WrittenRule { rule, at, mode: None, severity: None, confidence: None, below: None };
            if value.kind() == Kind::Scalar {
                set.mode = self.name(value, MODES);
            } else {
                self.entries(
                    value,
                    "a rule",
                    &["mode", "severity", "confidence", "override"],
                    &mut |reader, key, value| match key {
                        "mode" => set.mode = reader.name(value, MODES),
                        "severity" => set.severity = reader.name(value, SEVERITIES),
                        "confidence" => set.confidence = reader.name(value, CONFIDENCES),
                        _ => set.below = reader.name(value, OVERRIDES),
                    },
                );
            }
            written.rules.push(set);
        }
    }

    fn unknown_rule(&mut self, node: Ref<'_>, name: &str) {
        let of_peer = |alias: &&str| **alias == *name || alias.rsplit('/').next() == Some(name);
        let meant = self.rules.iter().find(|rule| rule.meta.aliases.iter().any(of_peer));
        if let Some(meant) = meant {
            let hint = format!("another tool calls `{}` so", meant.id);
            return self.problem(node.span(), format!("there is no rule `{}`", clean_name(name)), Some(hint));
        }
        let mut known = Vec::new();
        known.extend(self.rules.iter().map(|rule| rule.id));
        self.unknown(node, "rule", name, &known);
    }

    fn share(&mut self, node: Ref<'_>) -> Option<At<u32>> {
        // A percentage in thousandths is a hundred times too much.
        let share = node.value().and_then(|text| match text.strip_suffix('%') {
            Some(percent) => thousandths(percent.trim()).map(|share| share / 100),
            None => thousandths(text),
        });
        let share = share.filter(|share| *share <= 1000);
        if share.is_none() {
            self.problem(node.span(), "`minCoverage` is a share from 0 to 1, or a percentage".to_owned(), None);
        }
        share.map(|share| self.place(node, share))
    }

    fn month(&mut self, node: Ref<'_>) -> Option<At<String>> {
        let month = node.value().filter(|text| text.len() == 7 && time::seconds(&format!("{text}-01")).is_some());
        if month.is_none() {
            self.problem(node.span(), "`rulesAsOf` is a month".to_owned(), Some("write it as `2026-11`".to_owned()));
        }
        month.map(|month| self.place(node, month.to_owned()))
    }

    fn options(&mut self, node: Ref<'_>, written: &mut Written) {
        self.entries(node, "`options`", &["kubernetesVersion"], &mut |reader, _, value| {
            let version = value.value().filter(|text| Version::parse(text).is_some());
            match version {
                Some(version) => written.kubernetes_version = Some(reader.place(value, version.to_owned())),
                None => reader.problem(
                    value.span(),
                    "`kubernetesVersion` is no version of Kubernetes".to_owned(),
                    Some("write it as `\"1.33\"`, or `latest`".to_owned()),
                ),
            }
        });
    }

    fn exception_policy(&mut self, node: Ref<'_>, written: &mut Written) {
        self.entries(node, "`exceptionPolicy`", &["maxMatches", "maxLifetime"], &mut |reader, key, value| {
            let text = value.value().unwrap_or("");
            if key == "maxMatches" {
                match text.parse::<u32>() {
                    Ok(matches) if matches > 0 => written.max_matches = Some(reader.place(value, matches)),
                    _ => reader.problem(value.span(), "`maxMatches` is a number of findings".to_owned(), None),
                }
                return;
            }
            match time::days_of(text) {
                Some(days) => written.max_days = Some(reader.place(value, days)),
                None => {
                    let hint = Some("write it as `90d`".to_owned());
                    reader.problem(value.span(), "`maxLifetime` is a number of days".to_owned(), hint);
                }
            }
        });
    }
}

// A number with up to three digits behind its point, in thousandths.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, behind) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(behind) || whole.len() > 3 || behind.len() > 3 {
        return None;
    }
    let scale = [100, 10, 1].get(behind.len() - 1)?;
    Some(whole.parse::<u32>().ok()? * 1000 + behind.parse::<u32>().ok()? * scale)
}

fn listed(names: &[&str]) -> String {
    let mut listed = String::new();
    for (at, name) in names.iter().enumerate() {
        listed.push_str(match at {
            0 => "`",
            _ if at + 1 == names.len() => " and `",
            _ => ", `",
        });
        listed.push_str(name);
        listed.push('`');
    }
    listed
}
