//! Judges a repository's workflows with the component: judge-component gatepost_component.wasm REPOSITORY

use std::path::Path;
use std::process::ExitCode;

use gatepost_embed_component::Judge;
use gatepost_embed_component::repository::{self, Failed};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    repository::finish(match arguments.as_slice() {
        [component, repository] => judge(Path::new(component), Path::new(repository)),
        _ => Err("two arguments are wanted: COMPONENT REPOSITORY".into()),
    })
}

fn judge(component: &Path, repository: &Path) -> Result<Vec<u8>, Failed> {
    Judge::load(component)?.evaluate(&repository::request(repository)?)
}
