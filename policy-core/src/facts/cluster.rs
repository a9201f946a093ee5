//! What the files of Kubernetes together ask of a cluster: a row for each object that another one can refer to, and the view over all
//! rows that rules join.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::FactPlace;
use crate::document::{Dialect, Document, Kind, Ref};
use crate::json::boxed;
use crate::map::{Map, Set};
use crate::model::kubernetes::{Object, Pod, field, fields, is_template, text};
use crate::rbac;
use crate::read::Read;
use crate::report::Location;
use crate::secret::redact;
use crate::source::{Origin, Source};

/// An object that others refer to or that refers to others; a row for each pod of one that carries several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectFact {
    /// Where objects of one name are one object: the root of the repository, or the file alone where that is not known.
    pub scope: String,
    /// The kind: `RoleBinding`.
    pub kind: String,
    /// The group: `rbac.authorization.k8s.io`.
    pub group: String,
    /// The namespace as it is written; empty where none is.
    pub namespace: String,
    /// The name; empty where it is not known here.
    pub name: String,
    /// The object.
    pub place: FactPlace,
    /// The places of its parts: of a role its rules, of a binding its subjects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Location>,
    /// What joins read of it, as JSON: fields of the object under their own names; of pods what [`pod_body`] says.
    pub body: Box<RawValue>,
}

/// The fields of each kind that joins read. Values of secrets are not among them.
const JOINED: &[(&str, &str, &[&str])] = &[
    ("", "Namespace", &[]),
    ("", "Service", &["spec"]),
    ("", "ServiceAccount", &["automountServiceAccountToken"]),
    ("cilium.io", "CiliumClusterwideNetworkPolicy", &[]),
    ("cilium.io", "CiliumNetworkPolicy", &[]),
    ("crd.projectcalico.org", "GlobalNetworkPolicy", &[]),
    ("crd.projectcalico.org", "NetworkPolicy", &[]),
    ("networking.k8s.io", "NetworkPolicy", &["spec"]),
    ("policy.networking.k8s.io", "AdminNetworkPolicy", &[]),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy", &[]),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy", &[]),
    ("projectcalico.org", "GlobalNetworkPolicy", &[]),
    ("projectcalico.org", "NetworkPolicy", &[]),
    (rbac::GROUP, "ClusterRole", &["rules", "aggregationRule"]),
    (rbac::GROUP, "ClusterRoleBinding", &["roleRef", "subjects"]),
    (rbac::GROUP, "Role", &["rules"]),
    (rbac::GROUP, "RoleBinding", &["roleRef", "subjects"]),
];

/// The most bytes of one body, how deep it may lie, and the longest text in it: what is beyond is left out.
const MAX_BODY: usize = 256 << 10;
const MAX_DEPTH: usize = 24;
const MAX_TEXT: usize = 4 << 10;

/// Bodies that are read again together.
const CHUNK: usize = 512 << 10;

/// A body, and whether something of it was left out.
#[derive(Debug, Default)]
pub struct Body {
    json: String,
    /// Whether something was left out, since it is larger than what is kept.
    pub cut: bool,
}

/// What joins read of an object that carries no pods; none of a kind that no join reads.
#[must_use]
pub fn body(object: &Object<'_>) -> Option<Body> {
    let (_, _, names) = JOINED.iter().find(|(group, kind, _)| object.is(group, kind))?;
    let mut body = Body::new();
    for name in *names {
        if let Some(value) = object.get(name) {
            body.entry(name);
            body.put(value, 0);
        }
    }
    for name in ["labels", "annotations"] {
        if let Some(value) = object.path(&["metadata", name]).filter(|_| name == "labels" || object.kind() == "ServiceAccount") {
            body.entry(name);
            body.put(value, 0);
        }
    }
    Some(body)
}

/// What joins read of a pod: `serviceAccountName`, `automountServiceAccountToken`, `hostNetwork` and `labels` as they are written,
/// `open` if settings come from elsewhere too, `node`: by what it reaches the node that it runs on, and `fails`: of each standard the
/// names of the controls that it fails, where a namespace is written.
#[must_use]
pub fn pod_body(pod: &Pod<'_>, node: &[&str], fails: &[(&str, Set<String>)]) -> Body {
    let mut body = Body::new();
    for name in ["serviceAccountName", "automountServiceAccountToken", "hostNetwork"] {
        // The older name of the field still counts where the newer one is not set.
        let older = || pod.get("serviceAccount").filter(|_| name == "serviceAccountName");
        if let Some(value) = pod.get(name).or_else(older) {
            body.entry(name);
            body.put(value, 0);
        }
    }
    if let Some(labels) = pod.labels() {
        body.entry("labels");
        body.put(labels, 0);
    }
    if pod.is_open() {
        body.entry("open");
        body.json.push_str("true");
    }
    body.entry("node");
    body.texts(&mut node.iter().copied());
    body.entry("fails");
    body.json.push('{');
    for (standard, controls) in fails {
        body.entry(standard);
        body.texts(&mut controls.iter().map(String::as_str));
    }
    body.json.push('}');
    body
}

impl Body {
    fn new() -> Self {
        Self { json: "{".to_owned(), cut: false }
    }

    /// The body as JSON.
    #[must_use]
    pub fn finish(mut self) -> Box<RawValue> {
        self.json.push('}');
        boxed(&self.json)
    }

    fn texts(&mut self, texts: &mut dyn Iterator<Item = &str>) {
        self.json.push('[');
        for (at, text) in texts.enumerate() {
            self.json.push_str(if at > 0 { "," } else { "" });
            self.text(text);
        }
        self.json.push(']');
    }

    fn entry(&mut self, name: &str) {
        if !self.json.ends_with('{') {
            self.json.push(',');
        }
        self.text(name);
        self.json.push(':');
    }

    // Booleans and numbers keep their meaning, whatever the dialect wrote. What a later step fills in stays recognisable.
    fn put(&mut self, node: Ref<'_>, depth: usize) {
        if depth > MAX_DEPTH || self.json.len() > MAX_BODY {
            self.cut = true;
            return self.json.push_str("null");
        }
        match node.kind() {
            Kind::Mapping if is_template(node) => self.text("{{ }}"),
            Kind::Mapping => {
                self.json.push('{');
                for (key, value) in fields(node) {
                    if self.json.len() > MAX_BODY {
                        self.cut = true;
                        break;
                    }
                    self.entry(key.text().unwrap_or(""));
                    self.put(value, depth + 1);
                }
                self.json.push('}');
            }
            Kind::Sequence => {
                self.json.push('[');
                for (at, item) in node.items().enumerate() {
                    if self.json.len() > MAX_BODY {
                        self.cut = true;
                        break;
                    }
                    self.json.push_str(if at > 0 { "," } else { "" });
                    self.put(item, depth + 1);
                }
                self.json.push(']');
            }
            Kind::Scalar | Kind::Alias => match crate::model::kubernetes::boolean(Some(node)) {
                Read::Is(value) => self.json.push_str(if value { "true" } else { "false" }),
                _ if node.is_null() => self.json.push_str("null"),
                _ => self.text(node.text().unwrap_or("")),
            },
        }
    }

    // Text by text: over all of it, what follows a word for a secret would be taken for one.
    fn text(&mut self, text: &str) {
        let text = if text.len() > MAX_TEXT {
            self.cut = true;
            ""
        } else {
            text
        };
        self.json.push('"');
        for character in redact(text).chars() {
            match character {
                '"' | '\\' => self.json.extend(['\\', character]),
                character if character < ' ' => {
                    self.json.push_str("\\u00");
                    self.json.push_str(&crate::text::hex(&[u8::try_from(u32::from(character)).unwrap_or(b' ')]));
                }
                character => self.json.push(character),
            }
        }
        self.json.push('"');
    }
}

/// The rows of all files as texts, so that they can be read again: the bodies in sequences.
#[must_use]
pub fn bodies(objects: &[ObjectFact]) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for object in objects {
        let body = object.body.get();
        match chunks.last_mut().filter(|chunk| chunk.len() + body.len() < CHUNK) {
            Some(chunk) => {
                chunk.push(',');
                chunk.push_str(body);
            }
            None => chunks.push(format!("[{body}")),
        }
    }
    chunks.iter_mut().for_each(|chunk| chunk.push(']'));
    chunks
}

/// The sources of [`bodies`].
#[must_use]
pub fn sources(bodies: &[String]) -> Vec<Source<'_>> {
    bodies.iter().map(|body| Source::new("", body.as_bytes(), Origin::Unknown)).collect()
}

/// The documents of [`sources`].
#[must_use]
pub fn documents<'d>(sources: &'d [Source<'d>]) -> Vec<Document<'d>> {
    sources.iter().map(|source| Document::read(source, Dialect::JSON)).collect()
}

/// A row with its body read.
#[derive(Clone, Copy, Debug)]
pub struct Row<'c> {
    /// The row.
    pub fact: &'c ObjectFact,
    /// Its body.
    pub body: Ref<'c>,
}

impl<'c> Row<'c> {
    /// The value of a field of the body.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Ref<'c>> {
        field(self.body, name)
    }

    /// Whether it is of this kind and group.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.fact.kind == kind && self.fact.group == group
    }

    /// The text of a field of the body.
    #[must_use]
    pub fn text(&self, name: &str) -> Read<&'c str> {
        text(self.get(name))
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&'c str> {
        field(self.get("labels")?, name)?.text()
    }

    /// Whether it is a pod, or carries one.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        self.get("node").is_some()
    }

    /// `RoleBinding web/reader`, for a person.
    #[must_use]
    pub fn title(&self) -> String {
        let ObjectFact { kind, namespace, name, .. } = self.fact;
        match (namespace.as_str(), name.as_str()) {
            (_, "") => kind.clone(),
            ("", name) => format!("{kind} {name}"),
            (namespace, name) => format!("{kind} {namespace}/{name}"),
        }
    }
}

/// What all files together ask of clusters.
#[derive(Debug)]
pub struct Cluster<'c> {
    rows: Vec<Row<'c>>,
    by_key: Map<(&'c str, &'c str, &'c str, &'c str), Vec<usize>>,
    /// Whether files of a kind that may hold objects could not be read, so that what is not here may still be there.
    pub open: bool,
}

impl<'c> Cluster<'c> {
    /// The rows with their bodies, which stand in the documents in the same order.
    #[must_use]
    pub fn new(facts: &'c [ObjectFact], bodies: &'c [Document<'c>], open: bool) -> Self {
        let items = bodies.iter().filter_map(Document::root).flat_map(Ref::items);
        let rows: Vec<Row<'c>> = facts.iter().zip(items).map(|(fact, body)| Row { fact, body }).collect();
        let mut by_key: Map<_, Vec<usize>> = Map::new();
        for (at, row) in rows.iter().enumerate() {
            let ObjectFact { scope, kind, namespace, name, .. } = row.fact;
            by_key.get_or_default((scope.as_str(), kind.as_str(), namespace.as_str(), name.as_str())).push(at);
        }
        // A partial that was not made here may hold a body that cannot be read.
        let open = open || rows.len() < facts.len();
        Self { rows, by_key, open }
    }

    /// All rows, by the path of their file and their place in it.
    #[must_use]
    pub fn rows(&self) -> &[Row<'c>] {
        &self.rows
    }

    /// The rows of a kind, namespace and name, in the scope of one that refers to them.
    pub fn find(&self, from: &Row<'c>, kind: &str, namespace: &str, name: &str) -> Vec<Row<'c>> {
        let places = self.by_key.get(&(from.fact.scope.as_str(), kind, namespace, name));
        places.into_iter().flatten().filter_map(|at| self.rows.get(*at).copied()).collect()
    }
}
