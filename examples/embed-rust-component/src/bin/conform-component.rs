//! Answers every case by the component: conform-component COMPONENT CASES OUT [BENCH]

use std::process::ExitCode;

use gatepost_embed_component::{Judge, measure};

fn main() -> ExitCode {
    measure::main("Rust, component", "wasmtime", include_str!("../../../Cargo.lock"), |path| {
        let mut judge = Judge::load(path)?;
        Ok(Box::new(move |operation, request| judge.call(operation, request)))
    })
}
