use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Map, Set};

// Enough for several blocks: upwards, downwards, and scattered, with some that come again.
fn orders() -> [Vec<usize>; 3] {
    let scattered = (0..5000).map(|at| at * 7919 % 4001).collect();
    [(0..3000).collect(), (0..3000).rev().collect(), scattered]
}

#[test]
fn a_map_is_what_the_standard_librarys_is() {
    for keys in orders() {
        let (mut ours, mut theirs) = (Map::new(), BTreeMap::new());
        for (value, key) in keys.into_iter().map(|key| key.to_string()).enumerate() {
            assert_eq!(ours.insert(key.clone(), value), theirs.insert(key, value));
        }
        assert_eq!(ours.len(), theirs.len());
        assert!(ours.iter().eq(theirs.iter()));
        assert!(ours.iter().rev().eq(theirs.iter().rev()));
        assert!(ours.keys().eq(theirs.keys()));
        for key in (0..5100).map(|key: usize| key.to_string()) {
            assert_eq!(ours.get(key.as_str()), theirs.get(key.as_str()));
            assert_eq!(ours.get_mut(key.as_str()), theirs.get_mut(key.as_str()));
            assert_eq!(ours.contains_key(key.as_str()), theirs.contains_key(key.as_str()));
            assert!(ours.keys_below(&key).take(600).eq(theirs.range(..key.clone()).rev().map(|(key, _)| key).take(600)));
        }
        let mut next = 0..;
        ours.for_each_value(|value| *value = next.next().unwrap());
        assert!(ours.values().copied().eq(0..theirs.len()));
        assert!(ours.into_iter().map(|(key, _)| key).eq(theirs.into_keys()));
    }
}

#[test]
fn both_ends_of_a_map_meet_once() {
    let map: Map<usize, ()> = (0..2000).map(|key| (key, ())).collect();
    let mut keys = map.keys();
    let (mut first, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    while let Some(key) = keys.next() {
        first.push(*key);
        last.extend(keys.next_back().copied());
        last.extend(keys.next_back().copied());
    }
    first.extend(last.into_iter().rev());
    assert!(first.into_iter().eq(0..2000));
}

#[test]
fn blocks_stay_few_whatever_the_order() {
    // Full blocks, then keys that each come right behind one of them, before the one that came last.
    let behind_a_block = (0..4000).map(|key| key * 10_000).chain((0..4000).rev().map(|key| 5_100_001 + key));
    let orders = orders().into_iter();
    for keys in orders.chain([behind_a_block.collect()]) {
        let set: Set<usize> = keys.into_iter().collect();
        assert!(set.0.order.0.len() <= set.len() / (super::BLOCK / 2) + 2);
    }
}

#[test]
fn what_is_missing_is_made_once() {
    let mut map = Map::new();
    for key in [3, 1, 3, 2, 1, 3] {
        *map.get_or_default(key) += 1;
        map.get_or_insert_with(key, || panic!("it is there"));
    }
    assert!(map.iter().eq([(&1, &2), (&2, &1), (&3, &3)]));
    map.clear();
    assert!(map.is_empty());
}

#[test]
fn a_set_is_what_the_standard_librarys_is() {
    for items in orders() {
        let (mut ours, mut theirs) = (Set::new(), BTreeSet::new());
        for item in items {
            assert_eq!(ours.insert(item), theirs.insert(item));
        }
        assert_eq!(ours.len(), theirs.len());
        assert!((0..5100).all(|item| ours.contains(&item) == theirs.contains(&item)));
        assert!(ours.iter().eq(theirs.iter()));
        assert!(ours.into_iter().eq(theirs));
    }
}

#[test]
fn they_are_read_and_written_as_json() {
    let map: Map<String, u32> = [("b".to_owned(), 1), ("a".to_owned(), 2)].into_iter().collect();
    let set: Set<u32> = [3, 1, 3].into_iter().collect();
    assert_eq!(serde_json::to_string(&(&map, &set)).unwrap(), r#"[{"a":2,"b":1},[1,3]]"#);
    assert_eq!(Map::deserialize(serde_json::json!({"b": 1, "a": 2})).unwrap(), map);
    assert_eq!(Set::deserialize(serde_json::json!([3, 1, 3])).unwrap(), set);
}
