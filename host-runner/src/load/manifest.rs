//! Which files of a repository may be manifests of Kubernetes: no path tells, so they are looked into.

use std::io::Read;
use std::path::Path;

use policy_core::model::kubernetes::{is_kustomization_path, may_be_manifest, may_be_unread_manifest};
use policy_core::source::MAX_SOURCE_BYTES;

/// Whether a file may hold objects of Kubernetes or says what is built of such, as far as its name and a look at its text tell. A link
/// does not: what it leads to is found where it lies, or is not of the repository.
pub(super) fn is_manifest(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let kustomization = is_kustomization_path(name);
    let by_name = kustomization || has_ending(file, &["yml", "yaml", "json"]);
    // A pipe would be waited for.
    by_name && std::fs::symlink_metadata(file).is_ok_and(|found| found.is_file()) && (kustomization || looks_like_manifest(file))
}

/// Whether the name of a file ends so.
pub(super) fn has_ending(file: &Path, endings: &[&str]) -> bool {
    file.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending))
}

// Files with an `apiVersion` that are none have no `kind`: charts of Helm, say.
fn looks_like_manifest(file: &Path) -> bool {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_SOURCE_BYTES).unwrap_or(u64::MAX);
    let read = std::fs::File::open(file).is_ok_and(|file| file.take(limit).read_to_end(&mut bytes).is_ok());
    read && is_manifest_text(file, &bytes)
}

/// Whether the bytes of a file of this name may hold objects of Kubernetes.
pub(super) fn is_manifest_text(file: &Path, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    // What is written with escapes says nothing to a look at it: the module reads it.
    let escaped = ["\\x", "\\u", "\\U"].into_iter().any(|escape| text.contains(escape));
    let keys = !has_ending(file, &["json"]) || is_key(&text, "\"apiVersion\"") && is_key(&text, "\"kind\"");
    let named = text.contains("kind") && (may_be_manifest(&text) || is_key_in_other_words(&text));
    escaped && may_be_unread_manifest(bytes) || keys && named || is_wide(bytes) && may_be_unread_manifest(bytes)
}

// Of UTF-16 by its mark: `kubectl` reads it.
fn is_wide(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF])
}

// Whether `apiVersion` may be a key of a whole document, written in a way that is not usual: in braces, behind `?`, an anchor or a tag.
fn is_key_in_other_words(text: &str) -> bool {
    text.match_indices("apiVersion").any(|(at, _)| {
        let before = text.get(..at).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or(before);
        line.trim_start_matches(['"', '\'']).is_empty()
            || line.contains(['{', '?', '&', '!']) && !line.trim_start().starts_with('#')
    })
}

// Many files of JSON speak of `apiVersion` somewhere.
fn is_key(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| text.get(at + name.len()..).is_some_and(|rest| rest.trim_start().starts_with(':')))
}
