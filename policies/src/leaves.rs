//! What an expression can come to, as far as the file says: texts in it, values of a matrix, variables.

use std::borrow::Cow;

use policy_core::document::{Kind, Ref};
use policy_core::flow::Spot;
use policy_core::model::github::expression::{ExprId, ExprKind, Expression, Segment};
use policy_core::model::github::{self, Job, Step};
use policy_core::read::Read;
use policy_core::rule::Cx;
use policy_core::unit::Site;

/// The most that is told of one expression.
const MAX_LEAVES: usize = 64;

/// One thing that an expression can come to.
#[derive(Clone, Debug)]
pub(crate) enum Leaf<'u> {
    /// A text, and the node that holds it if it stands outside of the expression.
    Text(Cow<'u, str>, Option<Ref<'u>>),
    /// What only the run can tell, and the context that it is from, if it is from one.
    Unknown(&'u str),
}

/// What an expression can come to, in the order of its text. `null`, booleans and numbers are left out: as a text they are of no use.
pub(crate) fn leaves<'u>(cx: &Cx<'u>, spot: Spot<'u>, site: &'u Site<'u>) -> Vec<Leaf<'u>> {
    let mut found = Vec::new();
    match &site.expression {
        Ok(expression) => collect(cx, spot, expression, expression.root(), &mut found),
        Err(_) => found.push(Leaf::Unknown("")),
    }
    if found.len() > MAX_LEAVES {
        found = vec![Leaf::Unknown("")];
    }
    found
}

// The parser bounds the depth.
fn collect<'u>(cx: &Cx<'u>, spot: Spot<'u>, expression: &Expression<'u>, id: ExprId, found: &mut Vec<Leaf<'u>>) {
    let children = expression.children(id);
    if found.len() > MAX_LEAVES || !cx.budget.spend(1) {
        return;
    }
    match expression.kind(id) {
        ExprKind::Text => found.extend(expression.text_literal(id).map(|text| Leaf::Text(text, None))),
        ExprKind::And => children.last().into_iter().for_each(|last| collect(cx, spot, expression, *last, found)),
        ExprKind::Or => children.iter().for_each(|child| collect(cx, spot, expression, *child, found)),
        ExprKind::Literal | ExprKind::Not | ExprKind::Comparison => {}
        ExprKind::Context | ExprKind::Property | ExprKind::Index => follow(cx, spot, expression, id, found),
        ExprKind::Wildcard | ExprKind::Call => found.push(Leaf::Unknown("")),
    }
}

fn follow<'u>(cx: &Cx<'u>, spot: Spot<'u>, expression: &Expression<'u>, id: ExprId, found: &mut Vec<Leaf<'u>>) {
    let Some(path) = expression.path(id) else { return found.push(Leaf::Unknown("")) };
    let names: Option<Vec<&str>> = path.segments().iter().map(|segment| name(*segment)).collect();
    match names.as_deref() {
        Some([context, rest @ ..]) if context.eq_ignore_ascii_case("matrix") && !rest.is_empty() => {
            of_matrix(cx, spot, rest, found)
        }
        Some([context, name]) if context.eq_ignore_ascii_case("env") => match variable(cx, spot, name) {
            Some(value) => found.push(leaf(value, "env")),
            None => found.push(Leaf::Unknown("env")),
        },
        _ => found.push(Leaf::Unknown(path.segments().first().and_then(|first| name(*first)).unwrap_or(""))),
    }
}

fn name(segment: Segment<'_>) -> Option<&str> {
    match segment {
        Segment::Name(name) => Some(name),
        Segment::Any => None,
    }
}

fn of_matrix<'u>(cx: &Cx<'u>, spot: Spot<'u>, names: &[&str], found: &mut Vec<Leaf<'u>>) {
    let Some(matrix) = spot.job.and_then(Job::strategy).and_then(|strategy| strategy.matrix()) else {
        return found.push(Leaf::Unknown("matrix"));
    };
    // Each value is held against each that is excluded.
    let excluded = matrix.node().get("exclude").map_or(0, |exclude| exclude.items().count());
    if !cx.budget.spend(matrix.node().len().saturating_mul(1 + excluded)) {
        return;
    }
    let values = matrix.values(names);
    if values.open {
        found.push(Leaf::Unknown("matrix"));
    }
    let given = values.known.into_iter().filter(|value| !value.is_null());
    found.extend(given.take(MAX_LEAVES + 1).map(|value| leaf(value, "matrix")));
}

fn leaf<'u>(value: Ref<'u>, context: &'u str) -> Leaf<'u> {
    match github::text(Some(value)) {
        Read::Is(text) => Leaf::Text(Cow::Borrowed(text), Some(value)),
        Read::Absent => Leaf::Text(Cow::Borrowed(""), Some(value)),
        Read::Dynamic | Read::Wrong => Leaf::Unknown(context),
    }
}

// The innermost `env` decides. What a step before has written to GITHUB_ENV is not followed.
fn variable<'u>(cx: &Cx<'u>, spot: Spot<'u>, name: &str) -> Option<Ref<'u>> {
    let of_workflow = cx.unit.workflow().and_then(|workflow| workflow.env());
    let all = [spot.step.and_then(Step::env), spot.job.and_then(Job::env), of_workflow];
    all.into_iter()
        .flatten()
        .filter(|env| env.kind() == Kind::Mapping)
        .find_map(|env| cx.budget.spend(env.len()).then(|| env.entry_in_any_case(name).map(|(_, value)| value))?)
}
