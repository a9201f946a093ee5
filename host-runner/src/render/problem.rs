//! What is wrong in a policy, as findings are shown, without colours: it ends up in an error.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer};
use policy_core::policy::PolicyProblem;

use super::terminal::with_place;

/// All of it; where nothing has a place, what is said of the whole.
pub(crate) fn render(message: &str, problems: &[PolicyProblem]) -> String {
    if problems.is_empty() {
        return message.to_owned();
    }
    let renderer = Renderer::plain();
    let shown = problems.iter().map(|problem| {
        let title = Level::ERROR.primary_title(problem.message.as_str());
        let group = with_place(Group::with_title(title), AnnotationKind::Primary, &problem.location, "");
        let hint = problem.hint.as_deref().map(|hint| Level::HELP.message(hint));
        renderer.render(&[hint.into_iter().fold(group, Group::element)])
    });
    let count = problems.len();
    let what = if count == 1 { "a problem".to_owned() } else { format!("{count} problems") };
    format!("the policy cannot be used, for {what}\n\n{}", shown.collect::<Vec<_>>().join("\n\n"))
}
