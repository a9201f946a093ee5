//! Roles, rules, bindings and subjects as views over the rows of a cluster.

use crate::document::Ref;
use crate::facts::Row;
use crate::model::kubernetes::{field, text};
use crate::read::{Read, Truth};
use crate::report::Location;

/// The group of roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// A list of texts in a rule.
#[derive(Clone, Debug, Default)]
pub struct List<'c> {
    /// The texts that stand there.
    pub items: Vec<&'c str>,
    /// Whether a later step fills in one of them, so that it may be any.
    pub open: bool,
}

impl<'c> List<'c> {
    fn of(node: Option<Ref<'c>>) -> Self {
        let mut list = Self::default();
        for item in node.into_iter().flat_map(Ref::items) {
            match text(Some(item)) {
                Read::Is(item) => list.items.push(item),
                Read::Absent => list.items.push(""),
                Read::Dynamic => list.open = true,
                Read::Wrong => {}
            }
        }
        list
    }

    /// The texts between commas.
    pub(super) fn split(written: &'c str) -> Self {
        Self { items: written.split(',').collect(), open: false }
    }

    /// Whether nothing stands there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && !self.open
    }

    /// Whether one of the texts is as asked.
    pub fn any(&self, is: impl Fn(&str) -> bool) -> Truth {
        if self.items.iter().any(|item| is(item)) {
            return Truth::True;
        }
        if self.open { Truth::Unknown } else { Truth::False }
    }
}

/// What a role allows.
#[derive(Clone, Debug, Default)]
pub struct Rule<'c> {
    /// `verbs`.
    pub verbs: List<'c>,
    /// `apiGroups`.
    pub groups: List<'c>,
    /// `resources`.
    pub resources: List<'c>,
    /// `resourceNames`.
    pub names: List<'c>,
    /// `nonResourceURLs`.
    pub urls: List<'c>,
    /// Where it is written; nowhere if it is built in.
    pub at: Option<&'c Location>,
}

/// A Role or ClusterRole.
#[derive(Clone, Debug)]
pub struct Role<'c> {
    /// The object; none if it is one that comes with Kubernetes.
    pub row: Option<Row<'c>>,
    /// Its name.
    pub name: &'c str,
    /// The namespace of a Role, empty where none is written; none for a ClusterRole.
    pub namespace: Option<&'c str>,
    /// Its own rules. Those of a role that aggregates others are overwritten with theirs.
    pub rules: Vec<Rule<'c>>,
    /// Of a role that aggregates others, what selects them.
    pub selectors: Option<Vec<Ref<'c>>>,
    /// Of one that is built in, which role it adds to, and which it takes in: `view`.
    pub(super) adds_to: Option<&'static str>,
    pub(super) takes_in: Option<&'static str>,
}

impl<'c> Role<'c> {
    /// The role that a row is.
    pub(super) fn of(row: Row<'c>) -> Option<Self> {
        let namespace = match () {
            () if row.is(GROUP, "Role") => Some(row.fact.namespace.as_str()),
            () if row.is(GROUP, "ClusterRole") => None,
            () => return None,
        };
        let aggregation = row.get("aggregationRule").filter(|_| namespace.is_none());
        let selectors = aggregation.map(|rule| field(rule, "clusterRoleSelectors").into_iter().flat_map(Ref::items).collect());
        let parts = &row.fact.parts;
        let rules = row.get("rules").into_iter().flat_map(Ref::items).enumerate().map(|(at, rule)| Rule {
            verbs: List::of(field(rule, "verbs")),
            groups: List::of(field(rule, "apiGroups")),
            resources: List::of(field(rule, "resources")),
            names: List::of(field(rule, "resourceNames")),
            urls: List::of(field(rule, "nonResourceURLs")),
            at: parts.get(at),
        });
        let rules = rules.collect();
        Some(Self { name: &row.fact.name, row: Some(row), namespace, rules, selectors, adds_to: None, takes_in: None })
    }

    /// Whether it comes with Kubernetes.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.row.is_none()
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.namespace.is_some() { "Role" } else { "ClusterRole" }
    }

    /// `Role web/reader`, for a person.
    #[must_use]
    pub fn title(&self) -> String {
        titled(self.kind(), self.namespace.unwrap_or(""), self.name)
    }

    /// The value of a label.
    pub(super) fn label(&self, name: &str) -> Option<&'c str> {
        match self.row {
            Some(row) => row.label(name),
            None if name == "kubernetes.io/bootstrapping" => Some("rbac-defaults"),
            None => self.adds_to.filter(|to| name.strip_prefix(super::built_in::AGGREGATE) == Some(to)).map(|_| "true"),
        }
    }
}

/// `Role web/reader`, for a person.
pub(super) fn titled(kind: &str, namespace: &str, name: &str) -> String {
    let name = crate::secret::clean_name(name);
    if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {}/{name}", crate::secret::clean_name(namespace)) }
}

/// What a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// A group of users.
    Group,
    /// A user by name.
    User,
    /// A service account.
    ServiceAccount,
}

impl SubjectKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Group, Self::User, Self::ServiceAccount];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::User => "User",
            Self::ServiceAccount => "ServiceAccount",
        }
    }
}

/// Whom a binding binds a role to.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'c> {
    /// What it is.
    pub kind: SubjectKind,
    /// The namespace of a service account; empty where it is not known.
    pub namespace: &'c str,
    /// Its name; none where a later step fills it in.
    pub name: Option<&'c str>,
    /// Where it is written.
    pub at: Option<&'c Location>,
}

impl<'c> Subject<'c> {
    // None for what no request can be of.
    fn of(node: Ref<'c>, binding: Option<&'c str>, at: Option<&'c Location>) -> Option<Self> {
        let written = text(field(node, "kind")).is()?;
        let kind = SubjectKind::ALL.into_iter().find(|kind| kind.name() == written)?;
        let name = match text(field(node, "name")) {
            Read::Is("") => return None,
            Read::Is(name) => Some(name),
            Read::Dynamic => None,
            Read::Absent | Read::Wrong => return None,
        };
        let namespace = match (kind, text(field(node, "namespace"))) {
            (SubjectKind::Group | SubjectKind::User, _) => "",
            (SubjectKind::ServiceAccount, Read::Is(namespace)) if !namespace.is_empty() => namespace,
            (SubjectKind::ServiceAccount, Read::Dynamic) => "",
            // Only a RoleBinding has a namespace to give.
            (SubjectKind::ServiceAccount, _) => binding?,
        };
        Some(Self { kind, namespace, name, at }.as_account())
    }

    // A service account is the user of this name.
    fn as_account(self) -> Self {
        let parts = || self.name?.strip_prefix("system:serviceaccount:")?.split_once(':').filter(|(_, name)| !name.contains(':'));
        match parts().filter(|(namespace, _)| self.kind == SubjectKind::User && !namespace.is_empty()) {
            Some((namespace, name)) => Self { kind: SubjectKind::ServiceAccount, namespace, name: Some(name), at: self.at },
            None => self,
        }
    }
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug)]
pub struct Binding<'c> {
    /// The object.
    pub row: Row<'c>,
    /// The namespace of a RoleBinding, empty where none is written; none for a ClusterRoleBinding.
    pub namespace: Option<&'c str>,
    /// Its subjects that can be of a request.
    pub subjects: Vec<Subject<'c>>,
    /// The kind and name of the role, as they are written.
    pub role: (Read<&'c str>, Read<&'c str>),
}

impl<'c> Binding<'c> {
    /// The binding that a row is.
    pub(super) fn of(row: Row<'c>) -> Option<Self> {
        let namespace = match () {
            () if row.is(GROUP, "RoleBinding") => Some(row.fact.namespace.as_str()),
            () if row.is(GROUP, "ClusterRoleBinding") => None,
            () => return None,
        };
        let reference = row.get("roleRef");
        let written = |name| text(reference.and_then(|node| field(node, name)));
        let items = row.get("subjects").into_iter().flat_map(Ref::items).enumerate();
        let subjects = items.filter_map(|(at, node)| Subject::of(node, namespace, row.fact.parts.get(at))).collect();
        Some(Self { row, namespace, subjects, role: (written("kind"), written("name")) })
    }

    /// `RoleBinding web/reader`, for a person.
    #[must_use]
    pub fn title(&self) -> String {
        titled(&self.row.fact.kind, self.namespace.unwrap_or(""), &self.row.fact.name)
    }
}
