// The settings of the WebAssembly engine: those that the module is compiled with in the build are those that it is run with.

use wasmtime::Config;

/// Settings for modules of our kind: what they do not use is off.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.wasm_backtrace_max_frames(None);
    // A trap is told by its breadcrumb; tables for backtraces would be a quarter of what is loaded at every start.
    config.generate_address_map(false);
    config.wasm_memory64(false);
    config.wasm_multi_memory(false);
    config.wasm_relaxed_simd(false);
    // The module that is embedded in a release has vectors.
    config.wasm_simd(true);
    config.wasm_tail_call(false);
    config
}
