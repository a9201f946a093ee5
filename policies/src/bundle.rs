//! Objects of several files of Kubernetes that name or select each other.

use policy_core::budget::Budget;
use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinFinding, JoinOut, ObjectFact, Row};
use policy_core::map::{Map, Set};
use policy_core::model::kubernetes::{Selector, field, fields, text};
use policy_core::rbac::GROUP as RBAC;
use policy_core::read::{Read, Truth};
use policy_core::rule::{Confidence, Severity};

/// The work of one rule over all files, in objects that are held against each other.
pub(crate) const WORK: u64 = 2_000_000;

/// Resources by which pods come about, and the wildcard.
const MAKE_PODS: &[&str] =
    &["*", "cronjobs", "daemonsets", "deployments", "jobs", "pods", "replicasets", "replicationcontrollers", "statefulsets"];

/// Whether objects of two namespaces may lie in one: what has none is put where whoever applies it says.
fn may_meet(a: &Row<'_>, b: &Row<'_>) -> bool {
    let (a, b) = (&a.fact.namespace, &b.fact.namespace);
    a.is_empty() || b.is_empty() || a == b
}

/// What a NetworkPolicy asks of pods.
pub(crate) fn pod_selector<'c>(policy: &Row<'c>) -> Option<Ref<'c>> {
    policy.get("spec").and_then(|spec| field(spec, "podSelector"))
}

/// Low, and as sure as something that may still lie elsewhere lets one be.
pub(crate) fn finding(row: &Row<'_>, label: &str, message: String, help: &str, object: &str) -> JoinFinding {
    JoinFinding {
        at: row.fact.place.clone(),
        label: label.to_owned(),
        related: Vec::new(),
        severity: Severity::Low,
        confidence: Confidence::Medium,
        message,
        help: help.to_owned(),
        object: object.to_owned(),
        attributes: vec![("object", row.title())],
    }
}

/// Something that is named or selected is not here: a finding if all is here, else not known.
pub(crate) fn lacks(cluster: &Cluster<'_>, row: &Row<'_>, finding: JoinFinding, out: &mut JoinOut) {
    if cluster.open {
        out.unknown(&row.fact.place, "what files that could not be read hold, a template or a kustomization");
    } else {
        out.found(finding);
    }
}

/// Says so if not all objects were held against each other.
pub(crate) fn tell_if_spent(cluster: &Cluster<'_>, budget: &Budget, out: &mut JoinOut) {
    if let Some(row) = cluster.rows().first().filter(|_| budget.is_spent()) {
        out.unknown(&row.fact.place, "more work than is done: there are so many objects that not all were held against each other");
    }
}

/// Namespaces by the repository. What has none may lie in any.
#[derive(Default)]
pub(crate) struct Spaces<'c>(Map<&'c str, Set<&'c str>>);

impl<'c> Spaces<'c> {
    /// Adds that of an object; whether it is new.
    pub(crate) fn add(&mut self, row: &Row<'c>) -> bool {
        self.0.get_or_default(&row.fact.scope).insert(&row.fact.namespace)
    }

    /// Whether one of them may be that of an object.
    pub(crate) fn may_have(&self, row: &Row<'_>) -> bool {
        let (scope, namespace) = (row.fact.scope.as_str(), row.fact.namespace.as_str());
        self.0.get(scope).is_some_and(|all| namespace.is_empty() || all.contains(namespace) || all.contains(""))
    }
}

/// Which objects there are, by name.
pub(crate) struct Names<'c>(Map<(&'c str, &'c str, Option<&'c str>), Set<&'c str>>);

impl<'c> Names<'c> {
    /// Those of some kinds.
    pub(crate) fn of(cluster: &Cluster<'c>, kinds: &[&str]) -> Self {
        let mut names = Map::new();
        for row in cluster.rows().iter().filter(|row| kinds.contains(&row.fact.kind.as_str())) {
            let fact = row.fact;
            for name in [None, Some(fact.name.as_str())] {
                let namespaces: &mut Set<&str> = names.get_or_default((fact.scope.as_str(), fact.kind.as_str(), name));
                namespaces.insert(&fact.namespace);
            }
        }
        Self(names)
    }

    /// Whether there are objects of the kind in the namespace, and none of this name that may lie there. One whose name is not known
    /// may be it, and what has no namespace may lie in any.
    pub(crate) fn lacks(&self, scope: &str, kind: &str, namespace: &str, name: &str) -> bool {
        let of = |name| self.0.get(&(scope, kind, name));
        let may_lie = |all: &Set<&str>| namespace.is_empty() || all.contains(namespace) || all.contains("");
        let others = of(None).is_some_and(|all| all.contains(namespace));
        others && ![name, ""].iter().any(|name| of(Some(name)).is_some_and(may_lie))
    }
}

/// The workloads, by their labels.
pub(crate) struct Workloads<'c> {
    pub(crate) rows: Vec<Row<'c>>,
    by_label: Map<(&'c str, &'c str, &'c str), Vec<usize>>,
    // By the repository: all, and those that may have labels that are not written here.
    all: Map<&'c str, Vec<usize>>,
    unsure: Map<&'c str, Vec<usize>>,
    namespaces: Set<(&'c str, &'c str)>,
    // The repositories with a role that lets something create pods.
    makers: Set<&'c str>,
}

impl<'c> Workloads<'c> {
    pub(crate) fn new(cluster: &Cluster<'c>) -> Self {
        let (by_label, all, unsure) = (Map::new(), Map::new(), Map::new());
        let mut found = Self { rows: Vec::new(), by_label, all, unsure, namespaces: Set::new(), makers: Set::new() };
        let roles = cluster.rows().iter().filter(|row| row.is(RBAC, "ClusterRole") || row.is(RBAC, "Role"));
        found.makers.extend(roles.filter(|role| creates_pods(role)).map(|role| role.fact.scope.as_str()));
        for row in cluster.rows().iter().filter(|row| row.is_workload()) {
            let (at, scope) = (found.rows.len(), row.fact.scope.as_str());
            found.rows.push(*row);
            found.namespaces.insert((scope, row.fact.namespace.as_str()));
            found.all.get_or_default(scope).push(at);
            let mut unsure = gets_labels(row);
            for (key, value) in row.get("labels").into_iter().flat_map(fields) {
                match (key.text(), text(Some(value))) {
                    (Some(key), Read::Is(value)) => found.by_label.get_or_default((scope, key, value)).push(at),
                    _ => unsure = true,
                }
            }
            if unsure {
                found.unsure.get_or_default(scope).push(at);
            }
        }
        found
    }

    /// Hands on the workloads that are or may be selected by what an object asks for, by their place in `rows`, until it is told
    /// to stop.
    pub(crate) fn select(&self, by: &Row<'c>, selector: Selector<'c>, budget: &Budget, take: &mut dyn FnMut(usize) -> bool) {
        let scope = by.fact.scope.as_str();
        let none: &[usize] = &[];
        let mut fewest = self.all.get(scope).map_or(none, Vec::as_slice);
        for (key, value) in selector.labels() {
            if let (Some(key), Read::Is(value)) = (key.text(), text(Some(value))) {
                let those = self.by_label.get(&(scope, key, value)).map_or(none, Vec::as_slice);
                fewest = if those.len() < fewest.len() { those } else { fewest };
            }
        }
        let unsure = self.unsure.get(scope).map_or(none, Vec::as_slice);
        for at in fewest.iter().chain(unsure) {
            if !budget.spend(1) {
                return;
            }
            let Some(row) = self.rows.get(*at).filter(|row| may_meet(by, row)) else { continue };
            let get = |name: &str| match text(row.get("labels").and_then(|labels| field(labels, name))) {
                Read::Absent if gets_labels(row) => Read::Dynamic,
                read => read,
            };
            if selector.selects(&get) != Truth::False && !take(*at) {
                return;
            }
        }
    }

    /// Whether one is or may be selected.
    pub(crate) fn has_selected(&self, by: &Row<'c>, selector: Selector<'c>, budget: &Budget) -> bool {
        let mut any = false;
        self.select(by, selector, budget, &mut |_| {
            any = true;
            false
        });
        any || budget.is_spent()
    }

    /// Whether it can be told that an object selects none: others are in its namespace, and no role of the repository lets anything
    /// create pods, since what an operator creates has labels that stand in no file.
    pub(crate) fn are_all_here(&self, by: &Row<'c>) -> bool {
        let ObjectFact { scope, namespace, .. } = by.fact;
        self.namespaces.contains(&(scope.as_str(), namespace.as_str())) && !self.makers.contains(scope.as_str())
    }
}

fn creates_pods(role: &Row<'_>) -> bool {
    let has = |rule: Ref<'_>, name, words: &[&str]| {
        field(rule, name).into_iter().flat_map(Ref::items).any(|item| item.text().is_some_and(|text| words.contains(&text)))
    };
    let mut rules = role.get("rules").into_iter().flat_map(Ref::items);
    rules.any(|rule| has(rule, "verbs", &["create", "*"]) && has(rule, "resources", MAKE_PODS))
}

// What is merged into something, and pods that the controller of an operator makes, may have more labels than are written.
fn gets_labels(row: &Row<'_>) -> bool {
    row.get("open").is_some() || !["", "apps", "batch", "extensions"].contains(&row.fact.group.as_str())
}
