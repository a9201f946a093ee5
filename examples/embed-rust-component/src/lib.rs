//! Gatepost's component in a program of Rust.

pub mod repository;

use std::path::Path;

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use repository::Failed;

// The functions of the world, typed. Its file is a copy of that of the component.
wasmtime::component::bindgen!({ world: "gatepost", path: "wit" });

/// The component, ready to answer: one call at a time. A trap ends it; another one is loaded then.
pub struct Judge {
    store: Store<()>,
    component: Gatepost,
}

impl Judge {
    /// Compiles the component of a file.
    pub fn load(path: &Path) -> Result<Self, Failed> {
        let engine = Engine::default();
        let component = Component::from_file(&engine, path)?;
        let mut store = Store::new(&engine, ());
        // Nothing is given to it: it has no imports.
        let component = Gatepost::instantiate(&mut store, &component, &Linker::new(&engine))?;
        Ok(Self { store, component })
    }

    /// Judges files.
    pub fn evaluate(&mut self, request: &[u8]) -> Result<Vec<u8>, Failed> {
        Ok(self.component.call_evaluate(&mut self.store, request)?)
    }

    /// Any operation, by its number; nothing for one that has no name.
    pub fn call(&mut self, operation: u32, request: &[u8]) -> Result<Vec<u8>, Failed> {
        let Self { store, component } = self;
        Ok(match operation {
            1 => component.call_inspect(store, request)?,
            2 => component.call_decide(store, request)?,
            3 => component.call_evaluate(store, request)?,
            4 => component.call_describe(store, request)?,
            5 => component.call_render(store, request)?,
            6 => component.call_show(store, request)?,
            7 => component.call_who_can(store, request)?,
            8 => component.call_policy(store, request)?,
            _ => Vec::new(),
        })
    }
}
