//! Secrets: recognised by shape, compared by keyed prints, and never written out.

mod clean;
mod print;
mod token;

pub use clean::{clean, clean_short, is_clean, neutral, redact, redact_path};
pub use print::{Key, KeyError};
pub use token::{Checksum, Token, tokens};
