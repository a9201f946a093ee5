//! How one platform reads a file where platforms differ.

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2.
    Yaml,
    /// JSON, as strict as RFC 8259.
    Json,
    /// Lines of words: a sequence of sequences.
    Lines,
}

/// A platform's reading of plain scalars and of keys. GitHub takes `<<` for a key like any other; GitLab merges, which its model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    syntax: Syntax,
    /// Texts of plain scalars that mean true.
    truths: &'static [&'static str],
    /// Texts of plain scalars that mean false.
    falsehoods: &'static [&'static str],
    /// Whether `Name` and `name` in one mapping are the same key given twice.
    keys_ignore_case: bool,
    /// Whether `<<` may stand in a mapping several times, since it merges.
    merges: bool,
}

impl Dialect {
    /// GitHub Actions: the core schema of YAML 1.2 (`on`, `yes` and `no` are text), keys unique without regard
    /// to case. Source: the workflow parser of github.com/actions/runner.
    pub const GITHUB: Self = Self {
        syntax: Syntax::Yaml,
        truths: &["true", "True", "TRUE"],
        falsehoods: &["false", "False", "FALSE"],
        keys_ignore_case: true,
        merges: false,
    };

    /// GitLab CI/CD: YAML 1.1 as Psych reads it (`on` and `yes` are true in any case of letters, `y` is text), with merge keys.
    pub const GITLAB: Self = Self {
        syntax: Syntax::Yaml,
        truths: &["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"],
        falsehoods: &["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"],
        keys_ignore_case: false,
        merges: true,
    };

    /// Kubernetes: YAML 1.1 turned into JSON, as sigs.k8s.io/yaml does it. Source: the table of go.yaml.in/yaml/v2.
    pub const KUBERNETES: Self = Self {
        syntax: Syntax::Yaml,
        truths: &["true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"],
        falsehoods: &["false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"],
        keys_ignore_case: false,
        merges: true,
    };

    /// JSON: what stands without quotes is `true`, `false`, `null` or a number.
    pub const JSON: Self =
        Self { syntax: Syntax::Json, truths: &["true"], falsehoods: &["false"], keys_ignore_case: false, merges: false };

    /// Lines of words, such as `CODEOWNERS`: everything is text.
    pub const LINES: Self = Self { syntax: Syntax::Lines, truths: &[], falsehoods: &[], keys_ignore_case: false, merges: false };

    /// What the file is written in.
    #[must_use]
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// What a plain scalar of this text means as a boolean, if it is one.
    #[must_use]
    pub fn boolean(&self, text: &str) -> Option<bool> {
        if self.truths.contains(&text) {
            return Some(true);
        }
        self.falsehoods.contains(&text).then_some(false)
    }

    /// Whether a plain scalar of this text is null.
    #[must_use]
    pub fn is_null(&self, text: &str) -> bool {
        matches!(text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// Whether a plain scalar of this text is read as text, rather than as null, a boolean or a number.
    #[must_use]
    pub fn is_text(&self, text: &str) -> bool {
        !self.is_null(text) && self.boolean(text).is_none() && !looks_numeric(text)
    }

    /// Whether a key may stand in one mapping several times.
    pub(super) fn may_repeat(&self, key: &str) -> bool {
        self.merges && key == "<<"
    }

    /// Whether two keys of one mapping are the same key.
    #[must_use]
    pub fn same_key(&self, a: &str, b: &str) -> bool {
        a == b || (self.keys_ignore_case && a.eq_ignore_ascii_case(b))
    }

    /// The form of a key by which duplicates are found.
    pub(super) fn key_form(&self, key: &str) -> String {
        if self.keys_ignore_case { key.to_ascii_lowercase() } else { key.to_owned() }
    }
}

// Wider than the core schema on purpose: it decides what is quoted when we write, and quoting too much is harmless.
fn looks_numeric(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
    digits.starts_with(|first: char| first.is_ascii_digit())
        || [".inf", ".nan"].iter().any(|name| unsigned.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn on_and_yes_are_text_for_github() {
        for text in ["on", "On", "yes", "no", "off", "y"] {
            assert!(Dialect::GITHUB.is_text(text), "{text}");
        }
        assert_eq!(Dialect::GITHUB.boolean("TRUE"), Some(true));
        assert_eq!(Dialect::GITHUB.boolean("tRUE"), None);
        for text in ["", "~", "null", "12", "-1.5e3", ".5", "0x1F", ".inf", "false"] {
            assert!(!Dialect::GITHUB.is_text(text), "{text}");
        }
    }
}
