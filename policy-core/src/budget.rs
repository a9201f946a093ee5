//! A limit of work that is the same on every machine: hostile input ends in "too complex", never in a hang.

use std::cell::Cell;

/// What may be spent on one root file, in nodes looked at. A workflow that GitHub reads has at most 50,000; what makes more of
/// them is a rule that looks at every pair of two things.
pub const FILE_BUDGET: u64 = 20_000_000;

/// Work that is left.
#[derive(Debug)]
pub struct Budget(Cell<u64>);

impl Budget {
    /// So much work, in nodes looked at.
    #[must_use]
    pub fn new(work: u64) -> Self {
        Self(Cell::new(work))
    }

    /// Takes work off. False says that none is left: whoever asks has to stop, and the file is reported as too complex.
    #[must_use]
    pub fn spend(&self, work: usize) -> bool {
        let left = self.0.get().saturating_sub(u64::try_from(work).unwrap_or(u64::MAX));
        self.0.set(left);
        left > 0
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}
