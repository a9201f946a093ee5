//! Builds the module, compiles it for the runner's target, and leaves it where the runner embeds it from.
//!
//! `GATEPOST_WASM` names a module that is built already: then nothing is nested. Lints and editors may set it.

#[path = "../src/engine/config.rs"]
mod config;
mod nested;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-env-changed=GATEPOST_WASM");
    if let Err(message) = run() {
        for line in message.lines() {
            println!("cargo::error={line}");
        }
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("cargo did not set {name}"));
    let workspace = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let module = match std::env::var_os("GATEPOST_WASM") {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", Path::new(&path).display());
            PathBuf::from(path)
        }
        None => {
            let plugin = ["wasm-plugin/core", "wasm-plugin/abi", "wasm-plugin/memory"];
            for source in ["Cargo.toml", "Cargo.lock", "policy-core", "policies"].into_iter().chain(plugin) {
                println!("cargo::rerun-if-changed={}", workspace.join(source).display());
            }
            // Inside of OUT_DIR: the outer cargo holds the lock of its own target folder, and waiting for it would be for ever.
            // Tests go through the module that others load.
            let release = variable("PROFILE")? == "release";
            let made = if release { nested::Made::Embedded } else { nested::Made::Portable };
            nested::build_module(&workspace, &out.join("wasm"), "core", made)?
        }
    };
    let wasm = std::fs::read(&module).map_err(|error| format!("{}: {error}", module.display()))?;
    let digest: String = Sha256::digest(&wasm).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=GATEPOST_MODULE_SHA256={digest}");
    // Naming the target also means its baseline: the command runs on every processor of its kind.
    let mut config = config::config();
    config.target(&variable("TARGET")?).map_err(|error| format!("no code can be made for this target: {error}"))?;
    let engine = wasmtime::Engine::new(&config).map_err(|error| format!("the compiler does not start: {error}"))?;
    let compiled = engine.precompile_module(&wasm).map_err(|error| format!("{}: {error}", module.display()))?;
    std::fs::write(out.join("module.cwasm"), compiled).map_err(|error| format!("the compiled module cannot be written: {error}"))
}
