//! The rules of roles, matched as RBAC of Kubernetes matches requests. Source: `pkg/apis/rbac/v1/evaluation_helpers.go` of Kubernetes
//! 1.37.
//!
//! A verb, group or resource matches by its name or by `*`, a subresource also by `*/name`; `pods/*` matches nothing. What a later
//! step fills in matches nothing here. Rules over everything of a group that holds most of what is dangerous ([`RoleRule::is_wide`])
//! are one finding of `role-over-everything` or `role-with-wildcard`, and grant nothing to the rules that look for one power.

use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::rbac::{AGGREGATE, GROUP as RBAC, USUAL, is_resource};
use policy_core::read::Read;
use policy_core::rule::{Confidence, Cx, Out, Place, RuleFinding, Severity};

use crate::rbac_resource::is_cluster_scoped;

/// The verbs of requests for resources; those that the API server asks for besides are no requests.
pub(crate) const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// A rule of a role.
#[derive(Clone, Copy)]
pub(crate) struct RoleRule<'u> {
    /// The Role or ClusterRole.
    pub(crate) role: Object<'u>,
    /// The rule.
    pub(crate) node: Ref<'u>,
}

/// The rules of a Role or ClusterRole. None of an aggregated one, whose rules the cluster writes, of Kubernetes' own, which each
/// cluster has, and past the budget.
pub(crate) fn rules<'u>(cx: &Cx<'u>, object: &Object<'u>) -> impl Iterator<Item = RoleRule<'u>> + use<'u> {
    let role = *object;
    let is_role = role.is(RBAC, "ClusterRole") || role.is(RBAC, "Role");
    let own = is_role && role.get("aggregationRule").is_none() && !is_built_in(&role) && cx.budget.spend(role.node().len());
    let list = role.get("rules").filter(|_| own);
    let nodes = list.into_iter().flat_map(Ref::items).filter(|node| node.kind() == Kind::Mapping);
    nodes.map(move |node| RoleRule { role, node })
}

/// The rules of a role, but none of one that grants everything: that is one finding, and another rule's.
pub(crate) fn partial_rules<'u>(cx: &Cx<'u>, object: &Object<'u>) -> impl Iterator<Item = RoleRule<'u>> + use<'u> {
    let mut all: Vec<RoleRule<'u>> = Vec::new();
    all.extend(rules(cx, object));
    if all.iter().any(RoleRule::is_everything) {
        all.clear();
    }
    all.into_iter()
}

/// Whether it is one of the roles and bindings that the API server makes when it starts, as a dump of a cluster shows them.
pub(crate) fn is_built_in(object: &Object<'_>) -> bool {
    let name = object.name().is().unwrap_or("");
    is_system_name(name) && object.label("kubernetes.io/bootstrapping") == Read::Is("rbac-defaults")
}

/// Whether a role of this name is one that every cluster has.
pub(crate) fn is_system_name(name: &str) -> bool {
    USUAL.contains(&name) || name.starts_with("system:")
}

/// Whether a role is added to one that the API server makes, by its label.
pub(crate) fn joins(role: &Object<'_>, name: &str) -> bool {
    role.label(&[AGGREGATE, name].concat()) == Read::Is("true")
}

/// What of a rule grants a power.
pub(crate) struct Grant<'u> {
    pub(crate) verbs: Vec<Ref<'u>>,
    pub(crate) resources: Vec<Ref<'u>>,
}

/// Resources of a group.
pub(crate) type Of = (&'static str, &'static [&'static str]);

/// The kinds of roles: what `bind` and `escalate` are asked for on.
pub(crate) const ROLES: Of = (RBAC, &["clusterroles", "roles"]);

/// What starts pods, and goes on starting them.
pub(crate) const OF_APPS: Of = ("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"]);

/// What starts pods that end.
pub(crate) const OF_BATCH: Of = ("batch", &["cronjobs", "jobs"]);

/// What `impersonate` is asked for on.
pub(crate) const IDENTITIES: Of = ("", &["groups", "serviceaccounts", "users"]);

impl<'u> RoleRule<'u> {
    /// Whether the role is for a whole cluster, or for any namespace that it is bound in.
    pub(crate) fn in_cluster(&self) -> bool {
        self.role.kind() == "ClusterRole"
    }

    /// The items of a field.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = Ref<'u>> + use<'u> {
        field(self.node, name).into_iter().flat_map(Ref::items)
    }

    /// The item of a field that reads so.
    pub(crate) fn item(&self, name: &str, wanted: &str) -> Option<Ref<'u>> {
        self.list(name).find(|item| item.text() == Some(wanted))
    }

    /// Whether it holds for some objects only: then requests without a name, to create and to delete all, are none of them.
    pub(crate) fn is_limited(&self) -> bool {
        self.list("resourceNames").next().is_some()
    }

    /// Whether it is over all resources of all groups, or of the core group.
    pub(crate) fn is_wide(&self) -> bool {
        let groups = self.item("apiGroups", "*").or_else(|| self.item("apiGroups", ""));
        groups.is_some() && self.item("resources", "*").is_some()
    }

    /// Whether it grants whatever there is.
    pub(crate) fn is_everything(&self) -> bool {
        ["verbs", "apiGroups", "resources"].iter().all(|name| self.item(name, "*").is_some()) && !self.is_limited()
    }

    /// What of it grants one of the verbs on one of the resources, be it for some objects only.
    pub(crate) fn names(&self, verbs: &[&str], of: &[Of]) -> Option<Grant<'u>> {
        if self.is_wide() { None } else { self.holds(verbs, of) }
    }

    /// The same, also by a rule over everything.
    pub(crate) fn holds(&self, verbs: &[&str], of: &[Of]) -> Option<Grant<'u>> {
        let mut grant = Grant { verbs: Vec::new(), resources: Vec::new() };
        let wanted = |item: &Ref<'u>| is_one(*item, verbs) || item.text() == Some("*");
        grant.verbs.extend(self.list("verbs").filter(wanted));
        // The right to bind a ClusterRole is asked for in the namespace of the binding.
        let reaches = |group: &str, name: &str| self.in_cluster() || verbs == ["bind"] || !is_cluster_scoped(group, name);
        for (group, names) in of.iter().filter(|(group, _)| self.has_group(group)) {
            let all = grant.resources.iter().any(|item| item.text() == Some("*"));
            let granted = |item: &Ref<'u>| {
                let is_new = !all || item.text() != Some("*");
                is_new && names.iter().any(|name| covers(*item, name) && reaches(group, name))
            };
            grant.resources.extend(self.list("resources").filter(granted));
        }
        (!grant.verbs.is_empty() && !grant.resources.is_empty()).then_some(grant)
    }

    /// The same, where it holds for all objects.
    pub(crate) fn grants(&self, verbs: &[&str], of: &[Of]) -> Option<Grant<'u>> {
        self.names(verbs, of).filter(|_| !self.is_limited())
    }

    /// The same, where it holds for all objects or for one of these names.
    pub(crate) fn grants_or_for(&self, verbs: &[&str], of: &[Of], names: &[&str]) -> Option<Grant<'u>> {
        let reaches = || !self.is_limited() || self.list("resourceNames").any(|name| is_one(name, names));
        self.names(verbs, of).filter(|_| reaches())
    }

    /// Takes off the budget what it costs to hold each resource against each group.
    pub(crate) fn spend(&self, cx: &Cx<'u>) -> bool {
        cx.budget.spend(self.list("resources").count().saturating_mul(self.list("apiGroups").count()))
    }

    fn has_group(&self, group: &str) -> bool {
        self.item("apiGroups", group).or_else(|| self.item("apiGroups", "*")).is_some()
    }

    /// A finding on a grant: `ClusterRole web grants get on secrets: EFFECT`.
    pub(crate) fn found(&self, grant: &Grant<'u>, effect: &str, help: &'static str, label: &'static str) -> RuleFinding<'u> {
        let title = self.role.title();
        let at = grant.resources.first().copied().unwrap_or(self.node);
        let (verbs, resources) = (listed(&grant.verbs), listed(&grant.resources));
        let object = format!("{title} {}", at.text().unwrap_or(""));
        let message = format!("{title} grants {verbs} on {resources}: {effect}");
        RuleFinding::new(Place::node(at, label), message, help, object).attribute("object", title)
    }
}

/// Whether the text of an item is one of these.
pub(crate) fn is_one(item: Ref<'_>, names: &[&str]) -> bool {
    text(Some(item)).is().is_some_and(|text| names.contains(&text))
}

fn covers(item: Ref<'_>, wanted: &str) -> bool {
    let (resource, part) = wanted.split_once('/').unwrap_or((wanted, ""));
    item.text().is_some_and(|text| is_resource(text, resource, part))
}

/// The most items that a message names: no role has more of a kind that matters.
const MAX_LISTED: usize = 8;

/// The texts of the first items: `get`, `list`.
pub(crate) fn listed(items: &[Ref<'_>]) -> String {
    let mut list = String::new();
    for text in items.iter().filter_map(|item| item.text()).take(MAX_LISTED) {
        list.push_str(if list.is_empty() { "`" } else { ", `" });
        list.push_str(text);
        list.push('`');
    }
    list
}

/// A power, and what it comes to.
pub(crate) struct Power {
    /// The verbs that give it.
    pub(crate) verbs: &'static [&'static str],
    /// On what.
    pub(crate) of: &'static [Of],
    /// How bad it is in a ClusterRole, how sure, and what comes of it, as a clause.
    pub(crate) in_cluster: (Severity, Confidence, &'static str),
    /// The same in a Role; none if it is not reported there.
    pub(crate) in_namespace: Option<(Severity, Confidence, &'static str)>,
    /// What to do.
    pub(crate) help: &'static str,
    /// What to say at the place.
    pub(crate) label: &'static str,
}

/// Reports one of some powers, once a role: the one that is named first, with the rules of the role that give others as further places.
/// A role that has everything is another rule's.
pub(crate) fn report<'u>(cx: &Cx<'u>, object: &Object<'u>, powers: &[Power], out: &mut Out<'u>) {
    let mut given = Vec::new();
    for rule in partial_rules(cx, object) {
        let grant = powers.iter().enumerate().find_map(|(at, power)| Some((at, power, rule.grants(power.verbs, power.of)?)));
        let Some((at, power, grant)) = grant else { continue };
        let rated = if rule.in_cluster() { Some(power.in_cluster) } else { power.in_namespace };
        given.extend(rated.map(|rated| (at, power, rule, grant, rated)));
    }
    let Some(first) = given.iter().map(|(at, ..)| *at).min() else { return };
    let mut found: Option<RuleFinding<'u>> = None;
    let mut others = Vec::new();
    for (at, power, rule, grant, (severity, confidence, effect)) in given {
        if at == first && found.is_none() {
            found = Some(rule.found(&grant, effect, power.help, power.label).rated(severity, confidence));
        } else {
            others.extend(grant.resources.first().map(|at| Place::node(*at, "and here")));
        }
    }
    if let Some(mut found) = found {
        found.related.extend(others);
        out.found(found);
    }
}
