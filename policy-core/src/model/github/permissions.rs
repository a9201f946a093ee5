//! `permissions`: what the token of a job may do.

use crate::document::{Kind, Ref};
use crate::read::Read;

/// How much a token may do in one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing.
    None,
    /// Read.
    Read,
    /// Read and write.
    Write,
}

impl Access {
    /// The platform's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Every scope, and the most that it can be given.
pub const SCOPES: &[(&str, Access)] = &[
    ("actions", Access::Write),
    ("artifact-metadata", Access::Write),
    ("attestations", Access::Write),
    ("checks", Access::Write),
    ("contents", Access::Write),
    ("copilot-requests", Access::Write),
    ("deployments", Access::Write),
    ("discussions", Access::Write),
    ("id-token", Access::Write),
    ("issues", Access::Write),
    ("models", Access::Read),
    ("packages", Access::Write),
    ("pages", Access::Write),
    ("pull-requests", Access::Write),
    ("repository-projects", Access::Write),
    ("security-events", Access::Write),
    ("statuses", Access::Write),
    ("vulnerability-alerts", Access::Read),
];

/// The value of `permissions` in one place.
#[derive(Clone, Copy, Debug)]
pub struct Permissions<'u> {
    node: Ref<'u>,
}

/// What a value of `permissions` gives in every scope.
#[derive(Clone, Copy, Debug)]
pub enum Grant<'u> {
    /// `read-all` or `write-all`.
    All(Access),
    /// A mapping: what it does not name gets nothing.
    Scopes(Ref<'u>),
}

impl<'u> Permissions<'u> {
    /// The `permissions` of a workflow or a job, if it has them.
    #[must_use]
    pub fn of(owner: Ref<'u>) -> Option<Self> {
        owner.get("permissions").map(|node| Self { node })
    }

    /// The `permissions` that stand at a node.
    pub(super) fn at(node: Ref<'u>) -> Self {
        Self { node }
    }

    /// Where they stand.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// What they give.
    #[must_use]
    pub fn grant(self) -> Read<Grant<'u>> {
        match (self.node.kind(), self.node.value()) {
            (Kind::Mapping, _) => Read::Is(Grant::Scopes(self.node)),
            (_, Some("read-all")) => Read::Is(Grant::All(Access::Read)),
            (_, Some("write-all")) => Read::Is(Grant::All(Access::Write)),
            (_, None) if self.node.is_null() => Read::Absent,
            _ => Read::Wrong,
        }
    }

    /// The entry of one scope: key and value.
    #[must_use]
    pub fn entry(self, scope: &str) -> Option<(Ref<'u>, Ref<'u>)> {
        self.node.entry(scope)
    }
}

impl<'u> Grant<'u> {
    /// The scopes that may be written, by name; all of them for `write-all`.
    pub fn writes(self) -> impl Iterator<Item = &'u str> {
        let (all, node) = match self {
            Self::All(access) => (access == Access::Write, None),
            Self::Scopes(node) => (false, Some(node)),
        };
        let every = SCOPES.iter().filter(move |(_, highest)| all && *highest == Access::Write).map(|(scope, _)| *scope);
        let named = node.into_iter().flat_map(Ref::entries).filter(|(_, access)| access.value() == Some("write"));
        every.chain(named.filter_map(|(scope, _)| scope.value()))
    }

    /// What is given in one scope, whose highest access is `highest`.
    #[must_use]
    pub fn access(self, scope: &str, highest: Access) -> Access {
        match self {
            Self::All(access) => access.min(highest),
            Self::Scopes(node) => match node.get(scope).and_then(Ref::value) {
                Some("write") => Access::Write.min(highest),
                Some("read") => Access::Read,
                _ => Access::None,
            },
        }
    }
}
