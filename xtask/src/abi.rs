//! The conformance set: its answers by native code, and all of it as files for hosts.

use std::path::{Path, PathBuf};

use anyhow::Context;
use policy_core::api::{self, Setup};

use crate::tools::workspace;

#[path = "../../tests/abi/cases.rs"]
mod cases;

/// What native code answers.
fn answer(case: &cases::Case) -> Vec<u8> {
    let setup = Setup { rules: policies::RULES, data: policies::DATA, packs: policies::PACKS, breadcrumb: |_| {} };
    api::call(setup, case.operation, &case.request)
}

fn all() -> anyhow::Result<Vec<cases::Case>> {
    cases::all(&workspace().join("tests/abi")).map_err(anyhow::Error::msg)
}

/// The files of answers and what has to stand in them.
pub(crate) fn answers() -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    Ok(all()?.iter().map(|case| (case.answer.clone(), answer(case))).collect())
}

/// Writes every request to `folder/cases/NAME.OPERATION.request` and what native code answers to `folder/native/NAME.answer`; gives how
/// many there are.
pub(crate) fn write(folder: &Path) -> anyhow::Result<usize> {
    let cases = all()?;
    for name in ["cases", "native"] {
        let below = folder.join(name);
        let _ = std::fs::remove_dir_all(&below);
        std::fs::create_dir_all(&below).with_context(|| format!("{} cannot be made", below.display()))?;
    }
    for case in &cases {
        std::fs::write(folder.join("cases").join(format!("{}.{}.request", case.name, case.operation)), &case.request)?;
        std::fs::write(folder.join("native").join(format!("{}.answer", case.name)), answer(case))?;
    }
    Ok(cases.len())
}
