//! Objects of several files of Kubernetes that name or select each other.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::budget::Budget;
use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinFinding, JoinOut, Row};
use policy_core::model::kubernetes::{Selector, field, fields, text};
use policy_core::read::{Read, Truth};
use policy_core::rule::{Confidence, Severity};

/// The work of one rule over all files, in objects that are held against each other.
pub(crate) const WORK: u64 = 20_000_000;

/// The group of roles and their bindings.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";

/// Whether objects of two namespaces may lie in one: what has none is put where whoever applies it says.
pub(crate) fn may_meet(a: &Row<'_>, b: &Row<'_>) -> bool {
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

/// Which objects there are, by name.
pub(crate) struct Names<'c>(BTreeMap<(&'c str, &'c str, Option<&'c str>), BTreeSet<&'c str>>);

impl<'c> Names<'c> {
    /// Those of some kinds.
    pub(crate) fn of(cluster: &Cluster<'c>, kinds: &[&str]) -> Self {
        let mut names = BTreeMap::new();
        for row in cluster.rows().iter().filter(|row| kinds.contains(&row.fact.kind.as_str())) {
            let fact = row.fact;
            for name in [None, Some(fact.name.as_str())] {
                let namespaces: &mut BTreeSet<&str> = names.entry((fact.scope.as_str(), fact.kind.as_str(), name)).or_default();
                namespaces.insert(&fact.namespace);
            }
        }
        Self(names)
    }

    /// Whether one of this name, or any at all if no name is given, may lie in the namespace; an empty one may be any.
    pub(crate) fn has(&self, scope: &str, kind: &str, namespace: &str, name: Option<&str>) -> bool {
        let namespaces = self.0.get(&(scope, kind, name));
        namespaces.is_some_and(|all| namespace.is_empty() || all.contains(namespace) || all.contains(""))
    }

    /// Whether there are objects of the kind, and none of this name. One whose name is not known may be it.
    pub(crate) fn lacks(&self, scope: &str, kind: &str, namespace: &str, name: &str) -> bool {
        self.has(scope, kind, namespace, None) && ![name, ""].iter().any(|name| self.has(scope, kind, namespace, Some(name)))
    }
}

/// The workloads, by their labels.
pub(crate) struct Workloads<'c> {
    pub(crate) rows: Vec<Row<'c>>,
    by_label: BTreeMap<(&'c str, &'c str, &'c str), Vec<usize>>,
    // By the repository: all, and those that may have labels that are not written here.
    all: BTreeMap<&'c str, Vec<usize>>,
    unsure: BTreeMap<&'c str, Vec<usize>>,
}

impl<'c> Workloads<'c> {
    pub(crate) fn new(cluster: &Cluster<'c>) -> Self {
        let mut found = Self { rows: Vec::new(), by_label: BTreeMap::new(), all: BTreeMap::new(), unsure: BTreeMap::new() };
        for row in cluster.rows().iter().filter(|row| row.is_workload()) {
            let (at, scope) = (found.rows.len(), row.fact.scope.as_str());
            found.rows.push(*row);
            found.all.entry(scope).or_default().push(at);
            let mut unsure = gets_labels(row);
            for (key, value) in row.get("labels").into_iter().flat_map(fields) {
                match (key.text(), text(Some(value))) {
                    (Some(key), Read::Is(value)) => found.by_label.entry((scope, key, value)).or_default().push(at),
                    _ => unsure = true,
                }
            }
            if unsure {
                found.unsure.entry(scope).or_default().push(at);
            }
        }
        found
    }

    /// Hands on the workloads that are or may be selected by what an object asks for, by their place in `rows`.
    pub(crate) fn select(&self, by: &Row<'c>, selector: Selector<'c>, budget: &Budget, take: &mut dyn FnMut(usize, Truth)) {
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
            match selector.selects(&get) {
                Truth::False => {}
                truth => take(*at, truth),
            }
        }
    }

    /// Whether one is or may be selected.
    pub(crate) fn has_selected(&self, by: &Row<'c>, selector: Selector<'c>, budget: &Budget) -> bool {
        let mut any = false;
        self.select(by, selector, budget, &mut |_, _| any = true);
        any || budget.is_spent()
    }

    /// Whether there is one at all that may lie in the namespace of an object.
    pub(crate) fn has_any_beside(&self, by: &Row<'c>) -> bool {
        let all = self.all.get(by.fact.scope.as_str());
        all.into_iter().flatten().any(|at| self.rows.get(*at).is_some_and(|row| may_meet(by, row)))
    }
}

// What is merged into something, and pods that the controller of an operator makes, may have more labels than are written.
fn gets_labels(row: &Row<'_>) -> bool {
    row.get("open").is_some() || !["", "apps", "batch", "extensions"].contains(&row.fact.group.as_str())
}
