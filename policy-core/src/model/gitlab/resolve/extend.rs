//! `extends`: an entry laid over the entries that it extends, in their order, each with what it extends itself.

use super::super::tree::{Data, Entry, Id};
use super::Resolver;
use crate::map::Map;

/// The longest chain of entries that extend each other.
const MAX_LEVELS: usize = 11;

#[derive(Clone, Copy)]
enum State {
    Raw,
    Busy,
    /// What it came to, and the length of the chain that it is the end of.
    Done(Id, usize),
}

struct Extending<'u> {
    entries: Vec<Entry<'u>>,
    index: Map<String, usize>,
    states: Vec<State>,
    open: bool,
}

impl<'u> Resolver<'_, 'u> {
    /// The root with every entry extended.
    pub(super) fn extended(&mut self, root: Id) -> Id {
        let (Data::Mapping { open, .. }, Some((at, file))) = (self.tree.data(root), self.at(root)) else { return root };
        let entries = self.entries(root);
        if !entries.iter().any(|entry| self.tree.get(entry.value, "extends").is_some()) {
            return root;
        }
        let index = self.index(&entries);
        let mut extending = Extending { index, states: vec![State::Raw; entries.len()], entries, open };
        for at in 0..extending.entries.len() {
            self.extend(&mut extending, at, 0);
        }
        let done = extending.entries.iter().zip(&extending.states).map(|(entry, state)| match state {
            State::Done(value, _) => Entry { value: *value, ..*entry },
            State::Raw | State::Busy => *entry,
        });
        let entries: Vec<Entry<'u>> = done.collect();
        self.mapping(&entries, open, at, file)
    }

    // What the entry comes to, and the length of its chain.
    fn extend(&mut self, extending: &mut Extending<'u>, at: usize, depth: usize) -> (Id, usize) {
        let Some(own) = extending.entries.get(at).map(|entry| entry.value) else { return (Id(0), 0) };
        match extending.states.get(at) {
            Some(State::Done(id, levels)) => return (*id, *levels),
            Some(State::Busy) => return (own, MAX_LEVELS + 1),
            _ => {}
        }
        let Some(extends) = self.tree.get(own, "extends").filter(|extends| !self.is_null(*extends)) else {
            return self.note(extending, at, own, 1);
        };
        if let Some(state) = extending.states.get_mut(at) {
            *state = State::Busy;
        }
        let (mut merged, mut levels) = (None, 0);
        for named in self.one_or_many(extends) {
            let base = self.base(extending, named, depth);
            levels = levels.max(base.1);
            merged = Some(merged.map_or(base.0, |merged| self.merge(merged, base.0)));
        }
        levels += 1;
        if levels > MAX_LEVELS
            && let Some((written, _)) = self.at(extends)
        {
            // Said once, of the entry that the chain ends with or the first that is met in a circle.
            if !self.faults.iter().any(|fault| fault.message.contains("11 levels")) {
                self.refused(written, "GitLab refuses this `extends`: it goes round in a circle, or over more than 11 levels");
            }
            levels = 1;
        }
        let done = merged.map_or(own, |merged| self.merge(merged, own));
        self.note(extending, at, done, levels)
    }

    fn note(&mut self, extending: &mut Extending<'u>, at: usize, id: Id, levels: usize) -> (Id, usize) {
        if let Some(state) = extending.states.get_mut(at) {
            *state = State::Done(id, levels);
        }
        (id, levels)
    }

    fn base(&mut self, extending: &mut Extending<'u>, named: Id, depth: usize) -> (Id, usize) {
        let Some((written, file)) = self.at(named) else { return (named, 0) };
        let found = self.scalar(named).and_then(|name| extending.index.get(&*name).copied());
        let Some(at) = found else {
            if !extending.open && !self.tree.value(named).is_unknown() {
                self.refused(written, "GitLab refuses this `extends`: there is no such entry");
            }
            return (self.empty(written, file, true), 0);
        };
        // Deeper than any chain that is allowed: only the first fault counts.
        if depth > 4 * MAX_LEVELS {
            return (self.empty(written, file, true), MAX_LEVELS + 1);
        }
        let (base, levels) = self.extend(extending, at, depth + 1);
        match self.tree.data(base) {
            Data::Mapping { .. } => (base, levels),
            _ => {
                self.refused(written, "GitLab refuses this `extends`: what it names is not a mapping");
                (self.empty(written, file, true), levels)
            }
        }
    }
}
