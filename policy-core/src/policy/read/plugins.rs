//! The modules of third parties that a policy asks for.

use super::{MODES, OVERRIDES, Reader};
use crate::document::{Kind, Ref};
use crate::plugin::{is_name, is_sha256};
use crate::policy::PluginPin;
use crate::policy::written::{Mode, Override, Written};

/// The most plugins that a policy may ask for.
const MAX_PLUGINS: usize = 20;

impl Reader<'_> {
    pub(super) fn plugins(&mut self, node: Ref<'_>, written: &mut Written) {
        if node.kind() != Kind::Sequence || node.items().count() > MAX_PLUGINS {
            let hint = Some("each has `name`, `path` and `sha256`".to_owned());
            return self.problem(node.span(), format!("`plugins` is a list of at most {MAX_PLUGINS} modules"), hint);
        }
        for item in node.items() {
            let Some(plugin) = self.plugin(item) else { continue };
            if written.plugins.iter().any(|other| other.value.name == plugin.name) {
                let hint = Some("give it a name of its own".to_owned());
                self.problem(item.span(), "a second plugin of this name".to_owned(), hint);
            }
            written.plugins.push(self.place(item, plugin));
        }
    }

    fn plugin(&mut self, node: Ref<'_>) -> Option<PluginPin> {
        let before = self.problems.len();
        let (name, path, sha256) = (String::new(), String::new(), String::new());
        let mut plugin = PluginPin { name, path, sha256, mode: Mode::Enforce, below: Override::Tighten, layer: 0 };
        self.entries(node, "a plugin", &["name", "path", "sha256", "mode", "override"], &mut |reader, key, value| match key {
            "name" => plugin.name = reader.text(value, "`name`"),
            "path" => plugin.path = reader.text(value, "`path`"),
            "sha256" => plugin.sha256 = reader.text(value, "`sha256`").trim_start_matches("sha256:").to_owned(),
            // Nothing takes a module away that a layer above asks for.
            "override" => plugin.below = reader.name(value, OVERRIDES.get(..2).unwrap_or(OVERRIDES)).unwrap_or(Override::None),
            // Who does not want it leaves it out.
            _ => plugin.mode = reader.name(value, MODES.get(1..).unwrap_or(MODES)).unwrap_or(Mode::Enforce),
        });
        if self.problems.len() > before || node.kind() != Kind::Mapping {
            return None;
        }
        let wrong = match () {
            () if !is_name(&plugin.name) => "a plugin has a `name` of lower case letters, digits and `-`",
            () if plugin.path.is_empty() => "a plugin has a `path`, the file of its module as seen from the folder of this policy",
            () if !is_sha256(&plugin.sha256) => "a plugin has a `sha256`, the digest of its module in 64 hexadecimal digits",
            () => return Some(plugin),
        };
        let hint = "`sha256sum` prints the digest of a file".to_owned();
        self.problem(node.span(), wrong.to_owned(), (wrong.contains("`sha256`")).then_some(hint));
        None
    }
}
