//! Keys that a mapping has twice.

use super::node::{NodeId, Ref};
use super::{Document, Problem, ProblemKind};
use crate::map::Map;

/// Mappings with fewer keys are searched pair by pair.
const FEW_KEYS: usize = 16;

/// The keys of a mapping that it already has.
pub(super) fn of(document: &Document<'_>, mapping: NodeId) -> Vec<Problem> {
    let keys = || {
        Ref::new(document, mapping)
            .entries()
            .filter_map(|(key, _)| Some((key, key.text()?)))
            .filter(|(_, text)| !document.dialect.may_repeat(text))
    };
    let mut problems = Vec::new();
    let mut report = |key: Ref<'_>, first: Ref<'_>| {
        let line = document.source.lines().line(first.span().start);
        let message = format!("a key that this mapping already has, on line {line}");
        problems.push(Problem { kind: ProblemKind::DuplicateKey, span: key.span(), message });
    };
    let mut few = [""; FEW_KEYS];
    let mut count = 0;
    for ((_, text), place) in keys().zip(&mut few) {
        *place = text;
        count += 1;
    }
    if count < FEW_KEYS {
        let texts = || few.iter().take(count);
        for (at, text) in texts().enumerate() {
            let twin = texts().take(at).position(|earlier| document.dialect.same_key(earlier, text));
            if let Some((first, key)) = twin.and_then(|first| Some((keys().nth(first)?.0, keys().nth(at)?.0))) {
                report(key, first);
            }
        }
    } else {
        let mut seen: Map<String, Ref<'_>> = Map::new();
        for (key, text) in keys() {
            match seen.get(&document.dialect.key_form(text)) {
                Some(first) => report(key, *first),
                None => {
                    seen.insert(document.dialect.key_form(text), key);
                }
            }
        }
    }
    problems
}
