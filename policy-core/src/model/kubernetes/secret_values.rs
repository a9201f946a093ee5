//! Values that are secret by where they stand, so that no excerpt of a file shows them, whatever the finding is about.

use super::{Container, Object, field, fields};
use crate::document::{Kind, Ref};
use crate::source::Span;

/// Parts of names of what is secret, in upper case.
const NAMES: &[&str] = &["ACCESS_KEY", "APIKEY", "API_KEY", "CREDENTIAL", "PASSW", "PRIVATE_KEY", "SECRET", "TOKEN"];

/// Shorter values are flags and numbers.
const MIN_LENGTH: usize = 6;

fn is_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    NAMES.iter().any(|part| upper.contains(part))
}

/// The bytes of the values of Secrets, and of settings and variables whose name says that they are secret: sorted, and apart.
#[must_use]
pub fn secret_values(objects: &[Object<'_>], containers: &[Container<'_>]) -> Vec<Span> {
    let mut found: Vec<Ref<'_>> = Vec::new();
    for object in objects {
        let whole = object.is("", "Secret");
        if whole || object.is("", "ConfigMap") {
            let maps = ["data", "stringData"].into_iter().filter_map(|name| object.get(name));
            let entries = maps.flat_map(fields).filter(|(key, _)| whole || key.text().is_some_and(is_secret));
            found.extend(entries.map(|(_, value)| value));
        }
    }
    for container in containers {
        let variables = container.get("env").into_iter().flat_map(Ref::items);
        let secret = variables.filter(|variable| field(*variable, "name").and_then(Ref::text).is_some_and(is_secret));
        found.extend(secret.filter_map(|variable| field(variable, "value")));
    }
    let long = |value: &Ref<'_>| value.kind() == Kind::Scalar && value.text().is_some_and(|text| text.len() >= MIN_LENGTH);
    let mut spans: Vec<Span> = Vec::new();
    spans.extend(found.into_iter().filter(long).map(Ref::span));
    let mut spans = crate::sort::sorted(spans, |a, b| a.cmp(b));
    spans.dedup();
    spans
}
