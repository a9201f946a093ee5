//! What a partial is addressed by.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::{Engine, PARTIAL_VERSION, Partial, Tree};
use crate::data::DataSet;
use crate::rule::RuleSet;
use crate::text::hex;

/// The digest of everything that a partial is made from.
pub(super) struct Digests(Sha256);

impl Digests {
    pub(super) fn new(run: &str, partial: &Partial, root: Option<&str>) -> Self {
        let mut digests = Self(Sha256::new());
        digests.part(run);
        digests.part(root.unwrap_or("/"));
        digests.part(&partial.coverage.path);
        digests.part(partial.coverage.digest.as_deref().unwrap_or(""));
        digests.part(&format!("{:?}", partial.coverage.origin));
        digests
    }

    pub(super) fn part(&mut self, text: &str) {
        self.0.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    pub(super) fn finish(self) -> String {
        format!("sha256:{}", hex(&self.0.finalize()))
    }
}

/// The digest of what is the same for every file of a run.
pub(super) fn run_digest(engine: Engine<'_>, tree: Tree<'_>, print_key: &str) -> String {
    let mut digests = Digests(Sha256::new());
    digests.part(&PARTIAL_VERSION.to_string());
    digests.part(&rules_digest(engine.rules, engine.data));
    digests.part(&serde_json::to_string(engine.options).unwrap_or_default());
    digests.part(print_key);
    engine.asked.iter().for_each(|rule| digests.part(rule.id));
    digests.part(&tree.merged.to_string());
    for source in tree.sources {
        [&source.project, &source.git_ref, &source.root].into_iter().for_each(|part| digests.part(part));
    }
    digests.finish()
}

/// The digest of a rule set: ids, the snapshots that they look things up in, and the version of the engine that they were built with.
#[must_use]
pub fn rules_digest(rules: RuleSet, data: DataSet) -> String {
    // Hashing all snapshots takes longer than judging a small file, and a rule set is built in: its address tells it.
    static FIRST: OnceLock<((usize, usize), String)> = OnceLock::new();
    let address = (rules.as_ptr() as usize, data.as_ptr() as usize);
    let (known, digest) = FIRST.get_or_init(|| (address, digest_of(rules, data)));
    if *known == address { digest.clone() } else { digest_of(rules, data) }
}

fn digest_of(rules: RuleSet, data: DataSet) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    for rule in rules {
        hash.update([0]);
        hash.update(rule.id);
        hash.update([0]);
        hash.update(serde_json::to_string(&rule.meta).unwrap_or_default());
    }
    for built_in in data {
        hash.update([0]);
        hash.update(built_in.id);
        hash.update([0]);
        hash.update(built_in.text);
    }
    format!("sha256:{}", hex(&hash.finalize()))
}
