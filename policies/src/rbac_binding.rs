//! Bindings of roles, and whom they bind. Source: `pkg/apis/rbac/validation` of Kubernetes 1.37.

use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::rbac::GROUP as RBAC;
use policy_core::read::Read;
use policy_core::rule::{Cx, Place, RuleFinding};

use crate::rbac_rule::is_built_in;

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'u> {
    /// The object.
    pub(crate) object: Object<'u>,
}

impl<'u> Binding<'u> {
    /// The binding that an object is. None of Kubernetes' own, and past the budget.
    pub(crate) fn of(cx: &Cx<'u>, object: &Object<'u>) -> Option<Self> {
        let is = object.is(RBAC, "ClusterRoleBinding") || object.is(RBAC, "RoleBinding");
        (is && !is_built_in(object) && cx.budget.spend(object.node().len())).then_some(Self { object: *object })
    }

    /// Whether it holds in all namespaces.
    pub(crate) fn in_cluster(&self) -> bool {
        self.object.kind() == "ClusterRoleBinding"
    }

    /// The name of the role, if it is a ClusterRole.
    pub(crate) fn cluster_role(&self) -> Option<&'u str> {
        let is_cluster_role = text(self.object.path(&["roleRef", "kind"])) == Read::Is("ClusterRole");
        text(self.object.path(&["roleRef", "name"])).is().filter(|_| is_cluster_role)
    }

    /// What the role is called, for a person: `ClusterRole view`.
    pub(crate) fn role_title(&self) -> String {
        let written = |name| self.object.path(&["roleRef", name]).and_then(Ref::text).unwrap_or("?");
        format!("{} {}", written("kind"), written("name"))
    }

    /// Whom it binds.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = Subject<'u>> + use<'u> {
        let list = self.object.get("subjects").into_iter().flat_map(Ref::items);
        list.filter(|node| node.kind() == Kind::Mapping).map(|node| Subject { node })
    }

    /// A finding on a subject.
    pub(crate) fn found(&self, subject: Subject<'u>, label: &'static str, message: String, help: &'static str) -> RuleFinding<'u> {
        let title = self.object.title();
        let at = subject.get("name").unwrap_or(subject.node);
        let object = format!("{title} {}", at.text().unwrap_or(""));
        RuleFinding::new(Place::node(at, label), message, help, object).attribute("object", title)
    }
}

/// One of those that a binding binds.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'u> {
    /// The mapping.
    pub(crate) node: Ref<'u>,
}

impl<'u> Subject<'u> {
    /// The value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<Ref<'u>> {
        field(self.node, name)
    }

    /// The text of a field.
    pub(crate) fn text(&self, name: &str) -> Read<&'u str> {
        text(self.get(name))
    }

    /// Whether it is of this kind.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.text("kind") == Read::Is(kind)
    }

    /// The name of the group that it is.
    pub(crate) fn group(&self) -> Option<&'u str> {
        self.text("name").is().filter(|_| self.is("Group"))
    }

    /// The namespace whose service account for pods that name none it is, by its kind or as the user that the API server takes it
    /// for; empty where none is written.
    pub(crate) fn of_default_account(&self) -> Option<&'u str> {
        let name = self.text("name").is()?;
        if self.is("ServiceAccount") {
            return (name == "default").then(|| self.text("namespace").is().unwrap_or(""));
        }
        let account = name.strip_prefix("system:serviceaccount:").filter(|_| self.is("User"));
        account.and_then(|account| account.strip_suffix(":default"))
    }

    /// Whether it is the user of requests without a login, or the group of these.
    pub(crate) fn is_anonymous(&self) -> bool {
        let user = self.is("User") && self.text("name") == Read::Is("system:anonymous");
        user || self.group() == Some("system:unauthenticated")
    }
}
