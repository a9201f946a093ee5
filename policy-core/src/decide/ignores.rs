//! Inline ignores: granted by who could have written the file.

use super::By;
use crate::inspect::{FindingRow, IgnoreClaim, Partial};
use crate::map::{Map, Set};
use crate::report::{Ignore, IgnoreState};
use crate::source::Origin;

// The ignores of all files, in the order of the files, and what became of each.
pub(super) struct Ignores {
    // Where the claims of each root file begin among `places`, which say where each is among all.
    first_of_file: Map<String, usize>,
    places: Vec<usize>,
    claims: Vec<(IgnoreClaim, Origin)>,
    used: Set<usize>,
}

impl Ignores {
    pub(super) fn of(partials: &mut [Partial]) -> Self {
        let mut ignores = Self { first_of_file: Map::new(), places: Vec::new(), claims: Vec::new(), used: Set::new() };
        let mut known: Map<String, usize> = Map::new();
        for partial in partials {
            ignores.first_of_file.insert(partial.coverage.path.clone(), ignores.places.len());
            for claim in std::mem::take(&mut partial.ignores) {
                // Two root files may include the file that it stands in.
                let place = format!("{}:{}", claim.location.path, claim.location.span.start);
                let at = *known.get_or_insert_with(place, || ignores.claims.len());
                if at == ignores.claims.len() {
                    ignores.claims.push((claim, partial.coverage.origin));
                }
                ignores.places.push(at);
            }
        }
        ignores
    }

    /// The ignore that stands at a finding, and whether who could have written it may ignore.
    pub(super) fn at(&mut self, row: &FindingRow) -> Option<(usize, bool)> {
        let root = row.root.as_ref().unwrap_or(&row.path);
        let claimed = row.ignore.and_then(|at| self.places.get(self.first_of_file.get(root)? + at as usize).copied())?;
        self.used.insert(claimed);
        Some((claimed, self.claims.get(claimed).is_some_and(|(_, origin)| origin.may_loosen())))
    }

    /// What became of each.
    pub(super) fn finish(self, by: By<'_>) -> Vec<Ignore> {
        let used = self.used;
        let finish = |(at, (claim, origin)): (usize, (IgnoreClaim, Origin))| {
            let (state, because) = match claim.invalid {
                Some(invalid) => (IgnoreState::Invalid, invalid),
                None if !used.contains(&at) => (IgnoreState::Unused, "nothing is found here by these rules".to_owned()),
                None if is_locked(by, &claim.rules) => (IgnoreState::Refused, "its rule is locked (`override: none`)".to_owned()),
                None if origin.may_loosen() => (IgnoreState::Granted, "the file comes from where ignores are granted".to_owned()),
                None => (IgnoreState::Refused, origin.refusal("the file")),
            };
            Ignore { location: claim.location, rules: claim.rules, reason: claim.reason, state, because }
        };
        self.claims.into_iter().enumerate().map(finish).collect()
    }
}

fn is_locked(by: By<'_>, named: &[String]) -> bool {
    named.iter().any(|rule| by.policy.is_locked(rule))
}
