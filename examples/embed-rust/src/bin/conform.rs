//! Answers every case by the core module: conform MODULE CASES OUT [BENCH]

#[path = "../measure.rs"]
mod measure;

use std::process::ExitCode;

use gatepost_embed::{Gatepost, repository};

fn main() -> ExitCode {
    measure::main("Rust, wasmtime", "wasmtime", include_str!("../../../Cargo.lock"), |path| {
        let mut gatepost = Gatepost::load(path)?;
        Ok(Box::new(move |operation, request| gatepost.call(operation, request)))
    })
}
