//! Judges a repository's workflows with the core module: judge gatepost_core.wasm REPOSITORY

use std::path::Path;
use std::process::ExitCode;

use gatepost_embed::{EVALUATE, Failed, Gatepost, repository};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    repository::finish(match arguments.as_slice() {
        [module, repository] => judge(Path::new(module), Path::new(repository)),
        _ => Err("two arguments are wanted: MODULE REPOSITORY".into()),
    })
}

fn judge(module: &Path, repository: &Path) -> Result<Vec<u8>, Failed> {
    Gatepost::load(module)?.call(EVALUATE, &repository::request(repository)?)
}
