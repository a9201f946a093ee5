//! All roles and bindings, each binding with the rules that it comes to.

use super::built_in::{self, AGGREGATE, USUAL};
use super::parts::{Binding, Role, Rule};
use super::powers::folder;
use crate::budget::Budget;
use crate::document::Kind;
use crate::facts::{Cluster, Row};
use crate::map::Map;
use crate::model::kubernetes::Selector;
use crate::read::{Read, Truth};
use crate::sort::sorted;

/// A rule of a role, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleRef {
    /// The role.
    pub role: usize,
    /// The rule among its own.
    pub rule: usize,
}

/// A role that a binding binds, and its rules: its own, or those of the roles that it aggregates.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The role that is named.
    pub role: usize,
    /// The number of its rules among [`Policy::rules`].
    pub rules: usize,
}

/// Why it is not known in full what a binding grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// The role is not here.
    Role,
    /// It is one that comes with Kubernetes, and what it allows is not known here.
    SystemRole,
    /// A role of that name is here, but not its namespace.
    Namespace,
    /// A later step fills in which role it is.
    Reference,
    /// Which roles the role aggregates depends on what a later step fills in, or on roles that are not here.
    Aggregated,
}

/// What the files of a cluster allow.
#[derive(Debug)]
pub struct Policy<'c> {
    /// The roles: those of files, then those that are built in.
    pub roles: Vec<Role<'c>>,
    /// The bindings.
    pub bindings: Vec<Binding<'c>>,
    /// What each binding binds.
    pub granted: Vec<(Vec<Granted>, Option<Lacking>)>,
    /// The objects that run pods.
    pub workloads: Vec<Row<'c>>,
    /// Whether more was asked of it than is worked through: then rules are lacking.
    pub cut: bool,
    sets: Vec<Vec<RuleRef>>,
}

impl<'c> Policy<'c> {
    /// What the rows of a cluster come to. `budget` bounds what roles that aggregate each other may cost.
    #[must_use]
    pub fn new(cluster: &Cluster<'c>, budget: &Budget) -> Self {
        let rows = || cluster.rows().iter().copied();
        let mut roles: Vec<Role<'c>> = rows().filter_map(Role::of).collect();
        let own = roles.len();
        roles.extend(built_in::roles());
        let mut policy = Self {
            roles,
            bindings: rows().filter_map(Binding::of).collect(),
            granted: Vec::new(),
            workloads: rows().filter(Row::is_workload).collect(),
            cut: false,
            sets: Vec::new(),
        };
        let mut resolving = Resolving::new(&policy.roles, own, budget);
        let granted = policy.bindings.iter().map(|binding| resolving.granted(binding)).collect();
        (policy.sets, policy.cut) = (resolving.sets, budget.is_spent());
        policy.granted = granted;
        policy
    }

    /// How many roles are in files.
    #[must_use]
    pub fn written_roles(&self) -> usize {
        self.roles.iter().filter(|role| !role.is_built_in()).count()
    }

    /// The rules that a binding grants by a role.
    #[must_use]
    pub fn rules(&self, granted: &Granted) -> &[RuleRef] {
        self.sets.get(granted.rules).map_or(&[], Vec::as_slice)
    }

    /// A rule.
    #[must_use]
    pub fn rule(&self, at: RuleRef) -> Option<&Rule<'c>> {
        self.roles.get(at.role)?.rules.get(at.rule)
    }
}

// The most roles of one name: of more, all but the first count for nothing.
const MAX_NAMESAKES: usize = 64;

// The roles of one scope by name.
#[derive(Default)]
struct Names<'c> {
    // By namespace and name.
    roles: Map<(&'c str, &'c str), Vec<usize>>,
    cluster_roles: Map<&'c str, Vec<usize>>,
}

struct Resolving<'p, 'c> {
    roles: &'p [Role<'c>],
    // How many of them are in files: they stand first.
    own: usize,
    scopes: Map<&'c str, Names<'c>>,
    budget: &'p Budget,
    // The number of a role's rules, by scope and role, and why they are not all.
    known: Map<(&'c str, usize), (usize, bool)>,
    sets: Vec<Vec<RuleRef>>,
}

impl<'p, 'c> Resolving<'p, 'c> {
    fn new(roles: &'p [Role<'c>], own: usize, budget: &'p Budget) -> Self {
        let mut scopes: Map<&'c str, Names<'c>> = Map::new();
        for (at, role) in roles.iter().enumerate() {
            let Some(row) = role.row else { continue };
            let names = scopes.get_or_default(&row.fact.scope);
            let namesakes = match role.namespace {
                Some(namespace) => names.roles.get_or_default((namespace, role.name)),
                None => names.cluster_roles.get_or_default(role.name),
            };
            namesakes.extend((namesakes.len() < MAX_NAMESAKES).then_some(at));
        }
        scopes.for_each_value(|names| add_built_in(names, roles, own));
        Self { roles, own, scopes, budget, known: Map::new(), sets: Vec::new() }
    }

    fn granted(&mut self, binding: &Binding<'c>) -> (Vec<Granted>, Option<Lacking>) {
        let scope = binding.row.fact.scope.as_str();
        let names = self.scopes.get_or_insert_with(scope, || {
            let mut names = Names::default();
            add_built_in(&mut names, self.roles, self.own);
            names
        });
        let (kind, name) = match binding.role {
            (Read::Is(kind), Read::Is(name)) => (kind, name),
            (Read::Dynamic, _) | (_, Read::Dynamic) => return (Vec::new(), Some(Lacking::Reference)),
            _ => return (Vec::new(), None),
        };
        let found = match (kind, binding.namespace) {
            ("ClusterRole", _) => names.cluster_roles.get(name),
            ("Role", Some(namespace)) => names.roles.get(&(namespace, name)),
            // A Role counts in its namespace alone, and other kinds are none that the authorizer knows.
            _ => return (Vec::new(), None),
        };
        let Some(found) = found.cloned() else {
            let unstated = binding.namespace.is_some_and(|of| of.is_empty() || names.roles.contains_key(&("", name)));
            let elsewhere = kind == "Role"
                && unstated
                && self.budget.spend(names.roles.len())
                && names.roles.keys().any(|(_, other)| *other == name);
            return (Vec::new(), Some(self::lacking(name, elsewhere)));
        };
        let (mut granted, mut lacking) = (Vec::new(), None);
        for role in self.nearest(binding, found) {
            let (rules, in_full) = self.rules_of(scope, role);
            lacking = lacking.or((!in_full).then_some(Lacking::Aggregated));
            granted.push(Granted { role, rules });
        }
        (granted, lacking)
    }

    // Of roles of one name, those of the binding's own file, else of its folder: a repository may keep variants of one bundle.
    fn nearest(&self, binding: &Binding<'c>, found: Vec<usize>) -> Vec<usize> {
        let near = |is: &dyn Fn(&Row<'c>) -> bool| -> Vec<usize> {
            let mut near = Vec::new();
            let row = |at: &usize| self.roles.get(*at).and_then(|role| role.row);
            near.extend(found.iter().copied().filter(|at| row(at).is_some_and(|row| is(&row))));
            near
        };
        let mut chosen = near(&|row| row.fact.place.location.path == binding.row.fact.place.location.path);
        if chosen.is_empty() {
            chosen = near(&|row| folder(row) == folder(&binding.row));
        }
        if chosen.is_empty() { found } else { chosen }
    }

    // The number of its rules, and whether they are all.
    fn rules_of(&mut self, scope: &'c str, role: usize) -> (usize, bool) {
        if let Some(known) = self.known.get(&(scope, role)) {
            return *known;
        }
        let (rules, in_full) = self.closure(scope, role);
        self.sets.push(rules);
        let found = (self.sets.len() - 1, in_full);
        self.known.insert((scope, role), found);
        found
    }

    // What a role aggregates may aggregate others, also in a circle: the rules of all that can be reached.
    fn closure(&self, scope: &str, role: usize) -> (Vec<RuleRef>, bool) {
        let (mut seen, mut open) = (crate::map::Set::new(), vec![role]);
        let (mut rules, mut in_full) = (Vec::new(), true);
        seen.insert(role);
        while let Some(at) = open.pop() {
            let Some(role) = self.roles.get(at) else { continue };
            if role.selectors.is_none() && role.takes_in.is_none() {
                if !self.budget.spend(role.rules.len()) {
                    break;
                }
                rules.extend((0..role.rules.len()).map(|rule| RuleRef { role: at, rule }));
                continue;
            }
            if is_refused(role) {
                continue;
            }
            let others = self.scopes.get(scope).into_iter().flat_map(|names| names.cluster_roles.iter());
            let mut any = false;
            for (_, others) in others.filter(|(name, _)| **name != role.name) {
                for other in others {
                    if !self.budget.spend(1 + role.selectors.as_ref().map_or(0, Vec::len)) {
                        return (rules, false);
                    }
                    let taken = self.roles.get(*other).map_or(Truth::False, |other| takes(role, other));
                    in_full &= taken != Truth::Unknown;
                    any |= taken == Truth::True;
                    if taken == Truth::True && seen.insert(*other) {
                        open.push(*other);
                    }
                }
            }
            if !any {
                // The roles that it is there for are elsewhere. A cluster writes their rules into it, which a dump of it alone shows.
                in_full &= !role.rules.is_empty();
                rules.extend((0..role.rules.len()).map(|rule| RuleRef { role: at, rule }));
            }
        }
        (sorted(rules, Ord::cmp), in_full)
    }
}

fn add_built_in<'c>(names: &mut Names<'c>, roles: &[Role<'c>], own: usize) {
    if USUAL.iter().all(|name| names.cluster_roles.contains_key(name)) {
        return;
    }
    for (at, role) in roles.iter().enumerate().skip(own) {
        match role.namespace {
            Some(namespace) => drop(names.roles.get_or_insert_with((namespace, role.name), || vec![at])),
            None => drop(names.cluster_roles.get_or_insert_with(role.name, || vec![at])),
        }
    }
}

fn lacking(name: &str, elsewhere: bool) -> Lacking {
    match () {
        () if elsewhere => Lacking::Namespace,
        () if name.starts_with("system:") => Lacking::SystemRole,
        () => Lacking::Role,
    }
}

// A selector that the API server cannot make sense of leaves the role as it is: without rules.
fn is_refused(role: &Role<'_>) -> bool {
    role.selectors.iter().flatten().any(|node| Selector::new(*node).is_refused())
}

fn takes(role: &Role<'_>, other: &Role<'_>) -> Truth {
    if let Some(from) = role.takes_in {
        return Truth::of(other.label(&[AGGREGATE, from].concat()) == Some("true"));
    }
    let selectors = role.selectors.iter().flatten().filter(|node| node.kind() == Kind::Mapping);
    selectors.fold(Truth::False, |any, node| {
        any.or(Selector::new(*node).selects(&|name| other.label(name).map_or(Read::Absent, Read::Is)))
    })
}
