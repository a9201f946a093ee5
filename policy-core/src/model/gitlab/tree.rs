//! The resolved tree: what a pipeline comes to once files are included and merged, with the place where each value was written.
//!
//! Nodes are never changed once they are made, so that many parents may share one: a template that a thousand jobs extend costs its
//! nodes once. Only what inputs made has text of its own.

use std::ops::Range;

use super::value::{KeyValue, Value};
use crate::document::Ref;

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(pub(super) u32);

/// Text of a scalar or key: as it is written, or made from inputs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text<'u> {
    Written(&'u str),
    Made(u32),
}

/// A range of [`Tree::items`] or [`Tree::entries`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Part {
    fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Data<'u> {
    Scalar(Text<'u>),
    Sequence(Part),
    /// `open`: what is not here could add further keys.
    Mapping {
        part: Part,
        open: bool,
    },
    /// `!reference [a, b]`, until it is resolved.
    Reference(Part),
    /// What is not here decides.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'u> {
    pub(super) data: Data<'u>,
    /// Where it is written.
    pub(super) at: Ref<'u>,
    /// The inclusion of a file that it came with.
    pub(super) file: u32,
    /// Whether a reference stands in it that is not resolved.
    pub(super) refers: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'u> {
    pub(super) key: Text<'u>,
    pub(super) at: Ref<'u>,
    pub(super) value: Id,
}

/// Whose file a value was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file that is judged.
    Project,
    /// A file of the same project that it includes.
    Local,
    /// A file of another project.
    OtherProject,
    /// A template that comes with GitLab.
    Template,
    /// A file of some server.
    Remote,
    /// A component of a catalogue.
    Component,
    /// An input that was given to the file that the value stands in.
    Input,
}

impl Origin {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Local => "local include",
            Self::OtherProject => "other project",
            Self::Template => "template",
            Self::Remote => "remote",
            Self::Component => "component",
            Self::Input => "input",
        }
    }

    /// Whether it is for the people of this project to mend.
    #[must_use]
    pub fn is_own(self) -> bool {
        matches!(self, Self::Project | Self::Local | Self::Input)
    }
}

/// Nodes, and the inclusions of files that they came with.
#[derive(Debug, Default)]
pub struct Tree<'u> {
    pub(super) nodes: Vec<Node<'u>>,
    pub(super) entries: Vec<Entry<'u>>,
    pub(super) items: Vec<Id>,
    pub(super) made: Vec<String>,
    // Bytes of these.
    made_bytes: usize,
    pub(super) origins: Vec<Origin>,
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl<'u> Tree<'u> {
    #[inline(never)]
    pub(super) fn push(&mut self, data: Data<'u>, at: Ref<'u>, file: u32) -> Id {
        let of = |id: Id| self.nodes.get(id.0 as usize).is_some_and(|node| node.refers);
        let refers = match data {
            Data::Reference(_) => true,
            Data::Sequence(part) => self.items_of(part).iter().any(|id| of(*id)),
            Data::Mapping { part, .. } => self.entries_of(part).iter().any(|entry| of(entry.value)),
            Data::Scalar(_) | Data::Unknown => false,
        };
        let id = Id(index(self.nodes.len()));
        self.nodes.push(Node { data, at, file, refers });
        id
    }

    #[inline(never)]
    pub(super) fn add_items(&mut self, items: &[Id]) -> Part {
        let from = index(self.items.len());
        self.items.extend_from_slice(items);
        Part { from, to: index(self.items.len()) }
    }

    #[inline(never)]
    pub(super) fn add_entries(&mut self, entries: &[Entry<'u>]) -> Part {
        let from = index(self.entries.len());
        self.entries.extend_from_slice(entries);
        Part { from, to: index(self.entries.len()) }
    }

    pub(super) fn add_text(&mut self, text: String) -> Text<'u> {
        self.made_bytes += text.len();
        self.made.push(text);
        Text::Made(index(self.made.len() - 1))
    }

    pub(super) fn node(&self, id: Id) -> Option<&Node<'u>> {
        self.nodes.get(id.0 as usize)
    }

    pub(super) fn data(&self, id: Id) -> Data<'u> {
        self.node(id).map_or(Data::Unknown, |node| node.data)
    }

    pub(super) fn items_of(&self, part: Part) -> &[Id] {
        self.items.get(part.range()).unwrap_or(&[])
    }

    pub(super) fn entries_of(&self, part: Part) -> &[Entry<'u>] {
        self.entries.get(part.range()).unwrap_or(&[])
    }

    #[inline(never)]
    pub(super) fn text<'t>(&'t self, text: Text<'u>) -> &'t str
    where
        'u: 't,
    {
        match text {
            Text::Written(text) => text,
            Text::Made(at) => self.made.get(at as usize).map_or("", String::as_str),
        }
    }

    /// The entries of a mapping; none for what is none.
    #[inline(never)]
    pub(super) fn key_value(&'u self, entry: &Entry<'u>) -> KeyValue<'u> {
        KeyValue { key: self.text(entry.key), key_at: entry.at, value: self.value(entry.value) }
    }

    pub(super) fn mapping(&self, id: Id) -> &[Entry<'u>] {
        match self.data(id) {
            Data::Mapping { part, .. } => self.entries_of(part),
            _ => &[],
        }
    }

    #[inline(never)]
    pub(super) fn get(&self, id: Id, key: &str) -> Option<Id> {
        self.mapping(id).iter().find(|entry| self.text(entry.key) == key).map(|entry| entry.value)
    }

    /// What is built in memory of it.
    pub(super) fn size(&self) -> usize {
        self.nodes.len() + self.entries.len() + self.items.len() + self.made_bytes / 16
    }

    /// How many nodes each node is with all that it holds, each counted as often as it is shown. A node stands behind those it holds.
    pub(super) fn expanded(&self) -> Vec<u32> {
        let mut sizes: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let of = |id: &Id| sizes.get(id.0 as usize).copied().unwrap_or(0);
            let held = match node.data {
                Data::Sequence(part) | Data::Reference(part) => self.items_of(part).iter().map(of).fold(1, u32::saturating_add),
                Data::Mapping { part, .. } => {
                    self.entries_of(part).iter().map(|entry| of(&entry.value)).fold(1, u32::saturating_add)
                }
                Data::Scalar(_) | Data::Unknown => 1,
            };
            sizes.push(held);
        }
        sizes
    }

    pub(super) fn value(&self, id: Id) -> Value<'_> {
        Value { tree: self, id }
    }
}
