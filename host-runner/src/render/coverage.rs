//! Why files are not simply judged, and the command that would help.

use policy_core::report::{FileCoverage, FileState, Report, Why, WhyCode};
use policy_core::secret::is_clean;

/// One reason why a file is not simply judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shortfall<'r> {
    pub(crate) file: &'r FileCoverage,
    pub(crate) why: &'r Why,
}

/// The reasons, those of files that could not be read first. A file that nothing claims to be ours, or of a kind that no rule looks
/// at, is counted and not named, unless all are wanted or no other file was judged either.
pub(crate) fn shortfalls(report: &Report, all: bool) -> Vec<Shortfall<'_>> {
    let coverage = &report.coverage;
    let all = all || coverage.judged + coverage.partly == 0;
    let mut files: Vec<&FileCoverage> = coverage.files.iter().filter(|file| file.state != FileState::Judged).collect();
    files.retain(|file| all || !file.why.iter().all(is_counted));
    files.sort_by_key(|file| std::cmp::Reverse(file.state));
    let reasons = files.into_iter().flat_map(|file| file.why.iter().map(move |why| Shortfall { file, why }));
    reasons.filter(|reason| all || reason.why.code != WhyCode::UnjudgedKind).collect()
}

fn is_counted(why: &Why) -> bool {
    matches!(why.code, WhyCode::Unrecognised | WhyCode::UnjudgedKind)
}

/// The name of a reason in reports.
pub(crate) fn name(code: WhyCode) -> String {
    serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What would help, as a command to the reader.
pub(crate) fn help(shortfall: Shortfall<'_>) -> Option<String> {
    let path = shortfall.file.path.as_str();
    match shortfall.why.code {
        WhyCode::Template if is_kustomization(path, &shortfall.why.message) => {
            Some(format!("`kustomize build {} | gatepost check -`", argument(folder(path), "DIR")))
        }
        WhyCode::Template => chart(path).map(|chart| format!("`helm template {} | gatepost check -`", argument(chart, "CHART"))),
        WhyCode::Unavailable => Some(
            "`gatepost check --source GROUP/PROJECT@REF=DIR` gives files of other projects; `gatepost check --merged FILE` judges \
             what GitLab itself has merged"
                .to_owned(),
        ),
        WhyCode::IncludeOnly => Some("`gatepost check` in the repository judges it with the pipelines that include it".to_owned()),
        WhyCode::Refused => Some(format!("`gatepost show pipeline {}`", argument(path, "FILE"))),
        WhyCode::Unrecognised if path == "stdin.yml" || path == "stdin.json" => {
            Some("`gatepost check --stdin-name .github/workflows/ci.yml -` says what it is".to_owned())
        }
        WhyCode::Unreadable
        | WhyCode::Crashed
        | WhyCode::Encoding
        | WhyCode::InvalidUtf8
        | WhyCode::Syntax
        | WhyCode::TooComplex
        | WhyCode::DuplicateKey
        | WhyCode::Alias
        | WhyCode::SeveralDocuments
        | WhyCode::Expression
        | WhyCode::WrongForm
        | WhyCode::UnjudgedKind
        | WhyCode::Unrecognised => None,
    }
}

/// The reason, and what would help behind it.
pub(crate) fn sentence(shortfall: Shortfall<'_>) -> String {
    let message = &shortfall.why.message;
    help(shortfall).map_or_else(|| message.clone(), |help| format!("{message} ({help})"))
}

fn is_kustomization(path: &str, message: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("kustomization.") || name == "Kustomization" || message.starts_with("a kustomization")
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

// The folder that holds the folder `templates` of a chart.
fn chart(path: &str) -> Option<&str> {
    if path.starts_with("templates/") {
        return Some(".");
    }
    path.split_once("/templates/").map(|(chart, _)| chart)
}

// A path as a shell takes it, or what stands for it where the path is not what is shown, or would be taken for an option.
fn argument<'a>(path: &'a str, placeholder: &'a str) -> std::borrow::Cow<'a, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let simple = |c: char| plain(c) || matches!(c, ' ' | '+' | ',' | '@' | '=' | ':');
    match path {
        _ if path.starts_with('-') || !path.chars().all(simple) || !is_clean(path) => placeholder.into(),
        _ if path.chars().all(plain) => path.into(),
        _ => format!("'{path}'").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{argument, chart, folder};

    #[test]
    fn paths_are_arguments_or_named_by_what_they_are() {
        assert_eq!(argument("deploy/shop", "DIR"), "deploy/shop");
        assert_eq!(argument("my shop", "DIR"), "'my shop'");
        for hostile in ["-x", "a'b", "a`b`", "$(a)", "a\nb", "a;b", "ü"] {
            assert_eq!(argument(hostile, "DIR"), "DIR");
        }
    }

    #[test]
    fn a_chart_is_what_holds_templates() {
        assert_eq!(chart("a/shop/templates/x.yaml"), Some("a/shop"));
        assert_eq!(chart("templates/tests/x.yaml"), Some("."));
        assert_eq!(chart("a/b.yaml"), None);
        assert_eq!(folder("kustomization.yaml"), ".");
    }
}
