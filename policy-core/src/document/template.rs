//! Recognises files that are templates of YAML rather than YAML, so that they are named as such and not as broken.

/// A template language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Go templates as Helm uses them.
    Helm,
    /// Jinja and its kin (cookiecutter, Ansible).
    Jinja,
    /// Embedded Ruby and its kin.
    Erb,
}

impl Template {
    /// The name for a person.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Helm => "Helm",
            Self::Jinja => "Jinja",
            Self::Erb => "ERB",
        }
    }
}

const MAX_LINES: usize = 100_000;

/// The language whose marks stand where YAML would have structure: at the start of a line, or as the first thing of a value.
/// GitHub's `${{ }}` and marks within text (`--format '{{.Name}}'`) do not count.
pub(super) fn recognise(text: &str) -> Option<Template> {
    text.lines().take(MAX_LINES).find_map(|line| {
        let line = line.trim_start();
        let value = line.split_once(": ").map_or(line, |(_, value)| value.trim_start());
        [line, value].into_iter().find_map(mark)
    })
}

fn mark(text: &str) -> Option<Template> {
    if text.starts_with("{%") || text.starts_with("{#") {
        return Some(Template::Jinja);
    }
    if text.starts_with("<%") {
        return Some(Template::Erb);
    }
    let inner = text.strip_prefix("{{")?.trim_start_matches('-').trim_start();
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
    let go = inner.starts_with(['.', '$', '/', '(', '"'])
        || matches!(
            word,
            "if" | "else" | "end" | "range" | "with" | "include" | "template" | "define" | "block" | "toYaml" | "printf"
        );
    Some(if go { Template::Helm } else { Template::Jinja })
}

#[cfg(test)]
mod tests {
    use super::{Template, recognise};

    #[test]
    fn marks_count_where_structure_is_expected() {
        assert_eq!(recognise("a:\n  {{- toYaml .Values.x | nindent 4 }}\n"), Some(Template::Helm));
        assert_eq!(recognise("name: {{ .Release.Name }}\n"), Some(Template::Helm));
        assert_eq!(recognise("name: {{ cookiecutter.slug }}\n"), Some(Template::Jinja));
        assert_eq!(recognise("{% if x %}\n"), Some(Template::Jinja));
        assert_eq!(recognise("<%= x %>\n"), Some(Template::Erb));
        assert_eq!(recognise("run: docker inspect --format '{{.Name}}' ${{ env.X }}\nx: ${{ y }}\n"), None);
    }
}
