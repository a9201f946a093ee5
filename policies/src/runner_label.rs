//! The labels that a job asks runners for, with those that its matrix gives.

use policy_core::document::{Kind, Ref};
use policy_core::model::github::Job;
use policy_core::model::github::expression::Segment;
use policy_core::rule::Cx;

/// What a job asks for.
#[derive(Debug, Default)]
pub(crate) struct Labels<'u> {
    /// Labels that are asked for alone: in `runs-on`, or as a value of the matrix.
    pub(crate) alone: Vec<Ref<'u>>,
    /// Labels that are asked for together with others.
    pub(crate) joined: Vec<Ref<'u>>,
    /// Whether there may be others, by an expression, or whether a group of runners is asked for.
    pub(crate) open: bool,
}

/// The labels of a job: none of one that calls a workflow.
pub(crate) fn labels<'u>(cx: &Cx<'u>, job: &Job<'u>) -> Labels<'u> {
    let Some(runs_on) = job.runs_on() else { return Labels::default() };
    let mut found = Labels { open: runs_on.node().get("group").is_some(), ..Labels::default() };
    let joined = runs_on.labels().nth(1).is_some();
    for label in runs_on.labels() {
        match cx.unit.sites_of(label) {
            [] if joined => found.joined.push(label),
            [] => found.alone.push(label),
            _ => found.add_matrix(cx, job, label),
        }
    }
    found
}

impl<'u> Labels<'u> {
    // `${{ matrix.os }}` alone.
    fn add_matrix(&mut self, cx: &Cx<'u>, job: &Job<'u>, label: Ref<'u>) {
        let names = match cx.unit.sites_of(label) {
            [site] if label.text().map(str::len) == Some(site.outer.len()) => {
                site.expression.as_ref().ok().and_then(|expression| expression.path(expression.root()))
            }
            _ => None,
        };
        let path: Vec<&str> = names
            .iter()
            .flat_map(|path| path.segments())
            .map(|segment| match segment {
                Segment::Name(name) => *name,
                Segment::Any => "*",
            })
            .collect();
        let matrix = job.strategy().and_then(|strategy| strategy.matrix());
        let (Some((context, rest)), Some(matrix)) = (path.split_first(), matrix) else {
            self.open = true;
            return;
        };
        if !context.eq_ignore_ascii_case("matrix") || !cx.budget.spend(matrix.node().len()) {
            self.open = true;
            return;
        }
        let values = matrix.values(rest);
        self.open |= values.open;
        let is_known = |value: &Ref<'u>| value.kind() == Kind::Scalar && cx.unit.sites_of(*value).is_empty();
        for value in values.known {
            match value.kind() {
                Kind::Sequence => self.joined.extend(value.items().filter(is_known)),
                _ if is_known(&value) => self.alone.push(value),
                _ => self.open = true,
            }
        }
    }
}
