//! Exceptions: what they are about, and whether they are in force. The findings that they are about stay in the report.

use super::{InForce, WrittenException};
use crate::decide::By;
use crate::inspect::FindingRow;
use crate::json::reader::{Others, Reader, Slot, may};
use crate::map::Map;
use crate::model::gitlab::glob;
use crate::report::{ExceptionReport, ExceptionState};
use crate::source::Origin;

const DAY: i64 = 86_400;

/// The exceptions of a policy over the findings of a run.
pub(crate) struct Exceptions {
    reports: Vec<ExceptionReport>,
    // By the index of a finding, the first exception about it that is in force.
    in_force: Map<usize, u32>,
}

impl Exceptions {
    pub(crate) fn of(by: By<'_>, rows: &[FindingRow]) -> Self {
        let By { policy, now, roots, .. } = by;
        let mut exceptions = Self { reports: Vec::new(), in_force: Map::new() };
        // Most rules have none.
        let mut by_rule: Map<&str, Vec<usize>> = Map::new();
        for (at, row) in rows.iter().enumerate().filter(|_| !policy.exceptions.is_empty()) {
            by_rule.get_or_default(&row.rule).push(at);
        }
        let by_object = policy.exceptions.iter().any(|(_, exception)| exception.object.is_some());
        let wholes: Vec<Option<String>> = rows.iter().filter(|_| by_object).map(whole).collect();
        for (layer, exception) in &policy.exceptions {
            let of_rules = exception.rules.iter().filter_map(|rule| by_rule.get(rule.as_str())).flatten();
            let mut about = Vec::new();
            about.extend(of_rules.copied().filter(|at| {
                let whole = wholes.get(*at).and_then(Option::as_deref);
                rows.get(*at).is_some_and(|row| is_about(exception, row, whole, roots))
            }));
            let origin = policy.layers.get(*layer).map(|layer| layer.origin).unwrap_or_default();
            let locked = |rule: &String| policy.is_locked(rule);
            let locked = exception.rules.iter().any(locked);
            let (state, because) = state(policy, exception, (origin, locked), about.len(), now);
            let number = u32::try_from(exceptions.reports.len()).unwrap_or(u32::MAX);
            if state == ExceptionState::Used {
                for at in &about {
                    exceptions.in_force.get_or_insert_with(*at, || number);
                }
            }
            exceptions.reports.push(ExceptionReport {
                id: exception.id.clone(),
                layer: u32::try_from(*layer).unwrap_or(u32::MAX),
                location: exception.at.clone(),
                rules: exception.rules.clone(),
                reason: exception.reason.clone(),
                owner: exception.owner.clone(),
                expires: exception.expires_text.clone(),
                state,
                because,
                matches: u32::try_from(about.len()).unwrap_or(u32::MAX),
            });
        }
        exceptions
    }

    /// The exception in force about a finding, by its index.
    pub(crate) fn about(&self, finding: usize) -> Option<u32> {
        self.in_force.get(&finding).copied()
    }

    /// What became of each.
    pub(crate) fn into_reports(self) -> Vec<ExceptionReport> {
        self.reports
    }
}

fn is_about(exception: &WrittenException, row: &FindingRow, whole: Option<&str>, roots: &[String]) -> bool {
    let below = |path| below_root(path, roots);
    exception.path.as_ref().is_none_or(|pattern| glob::matches(pattern, below(&row.path)))
        && exception.object.as_ref().is_none_or(|object| *object == row.object || whole == Some(object))
        && exception.fingerprint.as_ref().is_none_or(|print| *print == row.fingerprint)
}

// The object that a finding is about a part of, such as the Deployment of a container: the body names it.
fn whole(row: &FindingRow) -> Option<String> {
    let mut whole = None;
    let mut attributes =
        |reader: &mut Reader<'_>| reader.object(Others::Skipped, &mut [may("object", Slot::MaybeText(&mut whole))]);
    let read = Reader::new(row.body.get()).object(Others::Skipped, &mut [may("attributes", Slot::With(&mut attributes))]);
    read.ok().and(whole)
}

// The path below the longest root that holds it.
fn below_root<'p>(path: &'p str, roots: &[String]) -> &'p str {
    let below = roots.iter().filter(|root| !root.is_empty()).filter_map(|root| path.strip_prefix(root.as_str())?.strip_prefix('/'));
    below.min_by_key(|below| below.len()).unwrap_or(path)
}

fn state(
    policy: &InForce,
    exception: &WrittenException,
    (origin, locked): (Origin, bool),
    matches: usize,
    now: Option<i64>,
) -> (ExceptionState, String) {
    let too_long = match (policy.max_days, exception.created) {
        (None, _) => None,
        (Some(days), Some(created)) if exception.expires - created <= days * DAY => None,
        (Some(days), Some(_)) => Some(format!("it lasts longer than the {days} days of `maxLifetime`")),
        (Some(_), None) => Some("it has no `created`, which `maxLifetime` is counted from".to_owned()),
    };
    let state = match now {
        _ if !origin.may_loosen() => return (ExceptionState::NotGranted, origin.refusal("it")),
        _ if locked => return (ExceptionState::NotGranted, "its rule is locked (`override: none`)".to_owned()),
        None => return (ExceptionState::Expired, "nobody said what time it is, so it counts as over".to_owned()),
        Some(now) if now >= exception.expires => {
            return (ExceptionState::Expired, format!("it was over at {}", exception.expires_text));
        }
        Some(now) if exception.created.is_some_and(|created| now < created) => {
            return (ExceptionState::NotGranted, "it begins later".to_owned());
        }
        Some(_) if matches == 0 => ExceptionState::Unused,
        Some(_) => ExceptionState::Used,
    };
    match too_long {
        Some(because) => (ExceptionState::NotGranted, because),
        None if matches > policy.max_matches as usize => {
            let because = format!("it is about {matches} findings, more than the {} of `maxMatches`", policy.max_matches);
            (ExceptionState::TooBroad, because)
        }
        None if state == ExceptionState::Unused => (state, "nothing is found here that it is about".to_owned()),
        None => (state, format!("in force until {}", exception.expires_text)),
    }
}
