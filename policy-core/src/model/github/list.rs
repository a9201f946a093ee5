//! A key whose value is one text or a list of texts.

use crate::document::{Kind, Ref};

/// One text or a list of texts; empty where the key is not there.
#[derive(Clone, Copy, Debug)]
pub struct List<'u> {
    node: Option<Ref<'u>>,
}

pub(super) fn list(node: Option<Ref<'_>>) -> List<'_> {
    List { node: node.filter(|node| !node.is_null()) }
}

impl<'u> List<'u> {
    /// Where it stands, if it does.
    #[must_use]
    pub fn node(self) -> Option<Ref<'u>> {
        self.node
    }

    /// Whether the key is there.
    #[must_use]
    pub fn is_given(self) -> bool {
        self.node.is_some()
    }

    /// The scalars.
    pub fn items(self) -> impl Iterator<Item = Ref<'u>> {
        let alone = self.node.filter(|node| node.kind() == Kind::Scalar);
        alone.into_iter().chain(self.node.into_iter().flat_map(Ref::items)).filter(|item| item.kind() == Kind::Scalar)
    }

    /// The texts.
    pub fn texts(self) -> impl Iterator<Item = &'u str> {
        self.items().filter_map(Ref::value)
    }

    /// Whether it names this text.
    #[must_use]
    pub fn names(self, text: &str) -> bool {
        self.texts().any(|named| named == text)
    }
}
