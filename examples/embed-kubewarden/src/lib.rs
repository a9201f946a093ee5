//! Gatepost's policy for Kubewarden in a program of Rust, by the library that Kubewarden runs policies with.

#[path = "../../embed-rust/src/measure.rs"]
pub mod measure;

/// Where `measure` looks for it.
pub mod repository {
    /// Whatever went wrong.
    pub type Failed = Box<dyn std::error::Error>;
}

use std::path::Path;

use wapc::WapcHost;
use wasmtime_provider::WasmtimeEngineProviderBuilder;

use repository::Failed;

/// Compiles a policy. It gets no way to call back: Gatepost asks its host for nothing.
pub fn load(path: &Path) -> Result<WapcHost, Failed> {
    let module = std::fs::read(path)?;
    let engine = WasmtimeEngineProviderBuilder::new().module_bytes(&module).build()?;
    Ok(WapcHost::new(Box::new(engine), None)?)
}
