//! One binary for all tests that cross a crate: `cargo xtask test` runs it with everything it needs built.

mod api;
mod command;
mod corpora;
mod decision;
mod document;
mod fixes;
mod hostile;
mod mutations;
mod parity;
mod redaction;
mod rules;
mod shell;
mod support;
mod workspace;
