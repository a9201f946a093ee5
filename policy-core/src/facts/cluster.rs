//! What the files of Kubernetes together ask of a cluster: a row for each object that another one can refer to, and the view over all
//! rows that rules join.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::FactPlace;
use crate::document::{Dialect, Document, Kind, Ref};
use crate::json::boxed;
use crate::model::kubernetes::{Object, Pod, field, fields, text};
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
    ("rbac.authorization.k8s.io", "ClusterRole", &["rules", "aggregationRule"]),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["roleRef", "subjects"]),
    ("rbac.authorization.k8s.io", "Role", &["rules"]),
    ("rbac.authorization.k8s.io", "RoleBinding", &["roleRef", "subjects"]),
];

/// What joins read of an object that carries no pods; none of a kind that no join reads.
#[must_use]
pub fn body(object: &Object<'_>) -> Option<Box<RawValue>> {
    let (_, _, names) = JOINED.iter().find(|(group, kind, _)| object.is(group, kind))?;
    let mut json = "{".to_owned();
    for name in *names {
        if let Some(value) = object.get(name) {
            put_entry(name, &mut json);
            put(value, &mut json);
        }
    }
    for name in ["labels", "annotations"] {
        if let Some(value) = object.path(&["metadata", name]).filter(|_| name == "labels" || object.kind() == "ServiceAccount") {
            put_entry(name, &mut json);
            put(value, &mut json);
        }
    }
    json.push('}');
    Some(boxed(&json))
}

/// What joins read of a pod: `serviceAccountName`, `automountServiceAccountToken`, `hostNetwork` and `labels` as they are written, `open` if
/// settings come from elsewhere too, `node`: by what it reaches the node that it runs on, and `fails`: of each standard the names of the
/// controls that it fails.
#[must_use]
pub fn pod_body(pod: &Pod<'_>, node: &[&str], fails: &[(&str, BTreeSet<String>)]) -> Box<RawValue> {
    let mut json = "{".to_owned();
    for name in ["serviceAccountName", "automountServiceAccountToken", "hostNetwork"] {
        // The older name of the field still counts where the newer one is not set.
        let older = || pod.get("serviceAccount").filter(|_| name == "serviceAccountName");
        if let Some(value) = pod.get(name).or_else(older) {
            put_entry(name, &mut json);
            put(value, &mut json);
        }
    }
    if let Some(labels) = pod.labels() {
        put_entry("labels", &mut json);
        put(labels, &mut json);
    }
    if pod.is_open() {
        put_entry("open", &mut json);
        json.push_str("true");
    }
    put_entry("node", &mut json);
    put_texts(&mut node.iter().copied(), &mut json);
    put_entry("fails", &mut json);
    json.push('{');
    for (standard, controls) in fails {
        put_entry(standard, &mut json);
        put_texts(&mut controls.iter().map(String::as_str), &mut json);
    }
    json.push_str("}}");
    boxed(&json)
}

fn put_texts(texts: &mut dyn Iterator<Item = &str>, json: &mut String) {
    json.push('[');
    for (at, text) in texts.enumerate() {
        json.push_str(if at > 0 { "," } else { "" });
        put_text(text, json);
    }
    json.push(']');
}

fn put_entry(name: &str, json: &mut String) {
    if !json.ends_with('{') {
        json.push(',');
    }
    put_text(name, json);
    json.push(':');
}

// The parser bounds the depth, and what aliases expand to. Booleans and numbers keep their meaning, whatever the dialect wrote.
fn put(node: Ref<'_>, json: &mut String) {
    match node.kind() {
        Kind::Mapping => {
            json.push('{');
            for (key, value) in fields(node) {
                put_entry(key.text().unwrap_or(""), json);
                put(value, json);
            }
            json.push('}');
        }
        Kind::Sequence => {
            json.push('[');
            for (at, item) in node.items().enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                put(item, json);
            }
            json.push(']');
        }
        Kind::Scalar | Kind::Alias => match crate::model::kubernetes::boolean(Some(node)) {
            Read::Is(value) => json.push_str(if value { "true" } else { "false" }),
            _ if node.is_null() => json.push_str("null"),
            _ => put_text(node.text().unwrap_or(""), json),
        },
    }
}

// Redacted text by text: what stands around them is JSON, which has to stay what it is.
fn put_text(text: &str, json: &mut String) {
    json.push('"');
    for character in redact(text).chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            character if character < ' ' => {
                json.push_str("\\u00");
                json.push_str(&crate::text::hex(&[u8::try_from(u32::from(character)).unwrap_or(b' ')]));
            }
            character => json.push(character),
        }
    }
    json.push('"');
}

/// The rows of all files as one text, so that they can be read again: the bodies in a sequence.
#[must_use]
pub fn bodies(objects: &[ObjectFact]) -> String {
    let mut json = "[".to_owned();
    for (at, object) in objects.iter().enumerate() {
        json.push_str(if at > 0 { "," } else { "" });
        json.push_str(object.body.get());
    }
    json.push(']');
    json
}

/// The source of [`bodies`].
#[must_use]
pub fn source(bodies: &str) -> Source<'_> {
    Source::new("", bodies.as_bytes(), Origin::Unknown)
}

/// The document of [`source`].
#[must_use]
pub fn document<'d>(source: &'d Source<'d>) -> Document<'d> {
    Document::read(source, Dialect::JSON)
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
    by_key: BTreeMap<(&'c str, &'c str, &'c str, &'c str), Vec<usize>>,
    /// Whether files of a kind that may hold objects could not be read, so that what is not here may still be there.
    pub open: bool,
}

impl<'c> Cluster<'c> {
    /// The rows with their bodies, which stand in the document in the same order.
    #[must_use]
    pub fn new(facts: &'c [ObjectFact], bodies: &'c Document<'c>, open: bool) -> Self {
        let items = bodies.root().into_iter().flat_map(Ref::items);
        let rows: Vec<Row<'c>> = facts.iter().zip(items).map(|(fact, body)| Row { fact, body }).collect();
        let mut by_key: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let ObjectFact { scope, kind, namespace, name, .. } = row.fact;
            by_key.entry((scope.as_str(), kind.as_str(), namespace.as_str(), name.as_str())).or_default().push(at);
        }
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
