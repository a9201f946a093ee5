//! `strategy.matrix`: what the variables of a matrix can be.

use super::text;
use crate::document::{Kind, Ref};
use crate::read::Read;

/// The most jobs that GitHub makes of a matrix; more to exclude than that is not looked at.
const MAX_COMBINATIONS: usize = 256;

/// The matrix of a job.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'u> {
    node: Ref<'u>,
}

/// What one variable of a matrix can be.
#[derive(Clone, Debug, Default)]
pub struct MatrixValues<'u> {
    /// The values that stand in the file; a scalar among them may hold an expression.
    pub known: Vec<Ref<'u>>,
    /// Whether expressions can add others: the whole matrix, the list of the variable, or what is included.
    pub open: bool,
}

impl<'u> Matrix<'u> {
    pub(super) fn new(node: Ref<'u>) -> Self {
        Self { node }
    }

    /// Where it stands: a mapping, or an expression.
    #[must_use]
    pub fn node(self) -> Ref<'u> {
        self.node
    }

    /// The names of its variables that have a list of their own.
    pub fn variables(self) -> impl Iterator<Item = Ref<'u>> {
        let own = |key: &Ref<'u>| !matches!(key.text(), Some("include" | "exclude"));
        self.node.entries().map(|(key, _)| key).filter(own)
    }

    /// What `matrix.NAME`, or with more names `matrix.NAME.FIELD`, can be. A value that `exclude` takes out of every combination
    /// is left out.
    #[must_use]
    pub fn values(self, path: &[&str]) -> MatrixValues<'u> {
        let mut values = MatrixValues { open: self.node.kind() != Kind::Mapping, ..MatrixValues::default() };
        let Some((name, fields)) = path.split_first() else { return values };
        if let Some(own) = self.get(name) {
            let listed = own.kind() == Kind::Sequence;
            values.open |= !listed;
            let excluded = |item: &Ref<'u>| self.excludes(name, *item);
            values.known.extend(own.items().filter(|item| !excluded(item)).filter_map(|item| field(item, fields)));
        }
        if let Some(include) = self.node.get("include") {
            values.open |= include.kind() != Kind::Sequence;
            for item in include.items() {
                values.open |= item.kind() != Kind::Mapping;
                values.known.extend(entry(item, name).and_then(|item| field(item, fields)));
            }
        }
        values
    }

    fn get(self, name: &str) -> Option<Ref<'u>> {
        entry(self.node, name).filter(|_| !matches!(name, "include" | "exclude"))
    }

    // An entry of `exclude` with this variable alone takes its value out of every combination.
    fn excludes(self, name: &str, item: Ref<'u>) -> bool {
        let mut excluded = self.node.get("exclude").into_iter().flat_map(Ref::items).take(MAX_COMBINATIONS);
        let value = item.value();
        value.is_some()
            && excluded.any(|exclude| exclude.entries().count() == 1 && entry(exclude, name).and_then(Ref::value) == value)
    }
}

// Names of properties do not depend on case in expressions.
fn entry<'u>(node: Ref<'u>, name: &str) -> Option<Ref<'u>> {
    node.entry_in_any_case(name).map(|(_, value)| value)
}

fn field<'u>(item: Ref<'u>, fields: &[&str]) -> Option<Ref<'u>> {
    fields.iter().try_fold(item, |item, name| entry(item, name))
}

/// `strategy` of a job.
#[derive(Clone, Copy, Debug)]
pub struct Strategy<'u> {
    node: Ref<'u>,
}

impl<'u> Strategy<'u> {
    pub(super) fn new(node: Ref<'u>) -> Self {
        Self { node }
    }

    /// Its matrix.
    #[must_use]
    pub fn matrix(self) -> Option<Matrix<'u>> {
        self.node.get("matrix").filter(|node| !node.is_null()).map(Matrix::new)
    }

    /// Whether one failure cancels the others.
    #[must_use]
    pub fn fail_fast(self) -> Read<bool> {
        super::boolean(self.node.get("fail-fast"))
    }

    /// How many run at once, as written.
    #[must_use]
    pub fn max_parallel(self) -> Read<&'u str> {
        text(self.node.get("max-parallel"))
    }
}
