//! One binary for all tests that cross a crate: `cargo xtask test` runs it with everything it needs built.

mod corpora;
mod document;
mod rules;
mod support;
