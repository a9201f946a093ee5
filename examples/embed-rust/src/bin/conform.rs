//! Answers every case by the core module: conform MODULE CASES OUT [BENCH]

use std::process::ExitCode;

use gatepost_embed::{Gatepost, measure};

fn main() -> ExitCode {
    measure::main("Rust, wasmtime", "wasmtime", include_str!("../../../Cargo.lock"), |path| {
        let mut gatepost = Gatepost::load(path)?;
        Ok(Box::new(move |operation, request| gatepost.call(operation, request)))
    })
}
