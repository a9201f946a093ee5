//! `!reference [entry, key, …]`: replaced by what stands there, once everything is merged and extended.

use super::super::tree::{Data, Id};
use super::{Numbers, Resolver};

/// How deep references are followed from one to the next.
const MAX_NESTED: usize = 10;

/// How deep values are followed all in all: that of YAML for each reference.
const MAX_DEPTH: usize = 400;

struct Replacing {
    root: Id,
    // What a node came to, and over how many references.
    done: Numbers,
    // References that are being followed.
    open: Vec<Id>,
    depth: usize,
}

impl Resolver<'_, '_> {
    /// The root with every reference replaced.
    pub(super) fn replaced(&mut self, root: Id) -> Id {
        let mut replacing = Replacing { root, done: Numbers::new(), open: Vec::new(), depth: 0 };
        self.replace(&mut replacing, root).0
    }

    // What a node comes to, and over how many references.
    fn replace(&mut self, replacing: &mut Replacing, id: Id) -> (Id, usize) {
        let Some(node) = self.tree.node(id).copied().filter(|node| node.refers) else { return (id, 0) };
        if let Some(done) = replacing.done.get(&u64::from(id.0)) {
            let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            return (Id(number(*done & u64::from(u32::MAX))), number(*done >> 32) as usize);
        }
        if replacing.depth > MAX_DEPTH || !self.afford(1, node.at) {
            return (self.unknown(node.at, node.file), 0);
        }
        replacing.depth += 1;
        let mut levels = 0;
        let new = match node.data {
            Data::Reference(part) => {
                let path = self.tree.items_of(part).to_vec();
                let (new, followed) = self.follow(replacing, id, &path);
                levels = followed + 1;
                new
            }
            Data::Sequence(part) => {
                let mut items = self.tree.items_of(part).to_vec();
                for item in &mut items {
                    let (new, below) = self.replace(replacing, *item);
                    (*item, levels) = (new, levels.max(below));
                }
                let part = self.tree.add_items(&items);
                self.tree.push(Data::Sequence(part), node.at, node.file)
            }
            Data::Mapping { open, .. } => {
                let mut entries = self.entries(id);
                for entry in &mut entries {
                    let (new, below) = self.replace(replacing, entry.value);
                    (entry.value, levels) = (new, levels.max(below));
                }
                self.mapping(&entries, open, node.at, node.file)
            }
            Data::Scalar(_) | Data::Unknown => id,
        };
        replacing.depth -= 1;
        // What a circle cut short is not what it comes to elsewhere; the pipeline is refused anyway.
        replacing.done.insert(u64::from(id.0), u64::from(new.0) | (levels as u64) << 32);
        (new, levels)
    }

    fn follow(&mut self, replacing: &mut Replacing, id: Id, path: &[Id]) -> (Id, usize) {
        let Some((at, file)) = self.at(id) else { return (id, 0) };
        if replacing.open.contains(&id) {
            self.refused(at, "GitLab refuses this `!reference`: it goes round in a circle");
            return (self.unknown(at, file), 0);
        }
        if replacing.open.len() > MAX_NESTED {
            return (self.unknown(at, file), replacing.open.len());
        }
        replacing.open.push(id);
        let mut found = Some(replacing.root);
        for step in path {
            let Some(from) = found else { break };
            let key = self.scalar(*step);
            let from = if from == replacing.root { from } else { self.landed(replacing, from) };
            let open = self.tree.value(from).is_open();
            found = key.as_deref().and_then(|key| self.tree.get(from, key));
            if found.is_none() && !open {
                self.refused(at, "GitLab refuses this `!reference`: there is no such value");
            }
        }
        let new = match found.filter(|found| *found != replacing.root) {
            Some(found) => self.replace(replacing, found),
            None => (self.unknown(at, file), 0),
        };
        replacing.open.pop();
        if new.1 < MAX_NESTED {
            return new;
        }
        // Said once: what refers to this one nests deeper still.
        if !self.faults.iter().any(|fault| fault.message.contains("10 levels deep")) {
            self.refused(at, "GitLab refuses this `!reference`: references are nested more than 10 levels deep");
        }
        (self.unknown(at, file), 0)
    }

    // A step on the way may itself be a reference.
    fn landed(&mut self, replacing: &mut Replacing, id: Id) -> Id {
        if matches!(self.tree.data(id), Data::Reference(_)) { self.replace(replacing, id).0 } else { id }
    }
}
