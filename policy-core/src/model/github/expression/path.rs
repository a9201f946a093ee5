//! Context paths: `github.event.commits[0].message` and its kin.

use super::{ExprId, ExprKind, Expression};

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    /// `.name` or `['name']`
    Name(&'t str),
    /// `.*`, `[*]`, `[0]`, or an index that is only known when the pipeline runs.
    Any,
}

/// A path from a context downwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<'t>(Vec<Segment<'t>>);

pub(super) fn of<'t>(expression: &Expression<'t>, mut id: ExprId) -> Option<Path<'t>> {
    let mut segments = Vec::new();
    loop {
        let segment = match expression.kind(id) {
            ExprKind::Context => {
                segments.push(Segment::Name(expression.name(id)));
                segments.reverse();
                return Some(Path(segments));
            }
            ExprKind::Property => Segment::Name(expression.name(id)),
            ExprKind::Wildcard => Segment::Any,
            ExprKind::Index => index(expression, *expression.children(id).get(1)?),
            _ => return None,
        };
        segments.push(segment);
        id = *expression.children(id).first()?;
    }
}

fn index<'t>(expression: &Expression<'t>, id: ExprId) -> Segment<'t> {
    let quoted = expression.name(id);
    let inner = quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match (expression.kind(id), inner) {
        (ExprKind::Text, Some(name)) if !name.contains('\'') => Segment::Name(name),
        _ => Segment::Any,
    }
}

impl<'t> Path<'t> {
    /// The steps, the context first.
    #[must_use]
    pub fn segments(&self) -> &[Segment<'t>] {
        &self.0
    }

    /// Whether this path can name what a dotted pattern names. Case does not matter, `*` matches any step on either side.
    #[must_use]
    pub fn matches(&self, pattern: &str) -> bool {
        pattern.split('.').count() == self.0.len() && self.is_prefix_of(pattern)
    }

    /// Whether what a dotted pattern names can lie within what this path names, or is the same.
    #[must_use]
    pub fn is_prefix_of(&self, pattern: &str) -> bool {
        let mut steps = pattern.split('.');
        self.0.iter().all(|segment| match (segment, steps.next()) {
            (_, None) => false,
            (_, Some("*")) | (Segment::Any, _) => true,
            (Segment::Name(name), Some(step)) => name.eq_ignore_ascii_case(step),
        })
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            let name = match segment {
                Segment::Name(name) => name,
                Segment::Any => "*",
            };
            write!(formatter, "{dot}{name}")?;
        }
        Ok(())
    }
}
