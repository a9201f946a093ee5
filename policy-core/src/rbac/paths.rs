//! Paths: what a subject can become, step by step, until it holds the cluster. Each step is a right that the authorizer grants, or what
//! a pod has in hand. Source of the steps: "RBAC good practices" and "authorization" in the documentation of Kubernetes 1.37.

use super::edges::{By, Edge, Reached, To, distances};
use super::parts::{SubjectKind, titled};
use super::path::{Goal, Path, Start, Step};
use super::policy::Policy;
use super::powers::{Can, Power, folder, home, home_of, powers, written};
use super::subjects::{Key, Members, Mounts, account_of, is_no_start, members, mounts};
use crate::budget::Budget;
use crate::facts::Row;
use crate::map::{Map, Set};

// A right, and its number.
type Held<'h, 'c> = (usize, &'h Can<'c>);

// What an edge costs beside looking at it: it is kept.
const EDGE: usize = 16;

// What a right of a subject can be over: commands in the pods, or acting as the accounts, of a namespace of a scope or of all.
type Over<'c> = (&'c str, Option<&'c str>, bool);

struct Graph<'p, 'c> {
    policy: &'p Policy<'c>,
    budget: &'p Budget,
    keys: Vec<Key<'c>>,
    // The account of each workload.
    runs_as: Vec<Option<usize>>,
    // The workloads of each scope, by their numbers.
    in_scope: Map<&'c str, Vec<usize>>,
    // Behind the subjects stand the nodes that the pods of a folder of a scope are on: one of them, and all of them.
    places: Map<(&'c str, &'c str), usize>,
    powers: Vec<Can<'c>>,
    edges: Vec<Vec<Edge>>,
    over: Vec<Reached>,
}

/// The shortest path of every workload, user and group to the worst that it reaches. Of what a subject has at once, without a step over
/// another, only what a workload can do with everything is a path.
#[must_use]
pub fn paths<'c>(policy: &Policy<'c>, accounts: &[Row<'c>], budget: &Budget) -> Vec<Path<'c>> {
    let mut graph = Graph::new(policy, accounts, budget);
    graph.connect();
    let mut found = Vec::new();
    let reached: Vec<(Goal, Vec<Option<usize>>)> = [Goal::ClusterAdmin, Goal::Secrets, Goal::Nodes]
        .into_iter()
        .map(|goal| (goal, distances(&graph.edges, &graph.over, goal)))
        .collect();
    let mut before = None;
    let mut told = Set::new();
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
    let mut bindings = Map::new();
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
        let mut known = Map::new();
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
        let mut places = Map::new();
        let mut in_scope: Map<&str, Vec<usize>> = Map::new();
        for (number, row) in policy.workloads.iter().enumerate() {
            places.insert((&*row.fact.scope, folder(row)), 0);
            in_scope.get_or_default(&*row.fact.scope).push(number);
        }
        let mut numbers = 0..;
        places.for_each_value(|place| *place = numbers.next().unwrap_or(0));
        Self {
            policy,
            budget,
            edges: Vec::new(),
            over: Vec::new(),
            keys,
            runs_as,
            in_scope,
            places,
            powers: powers(policy, budget),
        }
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

    // The subjects of a scope: they stand beside each other.
    fn subjects_of(&self, scope: &str) -> impl Iterator<Item = (usize, &Key<'c>)> + use<'_, 'p, 'c> {
        let (first, end) = (self.keys.partition_point(|key| key.0 < scope), self.keys.partition_point(|key| key.0 <= scope));
        (first..end).zip(self.keys.get(first..end).unwrap_or_default())
    }

    // The accounts of a namespace, or of all.
    fn accounts_of(&self, scope: &'c str, namespace: Option<&str>) -> Vec<usize> {
        let all = self.subjects_of(scope).filter(|(_, key)| key.1 == SubjectKind::ServiceAccount);
        all.filter(|(_, key)| namespace.is_none_or(|namespace| key.2 == namespace)).map(|(at, _)| at).collect()
    }

    fn title(&self, at: usize) -> String {
        self.keys.get(at).map_or_else(String::new, |(_, kind, namespace, name)| titled(kind.name(), written(namespace), name))
    }

    fn connect(&mut self) {
        let held = self.held();
        let (mut all, mut over) = (Vec::new(), Map::new());
        let mut reached = Vec::new();
        for (key, held) in self.keys.iter().zip(&held) {
            let held: Vec<Held<'_, 'c>> = held.iter().filter_map(|can| Some((*can, self.powers.get(*can)?))).collect();
            all.push(self.edges_of(key.0, &held, &mut |over_what| {
                *over.get_or_insert_with(over_what, || {
                    reached.push(self.reached(over_what));
                    reached.len() - 1
                })
            }));
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
        (self.edges, self.over) = (all, reached);
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
            match of {
                Members::All => true,
                Members::Accounts(namespace) => account && namespace.is_none_or(|namespace| key.2 == namespace),
            }
        };
        self.subjects_of(scope).filter(is).map(|(at, _)| at)
    }

    fn edges_of(&self, scope: &'c str, held: &[Held<'_, 'c>], listed: &mut dyn FnMut(Over<'c>) -> usize) -> Vec<Edge> {
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
        let mut done: Set<Option<&str>> = Set::new();
        for (at, can) in held.iter().filter(|(_, can)| can.power == Power::Exec) {
            if done.insert(can.namespace) {
                edges.push(Edge { to: To::Any(listed((scope, can.namespace, true))), by: By::AnyPods(*at) });
            }
        }
        done.clear();
        for (at, can, what) in super::powers::hops(held) {
            let by = By::Account(at, what);
            let Some(names) = can.names(self.policy) else {
                if !done.contains(&None) && done.insert(can.namespace) {
                    edges.push(Edge { to: To::Any(listed((scope, can.namespace, false))), by });
                }
                continue;
            };
            for to in self.accounts_of(scope, can.namespace) {
                if !self.budget.spend(EDGE) {
                    return edges;
                }
                let name = self.keys.get(to).map_or("", |key| key.3);
                edges.extend(names.contains(&name).then_some(Edge { to: To::State(to), by }));
            }
        }
        edges
    }

    fn reached(&self, (scope, namespace, pods): Over<'c>) -> Reached {
        let mut reached = Vec::new();
        if !pods {
            let accounts = self.accounts_of(scope, namespace).into_iter().map(|account| (account, None));
            reached.extend(accounts.take_while(|_| self.budget.spend(EDGE)));
            return reached;
        }
        for number in self.in_scope.get(scope).into_iter().flatten() {
            let (Some(row), account) = (self.policy.workloads.get(*number), self.runs_as.get(*number).copied().flatten()) else {
                break;
            };
            if namespace.is_some_and(|namespace| home(row) != namespace) {
                continue;
            }
            if !self.budget.spend(EDGE) {
                break;
            }
            reached.extend(account.into_iter().chain(self.nodes_of(row)).map(|to| (to, Some(*number))));
        }
        reached
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
            To::State(_) | To::Goal(_) | To::Any(_) => None,
        };
        let who = self.title(from);
        let (can, what) = match edge.by {
            By::Right(can, what) => (can, format!("{who} {what}")),
            By::AnyPods(can) => (can, format!("{who} runs commands in pods")),
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

    // The steps from a state on, the first of the shortest.
    fn steps(&self, mut at: usize, goal: Goal, distances: &[Option<usize>], near: &str) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(left) = distances.get(at).copied().flatten() {
            let nearer = |to: usize| left > 1 && distances.get(to).copied().flatten() == Some(left - 1);
            let next = self.edges.get(at).into_iter().flatten().find_map(|edge| match edge.to {
                To::Goal(reached) => (left == 1 && reached == goal).then_some(*edge),
                To::State(to) => nearer(to).then_some(*edge),
                To::Any(list) => {
                    let (to, number) = self.over.get(list)?.iter().find(|(to, _)| nearer(*to))?;
                    let by = match (edge.by, number) {
                        (By::AnyPods(can), Some(number)) => By::Pods(can, *number),
                        (by, _) => by,
                    };
                    Some(Edge { to: To::State(*to), by })
                }
            });
            let Some(next) = next else { break };
            steps.push(self.step(at, next, near));
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
