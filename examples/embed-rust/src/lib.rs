//! Gatepost's core module in a program of Rust.

pub mod repository;

use std::path::Path;

use wasmtime::{Engine, Instance, Memory, Module, Store, TypedFunc};

pub use repository::Failed;

/// The operation that judges files.
pub const EVALUATE: u32 = 3;

/// The module, ready to answer: one call at a time. A trap ends it; another one is loaded then.
pub struct Gatepost {
    store: Store<()>,
    memory: Memory,
    alloc: TypedFunc<u32, u32>,
    call: TypedFunc<(u32, u32, u32), u64>,
    free: TypedFunc<(u32, u32), ()>,
}

impl Gatepost {
    /// Compiles the module of a file.
    pub fn load(path: &Path) -> Result<Self, Failed> {
        let engine = Engine::default();
        let module = Module::from_file(&engine, path)?;
        let mut store = Store::new(&engine, ());
        // Nothing is given to it: it has no imports.
        let instance = Instance::new(&mut store, &module, &[])?;
        let memory = instance.get_memory(&mut store, "memory").ok_or("the module exports no memory")?;
        Ok(Self {
            memory,
            alloc: instance.get_typed_func(&mut store, "gp_alloc")?,
            call: instance.get_typed_func(&mut store, "gp_call")?,
            free: instance.get_typed_func(&mut store, "gp_free")?,
            store,
        })
    }

    /// Bytes in, bytes out.
    pub fn call(&mut self, operation: u32, request: &[u8]) -> Result<Vec<u8>, Failed> {
        let length = u32::try_from(request.len())?;
        let at = self.alloc.call(&mut self.store, length)?;
        if at == 0 {
            return Err(format!("the module has no memory for a request of {length} bytes").into());
        }
        self.memory.write(&mut self.store, at as usize, request)?;
        let packed = self.call.call(&mut self.store, (operation, at, length))?;
        self.free.call(&mut self.store, (at, length))?;
        let (start, length) = ((packed >> 32) as u32, packed as u32);
        let end = start as usize + length as usize;
        let answer =
            self.memory.data(&self.store).get(start as usize..end).ok_or("the answer lies outside of the memory")?.to_vec();
        self.free.call(&mut self.store, (start, length))?;
        Ok(answer)
    }
}
