//! What holds the name of a container image to one image.

use std::borrow::Cow;

/// The longest name of an image that is looked at; registries take less.
pub(crate) const MAX_IMAGE: usize = 1000;

/// Stands in a name for what only the run can tell. No name holds it.
pub(crate) const OPEN: char = '\u{1}';

/// What holds a name to one image, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pin {
    /// A digest; or it is not from a registry of someone else.
    Held,
    /// A tag.
    Tagged,
    /// What only the run can tell may be more than the tag.
    Open,
    /// The tag `latest`.
    Latest,
    /// Nothing.
    Missing,
}

/// What holds a name, with or without `docker://`, to one image.
pub(crate) fn pin(image: &str) -> Pin {
    let image = bare(image);
    let (registry, _) = image.split_once('/').unwrap_or(("", image));
    let host = registry.split(':').next().unwrap_or("");
    if image.is_empty() || image.contains('@') || matches!(host, "localhost" | "127.0.0.1") {
        return Pin::Held;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.split_once(':') {
        Some((_, "latest")) => Pin::Latest,
        Some((_, "")) => Pin::Missing,
        Some(_) => Pin::Tagged,
        None if last.contains(OPEN) => Pin::Open,
        None => Pin::Missing,
    }
}

/// A name without `docker://` and blanks.
pub(crate) fn bare(image: &str) -> &str {
    let image = image.trim();
    image.strip_prefix("docker://").unwrap_or(image)
}

/// A name without its tag.
pub(crate) fn untagged(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(bare, tag)| if tag.contains(['/', '}']) { name } else { bare })
}

/// What to do about it.
pub(crate) const HELP: &str = "pin it to a digest: `name:tag@sha256:<64 digits>`";

/// What to say at the place, and the fact, of a name that is not held.
pub(crate) fn fact(name: &str, pin: Pin) -> (&'static str, Cow<'static, str>) {
    let (label, behind) = match pin {
        Pin::Missing => ("has no version", "has neither tag nor digest, so it is whatever was pushed last"),
        Pin::Latest => ("the newest version", "is whatever was pushed last under `latest`"),
        Pin::Open => ("may have no version", "may have neither tag nor digest"),
        Pin::Tagged | Pin::Held => ("can be moved", "has a tag, which can be moved, and no digest"),
    };
    (label, format!("the image `{name}` {behind}").into())
}
