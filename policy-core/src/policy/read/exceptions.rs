//! Reads exceptions.

use super::{Reader, listed};
use crate::document::{Kind, Ref};
use crate::plugin::plugin_of;
use crate::policy::time;
use crate::policy::written::{Written, WrittenException};
use crate::report::Locator;
use crate::secret::clean_short;

/// The most exceptions of one file.
const MAX_EXCEPTIONS: usize = 1_000;

impl Reader<'_> {
    pub(super) fn exceptions(&mut self, node: Ref<'_>, written: &mut Written) {
        if node.kind() != Kind::Sequence && !node.is_null() {
            return self.problem(node.span(), "`exceptions` is a list".to_owned(), None);
        }
        for item in node.items() {
            if written.exceptions.len() >= MAX_EXCEPTIONS {
                return self.problem(
                    item.span(),
                    format!("more than the {MAX_EXCEPTIONS} exceptions that one file may have"),
                    None,
                );
            }
            if let Some(exception) = self.exception(item) {
                if written.exceptions.iter().any(|other| other.id == exception.id) {
                    self.problem(
                        item.span(),
                        "a second exception with this id".to_owned(),
                        Some("give it an id of its own".to_owned()),
                    );
                }
                written.exceptions.push(exception);
            }
        }
    }

    fn exception(&mut self, node: Ref<'_>) -> Option<WrittenException> {
        const KEYS: &[&str] =
            &["id", "rules", "path", "object", "fingerprint", "reason", "owner", "approvedBy", "ticket", "created", "expires"];
        let before = self.problems.len();
        let mut exception = WrittenException {
            at: Locator::new(self.source).location(node.span()),
            id: String::new(),
            rules: Vec::new(),
            path: None,
            object: None,
            fingerprint: None,
            reason: String::new(),
            owner: String::new(),
            created: None,
            expires: 0,
            expires_text: String::new(),
        };
        self.entries(node, "an exception", KEYS, &mut |reader, key, value| match key {
            "id" => exception.id = clean_short(&reader.text(value, "`id`")),
            "rules" => exception.rules = reader.rule_ids(value),
            "path" => exception.path = Some(reader.text(value, "`path`")),
            "object" => exception.object = Some(reader.text(value, "`object`")),
            "fingerprint" => exception.fingerprint = Some(reader.text(value, "`fingerprint`")),
            "reason" => exception.reason = clean_short(&reader.text(value, "`reason`")),
            "owner" => exception.owner = clean_short(&reader.text(value, "`owner`")),
            "created" => exception.created = reader.instant(value),
            "expires" => {
                exception.expires_text = clean_short(value.text().unwrap_or(""));
                exception.expires = reader.instant(value).unwrap_or(0);
            }
            _ => drop(reader.texts(value, "this")),
        });
        if self.problems.len() > before {
            return None;
        }
        let lacking = |key: &&&str| node.get(key).is_none();
        let lacking: Vec<&str> = ["id", "rules", "reason", "owner", "expires"].iter().filter(lacking).copied().collect();
        if !lacking.is_empty() {
            self.problem(node.span(), format!("this exception lacks {}", listed(&lacking)), None);
            return None;
        }
        if exception.path.is_none() && exception.object.is_none() && exception.fingerprint.is_none() {
            let hint = "to switch a rule off, set its mode under `rules`".to_owned();
            self.problem(node.span(), "an exception names a `path`, an `object` or a `fingerprint`".to_owned(), Some(hint));
            return None;
        }
        Some(exception)
    }

    fn rule_ids(&mut self, node: Ref<'_>) -> Vec<String> {
        let mut ids = Vec::new();
        for item in self.texts(node, "`rules`") {
            let name = item.text().unwrap_or("");
            match self.rules.iter().any(|rule| rule.id == name) || plugin_of(name).is_some() {
                true => ids.push(name.to_owned()),
                false => self.unknown_rule(item, name),
            }
        }
        ids
    }

    fn instant(&mut self, node: Ref<'_>) -> Option<i64> {
        let instant = node.text().and_then(time::seconds);
        if instant.is_none() {
            let hint = "write `2027-01-31`, or `2027-01-31T18:00:00+01:00`".to_owned();
            self.problem(node.span(), "this is a date, or an instant with its offset from UTC".to_owned(), Some(hint));
        }
        instant
    }
}
