//! Objects: what a file asks a cluster to hold.

use super::{field, metadata, text};
use crate::document::{Document, Kind, Ref};
use crate::read::Read;

/// How deep lists may lie in each other.
const MAX_LISTS: u8 = 4;

/// An object of Kubernetes.
#[derive(Clone, Copy, Debug)]
pub struct Object<'u> {
    node: Ref<'u>,
    api_version: &'u str,
    kind: &'u str,
    // Its place among the objects of its file.
    pub(crate) index: u32,
}

impl<'u> Object<'u> {
    /// The object that a mapping is; none without `apiVersion` and `kind`.
    #[must_use]
    pub fn of(node: Ref<'u>) -> Option<Self> {
        let written = |name| field(node, name).and_then(Ref::text).filter(|text| !text.is_empty());
        (node.kind() == Kind::Mapping).then_some(())?;
        Some(Self { node, api_version: written("apiVersion")?, kind: written("kind")?, index: 0 })
    }

    /// The mapping.
    #[must_use]
    pub fn node(&self) -> Ref<'u> {
        self.node
    }

    /// The kind: `Deployment`.
    #[must_use]
    pub fn kind(&self) -> &'u str {
        self.kind
    }

    /// The group: `apps` of `apps/v1`, empty for `v1`.
    #[must_use]
    pub fn group(&self) -> &'u str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether it is of this kind and group.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group() == group
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Ref<'u>> {
        field(self.node, name)
    }

    /// The value at the end of a chain of fields.
    #[must_use]
    pub fn path(&self, names: &[&str]) -> Option<Ref<'u>> {
        super::path(self.node, names)
    }

    /// Its name; `Dynamic` where the cluster makes it of `generateName`.
    #[must_use]
    pub fn name(&self) -> Read<&'u str> {
        match text(metadata(self.node, "name")) {
            Read::Absent if metadata(self.node, "generateName").is_some() => Read::Dynamic,
            read => read,
        }
    }

    /// Its namespace as it is written. Without one it is that of whoever applies the file: absent is not `default`.
    #[must_use]
    pub fn namespace(&self) -> Read<&'u str> {
        text(metadata(self.node, "namespace"))
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Read<&'u str> {
        text(metadata(self.node, "labels").and_then(|labels| field(labels, name)))
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Read<&'u str> {
        text(metadata(self.node, "annotations").and_then(|annotations| field(annotations, name)))
    }

    /// The annotations, name and value.
    pub fn annotations(&self) -> impl Iterator<Item = (Ref<'u>, Ref<'u>)> + use<'u> {
        metadata(self.node, "annotations").into_iter().flat_map(super::fields)
    }

    /// `Deployment web`, for a person: kind and name, as far as they are written.
    #[must_use]
    pub fn title(&self) -> String {
        match metadata(self.node, "name").or_else(|| metadata(self.node, "generateName")).and_then(Ref::text) {
            Some(name) => format!("{} {name}", self.kind),
            None => self.kind.to_owned(),
        }
    }

    /// Where a finding on the object as a whole points: its name, else its kind.
    #[must_use]
    pub fn head(&self) -> Ref<'u> {
        let kind = field(self.node, "kind").filter(|kind| kind.text().is_some());
        metadata(self.node, "name").filter(|name| name.text().is_some()).or(kind).unwrap_or(self.node)
    }
}

/// The objects of a file in its order, those of lists one by one.
#[must_use]
pub fn objects<'u>(document: &'u Document<'u>) -> Vec<Object<'u>> {
    let mut found = Vec::new();
    for object in document.roots().filter_map(Object::of) {
        add(object, MAX_LISTS, &mut found);
    }
    found
}

fn add<'u>(object: Object<'u>, depth: u8, found: &mut Vec<Object<'u>>) {
    // What has `items` that are objects is taken for a list, whatever it is called; those of a `RoleList` need not say what they are.
    let of = object.kind.strip_suffix("List");
    let items = object.get("items").filter(|items| depth > 0 && items.kind() == Kind::Sequence);
    let Some(items) = items.filter(|items| of.is_some() || items.items().any(|item| Object::of(item).is_some())) else {
        let index = u32::try_from(found.len()).unwrap_or(u32::MAX);
        return found.push(Object { index, ..object });
    };
    for item in items.items().filter(|item| item.kind() == Kind::Mapping) {
        let untold = || {
            let kind = of.filter(|of| !of.is_empty())?;
            Some(Object { node: item, api_version: object.api_version, kind, index: 0 })
        };
        if let Some(item) = Object::of(item).or_else(untold) {
            add(item, depth - 1, found);
        }
    }
}
