//! Packs: named sets of rules.

use crate::rule::{Rule, RuleSet};

/// The pack that runs where none is named.
pub const DEFAULT_PACK: &str = "recommended";

/// Which rules a pack has.
#[derive(Clone, Copy, Debug)]
pub enum Members {
    /// All there are.
    All,
    /// All but these, by id.
    AllBut(&'static [&'static str]),
    /// These, by id.
    Only(&'static [&'static str]),
    /// Those that answer to an entry of a catalogue which begins so.
    Mapped(&'static str),
}

/// A named set of rules.
#[derive(Clone, Copy, Debug)]
pub struct Pack {
    /// What it is called by.
    pub id: &'static str,
    /// What it is for, in a few words.
    pub title: &'static str,
    /// Its rules.
    pub members: Members,
    /// Whether every finding denies, be it of whatever severity: the pack is a standard that is met or not.
    pub is_standard: bool,
}

/// The packs that a call may name.
pub type PackSet = &'static [Pack];

impl Pack {
    /// Whether a rule is one of the pack's.
    #[must_use]
    pub fn has(&self, rule: &Rule) -> bool {
        match self.members {
            Members::All => true,
            Members::AllBut(others) => !others.contains(&rule.id),
            Members::Only(own) => own.contains(&rule.id),
            Members::Mapped(start) => rule.meta.maps.iter().any(|entry| entry.starts_with(start)),
        }
    }

    /// The pack's rules, in their order.
    #[must_use]
    pub fn rules(&self, rules: RuleSet) -> Vec<&'static Rule> {
        rules.iter().copied().filter(|rule| self.has(rule)).collect()
    }
}
