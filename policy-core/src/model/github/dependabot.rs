//! `.github/dependabot.yml`. Source: the published reference of its options.

use super::{boolean, text};
use crate::document::{Kind, Ref};
use crate::read::Read;

/// The settings of Dependabot.
#[derive(Clone, Copy, Debug)]
pub struct Dependabot<'u> {
    node: Ref<'u>,
}

/// One entry of `updates`: a package manager and its folders.
#[derive(Clone, Copy, Debug)]
pub struct Update<'u> {
    node: Ref<'u>,
}

impl<'u> Dependabot<'u> {
    /// The settings that a document's root is.
    #[must_use]
    pub fn new(root: Ref<'u>) -> Self {
        Self { node: root }
    }

    /// The root mapping.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// What is kept up to date.
    pub fn updates(self) -> impl Iterator<Item = Update<'u>> {
        let updates = self.node.get("updates").into_iter().flat_map(Ref::items);
        updates.filter(|node| node.kind() == Kind::Mapping).map(|node| Update { node })
    }

    /// Private registries, by name.
    pub fn registries(self) -> impl Iterator<Item = (Ref<'u>, Ref<'u>)> {
        self.node.get("registries").into_iter().flat_map(Ref::entries)
    }
}

impl<'u> Update<'u> {
    /// Its mapping.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// The package manager, where it stands.
    #[must_use]
    pub fn ecosystem(self) -> Option<Ref<'u>> {
        self.node.get("package-ecosystem")
    }

    /// How long a release has to be out before it is taken.
    #[must_use]
    pub fn cooldown(self) -> Option<Ref<'u>> {
        self.node.get("cooldown").filter(|node| !node.is_null())
    }

    /// `default-days` of `cooldown`, as written, and where.
    #[must_use]
    pub fn cooldown_days(self) -> Read<(Ref<'u>, &'u str)> {
        let days = self.cooldown().and_then(|cooldown| cooldown.get("default-days"));
        text(days).and_then(|text| days.map_or(Read::Absent, |node| Read::Is((node, text))))
    }

    /// Whether code of packages may run while they are updated, and where it says so.
    #[must_use]
    pub fn external_code_execution(self) -> Option<Ref<'u>> {
        self.node.get("insecure-external-code-execution")
    }

    /// The most pull requests for new versions; zero turns them off.
    #[must_use]
    pub fn open_pull_requests_limit(self) -> Read<&'u str> {
        text(self.node.get("open-pull-requests-limit"))
    }

    /// Whether its own lock file alone is changed.
    #[must_use]
    pub fn vendor(self) -> Read<bool> {
        boolean(self.node.get("vendor"))
    }
}
