//! Inline ignores: `# gatepost: ignore[rule-id] reason`. They are carried as claims; `decide` grants them by origin.

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::map::Map;
use crate::plugin::plugin_of;
use crate::report::{Location, Locator};
use crate::rule::RuleSet;
use crate::secret::clean_short;
use crate::text::did_you_mean;
use crate::unit::Unit;

/// An ignore that stands in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IgnoreClaim {
    /// The comment.
    pub location: Location,
    /// The rules that it names.
    pub rules: Vec<String>,
    /// Its reason.
    pub reason: String,
    /// Why it counts for nothing, if it is not written as an ignore has to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
}

/// The ignores of a root file and of those that it includes, file after file.
pub(super) struct Claimed<'u>(Vec<(&'u Document<'u>, Claims)>);

impl<'u> Claimed<'u> {
    /// The ignores of a unit. A file of another origin than the root file has none that would count.
    pub(super) fn of(unit: &'u Unit<'u>, rules: RuleSet) -> Self {
        let own = unit.document().source().origin();
        let included = unit.included().iter().copied().filter(|document| document.source().origin() == own);
        Self([unit.document()].into_iter().chain(included).map(|document| (document, claims(document, rules))).collect())
    }

    /// None: of a file that is not judged.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// The ignore of a rule on one of these lines of a file, by its number among all.
    pub(super) fn at(&self, rule: &str, document: &Document<'_>, lines: &[u32]) -> Option<u32> {
        let mut before = 0;
        for (known, claims) in &self.0 {
            if std::ptr::eq(*known, document) {
                return claims.at(rule, lines).map(|at| before + at);
            }
            before += u32::try_from(claims.claims.len()).unwrap_or(u32::MAX);
        }
        None
    }

    pub(super) fn into_claims(self) -> Vec<IgnoreClaim> {
        self.0.into_iter().flat_map(|(_, claims)| claims.claims).collect()
    }
}

/// The ignores of one file, by the line that they speak of.
struct Claims {
    claims: Vec<IgnoreClaim>,
    by_line: Map<u32, Vec<usize>>,
}

impl Claims {
    /// The ignore of a rule on one of these lines.
    fn at(&self, rule: &str, lines: &[u32]) -> Option<u32> {
        let candidates = lines.iter().filter_map(|line| self.by_line.get(line)).flatten();
        let mut named = candidates.filter(|at| {
            let claim = self.claims.get(**at);
            claim.is_some_and(|claim| claim.invalid.is_none() && claim.rules.iter().any(|named| named == rule))
        });
        named.next().and_then(|at| u32::try_from(*at).ok())
    }
}

/// The ignores of a document. One behind something speaks of its own line, one on a line of its own of the next line that holds
/// more than a comment.
fn claims(document: &Document<'_>, rules: RuleSet) -> Claims {
    let source = document.source();
    let mut found = Claims { claims: Vec::new(), by_line: Map::new() };
    if !may_hold_claims(source.text()) {
        return found;
    }
    let mut waiting: Vec<usize> = Vec::new();
    let mut last_line = 0;
    for comment in document.comments() {
        let line = source.lines().line(comment.span.start);
        // Comments on lines that follow each other are one block; what waits speaks of the line behind it.
        if line != last_line + 1 || !comment.own_line {
            place(&mut found, &mut waiting, last_line + 1);
        }
        last_line = line;
        let Some(Written { rules, reason, invalid }) = parse(source.slice(comment.span), rules) else { continue };
        let at = found.claims.len();
        let location = Locator::new(source).location(comment.span);
        found.claims.push(IgnoreClaim { location, rules, reason, invalid });
        if comment.own_line {
            waiting.push(at);
        } else {
            found.by_line.get_or_default(line).push(at);
        }
    }
    place(&mut found, &mut waiting, last_line + 1);
    found
}

// Comments are only read where one may be ours.
fn may_hold_claims(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Only the first of a run of `#`: each would look at all that follow it.
    let begins = |at: &usize| at.checked_sub(1).is_none_or(|before| bytes.get(before) != Some(&b'#'));
    memchr::memchr_iter(b'#', bytes).filter(begins).any(|at| of_ours(text.get(at..).unwrap_or("")).is_some())
}

fn of_ours(comment: &str) -> Option<&str> {
    comment.trim_start_matches('#').trim_start().strip_prefix("gatepost:")
}

fn place(found: &mut Claims, waiting: &mut Vec<usize>, line: u32) {
    if !waiting.is_empty() {
        found.by_line.get_or_default(line).append(waiting);
    }
}

struct Written {
    rules: Vec<String>,
    reason: String,
    invalid: Option<String>,
}

// None for a comment that is not for us.
fn parse(comment: &str, rules: RuleSet) -> Option<Written> {
    let ours = of_ours(comment)?.trim_start();
    let list = ours.strip_prefix("ignore").map(str::trim_start).and_then(|rest| rest.strip_prefix('['));
    let Some((ids, reason)) = list.and_then(|rest| rest.split_once(']')) else {
        let invalid = Some("an ignore is written `# gatepost: ignore[rule-id] reason`".to_owned());
        return Some(Written { rules: Vec::new(), reason: String::new(), invalid });
    };
    let named: Vec<String> = ids.split(',').map(|id| clean_short(id.trim())).collect();
    let reason = clean_short(reason.trim_start_matches([':', '-', ' ']).trim());
    let known: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
    // Which rules a plugin has, only the plugin knows.
    let unknown = named.iter().find(|id| !known.contains(&id.as_str()) && plugin_of(id).is_none());
    let invalid = match unknown {
        Some(id) => Some(match did_you_mean(id, &known) {
            Some(meant) => format!("there is no rule `{id}`; did you mean `{meant}`?"),
            None => format!("there is no rule `{id}`"),
        }),
        None => reason.is_empty().then(|| "an ignore needs a reason behind its `]`".to_owned()),
    };
    Some(Written { rules: named, reason, invalid })
}
