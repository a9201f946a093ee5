//! The roles that come with Kubernetes, as far as files bind them. They are in no file of a repository.

use super::parts::{List, Role, Rule};

/// The label of a role that is taken in by another is this and the other's name.
pub const AGGREGATE: &str = "rbac.authorization.k8s.io/aggregate-to-";

/// `=NAME <TAKES-IN >ADDS-TO`, or `=NAMESPACE/NAME`, then a rule a line: `GROUPS|RESOURCES|VERBS|NAMES`, or `/|URLS|VERBS`. Taken from
/// what the API server of Kubernetes 1.37 makes at its start (`bootstrappolicy`), without the roles of its own controllers.
const ROLES: &str = include_str!("built_in.txt");

/// Those that every cluster has. Who gives them all gives a dump of a cluster, and what is not in it is not there.
pub const USUAL: [&str; 4] = ["admin", "cluster-admin", "edit", "view"];

/// All of them.
pub(super) fn roles<'c>() -> Vec<Role<'c>> {
    let mut roles = Vec::new();
    for line in ROLES.lines() {
        match line.strip_prefix('=') {
            Some(head) => roles.push(role(head)),
            None => roles.last_mut().into_iter().for_each(|role: &mut Role<'c>| role.rules.extend(rule(line))),
        }
    }
    roles
}

fn role<'c>(head: &'static str) -> Role<'c> {
    let mut words = head.split(' ');
    let name = words.next().unwrap_or("");
    let (namespace, name) = name.split_once('/').map_or((None, name), |(namespace, name)| (Some(namespace), name));
    let mut role = Role { row: None, name, namespace, rules: Vec::new(), selectors: None, adds_to: None, takes_in: None };
    for word in words {
        match (word.strip_prefix('<'), word.strip_prefix('>')) {
            (Some(from), _) => role.takes_in = Some(from),
            (_, Some(to)) => role.adds_to = Some(to),
            _ => {}
        }
    }
    role
}

fn rule<'c>(line: &'static str) -> Option<Rule<'c>> {
    let mut parts = line.split('|');
    let (groups, what, verbs) = (parts.next()?, List::split(parts.next()?), parts.next()?);
    let verbs = List { items: verbs.split(',').flat_map(|verb| several(verb)).collect(), open: false };
    if groups == "/" {
        return Some(Rule { verbs, urls: what, ..Rule::default() });
    }
    let names = parts.next().map(List::split).unwrap_or_default();
    Some(Rule { verbs, groups: List::split(groups), resources: what, names, ..Rule::default() })
}

// Most rules of these are of one of two sets.
fn several(verb: &'static str) -> Vec<&'static str> {
    match verb {
        "READ" => vec!["get", "list", "watch"],
        "WRITE" => vec!["create", "delete", "deletecollection", "patch", "update"],
        _ => vec![verb],
    }
}
