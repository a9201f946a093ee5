//! Secrets that expressions put into a text.

use std::ops::Range;

use policy_core::model::github::expression::{ExprKind, Segment, contributions};
use policy_core::unit::Site;

/// A secret whose value stands in the result of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretText<'u> {
    /// Its name; `*` for all of them, or one that an expression chooses.
    pub(crate) name: &'u str,
    /// Where it is named, in the scalar's text.
    pub(crate) range: Range<usize>,
    /// Whether the text may be another one than the secret, so that masking misses it.
    pub(crate) derived: bool,
}

impl SecretText<'_> {
    /// Whether it is the token that every job has.
    pub(crate) fn is_job_token(&self) -> bool {
        self.name.eq_ignore_ascii_case("github_token")
    }
}

/// The secrets in the result of an expression; those that only decide a condition are not among them.
pub(crate) fn secrets_of<'u>(site: &'u Site<'u>) -> Vec<SecretText<'u>> {
    let Ok(expression) = &site.expression else { return Vec::new() };
    // Most expressions have nothing to do with secrets.
    let may_name = |id| match expression.kind(id) {
        ExprKind::Context => expression.name(id).eq_ignore_ascii_case("secrets"),
        ExprKind::Property => expression.name(id).eq_ignore_ascii_case("token"),
        ExprKind::Index => true,
        _ => false,
    };
    if !expression.ids().any(may_name) {
        return Vec::new();
    }
    // Whoever reads JSON reads parts of it.
    let reads = |id| expression.kind(id) == ExprKind::Call && expression.name(id).eq_ignore_ascii_case("fromjson");
    let derived = expression.ids().any(reads);
    let secret = |id| {
        let path = expression.path(id)?;
        match path.segments() {
            [Segment::Name(context), rest @ ..] if context.eq_ignore_ascii_case("secrets") => match rest {
                [Segment::Name(name), ..] => Some(*name),
                _ => Some("*"),
            },
            [Segment::Name(context), Segment::Name(name)]
                if context.eq_ignore_ascii_case("github") && name.eq_ignore_ascii_case("token") =>
            {
                Some("GITHUB_TOKEN")
            }
            _ => None,
        }
    };
    let parts = contributions(expression).into_iter().filter_map(|part| Some((part.id, secret(part.id)?)));
    parts
        .map(|(id, name)| {
            let span = expression.span(id);
            SecretText { name, range: site.start + span.start..site.start + span.end, derived }
        })
        .collect()
}
