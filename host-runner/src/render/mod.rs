//! The report for a terminal.

pub(crate) mod terminal;
