//! JSON (RFC 8259), strictly: where readers differ in what they let pass, a text means one thing to one of them and another to the
//! next. [`scan`] knows the grammar; documents are composed from it, and what hosts send is read with it by [`reader`].

mod escape;
mod message;
mod raw;
pub(crate) mod reader;
pub(crate) mod scan;
mod write;

pub(crate) use escape::escape;
pub(crate) use raw::boxed;
pub(crate) use write::{without_commands, written};

/// As deep as YAML is read: what walks a document by recursion counts on it.
pub(crate) const MAX_LEVELS: usize = 255;
