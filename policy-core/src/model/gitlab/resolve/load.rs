//! From a document into the tree: aliases followed, `<<` merged as Psych does it, inputs filled in.

use super::super::tree::{Data, Entry, Id, Text};
use super::{Fault, FaultKind, Numbers, Resolver};
use crate::document::{Kind, Ref};
use crate::map::Map;

/// How deep GitLab follows YAML.
const MAX_DEPTH: usize = 100;

/// Mappings with fewer keys are searched one by one.
const FEW_KEYS: usize = 16;

/// What loading one inclusion knows.
pub(super) struct Loading<'u> {
    /// The inclusion.
    pub(super) file: u32,
    /// What is filled in for `$[[ … ]]`; none where the file has no header, and such text stays.
    pub(super) fill: Option<super::input::Fill<'u>>,
    // What an anchor gave, for the aliases that show it again.
    shown: Numbers,
}

impl<'u> Loading<'u> {
    pub(super) fn new(file: u32, fill: Option<super::input::Fill<'u>>) -> Self {
        Self { file, fill, shown: Numbers::new() }
    }
}

impl<'u> Resolver<'_, 'u> {
    pub(super) fn load(&mut self, node: Ref<'u>, loading: &mut Loading<'u>, depth: usize) -> Id {
        if depth > MAX_DEPTH || !self.afford(1, node) {
            if depth > MAX_DEPTH && !self.faults.iter().any(|fault| fault.kind == FaultKind::TooComplex) {
                let message = "nested deeper than the 100 levels that GitLab reads";
                self.faults.push(Fault { kind: FaultKind::TooComplex, at: node, message: message.into() });
            }
            return self.unknown(node, loading.file);
        }
        if node.is_anchored()
            && let Some(id) = loading.shown.get(&u64::from(node.number()))
        {
            return Id(u32::try_from(*id).unwrap_or(0));
        }
        let id = match node.kind() {
            Kind::Mapping => self.load_mapping(node, loading, depth),
            Kind::Sequence => self.load_sequence(node, loading, depth),
            Kind::Scalar | Kind::Alias => self.load_scalar(node, loading),
        };
        if node.is_anchored() {
            loading.shown.insert(u64::from(node.number()), u64::from(id.0));
        }
        id
    }

    fn load_sequence(&mut self, node: Ref<'u>, loading: &mut Loading<'u>, depth: usize) -> Id {
        let items: Vec<Id> = node.items().map(|item| self.load(item, loading, depth + 1)).collect();
        let part = self.tree.add_items(&items);
        let reference = node.tag().is_some_and(|tag| node.source().slice(tag) == "!reference");
        self.tree.push(if reference { Data::Reference(part) } else { Data::Sequence(part) }, node, loading.file)
    }

    fn load_scalar(&mut self, node: Ref<'u>, loading: &mut Loading<'u>) -> Id {
        let text = node.text().unwrap_or("");
        if loading.fill.is_some() && text.contains("$[[") {
            return self.interpolated(node, text, loading);
        }
        self.tree.push(Data::Scalar(Text::Written(text)), node, loading.file)
    }

    // Psych sets one entry after the other: the last of a key counts, and `<<` lays its keys over those that stand before it.
    fn load_mapping(&mut self, node: Ref<'u>, loading: &mut Loading<'u>, depth: usize) -> Id {
        let mut entries: Vec<Entry<'u>> = Vec::new();
        let mut index = Map::new();
        for (key, value) in node.entries() {
            let written = key.text().unwrap_or("");
            let id = self.load(value, loading, depth + 1);
            let mut found = Vec::new();
            if written == "<<" && matches!(value.kind(), Kind::Mapping | Kind::Sequence) {
                // Of a list, the first that has a key gives it.
                let parts = self.one_or_many(id);
                for part in parts.into_iter().rev() {
                    found.extend(self.entries(part));
                }
            } else {
                let text = match &loading.fill {
                    Some(_) if written.contains("$[[") => self.interpolated_key(key, written, loading),
                    _ => Text::Written(written),
                };
                found.push(Entry { key: text, at: key, value: id });
            }
            if !self.afford(found.len(), node) {
                break;
            }
            for entry in found {
                let text = self.tree.text(entry.key);
                let known = match entries.len() {
                    0..FEW_KEYS => entries.iter().position(|known| self.tree.text(known.key) == text),
                    FEW_KEYS => {
                        index = self.index(&entries);
                        index.get(text).copied()
                    }
                    _ => index.get(text).copied(),
                };
                match known.and_then(|at| entries.get_mut(at)) {
                    Some(known) => *known = entry,
                    None => {
                        if entries.len() >= FEW_KEYS {
                            index.insert(text.to_owned(), entries.len());
                        }
                        entries.push(entry);
                    }
                }
            }
        }
        self.mapping(&entries, false, node, loading.file)
    }
}
