//! The one file that says `unsafe`: loading machine code that this build made.
#![expect(unsafe_code, reason = "`Module::deserialize` trusts its bytes; these are ours")]

use wasmtime::{Engine, Module, Result};

/// Compiled by the build script from the module that stands in this repository, or that GATEPOST_WASM named at build time. There
/// is no way to give other bytes at run time.
static COMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/module.cwasm"));

pub(super) fn module(engine: &Engine) -> Result<Module> {
    // SAFETY: the bytes are the output of `Engine::precompile_module`, made by the same version of wasmtime with the settings of
    // `config.rs`, and cannot have changed since; wasmtime itself checks version, settings and target.
    unsafe { Module::deserialize(engine, COMPILED) }
}
