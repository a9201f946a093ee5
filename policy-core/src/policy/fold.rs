//! Layers become one policy: what stands above holds, and what may not loosen it is refused by name.

use super::written::{At, Mode, Override, Written, WrittenException};
use super::{ALL, DEFAULT_THRESHOLDS, InForce, LayerInput, PluginPin, Setting, Thresholds, layer_report};
use crate::map::Map;
use crate::pack::{DEFAULT_PACK, PackSet};
use crate::report::{DecideOn, Location, NotGranted};
use crate::rule::{Rule, RuleSet};
use crate::source::Origin;

/// How many findings one exception may be about while no policy says otherwise.
const MAX_MATCHES: u32 = 25;

/// The most rules that a refusal names.
const MAX_NAMED: usize = 5;

// What a layer may do with what stands above it.
#[derive(Clone, Copy)]
struct Rights {
    layer: usize,
    origin: Origin,
    // Whether a layer above it may loosen too, and has so had its say.
    is_below: bool,
}

impl Rights {
    fn may_loosen(self, below: Override) -> bool {
        self.origin.may_loosen() && (!self.is_below || below == Override::Any)
    }

    fn refusal(self) -> String {
        match self.origin.may_loosen() {
            true => "a layer above it holds, and what stands below may only tighten".to_owned(),
            false => self.origin.refusal("it"),
        }
    }
}

/// The policy of these layers, the highest first.
pub(super) fn fold(
    layers: &[LayerInput<'_>],
    written: Vec<Written>,
    pack: Option<usize>,
    rules: RuleSet,
    packs: PackSet,
) -> InForce {
    let base = pack.or_else(|| packs.iter().position(|pack| pack.id == DEFAULT_PACK));
    let mut folding = Folding { rules, packs, pack, below: Override::Tighten, force: built_in(base, rules, packs) };
    let mut is_below = false;
    for (at, (layer, written)) in layers.iter().zip(written).enumerate() {
        let rights = Rights { layer: at, origin: layer.origin, is_below };
        folding.force.layers.push(layer_report(layer));
        folding.layer(rights, written);
        is_below |= layer.origin.may_loosen();
    }
    folding.freeze();
    folding.force
}

fn built_in(base: Option<usize>, rules: RuleSet, packs: PackSet) -> InForce {
    let mut settings = Vec::new();
    for rule in rules {
        let by_packs = by_packs(rule, base.as_slice(), packs, None);
        // Without any pack, as in the module of a third party, all rules run.
        settings.push(if packs.is_empty() { Setting { mode: Mode::Enforce, ..by_packs } } else { by_packs });
    }
    let mut numbers = Map::new();
    numbers.extend(rules.iter().enumerate().map(|(at, rule)| (rule.id, at)));
    InForce {
        rules: settings,
        thresholds: DEFAULT_THRESHOLDS,
        min_coverage: 0,
        rules_as_of: None,
        decide_on: DecideOn::Change,
        kubernetes_version: None,
        max_matches: MAX_MATCHES,
        max_days: None,
        set_by: Vec::new(),
        layers: Vec::new(),
        not_granted: Vec::new(),
        packs: base.into_iter().collect(),
        plugins: Vec::new(),
        exceptions: Vec::new(),
        numbers,
    }
}

fn by_packs(rule: &Rule, of: &[usize], packs: PackSet, layer: Option<usize>) -> Setting {
    let mut having = of.iter().filter_map(|at| packs.get(*at)).filter(|pack| pack.has(rule)).peekable();
    let mode = if having.peek().is_some() { Mode::Enforce } else { Mode::Off };
    // A standard is met or not.
    let thresholds = having.any(|pack| pack.is_standard).then_some(ALL);
    Setting { mode, thresholds, below: Override::Tighten, layer }
}

struct Folding {
    rules: RuleSet,
    packs: PackSet,
    pack: Option<usize>,
    // What layers below may do with what is not said of a rule.
    below: Override,
    force: InForce,
}

impl Folding {
    fn layer(&mut self, rights: Rights, written: Written) {
        // Who starts the command with a pack asks for that.
        if let Some(extends) = written.extends.as_ref().filter(|_| self.pack.is_none()) {
            self.extend(rights, extends);
        }
        self.thresholds(rights, &written);
        for rule in &written.rules {
            let Some(now) = self.force.rules.get(rule.rule).copied() else { continue };
            let mut wanted = Setting { layer: Some(rights.layer), ..now };
            if let Some(mode) = rule.mode {
                wanted.mode = mode;
                wanted.thresholds = (mode == Mode::Enforce).then_some(ALL);
            }
            if rule.severity.is_some() || rule.confidence.is_some() {
                let from = wanted.thresholds.unwrap_or(self.force.thresholds);
                let severity = rule.severity.unwrap_or(from.severity);
                wanted.thresholds = Some(Thresholds { severity, confidence: rule.confidence.unwrap_or(from.confidence) });
            }
            wanted.below = self.lowered(rights, now.below, rule.below);
            let set = self.set(rights, rule.rule, wanted);
            if !set {
                let id = self.rules.get(rule.rule).map_or("", |rule| rule.id);
                let mode = rule.mode.map_or("thresholds", Mode::name);
                self.refuse(rights, format!("rule `{id}`: {mode}"), &rule.at);
            }
        }
        self.whole(rights, &written);
        self.plugins(rights, written.plugins);
        self.below = self.lowered(rights, self.below, written.below.as_ref().map(|below| below.value));
        if written.below.is_some() {
            let has_own = |at: usize| written.rules.iter().any(|rule| rule.rule == at && rule.below.is_some());
            for (at, setting) in self.force.rules.iter_mut().enumerate() {
                if setting.below > Override::None && !has_own(at) {
                    setting.below = if rights.is_below { self.below.min(setting.below) } else { self.below };
                }
            }
        }
        // What a change leaves as it was stands above already.
        let known = |exception: &WrittenException| self.force.exceptions.iter().any(|(_, above)| above.says_the_same(exception));
        let new: Vec<_> = written.exceptions.into_iter().filter(|exception| !known(exception)).collect();
        self.force.exceptions.extend(new.into_iter().map(|exception| (rights.layer, exception)));
    }

    // Each adds findings, so who may write a policy may ask for one; but a module that a change brings is not even compiled, and a
    // name that is taken stands for the same module, at least as strict.
    fn plugins(&mut self, rights: Rights, plugins: Vec<At<PluginPin>>) {
        for At { value, at } in plugins {
            let above = self.force.plugins.iter_mut().find(|above| above.name == value.name);
            let (what, because) = match above {
                None if rights.origin != Origin::Change => {
                    self.force.plugins.push(PluginPin { layer: rights.layer, ..value });
                    continue;
                }
                Some(above) if above.sha256 == value.sha256 && above.mode <= value.mode => {
                    (above.mode, above.below) = (value.mode, above.below.min(value.below));
                    continue;
                }
                None => ("the plugin", "a module is run once the change that asks for it is merged"),
                Some(_) => ("another plugin", "a layer above it has one of this name, which holds"),
            };
            let (layer, what) = (u32::try_from(rights.layer).unwrap_or(u32::MAX), format!("{what} `{}`", value.name));
            self.force.not_granted.push(NotGranted { layer, what, location: at, because: because.to_owned() });
        }
    }

    // What may only be tightened does not follow the thresholds of the whole policy down.
    fn pin(&mut self) {
        let global = self.force.thresholds;
        for setting in self.force.rules.iter_mut().filter(|setting| setting.below < Override::Any && setting.mode == Mode::Enforce)
        {
            setting.thresholds.get_or_insert(global);
        }
    }

    // What layers below may do: the first that may say it says it, and the others may take away.
    fn lowered(&self, rights: Rights, now: Override, wanted: Option<Override>) -> Override {
        match wanted {
            Some(wanted) if rights.may_loosen(Override::Tighten) => wanted,
            Some(wanted) => wanted.min(now),
            None => now,
        }
    }

    fn extend(&mut self, rights: Rights, extends: &At<Vec<usize>>) {
        let mut dropped = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            let Some(now) = self.force.rules.get(at).copied() else { continue };
            let wanted = Setting { below: now.below, ..by_packs(rule, &extends.value, self.packs, Some(rights.layer)) };
            if !self.set(rights, at, wanted) && wanted.mode < now.mode {
                dropped.push(rule.id);
            }
        }
        if rights.may_loosen(self.below) {
            self.force.packs.clear();
        }
        self.force.packs.extend(extends.value.iter().copied());
        if !dropped.is_empty() {
            let more = if dropped.len() > MAX_NAMED { format!(" and {} more", dropped.len() - MAX_NAMED) } else { String::new() };
            dropped.truncate(MAX_NAMED);
            self.refuse(rights, format!("`extends` without the rules {}{more}", dropped.join(", ")), &extends.at);
        }
    }

    // Sets a rule as far as the layer may; whether it could be set as wanted.
    fn set(&mut self, rights: Rights, at: usize, wanted: Setting) -> bool {
        let global = self.force.thresholds;
        let Some(now) = self.force.rules.get_mut(at) else { return true };
        if rights.may_loosen(now.below) {
            *now = wanted;
            return true;
        }
        let tightened = tightest(*now, wanted, global);
        let same = |a: Setting, b: Setting| (a.mode, resolved(a, global)) == (b.mode, resolved(b, global));
        if !same(tightened, *now) {
            now.layer = wanted.layer;
        }
        (now.mode, now.thresholds, now.below) = (tightened.mode, tightened.thresholds, wanted.below);
        same(tightened, wanted)
    }

    fn thresholds(&mut self, rights: Rights, written: &Written) {
        let now = self.force.thresholds;
        let severity = written.severity.as_ref();
        let confidence = written.confidence.as_ref();
        let free = rights.may_loosen(self.below);
        let wanted = Thresholds {
            severity: severity.map_or(now.severity, |severity| severity.value),
            confidence: confidence.map_or(now.confidence, |confidence| confidence.value),
        };
        let set = if free { wanted } else { lower(now, wanted) };
        if rights.is_below && lower(now, set) != set {
            self.pin();
        }
        if set != now {
            self.force.set_by.push(("deny", rights.layer));
        }
        self.force.thresholds = set;
        if set.severity != wanted.severity {
            severity.into_iter().for_each(|at| self.refuse(rights, format!("`deny` from {} severity on", at.value.name()), &at.at));
        }
        if set.confidence != wanted.confidence {
            confidence.into_iter().for_each(|at| self.refuse(rights, "`deny` from a higher confidence on".to_owned(), &at.at));
        }
    }

    // What is not said of a rule.
    fn whole(&mut self, rights: Rights, written: &Written) {
        let free = rights.may_loosen(self.below);
        let force = &mut self.force;
        let mut refused: Vec<(String, &Location)> = Vec::new();
        let mut set = |may: bool, key: &'static str, at, refusal: &dyn Fn() -> String| {
            match may {
                true => force.set_by.push((key, rights.layer)),
                false => refused.push((refusal(), at)),
            }
            may
        };
        if let Some(At { value, at }) = &written.min_coverage
            && set(free || *value >= force.min_coverage, "minCoverage", at, &|| "a lower `minCoverage`".to_owned())
        {
            force.min_coverage = *value;
        }
        if let Some(At { value, at }) = &written.rules_as_of {
            let later = force.rules_as_of.as_ref().is_some_and(|now| value >= now);
            if set(free || later, "rulesAsOf", at, &|| format!("`rulesAsOf: {value}`")) {
                force.rules_as_of = Some(value.clone());
            }
        }
        if let Some(At { value, at }) = &written.decide_on
            && set(free || *value >= force.decide_on, "decideOn", at, &|| "`decideOn: change`".to_owned())
        {
            force.decide_on = *value;
        }
        if let Some(At { value, at }) = &written.kubernetes_version {
            let same = force.kubernetes_version.as_ref() == Some(value);
            if set(free || same, "kubernetesVersion", at, &|| "another `kubernetesVersion`".to_owned()) {
                force.kubernetes_version = Some(value.clone());
            }
        }
        if let Some(At { value, at }) = &written.max_matches
            && set(free || *value <= force.max_matches, "maxMatches", at, &|| "a higher `maxMatches`".to_owned())
        {
            force.max_matches = *value;
        }
        if let Some(At { value, at }) = &written.max_days {
            let shorter = force.max_days.is_none_or(|days| *value <= days);
            if set(free || shorter, "maxLifetime", at, &|| "a longer `maxLifetime`".to_owned()) {
                force.max_days = Some(*value);
            }
        }
        refused.into_iter().for_each(|(what, at)| self.refuse(rights, what, at));
    }

    fn refuse(&mut self, rights: Rights, what: String, at: &Location) {
        let layer = u32::try_from(rights.layer).unwrap_or(u32::MAX);
        self.force.not_granted.push(NotGranted { layer, what, location: at.clone(), because: rights.refusal() });
    }

    // Rules that came later do not run.
    fn freeze(&mut self) {
        let Some(month) = self.force.rules_as_of.as_deref() else { return };
        let layer = self.force.set_by.iter().rev().find(|(key, _)| *key == "rulesAsOf").map(|(_, layer)| *layer);
        for (rule, setting) in self.rules.iter().zip(&mut self.force.rules) {
            // What a layer above has locked, none below may freeze.
            let locked = setting.below == Override::None && setting.layer < layer;
            if rule.meta.since > month && !locked {
                (setting.mode, setting.layer) = (Mode::Off, layer);
            }
        }
    }
}

fn resolved(setting: Setting, global: Thresholds) -> Option<Thresholds> {
    (setting.mode == Mode::Enforce).then_some(setting.thresholds.unwrap_or(global))
}

fn lower(a: Thresholds, b: Thresholds) -> Thresholds {
    Thresholds { severity: a.severity.min(b.severity), confidence: a.confidence.min(b.confidence) }
}

// What denies whatever one of two denies.
fn tightest(now: Setting, wanted: Setting, global: Thresholds) -> Setting {
    let mode = now.mode.max(wanted.mode);
    let thresholds = match (now.mode == Mode::Enforce, wanted.mode == Mode::Enforce) {
        (true, true) => match (now.thresholds, wanted.thresholds) {
            (None, None) => None,
            (now, wanted) => Some(lower(now.unwrap_or(global), wanted.unwrap_or(global))),
        },
        (true, false) => now.thresholds,
        (false, _) => wanted.thresholds,
    };
    Setting { mode, thresholds, ..now }
}
