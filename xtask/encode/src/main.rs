//! `xtask-encode browser MODULE FOLDER` writes what JavaScript loads the module by; `xtask-encode component MODULE FILE` makes a
//! component of it. `cargo xtask wasm --all` runs both.

use std::path::Path;

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;
use wit_component::ComponentEncoder;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["browser", module, folder] => browser(Path::new(module), Path::new(folder)),
        ["component", module, file] => component(Path::new(module), Path::new(file)),
        _ => bail!("`xtask-encode browser MODULE FOLDER` or `xtask-encode component MODULE FILE`"),
    }
}

fn browser(module: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("gatepost").remove_name_section(true).remove_producers_section(true);
    // The package gives it as `restart`: an instance that has trapped is of no more use.
    bindgen.reset_state_function(true);
    bindgen.web(true)?.typescript(true).generate(folder)
}

fn component(module: &Path, file: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(module).with_context(|| format!("{} cannot be read", module.display()))?;
    let mut encoder = ComponentEncoder::default();
    encoder.module(&bytes)?.validate(true);
    std::fs::write(file, encoder.encode()?).with_context(|| format!("{} cannot be written", file.display()))
}
