//! As whom pods run, and who is in a group by being what it is.

use super::parts::SubjectKind;
use super::powers::home;
use crate::facts::Row;
use crate::map::Map;
use crate::read::Read;

/// Scope, kind, namespace and name of a subject.
pub(super) type Key<'c> = (&'c str, SubjectKind, &'c str, &'c str);

/// Whether no path begins here: Kubernetes gives it what it needs, or its holders hold the cluster already; accounts begin at their pods.
pub(super) fn is_no_start(name: &str) -> bool {
    ["system:masters", "system:node", "system:kube-", "system:serviceaccounts"].iter().any(|prefix| name.starts_with(prefix))
}

/// Who is in a group by being what it is.
#[derive(Clone, Copy)]
pub(super) enum Members<'c> {
    /// Whoever is known to the cluster.
    All,
    /// Of a namespace, or of all.
    Accounts(Option<&'c str>),
}

pub(super) fn members(group: &str) -> Option<Members<'_>> {
    match group.strip_prefix("system:serviceaccounts") {
        Some("") => Some(Members::Accounts(None)),
        Some(of) => of.strip_prefix(':').map(|namespace| Members::Accounts(Some(namespace))),
        None => (group == "system:authenticated").then_some(Members::All),
    }
}

/// Whether accounts mount their tokens, where they say so, by scope, namespace and name.
pub(super) type Mounts<'c> = Map<(&'c str, &'c str, &'c str), Option<&'c str>>;

pub(super) fn mounts<'c>(row: &Row<'c>) -> Option<&'c str> {
    row.get("automountServiceAccountToken").and_then(crate::document::Ref::text)
}

/// The service account of a pod; none if it has no token of one, or that is not known.
pub(super) fn account_of<'c>(row: &Row<'c>, accounts: &Mounts<'c>) -> Option<Key<'c>> {
    let open = row.get("open").is_some();
    let name = match row.text("serviceAccountName") {
        Read::Is(name) if !name.is_empty() => name,
        Read::Is(_) | Read::Absent if !open => "default",
        _ => return None,
    };
    let (scope, namespace) = (row.fact.scope.as_str(), home(row));
    let automount = mounts(row).or_else(|| accounts.get(&(scope, namespace, name)).copied().flatten());
    (automount != Some("false")).then_some((scope, SubjectKind::ServiceAccount, namespace, name))
}
