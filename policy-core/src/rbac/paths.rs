//! Paths: what a subject can become, step by step, until it holds the cluster. Each step is a right that the authorizer grants, or what
//! a pod has in hand. Source of the steps: "RBAC good practices" and "authorization" in the documentation of Kubernetes 1.37.

use std::collections::BTreeMap;

use super::parts::{SubjectKind, titled};
use super::policy::Policy;
use super::powers::{Can, Power, folder, home, home_of, powers};
use crate::budget::Budget;
use crate::facts::Row;
use crate::read::Read;
use crate::report::Location;

/// What a path leads to, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goal {
    /// Code on every node.
    Nodes,
    /// All secrets.
    Secrets,
    /// Everything.
    ClusterAdmin,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug)]
pub enum Start<'c> {
    /// Whoever runs code in a pod of this object.
    Workload(Row<'c>),
    /// A user or group; one of its bindings.
    Subject(Row<'c>),
}

/// A step: what is done, and where it is allowed.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub what: String,
    /// The rule, binding or pod that lets it.
    pub at: Option<Location>,
}

/// A shortest path.
#[derive(Clone, Debug)]
pub struct Path<'c> {
    /// Where it begins.
    pub start: Start<'c>,
    /// `ServiceAccount web/app`: as whom it begins.
    pub subject: String,
    /// What it leads to.
    pub goal: Goal,
    /// The steps, one at least.
    pub steps: Vec<Step>,
}

// All folders of a scope.
const EVERY: &str = "*";

type Key<'c> = (&'c str, SubjectKind, &'c str, &'c str);

// Who or what is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    State(usize),
    Goal(Goal),
}

struct Edge {
    to: To,
    step: Step,
}

struct Graph<'p, 'c> {
    policy: &'p Policy<'c>,
    budget: &'p Budget,
    keys: Vec<Key<'c>>,
    // The account of each workload.
    runs_as: Vec<Option<usize>>,
    // Behind the subjects stand the nodes that the pods of a folder of a scope are on: one of them, and all of them.
    places: Vec<(&'c str, &'c str)>,
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
    for (row, account) in graph.workloads() {
        // Of an object that carries several pods, one is enough.
        let place = (&row.fact.place.location.path, row.fact.place.location.span);
        if before != Some(place) {
            let path = graph.path_of_workload(row, account, &reached);
            before = path.is_some().then_some(place);
            found.extend(path);
        }
    }
    for (at, (scope, kind, _, name)) in graph.keys.iter().enumerate() {
        if *kind == SubjectKind::ServiceAccount || is_no_start(name) {
            continue;
        }
        let binding = policy.bindings.iter().find(|binding| {
            binding.row.fact.scope == *scope && binding.subjects.iter().any(|of| of.kind == *kind && of.name == Some(name))
        });
        let best = reached.iter().find(|(_, distances)| distances.get(at).is_some_and(Option::is_some));
        if let (Some(binding), Some((goal, distances))) = (binding, best) {
            let steps = graph.steps(at, *goal, distances);
            let subject = titled(kind.name(), "", name);
            let path = Path { start: Start::Subject(binding.row), subject, goal: *goal, steps };
            found.extend((path.steps.len() > 1).then_some(path));
        }
    }
    found
}

// Kubernetes itself gives these what they need, or their holders hold the cluster already; accounts begin at their pods.
fn is_no_start(name: &str) -> bool {
    ["system:masters", "system:node", "system:kube-", "system:serviceaccounts"].iter().any(|prefix| name.starts_with(prefix))
}

/// The service account of a pod; none if it has no token of one, or that is not known.
fn account_of<'c>(row: &Row<'c>, accounts: &[Row<'c>]) -> Option<Key<'c>> {
    let open = row.get("open").is_some();
    let name = match row.text("serviceAccountName") {
        Read::Is(name) if !name.is_empty() => name,
        Read::Is(_) | Read::Absent if !open => "default",
        _ => return None,
    };
    let (scope, namespace) = (row.fact.scope.as_str(), home(row));
    let mounted = |row: &Row<'c>| row.get("automountServiceAccountToken").and_then(crate::document::Ref::text);
    let own = || accounts.iter().find(|other| (&*other.fact.scope, home(other), &*other.fact.name) == (scope, namespace, name));
    let automount = mounted(row).or_else(|| mounted(own()?));
    (automount != Some("false")).then_some((scope, SubjectKind::ServiceAccount, namespace, name))
}

impl<'p, 'c> Graph<'p, 'c> {
    fn new(policy: &'p Policy<'c>, accounts: &[Row<'c>], budget: &'p Budget) -> Self {
        let mut known = BTreeMap::new();
        for binding in &policy.bindings {
            let named =
                binding.subjects.iter().filter_map(|of| Some((&*binding.row.fact.scope, of.kind, home_of(binding, of), of.name?)));
            known.extend(named.map(|key| (key, 0)));
        }
        let pods: Vec<Option<Key<'c>>> = policy.workloads.iter().map(|row| account_of(row, accounts)).collect();
        known.extend(pods.iter().flatten().map(|key| (*key, 0)));
        let keys: Vec<Key<'c>> = known.keys().copied().collect();
        known.extend(keys.iter().enumerate().map(|(at, key)| (*key, at)));
        let runs_as = pods.iter().map(|key| known.get(key.as_ref()?).copied()).collect();
        let mut places = BTreeMap::new();
        for row in &policy.workloads {
            places.extend([((&*row.fact.scope, EVERY), 0), ((&*row.fact.scope, folder(row)), 0)]);
        }
        Self { policy, budget, edges: Vec::new(), keys, runs_as, places: places.into_keys().collect() }
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
        let at = self.places.iter().position(|known| *known == (scope, folder))?;
        Some(self.keys.len() + 2 * at + usize::from(every))
    }

    // The accounts of a namespace, or of all.
    fn accounts_of(&self, scope: &'c str, namespace: Option<&str>) -> Vec<usize> {
        let all = self.keys.iter().enumerate().filter(|(_, key)| key.0 == scope && key.1 == SubjectKind::ServiceAccount);
        all.filter(|(_, key)| namespace.is_none_or(|namespace| key.2 == namespace)).map(|(at, _)| at).collect()
    }

    fn title(&self, at: usize) -> String {
        // A folder is no namespace.
        let written = |namespace: &'c str| if namespace.ends_with('/') { "" } else { namespace };
        self.keys.get(at).map_or_else(String::new, |(_, kind, namespace, name)| titled(kind.name(), written(namespace), name))
    }

    fn connect(&mut self) {
        let powers = powers(self.policy, self.budget);
        for at in 0..self.keys.len() {
            let Some(key) = self.keys.get(at).copied() else { break };
            let held: Vec<&Can<'c>> = powers.iter().filter(|can| self.budget.spend(1) && can.is_of(self.policy, key)).collect();
            let edges = self.edges_of(at, key.0, &held);
            self.edges.push(edges);
        }
        for at in 0..self.places.len() {
            let Some((scope, folder)) = self.places.get(at).copied() else { break };
            for every in [false, true] {
                let edges = self.edges_of_node(scope, folder, every);
                self.edges.push(edges);
            }
        }
    }

    fn edges_of(&self, from: usize, scope: &'c str, held: &[&Can<'c>]) -> Vec<Edge> {
        let who = self.title(from);
        let mut edges = Vec::new();
        for (goal, can, what) in super::powers::goals(held) {
            edges.push(Edge { to: To::Goal(goal), step: can.step(self.policy, &format!("{who} {what}")) });
        }
        for can in held.iter().filter(|can| can.power == Power::NodeProxy && can.namespace.is_none()) {
            let step = || can.step(self.policy, &format!("{who} runs commands in every pod through the kubelets (`nodes/proxy`)"));
            edges.push(Edge { to: To::Goal(Goal::Nodes), step: step() });
            edges.extend(self.node(scope, EVERY, true).map(|node| Edge { to: To::State(node), step: step() }));
        }
        for can in held.iter().filter(|can| can.power == Power::Exec) {
            self.add_pods(scope, can, &who, &mut edges);
        }
        for (can, what) in super::powers::hops(held) {
            for to in self.accounts_of(scope, can.namespace).into_iter().filter(|to| *to != from) {
                if !self.budget.spend(1) {
                    return edges;
                }
                let name = self.keys.get(to).map_or("", |key| key.3);
                if can.names(self.policy).is_none_or(|names| names.contains(&name)) {
                    edges
                        .push(Edge { to: To::State(to), step: can.step(self.policy, &format!("{who} {what} {}", self.title(to))) });
                }
            }
        }
        edges
    }

    fn add_pods(&self, scope: &'c str, can: &Can<'c>, who: &str, edges: &mut Vec<Edge>) {
        let within = |row: &Row<'c>| row.fact.scope == scope && can.namespace.is_none_or(|namespace| home(row) == namespace);
        for (row, account) in self.workloads().filter(|(row, _)| within(row)) {
            if !self.budget.spend(1) {
                return;
            }
            let step = |more: &str| can.step(self.policy, &format!("{who} runs commands in the pods of {}{more}", row.title()));
            edges.extend(account.map(|to| Edge { to: To::State(to), step: step(&format!(" as {}", self.title(to))) }));
            edges.extend(self.nodes_of(row).map(|node| Edge { to: To::State(node), step: step(" that hold their node") }));
        }
    }

    // The tokens of the pods on a node: on one node those of each DaemonSet for certain.
    fn edges_of_node(&self, scope: &'c str, of: &'c str, every: bool) -> Vec<Edge> {
        let near = |row: &Row<'c>| row.fact.scope == scope && (of == EVERY || folder(row) == of);
        let there = self.workloads().filter(|(row, _)| near(row) && (every || row.fact.kind == "DaemonSet"));
        let edge = |(row, account): (&Row<'c>, Option<usize>)| {
            let to = account?;
            let what = format!("on the node lies the token of {} ({})", self.title(to), row.title());
            Some(Edge { to: To::State(to), step: Step { what, at: Some(row.fact.place.location.clone()) } })
        };
        there.filter_map(edge).collect()
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
    fn steps(&self, mut at: usize, goal: Goal, distances: &[Option<usize>]) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(left) = distances.get(at).copied().flatten() {
            let next = self.edges.get(at).into_iter().flatten().find(|edge| match edge.to {
                To::Goal(reached) => left == 1 && reached == goal,
                To::State(to) => left > 1 && distances.get(to).copied().flatten() == Some(left - 1),
            });
            let Some(next) = next else { break };
            steps.push(next.step.clone());
            let To::State(to) = next.to else { break };
            at = to;
        }
        steps
    }

    fn path_of_workload(&self, row: &Row<'c>, account: Option<usize>, reached: &[(Goal, Vec<Option<usize>>)]) -> Option<Path<'c>> {
        let node = self.nodes_of(row);
        for (goal, distances) in reached {
            let of = |at: Option<usize>| distances.get(at?).copied().flatten();
            let (by_account, by_node) = (of(account), of(node).map(|steps| steps + 1));
            let steps = match (by_account, by_node) {
                (Some(steps), over) if over.is_none_or(|over| steps <= over) => self.steps(account?, *goal, distances),
                (_, Some(_)) => {
                    let first = Step { what: "the pod holds its node".to_owned(), at: Some(row.fact.place.location.clone()) };
                    std::iter::once(first).chain(self.steps(node?, *goal, distances)).collect()
                }
                _ => continue,
            };
            let subject = account.map_or_else(|| row.title(), |account| self.title(account));
            let path = Path { start: Start::Workload(*row), subject, goal: *goal, steps };
            return (path.steps.len() > 1 || *goal == Goal::ClusterAdmin).then_some(path);
        }
        None
    }
}
