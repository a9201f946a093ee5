//! One binary for all tests that cross a crate: `cargo xtask test` runs it with everything it needs built.

mod api;
mod command;
mod corpora;
mod decision;
mod document;
mod edits;
mod expressions;
mod fixes;
mod fixing;
mod frameworks;
mod gitlab;
mod hostile;
mod init;
mod json;
mod manual;
mod mutations;
mod parity;
mod rbac;
mod redaction;
mod requests;
mod resolver;
mod rules;
mod samples;
mod shell;
mod support;
mod workspace;
