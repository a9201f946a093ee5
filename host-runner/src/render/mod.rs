//! The report for a terminal, and what fixes would change.

pub(crate) mod diff;
pub(crate) mod pipeline;
pub(crate) mod problem;
pub(crate) mod terminal;
pub(crate) mod who_can;
