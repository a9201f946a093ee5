//! What can be judged of a file, before any rule.

use super::MAX_WHY;
use crate::document::{Document, Kind, ProblemKind};
use crate::link::Roles;
use crate::model::github::MAX_WORKFLOW_EVENTS;
use crate::model::kubernetes;
use crate::report::{FileState, Locator, Why, WhyCode};
use crate::secret::clean_name;
use crate::source::Span;

/// What becomes of a file by its problems and its form alone. One of another project, `foreign`, is there to be included.
pub(super) fn readable(document: &Document<'_>, roles: Roles, foreign: bool) -> (FileState, Vec<Why>) {
    let masked = if roles.kubernetes && !document.problems().is_empty() {
        let objects = kubernetes::objects(document);
        kubernetes::secret_values(&objects, &kubernetes::pods(&objects).1)
    } else {
        Vec::new()
    };
    let locator = Locator::new(document.source()).masking(&masked);
    let mut why: Vec<Why> = Vec::new();
    let mut state = FileState::Judged;
    for problem in document.problems() {
        let (code, then) = match problem.kind {
            ProblemKind::Encoding => (WhyCode::Encoding, FileState::Refused),
            ProblemKind::Syntax => (WhyCode::Syntax, FileState::Refused),
            ProblemKind::TooComplex => (WhyCode::TooComplex, FileState::Refused),
            ProblemKind::InvalidUtf8 => (WhyCode::InvalidUtf8, FileState::Partly),
            ProblemKind::DuplicateKey => (WhyCode::DuplicateKey, FileState::Partly),
            ProblemKind::Alias => (WhyCode::Alias, FileState::Partly),
        };
        state = state.max(then);
        if why.iter().filter(|why| why.code == code).count() < MAX_WHY {
            why.push(Why { code, message: problem.message.clone(), location: Some(locator.location(problem.span)) });
        }
    }
    if state == FileState::Refused {
        if let Some(template) = document.template().filter(|_| why.iter().all(|why| why.code == WhyCode::Syntax)) {
            let message = format!("a template ({}): render it and judge what comes out", template.name());
            why.insert(0, Why { code: WhyCode::Template, message, location: None });
            // What lies where CI executes it is never put aside: another reader of YAML may take it.
            return (if roles.is_none() || roles.kubernetes { FileState::Opaque } else { FileState::Refused }, why);
        }
        return (state, why);
    }
    if let Some(mark) = document.template_mark() {
        let message = "`{{ }}` of a template reads as a mapping here: render the file and judge what comes out".to_owned();
        why.push(Why { code: WhyCode::Template, message, location: Some(locator.location(mark.span())) });
        state = state.max(FileState::Partly);
    }
    let (form, mut more) = form(document, roles, foreign);
    why.append(&mut more);
    (state.max(form), why)
}

// Whether the file has the form that its role asks for.
fn form(document: &Document<'_>, roles: Roles, foreign: bool) -> (FileState, Vec<Why>) {
    let because = |code, message: &str, location| vec![Why { code, message: message.to_owned(), location }];
    if roles.is_none() && kubernetes::is_kustomization_path(document.source().path()) {
        return (FileState::Opaque, because(WhyCode::Template, KUSTOMIZATION, None));
    }
    if roles.is_none() {
        let message = "neither a workflow (`on`, `jobs`) nor an action (`runs`) of GitHub, nor a pipeline of GitLab, nor an \
                       object of Kubernetes (`apiVersion`, `kind`)";
        return (FileState::Opaque, because(WhyCode::Unrecognised, message, None));
    }
    if roles.is_gitlab() {
        return form_of_gitlab(document, roles, foreign);
    }
    if roles.kubernetes {
        return form_of_manifest(document);
    }
    if roles.github_codeowners {
        return (FileState::Judged, Vec::new());
    }
    let has = |key: &str| document.root().and_then(|root| root.get(key)).is_some();
    let asked = [(roles.github_workflow, "jobs"), (roles.github_action, "runs"), (roles.github_dependabot, "updates")];
    if !asked.iter().any(|(role, key)| *role && has(key)) {
        let lacking = asked.iter().find(|(role, _)| *role).map_or("`jobs`".to_owned(), |(_, key)| format!("`{key}`"));
        let message = format!("GitHub cannot use this file: it has no {lacking}");
        return (FileState::Refused, because(WhyCode::WrongForm, &message, None));
    }
    if roles.github_workflow && document.expanded() > MAX_WORKFLOW_EVENTS {
        let message = "more than the 50,000 YAML nodes, aliases expanded, that GitHub reads of a workflow";
        return (FileState::Refused, because(WhyCode::TooComplex, message, None));
    }
    if let Some(second) = document.roots().nth(1) {
        let location = Locator::new(document.source()).location(Span { end: second.span().start + 1, ..second.span() });
        let message = "a second YAML document; GitHub reads files of one, and only the first is judged";
        return (FileState::Partly, because(WhyCode::SeveralDocuments, message, Some(location)));
    }
    (FileState::Judged, Vec::new())
}

fn form_of_gitlab(document: &Document<'_>, roles: Roles, foreign: bool) -> (FileState, Vec<Why>) {
    let because = |code, message: &str, location| vec![Why { code, message: message.to_owned(), location }];
    if foreign {
        let message = "a file of another project, which counts where a pipeline includes it: no file that is judged does";
        return (FileState::Opaque, because(WhyCode::IncludeOnly, message, None));
    }
    if roles.gitlab_part {
        let message = "a part of a pipeline, which counts where a pipeline includes it: no file that is judged does";
        return (FileState::Opaque, because(WhyCode::IncludeOnly, message, None));
    }
    let mut contents = document.roots().skip(usize::from(document.root().is_some_and(|root| root.get("spec").is_some())));
    if contents.next().is_none_or(|content| content.kind() != Kind::Mapping) {
        let message = "GitLab cannot use this file: it is no mapping of jobs";
        return (FileState::Refused, because(WhyCode::WrongForm, message, None));
    }
    if let Some(second) = contents.next() {
        let location = Locator::new(document.source()).location(Span { end: second.span().start + 1, ..second.span() });
        let message = "a second YAML document; GitLab reads files of one behind the header, and only the first is judged";
        return (FileState::Partly, because(WhyCode::SeveralDocuments, message, Some(location)));
    }
    (FileState::Judged, Vec::new())
}

const KUSTOMIZATION: &str = "a kustomization: build it (`kustomize build`) and judge what comes out";

// The files that a kustomization names are judged as they stand, and what is built of them is not.
fn form_of_manifest(document: &Document<'_>) -> (FileState, Vec<Why>) {
    let objects = kubernetes::objects(document);
    let (built, objects): (Vec<_>, Vec<_>) = objects.into_iter().partition(kubernetes::is_of_kustomize);
    let because = |code, message: String| vec![Why { code, message, location: None }];
    let mut others: Vec<String> = Vec::new();
    for object in objects.iter().filter(|object| !kubernetes::is_judged(object)) {
        let kind = clean_name(object.kind());
        if !others.contains(&kind) && others.len() < MAX_WHY {
            others.push(kind);
        }
    }
    let judged = objects.iter().any(kubernetes::is_judged);
    let state = if judged { FileState::Partly } else { FileState::Opaque };
    if !built.is_empty() && others.is_empty() {
        return (state, because(WhyCode::Template, KUSTOMIZATION.to_owned()));
    }
    if others.is_empty() {
        return (FileState::Judged, Vec::new());
    }
    let message = format!("of a kind that no rule looks at: {}", others.join(", "));
    (if judged { FileState::Judged } else { state }, because(WhyCode::UnjudgedKind, message))
}
