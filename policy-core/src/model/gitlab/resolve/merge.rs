//! Deep merge: mappings key by key, everything else replaced. Keys keep the place where they were first met.

use super::super::tree::{Data, Entry, Id};
use super::Resolver;
use crate::map::Map;

/// Mappings whose sizes multiply to less are searched pair by pair.
const FEW: usize = 256;

impl<'u> Resolver<'_, 'u> {
    /// `over` laid over `base`.
    pub(super) fn merge(&mut self, base: Id, over: Id) -> Id {
        let (Some((at, file)), (below, above)) = (self.at(over), (self.tree.data(base), self.tree.data(over))) else { return over };
        let open = match (below, above) {
            (Data::Mapping { open, .. }, Data::Mapping { open: also, .. }) => open || also,
            // What lies below is not here: it may have keys that are not laid over.
            (Data::Unknown, Data::Mapping { .. }) => true,
            _ => return over,
        };
        let (mut entries, more) = (self.entries(base), self.entries(over));
        if !self.afford(entries.len() + more.len(), at) {
            return over;
        }
        let places = self.places(&entries, &more);
        for (entry, place) in more.into_iter().zip(places) {
            let old = place.and_then(|place| entries.get(place).copied());
            let value = old.map_or(entry.value, |old| self.merge(old.value, entry.value));
            match place.and_then(|place| entries.get_mut(place)) {
                Some(known) => *known = Entry { value, ..entry },
                None => entries.push(Entry { value, ..entry }),
            }
        }
        self.mapping(&entries, open, at, file)
    }

    // Where each of these keys stands among the first ones.
    fn places(&self, entries: &[Entry<'u>], more: &[Entry<'u>]) -> Vec<Option<usize>> {
        let text = |entry: &Entry<'u>| self.tree.text(entry.key);
        if entries.len().saturating_mul(more.len()) < FEW {
            return more.iter().map(|entry| entries.iter().position(|known| text(known) == text(entry))).collect();
        }
        let index = self.index(entries);
        more.iter().map(|entry| index.get(text(entry)).copied()).collect()
    }

    /// Entries by key.
    pub(super) fn index(&self, entries: &[Entry<'u>]) -> Map<String, usize> {
        let mut index = Map::new();
        for (at, entry) in entries.iter().enumerate() {
            index.insert(self.tree.text(entry.key).to_owned(), at);
        }
        index
    }
}
