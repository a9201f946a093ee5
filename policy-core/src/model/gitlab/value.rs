//! Values of the resolved pipeline, as views that are copied freely.

use std::borrow::Cow;
use std::ops::Range;

use super::tree::{Data, Id, Origin, Text, Tree};
use crate::document::{Kind, Ref, Style};
use crate::read::Read;
use crate::rule::Place;

/// How deep sequences within sequences are flattened in scripts and rules.
const MAX_FLATTEN: usize = 10;

/// A value of the resolved pipeline, copied freely.
#[derive(Clone, Copy, Debug)]
pub struct Value<'u> {
    pub(super) tree: &'u Tree<'u>,
    pub(super) id: Id,
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

/// An entry of a mapping of the resolved pipeline.
#[derive(Clone, Copy, Debug)]
pub struct KeyValue<'u> {
    /// The key's text.
    pub key: &'u str,
    /// Where the key is written.
    pub key_at: Ref<'u>,
    /// What it has.
    pub value: Value<'u>,
}

impl<'u> Value<'u> {
    /// The node's place in the tree: the same id, the same value.
    #[must_use]
    pub fn id(self) -> Id {
        self.id
    }

    fn data(self) -> Data<'u> {
        self.tree.data(self.id)
    }

    /// Where it is written; of a mapping that was merged, where the last of its parts is.
    #[must_use]
    pub fn at(self) -> Ref<'u> {
        // INVARIANT of use: an id comes from `push` of its own tree, and nodes are never dropped.
        #[expect(clippy::indexing_slicing, reason = "the one index of the tree; the invariant stands above")]
        self.tree.nodes[self.id.0 as usize].at
    }

    /// Whose file it is written in.
    #[must_use]
    #[inline(never)]
    pub fn origin(self) -> Origin {
        if let Data::Scalar(Text::Made(_)) = self.data() {
            return Origin::Input;
        }
        let file = self.tree.node(self.id).map_or(0, |node| node.file);
        self.tree.origins.get(file as usize).copied().unwrap_or(Origin::Project)
    }

    /// Whether what is not here decides it.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        matches!(self.data(), Data::Unknown | Data::Reference(_))
    }

    /// What it is, if it is known.
    #[must_use]
    #[inline(never)]
    pub fn kind(self) -> Option<Kind> {
        match self.data() {
            Data::Scalar(_) => Some(Kind::Scalar),
            Data::Sequence(_) => Some(Kind::Sequence),
            Data::Mapping { .. } => Some(Kind::Mapping),
            Data::Reference(_) | Data::Unknown => None,
        }
    }

    /// Whether it is null.
    #[must_use]
    #[inline(never)]
    pub fn is_null(self) -> bool {
        matches!(self.data(), Data::Scalar(Text::Written(_))) && self.at().is_null()
    }

    /// The text of a scalar, as it stands: variables in it are not expanded, and null is empty text.
    #[must_use]
    #[inline(never)]
    pub fn text(self) -> Option<&'u str> {
        match self.data() {
            Data::Scalar(text) => Some(self.tree.text(text)),
            _ => None,
        }
    }

    /// The text of a scalar; `Dynamic` if it holds a variable (`$NAME`) or an input that is not known here.
    #[must_use]
    #[inline(never)]
    pub fn read(self) -> Read<&'u str> {
        match self.text() {
            _ if self.is_unknown() => Read::Dynamic,
            _ if self.is_null() => Read::Absent,
            Some(text) if super::variables::first(text).is_some() => Read::Dynamic,
            Some(text) => Read::Is(text),
            None => Read::Wrong,
        }
    }

    /// The boolean of a scalar.
    #[must_use]
    #[inline(never)]
    pub fn boolean(self) -> Read<bool> {
        let quoted = matches!(self.data(), Data::Scalar(Text::Written(_))) && self.at().style() != Style::Plain;
        match self.read() {
            Read::Is(_) if quoted => Read::Wrong,
            read => read.and_then(|text| self.at().document().dialect().boolean(text).map_or(Read::Wrong, Read::Is)),
        }
    }

    /// The whole number of a scalar.
    #[must_use]
    pub fn number(self) -> Read<u64> {
        self.read().and_then(|text| text.parse().map_or(Read::Wrong, Read::Is))
    }

    /// Whether this is a mapping that what is not here could add keys to.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self.data(), Data::Mapping { open: true, .. } | Data::Unknown | Data::Reference(_))
    }

    /// What a key of a mapping has: absent where it is not there or null, `Dynamic` where that is not known, `Wrong` for what is no
    /// mapping.
    #[must_use]
    #[inline(never)]
    pub fn get(self, key: &str) -> Read<Self> {
        self.answer(self.entry(key))
    }

    /// What an entry of this mapping has, if it was found.
    pub(super) fn answer(self, entry: Option<KeyValue<'u>>) -> Read<Self> {
        match entry {
            Some(entry) if entry.value.is_unknown() => Read::Dynamic,
            Some(entry) if entry.value.is_null() => Read::Absent,
            Some(entry) => Read::Is(entry.value),
            None if self.is_open() => Read::Dynamic,
            None if self.kind() == Some(Kind::Mapping) => Read::Absent,
            None => Read::Wrong,
        }
    }

    /// The value of a variable, which is written short, as a text, or long, with a description beside it.
    #[must_use]
    pub fn of_variable(self) -> Read<Self> {
        if self.kind() == Some(Kind::Mapping) { self.get("value") } else { Read::Is(self) }
    }

    /// The entry of a key, whatever it has.
    #[must_use]
    #[inline(never)]
    pub fn entry(self, key: &str) -> Option<KeyValue<'u>> {
        let entry = self.tree.mapping(self.id).iter().find(|entry| self.tree.text(entry.key) == key)?;
        Some(self.tree.key_value(entry))
    }

    /// The entries of a mapping, in the order of the pipeline; none for what is no mapping.
    pub fn entries(self) -> impl Iterator<Item = KeyValue<'u>> {
        let tree = self.tree;
        tree.mapping(self.id).iter().map(move |entry| tree.key_value(entry))
    }

    /// The items of a sequence, as they stand; none for what is no sequence.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let items = match self.data() {
            Data::Sequence(part) => self.tree.items_of(part),
            _ => &[],
        };
        items.iter().map(move |id| self.tree.value(*id))
    }

    /// The items of a sequence, sequences in it flattened as GitLab does it in scripts and rules; of what is no sequence, itself.
    #[must_use]
    #[inline(never)]
    pub fn flat(self) -> Vec<Self> {
        let mut found = Vec::new();
        self.flatten(0, &mut found);
        found
    }

    fn flatten(self, depth: usize, found: &mut Vec<Self>) {
        if self.kind() != Some(Kind::Sequence) {
            found.extend((!self.is_null()).then_some(self));
        } else if depth <= MAX_FLATTEN {
            self.items().for_each(|item| item.flatten(depth + 1, found));
        }
    }

    /// A place for a finding: the whole value.
    #[must_use]
    pub fn place(self, label: impl Into<Cow<'static, str>>) -> Place<'u> {
        Place::node(self.at(), label)
    }

    /// A place for a finding: a range of its text. Where inputs made the text, the whole value.
    #[must_use]
    pub fn place_of(self, range: Range<usize>, label: impl Into<Cow<'static, str>>) -> Place<'u> {
        match self.data() {
            Data::Scalar(Text::Written(_)) => Place::text(self.at(), range, label),
            _ => Place::node(self.at(), label),
        }
    }
}
