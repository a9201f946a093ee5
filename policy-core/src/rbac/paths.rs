//! Paths: what a subject can become, step by step, until it holds the cluster. Each step is a right that the authorizer grants, or what
//! a pod has in hand. Source of the steps: "RBAC good practices" and "authorization" in the documentation of Kubernetes 1.37.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::{SubjectKind, titled};
use super::path::{Goal, Path, Start, Step};
use super::policy::Policy;
use super::powers::{Can, Power, folder, home, home_of, powers, written};
use super::subjects::{Key, Members, Mounts, account_of, is_no_start, members, mounts};
use crate::budget::Budget;
use crate::facts::Row;

// A right, and its number.
type Held<'h, 'c> = (usize, &'h Can<'c>);

// What an edge costs beside looking at it: it is kept.
const EDGE: usize = 16;

// Who or what is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    State(usize),
    Goal(Goal),
}

#[derive(Clone, Copy)]
struct Edge {
    to: To,
    by: By,
}

// By what an edge is there. There are many edges, and few of them are shown, so they are put into words then.
#[derive(Clone, Copy)]
enum By {
    // A right, by its number, and what is done with it.
    Right(usize, &'static str),
    // The same to the account that the edge leads to.
    Account(usize, &'static str),
    // Commands in the pods of a workload, by its number, as their account or on their node.
    Pods(usize, usize),
    // A token of the pods of a workload that lies on the node.
    Token(usize),
}

struct Graph<'p, 'c> {
    policy: &'p Policy<'c>,
    budget: &'p Budget,
    keys: Vec<Key<'c>>,
    // The account of each workload.
    runs_as: Vec<Option<usize>>,
    // Behind the subjects stand the nodes that the pods of a folder of a scope are on: one of them, and all of them.
    places: BTreeMap<(&'c str, &'c str), usize>,
    powers: Vec<Can<'c>>,
    edges: Vec<Vec<Edge>>,
}

/// The shortest path of every workload, user and group to the worst that it reaches. Of what a subject has at once, without a step over
/// another, only what a workload can do with everything is a path.
#[must_use]
pub fn paths<'c>(policy: &Policy<'c>, accounts: &[Row<'c>], budget: &Budget) -> Vec<Path<'c>> {
    let mut graph = Graph::new(policy, accounts, budget);
    graph.connect();
    let mut found = Vec::new();
    let reached: Vec<(Goal, Vec<Option<usize>>)> =
        [Goal::ClusterAdmin, Goal::Secrets, Goal::Nodes].into_iter().map(|goal| (goal, graph.distances(goal))).collect();
    let mut before = None;
    let mut told = BTreeSet::new();
    for (row, account) in graph.workloads() {
        // Of an object that carries several pods, one is enough.
        let place = (&row.fact.place.location.path, row.fact.place.location.span);
        if before != Some(place) {
            // So is one workload of those that run as the same account.
            let path = graph.path_of_workload(row, account, &reached).filter(|path| path.over_node || told.insert(account));
            before = path.is_some().then_some(place);
            found.extend(path);
        }
    }
    let mut bindings = BTreeMap::new();
    for binding in policy.bindings.iter().rev() {
        let key = |of: &super::Subject<'c>| Some(((binding.row.fact.scope.as_str(), of.kind, of.name?), binding.row));
        bindings.extend(binding.subjects.iter().filter_map(key));
    }
    for (at, (scope, kind, _, name)) in graph.keys.iter().enumerate() {
        if *kind == SubjectKind::ServiceAccount || is_no_start(name) {
            continue;
        }
        let best = reached.iter().find(|(_, distances)| distances.get(at).is_some_and(Option::is_some));
        if let (Some(row), Some((goal, distances))) = (bindings.get(&(*scope, *kind, *name)), best) {
            let steps = graph.steps(at, *goal, distances, &row.fact.place.location.path);
            let subject = titled(kind.name(), "", name);
            let path = Path { start: Start::Subject(*row), subject, goal: *goal, steps, over_node: false };
            found.extend((path.steps.len() > 1).then_some(path));
        }
    }
    found
}

impl<'p, 'c> Graph<'p, 'c> {
    fn new(policy: &'p Policy<'c>, accounts: &[Row<'c>], budget: &'p Budget) -> Self {
        let mut known = BTreeMap::new();
        for binding in &policy.bindings {
            let named =
                binding.subjects.iter().filter_map(|of| Some((&*binding.row.fact.scope, of.kind, home_of(binding, of), of.name?)));
            known.extend(named.map(|key| (key, 0)));
        }
        let mut mounted = Mounts::new();
        mounted.extend(accounts.iter().rev().map(|row| ((&*row.fact.scope, home(row), &*row.fact.name), mounts(row))));
        let pods: Vec<Option<Key<'c>>> = policy.workloads.iter().map(|row| account_of(row, &mounted)).collect();
        known.extend(pods.iter().flatten().map(|key| (*key, 0)));
        let keys: Vec<Key<'c>> = known.keys().copied().collect();
        known.extend(keys.iter().enumerate().map(|(at, key)| (*key, at)));
        let runs_as = pods.iter().map(|key| known.get(key.as_ref()?).copied()).collect();
        let mut places = BTreeMap::new();
        for row in &policy.workloads {
            places.insert((&*row.fact.scope, folder(row)), 0);
        }
        (0..).zip(places.values_mut()).for_each(|(at, place)| *place = at);
        Self { policy, budget, edges: Vec::new(), keys, runs_as, places, powers: powers(policy, budget) }
    }

    fn workloads(&self) -> impl Iterator<Item = (&'p Row<'c>, Option<usize>)> + use<'_, 'p, 'c> {
        self.policy.workloads.iter().zip(self.runs_as.iter().copied())
    }

    // The nodes that a pod holds. What is in other folders need not be in the same cluster.
    fn nodes_of(&self, row: &Row<'c>) -> Option<usize> {
        let node = || self.node(&row.fact.scope, folder(row), row.fact.kind == "DaemonSet");
        row.get("node")?.items().next().and_then(|_| node())
    }

    fn node(&self, scope: &str, folder: &str, every: bool) -> Option<usize> {
        let at = self.places.get(&(scope, folder))?;
        Some(self.keys.len() + 2 * at + usize::from(every))
    }

    // The accounts of a namespace, or of all.
    fn accounts_of(&self, scope: &'c str, namespace: Option<&str>) -> Vec<usize> {
        let all = self.keys.iter().enumerate().filter(|(_, key)| key.0 == scope && key.1 == SubjectKind::ServiceAccount);
        all.filter(|(_, key)| namespace.is_none_or(|namespace| key.2 == namespace)).map(|(at, _)| at).collect()
    }

    fn title(&self, at: usize) -> String {
        self.keys.get(at).map_or_else(String::new, |(_, kind, namespace, name)| titled(kind.name(), written(namespace), name))
    }

    fn connect(&mut self) {
        let held = self.held();
        let mut all = Vec::new();
        for (at, (key, held)) in self.keys.iter().zip(&held).enumerate() {
            let held: Vec<Held<'_, 'c>> = held.iter().filter_map(|can| Some((*can, self.powers.get(*can)?))).collect();
            all.push(self.edges_of(at, key.0, &held));
        }
        // On one node lie those of each DaemonSet for certain.
        let mut of_nodes: Vec<Vec<Edge>> = self.places.iter().flat_map(|_| [Vec::new(), Vec::new()]).collect();
        for (number, (row, account)) in self.workloads().enumerate() {
            let Some(account) = account else { continue };
            for every in [true, false] {
                let node = self.node(&row.fact.scope, folder(row), every).and_then(|node| of_nodes.get_mut(node - self.keys.len()));
                let there = every || row.fact.kind == "DaemonSet";
                node.into_iter().filter(|_| there).for_each(|edges| {
                    edges.push(Edge { to: To::State(account), by: By::Token(number) });
                });
            }
        }
        all.append(&mut of_nodes);
        self.edges = all;
    }

    // The rights of each subject, its own and those of the groups that it is always in.
    fn held(&self) -> Vec<Vec<usize>> {
        let mut held: Vec<Vec<usize>> = self.keys.iter().map(|_| Vec::new()).collect();
        for (number, can) in self.powers.iter().enumerate() {
            let Some(binding) = can.binding(self.policy) else { continue };
            let scope = binding.row.fact.scope.as_str();
            for subject in &binding.subjects {
                let Some(name) = subject.name else { continue };
                let own = self.keys.binary_search(&(scope, subject.kind, home_of(binding, subject), name)).ok();
                let group = Some(name).filter(|_| subject.kind == SubjectKind::Group);
                let members = group
                    .and_then(members)
                    .filter(|_| self.budget.spend(self.keys.len()))
                    .into_iter()
                    .flat_map(|of| self.members(scope, of));
                for at in own.into_iter().chain(members) {
                    let of = held.get_mut(at).filter(|of| of.last() != Some(&number) && self.budget.spend(1));
                    of.into_iter().for_each(|of| of.push(number));
                }
            }
        }
        held
    }

    fn members(&self, scope: &'c str, of: Members<'c>) -> impl Iterator<Item = usize> + use<'_, 'p, 'c> {
        let is = move |(_, key): &(usize, &Key<'c>)| {
            let account = key.1 == SubjectKind::ServiceAccount;
            key.0 == scope
                && match of {
                    Members::All => true,
                    Members::Accounts(namespace) => account && namespace.is_none_or(|namespace| key.2 == namespace),
                }
        };
        self.keys.iter().enumerate().filter(is).map(|(at, _)| at)
    }

    fn edges_of(&self, from: usize, scope: &'c str, held: &[Held<'_, 'c>]) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (goal, can, what) in super::powers::goals(held) {
            edges.push(Edge { to: To::Goal(goal), by: By::Right(can, what) });
        }
        let kubelets = held.iter().find(|(_, can)| can.power == Power::NodeProxy && can.namespace.is_none());
        if let Some((can, right)) = kubelets {
            let by = By::Right(*can, "runs commands in every pod through the kubelets (`nodes/proxy`)");
            edges.push(Edge { to: To::Goal(Goal::Nodes), by });
            // What lies in other folders need not be in the same cluster.
            let near = right.binding(self.policy).and_then(|binding| self.node(scope, folder(&binding.row), true));
            edges.extend(near.map(|node| Edge { to: To::State(node), by }));
        }
        // What one right leads to in a namespace, another right leads to again.
        let mut done: BTreeSet<Option<&str>> = BTreeSet::new();
        for (at, can) in held.iter().filter(|(_, can)| can.power == Power::Exec) {
            if done.insert(can.namespace) {
                self.add_pods(scope, (*at, can), &mut edges);
            }
        }
        done.clear();
        for (at, can, what) in super::powers::hops(held) {
            let names = can.names(self.policy);
            if names.is_none() && (done.contains(&None) || !done.insert(can.namespace)) {
                continue;
            }
            for to in self.accounts_of(scope, can.namespace).into_iter().filter(|to| *to != from) {
                if !self.budget.spend(EDGE) {
                    return edges;
                }
                let name = self.keys.get(to).map_or("", |key| key.3);
                if names.is_none_or(|names| names.contains(&name)) {
                    edges.push(Edge { to: To::State(to), by: By::Account(at, what) });
                }
            }
        }
        edges
    }

    fn add_pods(&self, scope: &'c str, (at, can): Held<'_, 'c>, edges: &mut Vec<Edge>) {
        let within = |row: &Row<'c>| row.fact.scope == scope && can.namespace.is_none_or(|namespace| home(row) == namespace);
        for (number, (row, account)) in self.workloads().enumerate().filter(|(_, (row, _))| within(row)) {
            if !self.budget.spend(EDGE) {
                return;
            }
            let by = By::Pods(at, number);
            edges.extend(account.into_iter().chain(self.nodes_of(row)).map(|to| Edge { to: To::State(to), by }));
        }
    }

    // Of rights of one kind by roles of one name that which stands in a file: variants of a bundle may lie side by side.
    fn nearest<'g>(&'g self, can: &'g Can<'c>, file: &str) -> &'g Can<'c> {
        let role = |can: &Can<'c>| self.policy.roles.get(can.way.role).map(|role| role.name);
        let in_file = |can: &Can<'c>| can.binding(self.policy).is_some_and(|binding| binding.row.fact.place.location.path == file);
        let alike = |other: &&Can<'c>| other.power == can.power && other.namespace == can.namespace && role(other) == role(can);
        if in_file(can) { can } else { self.powers.iter().filter(alike).find(|other| in_file(other)).unwrap_or(can) }
    }

    // An edge in words, for a path that begins in a file.
    fn step(&self, from: usize, edge: Edge, near: &str) -> Step {
        let workload = |number: usize| self.policy.workloads.get(number).map_or_else(String::new, Row::title);
        let account = |to| match to {
            To::State(to) if to < self.keys.len() => Some(self.title(to)),
            To::State(_) | To::Goal(_) => None,
        };
        let who = self.title(from);
        let (can, what) = match edge.by {
            By::Right(can, what) => (can, format!("{who} {what}")),
            By::Account(can, what) => (can, format!("{who} {what} {}", account(edge.to).unwrap_or_default())),
            By::Pods(can, number) => {
                let as_whom = account(edge.to).map_or_else(|| " that hold their node".to_owned(), |to| format!(" as {to}"));
                (can, format!("{who} runs commands in the pods of {}{as_whom}", workload(number)))
            }
            By::Token(number) => {
                let what = format!("on the node lies the token of {} ({})", account(edge.to).unwrap_or_default(), workload(number));
                let at = self.policy.workloads.get(number).map(|row| row.fact.place.location.clone());
                return Step { what, at };
            }
        };
        match self.powers.get(can) {
            Some(can) => self.nearest(can, near).step(self.policy, &what),
            None => Step { what, at: None },
        }
    }

    // How many steps each state is away from a goal.
    fn distances(&self, goal: Goal) -> Vec<Option<usize>> {
        let mut before: Vec<Vec<usize>> = self.edges.iter().map(|_| Vec::new()).collect();
        let mut distances: Vec<Option<usize>> = vec![None; self.edges.len()];
        let mut open = std::collections::VecDeque::new();
        for (at, edges) in self.edges.iter().enumerate() {
            for edge in edges {
                match edge.to {
                    To::State(to) => before.get_mut(to).into_iter().for_each(|before| before.push(at)),
                    To::Goal(reached) if reached == goal => {
                        if let Some(distance) = distances.get_mut(at).filter(|distance| distance.is_none()) {
                            *distance = Some(1);
                            open.push_back((at, 1));
                        }
                    }
                    To::Goal(_) => {}
                }
            }
        }
        while let Some((at, steps)) = open.pop_front() {
            for before in before.get(at).into_iter().flatten() {
                if let Some(distance) = distances.get_mut(*before).filter(|distance| distance.is_none()) {
                    *distance = Some(steps + 1);
                    open.push_back((*before, steps + 1));
                }
            }
        }
        distances
    }

    // The steps from a state on, the first of the shortest.
    fn steps(&self, mut at: usize, goal: Goal, distances: &[Option<usize>], near: &str) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(left) = distances.get(at).copied().flatten() {
            let next = self.edges.get(at).into_iter().flatten().find(|edge| match edge.to {
                To::Goal(reached) => left == 1 && reached == goal,
                To::State(to) => left > 1 && distances.get(to).copied().flatten() == Some(left - 1),
            });
            let Some(next) = next else { break };
            steps.push(self.step(at, *next, near));
            let To::State(to) = next.to else { break };
            at = to;
        }
        steps
    }

    fn path_of_workload(&self, row: &Row<'c>, account: Option<usize>, reached: &[(Goal, Vec<Option<usize>>)]) -> Option<Path<'c>> {
        let (node, near) = (self.nodes_of(row), row.fact.place.location.path.as_str());
        for (goal, distances) in reached {
            let of = |at: Option<usize>| distances.get(at?).copied().flatten();
            let (by_account, by_node) = (of(account), of(node).map(|steps| steps + 1));
            let mut over_node = false;
            let steps = match (by_account, by_node) {
                (Some(steps), over) if over.is_none_or(|over| steps <= over) => self.steps(account?, *goal, distances, near),
                (_, Some(_)) => {
                    over_node = true;
                    let first = Step { what: "the pod holds its node".to_owned(), at: Some(row.fact.place.location.clone()) };
                    std::iter::once(first).chain(self.steps(node?, *goal, distances, near)).collect()
                }
                _ => continue,
            };
            let subject = account.map_or_else(|| row.title(), |account| self.title(account));
            let path = Path { start: Start::Workload(*row), subject, goal: *goal, steps, over_node };
            return (path.steps.len() > 1 || *goal == Goal::ClusterAdmin).then_some(path);
        }
        None
    }
}
