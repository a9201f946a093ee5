//! Answers every case by the component: conform-component COMPONENT CASES OUT [BENCH]

#[path = "../../../embed-rust/src/measure.rs"]
mod measure;

use std::process::ExitCode;

use gatepost_embed_component::{Judge, repository};

fn main() -> ExitCode {
    measure::main("Rust, component", "wasmtime", include_str!("../../../Cargo.lock"), |path| {
        let mut judge = Judge::load(path)?;
        Ok(Box::new(move |operation, request| judge.call(operation, request)))
    })
}
