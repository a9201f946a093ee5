//! Policies of third parties. Their modules speak the interface of ours; the host runs them and hands over what they found, which
//! joins what our rules find. They add findings, and can do nothing else.

use serde::{Deserialize, Serialize};

use crate::rule::{Confidence, Severity};
use crate::source::Span;

/// The most findings that are taken of one plugin.
pub const MAX_PLUGIN_FINDINGS: usize = 10_000;

/// So many bytes of each text of a finding are taken; less is shown.
const MAX_TEXT: usize = 4 << 10;

/// The longest name of a plugin, and of one of its rules.
const MAX_NAME: usize = 64;

/// What the module of a third party gave over the files of a request, or why it gave nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PluginRun {
    /// What the policy or the host calls it; its findings are of rules `name/rule`.
    pub name: String,
    /// The digest of the module, 64 hexadecimal digits.
    pub sha256: String,
    /// Whether who started the command asks for it: then no policy says what its findings do, and they deny as those of rules do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub enforced: bool,
    /// What went wrong, if it did not run to its end. That denies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What it found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<PluginFinding>,
}

impl PluginRun {
    /// What it found in a file. The findings have to be sorted by path.
    #[must_use]
    pub fn in_file(&self, path: &str) -> &[PluginFinding] {
        let start = self.findings.partition_point(|finding| finding.path.as_str() < path);
        let end = self.findings.partition_point(|finding| finding.path.as_str() <= path);
        self.findings.get(start..end).unwrap_or(&[])
    }
}

/// What a plugin found. Texts are cleaned, as all that comes from files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PluginFinding {
    /// The plugin's own name for what is wrong: `no-latest`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The fact.
    pub message: String,
    /// What to do.
    #[serde(default)]
    pub help: String,
    /// What it is about.
    #[serde(default)]
    pub object: String,
    /// The file.
    pub path: String,
    /// The bytes of the file.
    pub span: Span,
}

/// What is taken of a text of a finding.
#[must_use]
pub fn taken(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or("")
}

/// Whether this names a plugin or one of its rules: lower case letters and digits, with `-` between them.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= MAX_NAME && text.bytes().all(inside) && !text.starts_with('-') && !text.ends_with('-') && !text.is_empty()
}

/// The name of the plugin that a rule is of; none for a rule of ours.
#[must_use]
pub fn plugin_of(rule: &str) -> Option<&str> {
    let (plugin, own) = rule.split_once('/')?;
    (is_name(plugin) && is_name(own)).then_some(plugin)
}

/// Whether this is a SHA-256 digest in hexadecimal digits.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::{is_name, plugin_of};

    #[test]
    fn names_of_plugins_cannot_be_taken_for_something_else() {
        for good in ["a", "acme", "acme-2", "0"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a/b", "a b", "é", "a.b", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
        assert_eq!(plugin_of("acme/no-latest"), Some("acme"));
        assert_eq!(["unpinned-action", "/a", "a/", "a/b/c"].map(plugin_of), [None; 4]);
    }
}
