//! Whether the snapshots in `policies/data` are of the form that the rules read, and all of them are built in.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};

use crate::tools::workspace;

/// The folder of the snapshots.
const FOLDER: &str = "policies/data";

/// Checks them, and says of each how old it is.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = workspace().join(FOLDER);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("{FOLDER} cannot be read"))?;
    let found: BTreeSet<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let mut wrong: Vec<String> = Vec::new();
    for name in &found {
        let known = policies::DATA.iter().find(|known| name.strip_suffix(".txt") == Some(known.id));
        let Some(known) = known else {
            wrong.push(format!("{FOLDER}/{name}: it is not built in: add it to `policies/src/data.rs`, or remove it"));
            continue;
        };
        // The file as it is, which may be newer than what this program was built with.
        let text = std::fs::read_to_string(folder.join(name)).with_context(|| format!("{FOLDER}/{name} cannot be read"))?;
        match known.read(&text) {
            Ok(snapshot) => println!("{FOLDER}/{name}: {} entries of {}", snapshot.entries().count(), snapshot.date),
            Err(error) => wrong.push(format!("{FOLDER}/{name}:{}: {}", error.line, error.what)),
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
