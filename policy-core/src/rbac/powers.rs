//! Rights that lead further than they look.

use super::parts::{Binding, Subject, SubjectKind};
use super::path::{Goal, Step};
use super::policy::Policy;
use super::request::{Ask, Grant, Target};
use super::resources;
use super::who::{Scope, Way};
use crate::budget::Budget;
use crate::facts::Row;

/// What a right is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    Everything,
    Pods,
    Exec,
    Token,
    ReadSecrets,
    CreateSecrets,
    ImpersonateUsers,
    ImpersonateAccounts,
    Bind,
    CreateClusterBindings,
    CreateBindings,
    EscalateClusterRoles,
    WriteClusterRoles,
    EscalateRoles,
    WriteRoles,
    NodeProxy,
    ApproveRequests,
    ApproveSigner,
    CreateRequests,
    Webhooks,
}

const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";

/// The requests that show it: verb, resource, name.
const ASKS: &[(Power, &str, &str, &str)] = &[
    (Power::Everything, "*", "*", ""),
    (Power::Pods, "create", "pods", ""),
    (Power::Pods, "create", "deployments", ""),
    (Power::Pods, "create", "daemonsets", ""),
    (Power::Pods, "create", "statefulsets", ""),
    (Power::Pods, "create", "replicasets", ""),
    (Power::Pods, "create", "replicationcontrollers", ""),
    (Power::Pods, "create", "jobs", ""),
    (Power::Pods, "create", "cronjobs", ""),
    (Power::Exec, "create", "pods/exec", ""),
    (Power::Exec, "get", "pods/exec", ""),
    (Power::Exec, "create", "pods/attach", ""),
    (Power::Exec, "get", "pods/attach", ""),
    (Power::Exec, "update", "pods/ephemeralcontainers", ""),
    (Power::Exec, "patch", "pods/ephemeralcontainers", ""),
    (Power::Token, "create", "serviceaccounts/token", ""),
    (Power::ReadSecrets, "get", "secrets", ""),
    (Power::ReadSecrets, "list", "secrets", ""),
    (Power::ReadSecrets, "watch", "secrets", ""),
    (Power::CreateSecrets, "create", "secrets", ""),
    (Power::ImpersonateUsers, "impersonate", "users", ""),
    (Power::ImpersonateAccounts, "impersonate", "serviceaccounts", ""),
    (Power::Bind, "bind", "clusterroles", "cluster-admin"),
    (Power::CreateClusterBindings, "create", "clusterrolebindings", ""),
    (Power::CreateBindings, "create", "rolebindings", ""),
    (Power::EscalateClusterRoles, "escalate", "clusterroles", ""),
    (Power::WriteClusterRoles, "update", "clusterroles", ""),
    (Power::WriteClusterRoles, "patch", "clusterroles", ""),
    (Power::EscalateRoles, "escalate", "roles", ""),
    (Power::WriteRoles, "update", "roles", ""),
    (Power::WriteRoles, "patch", "roles", ""),
    (Power::NodeProxy, "get", "nodes/proxy", ""),
    (Power::NodeProxy, "create", "nodes/proxy", ""),
    (Power::ApproveRequests, "update", "certificatesigningrequests/approval", ""),
    (Power::ApproveRequests, "patch", "certificatesigningrequests/approval", ""),
    (Power::ApproveSigner, "approve", "signers", CLIENT_SIGNER),
    (Power::ApproveSigner, "approve", "signers", "kubernetes.io/*"),
    (Power::CreateRequests, "create", "certificatesigningrequests", ""),
    (Power::Webhooks, "create", "mutatingwebhookconfigurations", ""),
    (Power::Webhooks, "update", "mutatingwebhookconfigurations", ""),
    (Power::Webhooks, "patch", "mutatingwebhookconfigurations", ""),
];

/// A power that a binding gives, everywhere or in its namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Can<'c> {
    pub(super) power: Power,
    pub(super) namespace: Option<&'c str>,
    pub(super) way: Way,
}

/// The folder of an object's file.
pub(super) fn folder<'c>(row: &Row<'c>) -> &'c str {
    let path = row.fact.place.location.path.as_str();
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("./")
}

/// Its namespace. Where none is written, objects belong together within one folder at most, which then stands for it; what is put into
/// `default`, which examples write, within one file.
pub(super) fn home<'c>(row: &Row<'c>) -> &'c str {
    home_in(row, &row.fact.namespace)
}

fn home_in<'c>(row: &Row<'c>, namespace: &'c str) -> &'c str {
    match namespace {
        "" => folder(row),
        "default" => &row.fact.place.location.path,
        namespace => namespace,
    }
}

/// The namespace that [`home`] stands for.
pub(super) fn written(home: &str) -> &str {
    match () {
        () if home.ends_with('/') => "",
        // No namespace has one of these in its name.
        () if home.contains(['/', '.']) => "default",
        () => home,
    }
}

/// The same of a subject.
pub(super) fn home_of<'c>(binding: &Binding<'c>, subject: &Subject<'c>) -> &'c str {
    if subject.kind == SubjectKind::ServiceAccount { home_in(&binding.row, subject.namespace) } else { subject.namespace }
}

/// What all bindings give.
pub(super) fn powers<'c>(policy: &Policy<'c>, budget: &Budget) -> Vec<Can<'c>> {
    let mut all = Vec::new();
    for (power, verb, written, name) in ASKS {
        let Some(resource) = resources::resource(written) else { continue };
        let resources::Resource { group, name: of, subresource, .. } = resource;
        let ask = Ask { verb, target: Target::Resource { group, resource: of, subresource, name } };
        for way in policy.ways(&ask, Scope::Any, budget) {
            let named = matches!(power, Power::Token | Power::ImpersonateAccounts);
            let certain = way.grant == Grant::Yes || named && way.grant == Grant::Named;
            let namespace = policy.bindings.get(way.binding).and_then(|binding| binding.namespace.map(|_| home(&binding.row)));
            all.extend(certain.then_some(Can { power: *power, namespace, way }));
        }
    }
    all
}

impl<'c> Can<'c> {
    /// The binding that gives it.
    pub(super) fn binding<'p>(&self, policy: &'p Policy<'c>) -> Option<&'p Binding<'c>> {
        policy.bindings.get(self.way.binding)
    }

    /// The names that it is for, if not for all.
    pub(super) fn names<'p>(&self, policy: &'p Policy<'c>) -> Option<&'p [&'c str]> {
        let rule = policy.rule(self.way.rule).filter(|_| self.way.grant == Grant::Named)?;
        Some(&rule.names.items)
    }

    /// The step that it allows.
    pub(super) fn step(&self, policy: &Policy<'c>, what: &str) -> Step {
        let binding = self.binding(policy);
        let role = policy.roles.get(self.way.role).map_or_else(String::new, super::Role::title);
        let rule = policy.rule(self.way.rule).and_then(|rule| rule.at).cloned();
        let at = rule.or_else(|| Some(binding?.row.fact.place.location.clone()));
        Step { what: format!("{what} ({role})"), at }
    }
}

/// What of that is the end, with what is done.
pub(super) fn goals(held: &[(usize, &Can<'_>)]) -> Vec<(Goal, usize, &'static str)> {
    let everywhere = |power| {
        let found = held.iter().find(|(_, can)| can.power == power && can.namespace.is_none() && can.way.grant == Grant::Yes);
        found.map(|(at, _)| *at)
    };
    let both = |one, other| everywhere(one).filter(|_| everywhere(other).is_some());
    let signer = both(Power::ApproveRequests, Power::ApproveSigner).filter(|_| everywhere(Power::CreateRequests).is_some());
    let minted = both(Power::CreateSecrets, Power::ReadSecrets);
    let ends = [
        (Goal::ClusterAdmin, everywhere(Power::Everything), "can do everything"),
        (Goal::ClusterAdmin, both(Power::Bind, Power::CreateClusterBindings), "binds cluster-admin to itself"),
        (
            Goal::ClusterAdmin,
            both(Power::EscalateClusterRoles, Power::WriteClusterRoles),
            "writes rights that it has not into a ClusterRole of its own",
        ),
        (Goal::ClusterAdmin, everywhere(Power::ImpersonateUsers), "impersonates a user of the control plane"),
        (Goal::ClusterAdmin, everywhere(Power::ImpersonateAccounts), "impersonates an account of a controller in kube-system"),
        (Goal::ClusterAdmin, everywhere(Power::Token), "makes a token of an account of a controller in kube-system"),
        (Goal::ClusterAdmin, everywhere(Power::Pods), "runs a pod in kube-system as the account of a controller"),
        (Goal::ClusterAdmin, minted, "reads a token from a Secret that it makes for the account of a controller in kube-system"),
        (Goal::ClusterAdmin, signer, "approves a client certificate for a user of the control plane"),
        (Goal::ClusterAdmin, everywhere(Power::Webhooks), "changes by a webhook what others write: also what runs in kube-system"),
        (Goal::Secrets, everywhere(Power::ReadSecrets), "reads all secrets"),
    ];
    ends.into_iter().filter_map(|(goal, can, what)| Some((goal, can?, what))).collect()
}

/// What of that leads to an account of a namespace, with what is done.
pub(super) fn hops<'h, 'c>(held: &[(usize, &'h Can<'c>)]) -> Vec<(usize, &'h Can<'c>, &'static str)> {
    let mut hops = Vec::new();
    for (at, can) in held.iter().copied() {
        // Together with another right in the same namespace.
        let with = |power| {
            held.iter().any(|(_, other)| other.power == power && (other.namespace.is_none() || other.namespace == can.namespace))
        };
        let what = match can.power {
            Power::Pods => Some("runs a pod as"),
            Power::Token => Some("makes a token of"),
            Power::ImpersonateAccounts => Some("impersonates"),
            Power::CreateSecrets if with(Power::ReadSecrets) => Some("reads a token from a Secret that it makes for"),
            Power::CreateBindings if with(Power::Bind) => Some("binds cluster-admin in its namespace to itself and runs a pod as"),
            Power::WriteRoles if with(Power::EscalateRoles) => {
                Some("writes rights that it has not into a Role of its own and runs a pod as")
            }
            _ => None,
        };
        hops.extend(what.map(|what| (at, can, what)));
    }
    hops
}
