//! Maps and sets in the order of their keys that cost the module little: the standard library's are compiled anew, 3 KB each, for
//! every type of key and value. Here the order is one of numbers, and each type brings a comparison.

mod forms;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::cmp::Ordering;

use crate::sort::in_order;

/// The most numbers of a block: putting one in moves no more than these, however many there are.
const BLOCK: usize = 512;

// What is looked for. No closure: each would bring what calls it once and by a mutable reference too.
trait Sought {
    fn compare(&self, number: usize) -> Ordering;
}

struct Key<'m, K, V, Q: ?Sized> {
    entries: &'m [(K, V)],
    key: &'m Q,
}

impl<K: Borrow<Q>, V, Q: Ord + ?Sized> Sought for Key<'_, K, V, Q> {
    fn compare(&self, number: usize) -> Ordering {
        self.entries.get(number).map_or(Ordering::Less, |(known, _)| known.borrow().cmp(self.key))
    }
}

// A block and a place in it.
type Slot = (usize, usize);

// The numbers of items in the order of their keys, in blocks, none of which is empty.
#[derive(Clone, Debug, Default)]
struct Order(Vec<Vec<usize>>);

impl Order {
    // The item that compares as equal to what is looked for, else the place where it belongs.
    fn find(&self, sought: &dyn Sought) -> Result<usize, Slot> {
        let begins_before = |block: &Vec<usize>| block.first().is_some_and(|first| sought.compare(*first) != Ordering::Greater);
        let block = match self.0.len() {
            0 | 1 => 0,
            _ => self.0.partition_point(begins_before).saturating_sub(1),
        };
        let numbers = self.0.get(block).map_or(&[][..], Vec::as_slice);
        match numbers.binary_search_by(|number| sought.compare(*number)) {
            Ok(at) => numbers.get(at).copied().ok_or((block, at)),
            Err(at) => Err((block, at)),
        }
    }

    fn insert(&mut self, (block, at): Slot, number: usize) {
        let is_last = block + 1 == self.0.len();
        let Some(numbers) = self.0.get_mut(block) else {
            self.0.push(vec![number]);
            return;
        };
        numbers.insert(at, number);
        if numbers.len() == BLOCK {
            // What comes in order, as most does, leaves full blocks behind. Only at the end: elsewhere blocks of one could pile up.
            let keep = if is_last && at + 1 == BLOCK { BLOCK - 1 } else { BLOCK / 2 };
            let rest = numbers.split_off(keep);
            self.0.insert(block + 1, rest);
        }
    }

    // The last one first.
    fn numbers_below(&self, sought: &dyn Sought) -> std::iter::Rev<Numbers<'_>> {
        let begins_before = |block: &Vec<usize>| block.first().is_some_and(|first| sought.compare(*first) == Ordering::Less);
        let blocks = self.0.get(..self.0.partition_point(begins_before)).unwrap_or(&[]);
        let (last, whole) = blocks.split_last().map_or((&[][..], blocks), |(last, whole)| (last.as_slice(), whole));
        let below = last.get(..last.partition_point(|number| sought.compare(*number) == Ordering::Less)).unwrap_or(&[]);
        Numbers { blocks: whole.iter(), first: [].iter(), last: below.iter() }.rev()
    }

    fn numbers(&self) -> Numbers<'_> {
        Numbers { blocks: self.0.iter(), first: [].iter(), last: [].iter() }
    }
}

// The standard library's `Flatten` is compiled anew for whatever is done with the items.
#[derive(Clone)]
struct Numbers<'m> {
    blocks: std::slice::Iter<'m, Vec<usize>>,
    first: std::slice::Iter<'m, usize>,
    last: std::slice::Iter<'m, usize>,
}

impl Iterator for Numbers<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.first.len() == 0 {
            self.first = self.blocks.next().map_or([].iter(), |block| block.iter());
        }
        self.first.next().or_else(|| self.last.next()).copied()
    }
}

impl DoubleEndedIterator for Numbers<'_> {
    fn next_back(&mut self) -> Option<usize> {
        if self.last.len() == 0 {
            self.last = self.blocks.next_back().map_or([].iter(), |block| block.iter());
        }
        self.last.next_back().or_else(|| self.first.next_back()).copied()
    }
}

/// Values by key, in the order of the keys.
#[derive(Clone)]
pub struct Map<K, V> {
    order: Order,
    // In the order in which they came.
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Map<K, V> {
    /// One without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { order: Order(Vec::new()), entries: Vec::new() }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + Clone {
        self.order.numbers().filter_map(|at| self.entries.get(at)).map(|(key, value)| (key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.order.numbers().filter_map(|at| Some(&self.entries.get(at)?.0))
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.order.numbers().filter_map(|at| Some(&self.entries.get(at)?.1))
    }

    /// Hands on every value, in the order of their keys.
    pub fn for_each_value(&mut self, mut take: impl FnMut(&mut V)) {
        for at in self.order.numbers() {
            if let Some((_, value)) = self.entries.get_mut(at) {
                take(value);
            }
        }
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl<K: Ord, V> Map<K, V> {
    /// The keys below one, the last of them first.
    pub fn keys_below(&self, key: &K) -> impl Iterator<Item = &K> {
        self.order.numbers_below(&Key { entries: &self.entries, key }).filter_map(|at| Some(&self.entries.get(at)?.0))
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, Slot>
    where
        K: Borrow<Q>,
    {
        self.order.find(&Key { entries: &self.entries, key })
    }

    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        Some(&self.entries.get(self.find(key).ok()?)?.1)
    }

    /// The value of a key, to be changed.
    #[must_use]
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(&mut self.entries.get_mut(at)?.1)
    }

    /// Whether there is a value of this key.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Sets the value of a key, and gives the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => self.entries.get_mut(at).map(|(_, known)| std::mem::replace(known, value)),
            Err(place) => {
                self.add(place, key, value);
                None
            }
        }
    }

    /// The value of a key; what `make` gives where it has none.
    #[expect(clippy::indexing_slicing, reason = "the number of an entry that is there; it was found or has just been added")]
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.find(&key) {
            Ok(at) => at,
            Err(place) => self.add(place, key, make()),
        };
        &mut self.entries[at].1
    }

    /// The value of a key; the type's default where it has none.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.get_or_insert_with(key, V::default)
    }

    fn add(&mut self, place: Slot, key: K, value: V) -> usize {
        let number = self.entries.len();
        self.order.insert(place, number);
        self.entries.push((key, value));
        number
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        in_order(self.entries, self.order.numbers()).into_iter()
    }
}

/// Items in their order, each once.
#[derive(Clone, PartialEq)]
pub struct Set<T>(Map<T, ()>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Set<T> {
    /// One without items.
    #[must_use]
    pub const fn new() -> Self {
        Self(Map::new())
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The items.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.0.keys()
    }

    /// Takes all items out.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T: Ord> Set<T> {
    /// Whether an item is there.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains_key(item)
    }

    /// Adds an item; whether it is new.
    pub fn insert(&mut self, item: T) -> bool {
        self.0.insert(item, ()).is_none()
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::new();
        set.extend(items);
        set
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        let items: Vec<T> = self.0.entries.into_iter().map(|(item, ())| item).collect();
        in_order(items, self.0.order.numbers()).into_iter()
    }
}
