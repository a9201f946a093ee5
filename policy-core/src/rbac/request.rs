//! What is asked for, and whether a rule allows it.

use super::parts::Rule;
use crate::read::Truth;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'q> {
    /// A resource.
    Resource {
        /// The group; empty for the core.
        group: &'q str,
        /// The resource: `pods`.
        resource: &'q str,
        /// Its part, if one is asked for: `exec`.
        subresource: &'q str,
        /// The object's name, if one is asked for.
        name: &'q str,
    },
    /// A path of the API server that is no resource.
    Path(&'q str),
}

/// A request, but for who makes it and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask<'q> {
    /// The verb.
    pub verb: &'q str,
    /// What it is for.
    pub target: Target<'q>,
}

/// What a rule says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It does not allow it.
    No,
    /// It allows it for objects of some names, and none was asked for.
    Named,
    /// It may allow it: a later step fills in a part of it.
    Unknown,
    /// It allows it.
    Yes,
}

impl Ask<'_> {
    /// Whether a verb of a rule is the one that is asked for.
    #[must_use]
    pub fn is_verb(&self, named: &str) -> bool {
        named == "*" || named == self.verb
    }

    /// Whether a resource of a rule, or a path, is the one that is asked for.
    #[must_use]
    pub fn is_target(&self, named: &str) -> bool {
        match self.target {
            Target::Resource { resource, subresource, .. } => is_resource(named, resource, subresource),
            Target::Path(path) => is_path(named, path),
        }
    }

    /// Whether a rule allows it.
    #[must_use]
    pub fn of(&self, rule: &Rule<'_>) -> Grant {
        let verb = rule.verbs.any(|verb| self.is_verb(verb));
        if verb == Truth::False {
            return Grant::No;
        }
        match self.target {
            Target::Path(_) => grant(verb.and(rule.urls.any(|url| self.is_target(url)))),
            Target::Resource { group, name, .. } => {
                let of_group = rule.groups.any(|named| named == "*" || named == group);
                let what = of_group.and(rule.resources.any(|named| self.is_target(named)));
                match grant(verb.and(what)) {
                    Grant::No => Grant::No,
                    grant if rule.names.is_empty() => grant,
                    of => self.named(rule, name, of),
                }
            }
        }
    }

    fn named(&self, rule: &Rule<'_>, name: &str, of: Grant) -> Grant {
        match rule.names.any(|named| named == name) {
            Truth::True => of,
            Truth::False if name.is_empty() && self.may_name() => Grant::Named,
            Truth::False => Grant::No,
            Truth::Unknown => Grant::Unknown,
        }
    }

    // Who makes an object, or deletes all, names none.
    fn may_name(&self) -> bool {
        let part = matches!(self.target, Target::Resource { subresource, .. } if !subresource.is_empty());
        self.verb != "deletecollection" && (self.verb != "create" || part)
    }
}

fn grant(truth: Truth) -> Grant {
    match truth {
        Truth::True => Grant::Yes,
        Truth::Unknown => Grant::Unknown,
        Truth::False => Grant::No,
    }
}

/// Whether a resource of a rule is one that is asked for, or a part of it: `*/log` is the log of everything; `pods/*` is nothing but
/// what is asked for by that name.
#[must_use]
pub fn is_resource(named: &str, resource: &str, subresource: &str) -> bool {
    if named == "*" {
        return true;
    }
    if subresource.is_empty() {
        return named == resource;
    }
    let part = named.strip_suffix(subresource).and_then(|rest| rest.strip_suffix('/'));
    part == Some("*") || part == Some(resource)
}

// Only stars at the end stand for what follows.
fn is_path(url: &str, path: &str) -> bool {
    url == "*" || url == path || url.ends_with('*') && path.starts_with(url.trim_end_matches('*'))
}
