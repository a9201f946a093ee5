//! Answers every case by the policy for Kubewarden, which has the operations by their names:
//! conform-kubewarden gatepost_kubewarden.wasm CASES OUT [BENCH]

use std::process::ExitCode;

use gatepost_embed_kubewarden::{load, measure};

const NAMES: [&str; 8] = ["inspect", "decide", "evaluate", "describe", "render", "show", "who-can", "policy"];

fn main() -> ExitCode {
    measure::main("Rust, waPC", "wapc", include_str!("../../../Cargo.lock"), |path| {
        let policy = load(path)?;
        Ok(Box::new(move |operation, request| {
            let name = (operation as usize).checked_sub(1).and_then(|at| NAMES.get(at));
            // Nothing for one that has no name.
            name.map_or(Ok(Vec::new()), |name| Ok(policy.call(name, request)?))
        }))
    })
}
