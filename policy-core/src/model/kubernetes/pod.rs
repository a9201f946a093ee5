//! Pods, by whatever kind of object they come.

use std::ops::Range;

use super::carriers::{Shape, places};
use super::{Container, ContainerRole, Object, boolean, field, integer, path, text};
use crate::document::{Kind, Ref};
use crate::read::Read;

/// A pod that a file asks for.
#[derive(Clone, Debug)]
pub struct Pod<'u> {
    node: Ref<'u>,
    // Where fields of the pod are read, the first that has one counts.
    sources: [Option<Ref<'u>>; 3],
    metadata: Option<Ref<'u>>,
    open: bool,
    pub(crate) object: u32,
    pub(crate) containers: Range<usize>,
}

impl<'u> Pod<'u> {
    /// The mapping that the pod is written in: `metadata` and `spec`, or what its kind has instead.
    #[must_use]
    pub fn node(&self) -> Ref<'u> {
        self.node
    }

    /// Whether settings or containers come from elsewhere too: a patch that is merged into something, a task that a run completes,
    /// a kind whose controller adds to it. What is not here is then not known to be lacking.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The value of a field of the pod's `spec`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Ref<'u>> {
        self.sources.iter().flatten().find_map(|source| field(*source, name))
    }

    /// The value at the end of a chain of fields below the pod's `spec`.
    #[must_use]
    pub fn path(&self, names: &[&str]) -> Option<Ref<'u>> {
        self.sources.iter().flatten().find_map(|source| path(*source, names))
    }

    /// A field of the pod's `spec` that is true or false.
    #[must_use]
    pub fn flag(&self, name: &str) -> Read<bool> {
        boolean(self.get(name))
    }

    /// A field of the pod's security context.
    #[must_use]
    pub fn security(&self, name: &str) -> Option<Ref<'u>> {
        self.path(&["securityContext", name])
    }

    /// A field of the pod's security context that is true or false.
    #[must_use]
    pub fn security_flag(&self, name: &str) -> Read<bool> {
        boolean(self.security(name))
    }

    /// A field of the pod's security context that is a number.
    #[must_use]
    pub fn security_number(&self, name: &str) -> Read<i64> {
        integer(self.security(name))
    }

    /// Its volumes, those of the workflow around it included.
    pub fn volumes(&self) -> impl Iterator<Item = Ref<'u>> {
        let lists = self.sources.into_iter().flatten().filter_map(|source| field(source, "volumes"));
        lists.flat_map(Ref::items).filter(|volume| volume.kind() == Kind::Mapping)
    }

    /// The labels of the pod.
    #[must_use]
    pub fn labels(&self) -> Option<Ref<'u>> {
        self.metadata.and_then(|metadata| field(metadata, "labels"))
    }

    /// The annotations of the pod, name and value.
    pub fn annotations(&self) -> impl Iterator<Item = (Ref<'u>, Ref<'u>)> + use<'u> {
        self.metadata.and_then(|metadata| field(metadata, "annotations")).into_iter().flat_map(super::fields)
    }

    /// Whether it says that it needs Windows. Labels of nodes do not tell.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        text(self.path(&["os", "name"])) == Read::Is("windows")
    }

    /// Where a finding on the pod as a whole points, if nothing of it is to blame: the object's name.
    #[must_use]
    pub fn head(&self, object: &Object<'u>) -> Ref<'u> {
        let named = matches!(text(field(self.node, "name")), Read::Is(_) | Read::Dynamic);
        field(self.node, "name").filter(|_| named).unwrap_or(object.head())
    }
}

/// The pods of all objects, and their containers.
pub(crate) fn pods<'u>(objects: &[Object<'u>]) -> (Vec<Pod<'u>>, Vec<Container<'u>>) {
    let (mut pods, mut containers) = (Vec::new(), Vec::new());
    for (number, object) in (0..).zip(objects) {
        for (shape, node) in places(object) {
            let first = containers.len();
            let index = u32::try_from(pods.len()).unwrap_or(u32::MAX);
            let pod = match shape {
                Shape::Template | Shape::PartOfTemplate => template(node, index, &mut containers),
                Shape::Fields => fields_of_operator(node, index, &mut containers),
                Shape::Argo => argo(node, object, index, &mut containers),
                Shape::Step => Some(step(node, index, &mut containers)),
                Shape::Tekton => tekton(node, object, index, &mut containers),
            };
            let Some(mut pod) = pod else { continue };
            let own = containers.get(first..).unwrap_or(&[]);
            // A container has an image, or it is merged into one that has.
            let patch = own.iter().any(|container| container.get("image").is_none()) || own.is_empty();
            pod.open |= shape == Shape::PartOfTemplate || patch;
            pod.object = number;
            pod.containers = first..containers.len();
            pods.push(pod);
        }
    }
    (pods, containers)
}

fn pod<'u>(node: Ref<'u>, sources: [Option<Ref<'u>>; 3], metadata: Option<Ref<'u>>, open: bool) -> Pod<'u> {
    Pod { node, sources, metadata, open, object: 0, containers: 0..0 }
}

const LISTS: [(&str, ContainerRole); 3] = [
    ("initContainers", ContainerRole::Init),
    ("containers", ContainerRole::Regular),
    ("ephemeralContainers", ContainerRole::Ephemeral),
];

fn add<'u>(list: Option<Ref<'u>>, fallback: Option<Ref<'u>>, role: ContainerRole, pod: u32, into: &mut Vec<Container<'u>>) {
    let items = list.into_iter().flat_map(Ref::items).filter(|item| item.kind() == Kind::Mapping);
    into.extend(items.map(|item| Container::new(item, fallback, role, pod)));
}

fn template<'u>(node: Ref<'u>, index: u32, containers: &mut Vec<Container<'u>>) -> Option<Pod<'u>> {
    let spec = field(node, "spec").filter(|spec| spec.kind() == Kind::Mapping)?;
    LISTS.iter().for_each(|(list, role)| add(field(spec, list), None, *role, index, containers));
    Some(pod(node, [Some(spec), None, None], field(node, "metadata"), false))
}

fn fields_of_operator<'u>(node: Ref<'u>, index: u32, containers: &mut Vec<Container<'u>>) -> Option<Pod<'u>> {
    LISTS.iter().for_each(|(list, role)| add(field(node, list), None, *role, index, containers));
    Some(pod(node, [Some(node), None, None], field(node, "podMetadata"), true))
}

fn argo<'u>(node: Ref<'u>, object: &Object<'u>, index: u32, containers: &mut Vec<Container<'u>>) -> Option<Pod<'u>> {
    let whole = node.parent().and_then(Ref::parent).or(object.get("spec"));
    let defaults = whole.and_then(|whole| field(whole, "templateDefaults"));
    let before = containers.len();
    for name in ["container", "script"] {
        let fallback = defaults.and_then(|defaults| field(defaults, name));
        let own = field(node, name).filter(|container| container.kind() == Kind::Mapping);
        containers.extend(own.map(|own| Container::new(own, fallback, ContainerRole::Regular, index)));
    }
    add(path(node, &["containerSet", "containers"]), None, ContainerRole::Regular, index, containers);
    if containers.len() == before {
        return None;
    }
    add(field(node, "initContainers"), None, ContainerRole::Init, index, containers);
    add(field(node, "sidecars"), None, ContainerRole::Regular, index, containers);
    let patched = [Some(node), defaults, whole].into_iter().flatten().any(|source| field(source, "podSpecPatch").is_some());
    Some(pod(node, [Some(node), defaults, whole], field(node, "metadata"), patched))
}

fn step<'u>(node: Ref<'u>, index: u32, containers: &mut Vec<Container<'u>>) -> Pod<'u> {
    containers.push(Container::new(node, None, ContainerRole::Regular, index));
    pod(node, [None; 3], None, true)
}

fn tekton<'u>(node: Ref<'u>, object: &Object<'u>, index: u32, containers: &mut Vec<Container<'u>>) -> Option<Pod<'u>> {
    let steps = field(node, "steps")?;
    add(Some(steps), field(node, "stepTemplate"), ContainerRole::Regular, index, containers);
    add(field(node, "sidecars"), None, ContainerRole::Regular, index, containers);
    let template = object.path(&["spec", "podTemplate"]).or_else(|| object.path(&["spec", "taskRunTemplate", "podTemplate"]));
    // What names the account of a run.
    let run = object.path(&["spec", "taskRunTemplate"]).or_else(|| object.get("spec").filter(|_| object.kind() == "TaskRun"));
    Some(pod(node, [Some(node), template, run], field(node, "metadata"), true))
}
