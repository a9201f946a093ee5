//! Who can do what is asked.

use super::parts::Binding;
use super::policy::{Policy, RuleRef};
use super::request::{Ask, Grant, Target};
use crate::budget::Budget;

/// Where a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'q> {
    /// In whatever namespace, or in none.
    Any,
    /// In none: for objects of the whole cluster, and paths.
    Cluster,
    /// In this namespace.
    Namespace(&'q str),
}

/// A way in which a subject may do what is asked.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The binding.
    pub binding: usize,
    /// The role that it names.
    pub role: usize,
    /// The rule, of that role or of one that it aggregates.
    pub rule: RuleRef,
    /// What the rule says: never [`Grant::No`].
    pub grant: Grant,
    /// Whether the binding's namespace is not written, so that it may be another than was asked for.
    pub elsewhere: bool,
}

impl Policy<'_> {
    /// The ways in which someone can do what is asked, binding by binding: of each role the first rule that allows it, else all that
    /// may. Stops where the budget is spent.
    #[must_use]
    pub fn ways(&self, ask: &Ask<'_>, scope: Scope<'_>, budget: &Budget) -> Vec<Way> {
        let mut ways = Vec::new();
        for (at, binding) in self.bindings.iter().enumerate() {
            let Some(elsewhere) = applies(binding, ask, scope).filter(|_| !binding.subjects.is_empty()) else { continue };
            for granted in self.granted.get(at).into_iter().flat_map(|(granted, _)| granted) {
                let mut found: Vec<(RuleRef, Grant)> = Vec::new();
                for at in self.rules(granted) {
                    let Some(rule) = self.rule(*at) else { continue };
                    if !budget.spend(1 + rule.verbs.items.len() + rule.resources.items.len() + rule.urls.items.len()) {
                        return ways;
                    }
                    let grant = ask.of(rule);
                    found.extend((grant != Grant::No).then_some((*at, grant)));
                    if grant == Grant::Yes {
                        break;
                    }
                }
                let first = found.iter().find(|(_, grant)| *grant == Grant::Yes);
                let way = |(rule, grant): &(RuleRef, Grant)| Way {
                    binding: at,
                    role: granted.role,
                    rule: *rule,
                    grant: *grant,
                    elsewhere,
                };
                match first {
                    Some(found) => ways.push(way(found)),
                    None => ways.extend(found.iter().map(way)),
                }
            }
        }
        ways
    }

    /// The bindings that apply to what is asked and whose rules are not all known.
    #[must_use]
    pub fn lacking(&self, ask: &Ask<'_>, scope: Scope<'_>) -> Vec<(usize, super::Lacking)> {
        let applying = self
            .bindings
            .iter()
            .enumerate()
            .filter(|(_, binding)| applies(binding, ask, scope).is_some() && !binding.subjects.is_empty());
        applying.filter_map(|(at, _)| Some((at, self.granted.get(at)?.1?))).collect()
    }
}

// Whether a binding counts for a request; then whether it only may, since its namespace is not written.
fn applies(binding: &Binding<'_>, ask: &Ask<'_>, scope: Scope<'_>) -> Option<bool> {
    let Some(namespace) = binding.namespace else { return Some(false) };
    match scope {
        _ if matches!(ask.target, Target::Path(_)) => None,
        Scope::Cluster => None,
        Scope::Any => Some(false),
        Scope::Namespace(_) if namespace.is_empty() => Some(true),
        Scope::Namespace(asked) => (asked == namespace).then_some(false),
    }
}
