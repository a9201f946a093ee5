//! Sorting that costs the module little: the standard library's sort is compiled anew, 10 KB each, for every type and order.

use std::cmp::Ordering;

/// The items in the given order; equal ones stay in the order that they had.
#[must_use]
pub fn sorted<T>(items: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    if items.len() < 2 {
        return items;
    }
    if items.is_sorted_by(|a, b| compare(a, b) != Ordering::Greater) {
        return items;
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    sort_indices(&mut order, &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    in_order(items, order.into_iter())
}

/// The items in the order of these numbers.
pub(crate) fn in_order<T>(items: Vec<T>, order: impl Iterator<Item = usize>) -> Vec<T> {
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.filter_map(|at| items.get_mut(at)?.take()).collect()
}

/// The items in the order of a key; equal ones stay in the order that they had.
#[must_use]
pub fn sorted_by_key<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    sorted(items, |a, b| key(a).cmp(&key(b)))
}

// The one instance.
fn sort_indices(order: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    order.sort_by(|a, b| compare(*a, *b));
}
