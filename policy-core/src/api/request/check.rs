//! What a list of a request may not hold.

use super::{ApiError, Code, File, Head};
use crate::map::Set;
use crate::plugin::{MAX_PLUGIN_FINDINGS, is_name, is_sha256};
use crate::sort::sorted_by_key;

/// Names and digests are such, each name stands once, and findings are sorted by path, to be found.
pub(super) fn plugins(head: &mut Head, name: &str) -> Result<(), ApiError> {
    let mut names = Set::new();
    for (at, plugin) in head.plugins.iter_mut().enumerate() {
        let refused = |what: &str| Err(ApiError::new(Code::BadRequest, format!("`{name}.plugins[{at}]` {what}")));
        if !is_name(&plugin.name) || !is_sha256(&plugin.sha256) {
            return refused("has no `name` of lower case letters, digits and `-`, or no `sha256` of 64 hexadecimal digits");
        }
        if !names.insert(plugin.name.clone()) {
            return refused("has a name that stands there already");
        }
        if plugin.findings.len() > MAX_PLUGIN_FINDINGS || plugin.findings.iter().any(|finding| !is_name(&finding.rule)) {
            return refused("has too many findings, or one whose `rule` is not of lower case letters, digits and `-`");
        }
        plugin.findings = sorted_by_key(std::mem::take(&mut plugin.findings), |finding| finding.path.clone());
    }
    Ok(())
}

/// Each path stands once, and digests are digests.
pub(super) fn files(head: &Head, name: &str) -> Result<(), ApiError> {
    let is_digest = |digest: &str| {
        let digits = digest.strip_prefix("sha256:").unwrap_or("");
        is_sha256(digits)
    };
    let wrong = |file: &File| file.digest.as_deref().is_some_and(|digest| !is_digest(digest));
    if let Some(at) = head.files.iter().position(wrong) {
        let message = format!("`{name}.files[{at}].digest` is not `sha256:` and 64 hexadecimal digits in lower case");
        return Err(ApiError::new(Code::BadRequest, message).hint("leave `digest` out, and it is computed"));
    }
    // Hosts mostly give them in order, and to see that costs next to nothing.
    let files = &head.files;
    let ascending = files.iter().zip(files.iter().skip(1)).all(|(one, next)| one.path < next.path);
    let mut seen = Set::new();
    if let Some(at) = files.iter().position(|file| !ascending && !seen.insert(file.path.as_str())) {
        let message = format!("`{name}.files[{at}]` has a path that stands there already");
        return Err(ApiError::new(Code::BadRequest, message).hint("give each path once"));
    }
    Ok(())
}
