//! What each finding does, by the policy.

use serde_json::value::RawValue;

use super::By;
use super::ignores::Ignores;
use crate::inspect::FindingRow;
use crate::map::{Map, Set};
use crate::plugin::plugin_of;
use crate::policy::{Baseline, Exceptions};
use crate::report::{Action, Age, DecideOn, Verdict};
use crate::sort::sorted;

/// What findings are to those that were there before the change.
pub(super) struct Ages {
    /// Of each finding, by its index.
    pub(super) of_heads: Vec<Age>,
    /// What was found before and is no more.
    pub(super) fixed: Vec<Box<RawValue>>,
}

impl Ages {
    /// What was found in files that cannot be read now is not fixed.
    pub(super) fn of(rows: &[FindingRow], before: Vec<FindingRow>, unread: &Set<String>) -> Self {
        let mut left: Map<&str, Vec<usize>> = Map::new();
        for (at, row) in before.iter().enumerate().rev() {
            left.get_or_default(&row.fingerprint).push(at);
        }
        let mut of_heads = Vec::new();
        for row in rows {
            let known = left.get_mut(row.fingerprint.as_str()).and_then(Vec::pop).and_then(|at| before.get(at));
            // What the change makes worse is its own.
            let as_bad = known.is_some_and(|known| known.severity >= row.severity && known.confidence >= row.confidence);
            of_heads.push(if as_bad { Age::Existing } else { Age::New });
        }
        let gone = left.values().flatten().copied();
        let gone = gone.filter(|at| before.get(*at).is_some_and(|row| !unread.contains(&row.path)));
        let gone: Vec<usize> = sorted(gone.collect(), Ord::cmp);
        let mut bodies: Vec<Option<Box<RawValue>>> = before.into_iter().map(|row| Some(row.body)).collect();
        let fixed = gone.into_iter().filter_map(|at| bodies.get_mut(at)?.take()).collect();
        Self { of_heads, fixed }
    }
}

/// What a finding, with its index, does. Of these plugins no policy says it.
pub(super) fn verdict(
    by: By<'_>,
    (at, row): (usize, &FindingRow),
    enforced: &Set<String>,
    age: Option<Age>,
    ignores: &mut Ignores,
    exceptions: &Exceptions,
    baselines: &mut [Baseline],
) -> Verdict {
    let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let locked = by.policy.is_locked(&row.rule);
    let ignore = ignores.at(row);
    let exception = exceptions.about(at);
    // Each is asked, so that what it lists counts as met.
    let mut baselined = false;
    for baseline in baselines {
        baselined = baseline.takes(row, locked, baselined) || baselined;
    }
    let action = match plugin_of(&row.rule) {
        Some(plugin) => by.policy.action_of_plugin((plugin, enforced.contains(plugin)), row.severity, row.confidence),
        None => by.policy.action(by.policy.number(&row.rule), row.severity, row.confidence),
    };
    let action = match action {
        _ if ignore.is_some_and(|(_, granted)| granted && !locked) => Action::Ignored,
        _ if exception.is_some() => Action::Excepted,
        _ if baselined => Action::Baselined,
        _ if age == Some(Age::Existing) && by.policy.decide_on == DecideOn::Change => Action::Existing,
        action => action,
    };
    Verdict { finding: index(at), subject: 0, action, ignore: ignore.map(|(at, _)| index(at)), exception, age }
}
