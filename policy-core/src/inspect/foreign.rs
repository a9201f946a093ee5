//! What plugins found in a file becomes findings beside those of our rules.

use super::digest::Digests;
use super::ignores::Claimed;
use super::{MAX_FINDINGS, Partial, lower, too_complex};
use crate::document::Document;
use crate::map::Map;
use crate::plugin::PluginRun;
use crate::source::Span;

/// Those of a file that was judged: ignores that stand in it may speak of them.
pub(super) fn add(plugins: &[PluginRun], lowering: &lower::Lowering<'_, '_>, document: &Document<'_>, partial: &mut Partial) {
    let path = document.source().path();
    let mut met: Map<(String, String, Vec<String>), u32> = Map::new();
    for plugin in plugins {
        for finding in plugin.in_file(path) {
            if partial.findings.len() >= MAX_FINDINGS {
                return too_complex(partial, &format!("more than {MAX_FINDINGS} findings; the rest is left out"));
            }
            let span = within(document.source().text(), finding.span);
            let keys = document.at(span.start).map(lower::keys).unwrap_or_default();
            let rule = format!("{}/{}", plugin.name, finding.rule);
            let this = (rule, finding.object.clone(), keys);
            let ordinal = met.get(&this).copied().unwrap_or(0);
            partial.findings.extend(lowering.foreign_row(&this.0, finding, span, (&this.2, ordinal)));
            met.insert(this, ordinal + 1);
        }
    }
}

/// Those of a file that was not.
pub(super) fn add_to_unjudged(plugins: &[PluginRun], document: &Document<'_>, file: &str, partial: &mut Partial) {
    let claims = Claimed::none();
    add(plugins, &lower::Lowering::new(document, &claims, file, Vec::new()), document, partial);
}

/// What goes of plugins into the key of a file: which they are, and what they found in it.
pub(super) fn key(plugins: &[PluginRun], path: &str, key: &mut Digests) {
    for plugin in plugins {
        key.part(&plugin.name);
        key.part(&plugin.sha256);
        plugin.in_file(path).iter().for_each(|finding| key.part(&serde_json::to_string(finding).unwrap_or_default()));
    }
}

// What a plugin says of places is believed no further than the file goes.
fn within(text: &str, span: Span) -> Span {
    let end = text.floor_char_boundary(span.end as usize);
    let start = text.floor_char_boundary(end.min(span.start as usize));
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: number(start), end: number(end) }
}
