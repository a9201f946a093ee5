//! What can be judged of a file, before any rule.

use super::MAX_WHY;
use crate::document::{Document, ProblemKind};
use crate::link::Roles;
use crate::model::github::MAX_WORKFLOW_EVENTS;
use crate::report::{FileState, Locator, Why, WhyCode};
use crate::source::Span;

/// What becomes of a file by its problems and its form alone.
pub(super) fn readable(document: &Document<'_>, roles: Roles) -> (FileState, Vec<Why>) {
    let locator = Locator::new(document.source());
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
            return (if roles.is_none() { FileState::Opaque } else { FileState::Refused }, why);
        }
        return (state, why);
    }
    if let Some(mark) = document.template_mark() {
        let message = "`{{ }}` of a template reads as a mapping here: render the file and judge what comes out".to_owned();
        why.push(Why { code: WhyCode::Template, message, location: Some(locator.location(mark.span())) });
        state = state.max(FileState::Partly);
    }
    let (form, mut more) = form(document, roles);
    why.append(&mut more);
    (state.max(form), why)
}

// Whether the file has the form that its role asks for.
fn form(document: &Document<'_>, roles: Roles) -> (FileState, Vec<Why>) {
    let because = |code, message: &str, location| vec![Why { code, message: message.to_owned(), location }];
    if roles.is_none() {
        let message = "neither a workflow (`on`, `jobs`) nor an action (`runs`) of GitHub";
        return (FileState::Opaque, because(WhyCode::Unrecognised, message, None));
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
