//! Secrets: recognised by shape, compared by keyed prints, and never written out.

mod clean;
mod neutral;
mod print;
mod runs;
mod token;

pub use clean::{clean, clean_name, clean_short, is_clean, redact, redact_path};
pub use neutral::neutral;
pub use print::{Key, KeyError};
pub use token::{Checksum, Token, tokens};
