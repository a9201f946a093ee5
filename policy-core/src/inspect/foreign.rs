//! What plugins found in a file becomes findings beside those of our rules.

use super::digest::Digests;
use super::ignores::Claimed;
use super::{MAX_FINDINGS, Partial, lower, too_complex};
use crate::base64::decoded;
use crate::document::Document;
use crate::link::Roles;
use crate::map::Map;
use crate::plugin::{PluginFinding, PluginRun, taken};
use crate::source::Span;
use crate::unit::Unit;

/// More secret values of a file than these are not looked for in what plugins say of it, which then is not shown.
const MAX_VALUES: usize = 300;

/// Shorter lines of a secret value are none that tells it.
const MIN_VALUE: usize = 6;

/// Those of a file that was judged, where ignores that stand in it may speak of them, and of those that it includes or calls.
pub(super) fn add<'u>(plugins: &[PluginRun], lowering: &lower::Lowering<'_, 'u>, unit: &'u Unit<'u>, partial: &mut Partial) {
    if plugins.is_empty() {
        return;
    }
    let others = unit.linked().map(|(_, document)| document).chain(unit.included().iter().copied());
    for document in std::iter::once(unit.document()).chain(others) {
        add_one(plugins, lowering, document, partial);
    }
}

/// Those of a file that was not. No reader of ours says where in it secrets stand, so of what may be a manifest nothing is shown.
pub(super) fn add_to_unjudged(plugins: &[PluginRun], (document, roles): (&Document<'_>, Roles), file: &str, partial: &mut Partial) {
    if plugins.is_empty() {
        return;
    }
    let whole = roles.kubernetes.then(|| Span::new(0, document.source().text().len()));
    let claims = Claimed::none();
    add_one(plugins, &lower::Lowering::new(document, &claims, file, whole.into_iter().collect()), document, partial);
}

fn add_one<'u>(plugins: &[PluginRun], lowering: &lower::Lowering<'_, 'u>, document: &'u Document<'u>, partial: &mut Partial) {
    let path = document.source().path();
    let mut met: Map<(String, String, Vec<String>), u32> = Map::new();
    let mut secrets = None;
    for plugin in plugins {
        let found = plugin.in_file(path);
        if found.len() > MAX_FINDINGS {
            too_complex(
                partial,
                &format!("the plugin {} has more than {MAX_FINDINGS} findings; the rest is left out", plugin.name),
            );
        }
        for finding in found.iter().take(MAX_FINDINGS) {
            let finding = &without(secrets.get_or_insert_with(|| values(document, lowering.masked(document))), finding);
            let span = within(document.source().text(), finding.span);
            let keys = document.at(span.start).map(lower::keys).unwrap_or_default();
            let rule = format!("{}/{}", plugin.name, finding.rule);
            let this = (rule, finding.object.clone(), keys);
            let ordinal = met.get(&this).copied().unwrap_or(0);
            partial.findings.extend(lowering.foreign_row(&this.0, finding, (document, span), (&this.2, ordinal)));
            met.insert(this, ordinal + 1);
        }
    }
}

/// What goes of plugins into the key of a file: which they are, and what they found in it.
pub(super) fn key(plugins: &[PluginRun], path: &str, key: &mut Digests) {
    for plugin in plugins {
        key.part(&plugin.name);
        key.part(&plugin.sha256);
        plugin.in_file(path).iter().for_each(|finding| key.part(&serde_json::to_string(finding).unwrap_or_default()));
    }
}

// The secrets at these places of a file, as they are written and as they are meant: each line, since texts that are shown have no breaks.
fn values(document: &Document<'_>, masked: &[Span]) -> Vec<String> {
    let mut values = Vec::new();
    for span in masked {
        let written = document.source().text().get(span.range()).unwrap_or("");
        let meant = document.at(span.start).and_then(|node| node.text()).unwrap_or("");
        for text in [written.to_owned(), meant.to_owned()].into_iter().chain(decoded(meant)) {
            // Where nothing was read, a line still has its key.
            let parts = text.lines().flat_map(|line| [Some(line), line.split_once(": ").map(|(_, value)| value)]);
            let parts = parts.flatten().map(|part| part.trim().trim_matches(['"', '\'']));
            values.extend(parts.filter(|part| part.len() >= MIN_VALUE).map(str::to_owned));
        }
        if values.len() > MAX_VALUES {
            break;
        }
    }
    // A value that holds another is looked for first.
    let mut values = crate::sort::sorted_by_key(values, |value| (std::cmp::Reverse(value.len()), value.clone()));
    values.dedup();
    values
}

// A plugin may repeat what it read; nobody reads it there who is not meant to.
fn without(secrets: &[String], finding: &PluginFinding) -> PluginFinding {
    let shown = |text: &str| match secrets {
        [] => taken(text).to_owned(),
        _ if secrets.len() > MAX_VALUES => "not shown, since the file holds too many secrets to look for in it".to_owned(),
        _ => secrets.iter().fold(taken(text).to_owned(), |text, secret| text.replace(secret.as_str(), "***")),
    };
    let PluginFinding { message, help, object, .. } = finding;
    PluginFinding { message: shown(message), help: shown(help), object: shown(object), ..finding.clone() }
}

// What a plugin says of places is believed no further than the file goes.
fn within(text: &str, span: Span) -> Span {
    let end = text.floor_char_boundary(span.end as usize);
    let start = text.floor_char_boundary(end.min(span.start as usize));
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: number(start), end: number(end) }
}
