//! The `gatepost` command: it finds files, hands them to the WebAssembly module and shows what came of it. It judges nothing
//! itself, and does not even link the rules.

mod cli;
pub mod engine;
mod fix;
pub mod judge;
pub mod load;
pub mod plugins;
mod render;

pub use cli::main;
