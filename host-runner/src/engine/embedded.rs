//! Loading machine code that this build made: the one file of the command that says `unsafe`.
#![expect(unsafe_code, reason = "loading machine code trusts its bytes; these are ours, or made by us")]

use wasmtime::{Config, Engine, Module, Result};

/// Compiled by the build script from the module that stands in this repository, or that GATEPOST_WASM named at build time. There
/// is no way to give other bytes at run time.
static COMPILED: &Pages<[u8]> = &Pages(*include_bytes!(concat!(env!("OUT_DIR"), "/module.cwasm")));

/// Begins where a page of memory does.
#[repr(C, align(4096))]
struct Pages<B: ?Sized>(B);

/// Machine code that this command made of another module and kept where nobody else may write.
#[cfg(feature = "plugins")]
pub(super) fn kept(engine: &Engine, code: &[u8]) -> Result<Module> {
    // SAFETY: the cache hands over the output of `Module::serialize` of this command, from a file and a folder that belong to its user and
    // that no other user may write to, with the digest that was written with it; wasmtime itself checks version, settings and target.
    // Who can write there could also replace this command.
    unsafe { Module::deserialize(engine, code) }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) use in_place::{config, module};

/// Settings for how the code is loaded: the usual ones.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(super) fn config(_: &mut Config) {}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(super) fn module(engine: &Engine) -> Result<Module> {
    // SAFETY: the bytes are the output of `Engine::precompile_module`, made by the same version of wasmtime with the settings of
    // `config.rs`, and cannot have changed since; wasmtime itself checks version, settings and target.
    unsafe { Module::deserialize(engine, &COMPILED.0) }
}

/// Where pages have one size, the code is run where it stands in the file of the command: to copy it first takes a tenth of a small run.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod in_place {
    use std::ffi::c_void;
    use std::ptr::NonNull;
    use std::sync::Arc;

    use rustix::mm::{MprotectFlags, mprotect};
    use wasmtime::CustomCodeMemory;

    use super::{COMPILED, Config, Engine, Module, Result};

    struct Code;

    impl CustomCodeMemory for Code {
        fn required_alignment(&self) -> usize {
            4096
        }

        fn publish_executable(&self, start: *const u8, length: usize) -> Result<()> {
            // SAFETY: the pages are those of COMPILED, or of a copy of it that wasmtime made: code and the rest of its object. They
            // were never written to, and nothing writes to them later.
            unsafe { mprotect(start.cast_mut().cast::<c_void>(), length, MprotectFlags::READ | MprotectFlags::EXEC)? };
            Ok(())
        }

        fn unpublish_executable(&self, _: *const u8, _: usize) -> Result<()> {
            Ok(())
        }
    }

    /// Settings for how the code is loaded.
    pub(in crate::engine) fn config(config: &mut Config) {
        config.with_custom_code_memory(Some(Arc::new(Code)));
    }

    pub(in crate::engine) fn module(engine: &Engine) -> Result<Module> {
        // SAFETY: the bytes are the output of `Engine::precompile_module`, made by the same version of wasmtime with the settings of
        // `config.rs`; wasmtime itself checks version, settings and target. They begin at a page, live as long as the program, and
        // nobody writes to them.
        unsafe { Module::deserialize_raw(engine, NonNull::from(&COMPILED.0)) }
    }
}
