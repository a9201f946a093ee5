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

/// How many steps most paths have at most: these need no memory of their own.
const FEW: usize = 6;

/// A path from a context downwards.
#[derive(Clone, Debug)]
pub struct Path<'t> {
    few: [Segment<'t>; FEW],
    count: usize,
    // All steps, where they are more.
    many: Vec<Segment<'t>>,
}

impl PartialEq for Path<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.segments() == other.segments()
    }
}

impl Eq for Path<'_> {}

pub(super) fn of<'t>(expression: &Expression<'t>, id: ExprId) -> Option<Path<'t>> {
    let mut count = 1;
    let mut at = id;
    while expression.kind(at) != ExprKind::Context {
        if !matches!(expression.kind(at), ExprKind::Property | ExprKind::Wildcard | ExprKind::Index) {
            return None;
        }
        at = *expression.children(at).first()?;
        count += 1;
    }
    let mut path = Path { few: [Segment::Any; FEW], count, many: Vec::new() };
    if count > FEW {
        path.many.resize(count, Segment::Any);
    }
    let places = if count > FEW { path.many.as_mut_slice() } else { path.few.get_mut(..count).unwrap_or(&mut []) };
    at = id;
    for place in places.iter_mut().rev() {
        *place = match expression.kind(at) {
            ExprKind::Context | ExprKind::Property => Segment::Name(expression.name(at)),
            ExprKind::Index => index(expression, *expression.children(at).get(1)?),
            _ => Segment::Any,
        };
        at = expression.children(at).first().copied().unwrap_or(at);
    }
    Some(path)
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
        if self.many.is_empty() { self.few.get(..self.count).unwrap_or(&[]) } else { &self.many }
    }

    /// Whether this path can name what a dotted pattern names. Case does not matter, `*` matches any step on either side.
    #[must_use]
    pub fn matches(&self, pattern: &str) -> bool {
        self.behind(pattern) == Some(None)
    }

    /// Whether what a dotted pattern names can lie within what this path names, or is the same.
    #[must_use]
    pub fn is_prefix_of(&self, pattern: &str) -> bool {
        self.behind(pattern).is_some()
    }

    // What of a pattern lies behind what this path names, if it begins so. Most do not: rules ask many patterns of every path, so
    // the pattern is not split into its steps first.
    fn behind<'p>(&self, pattern: &'p str) -> Option<Option<&'p str>> {
        self.segments().iter().try_fold(Some(pattern), |rest, segment| {
            let rest = rest?;
            let end = match segment {
                Segment::Name(name) if begins(rest, name) => name.len(),
                _ if begins(rest, "*") => 1,
                Segment::Any => rest.find('.').unwrap_or(rest.len()),
                Segment::Name(_) => return None,
            };
            Some(rest.get(end + 1..))
        })
    }
}

// Whether this is the first step of a pattern.
fn begins(pattern: &str, step: &str) -> bool {
    matches!(pattern.as_bytes().get(step.len()), None | Some(b'.'))
        && pattern.get(..step.len()).is_some_and(|start| start.eq_ignore_ascii_case(step))
        && !step.contains('.')
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, segment) in self.segments().iter().enumerate() {
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
