//! Exams: Gatepost's answers, through the module, against those of Kubernetes' own code (`tests/oracle`, a program in Go).

mod pss;
mod rbac;

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

use crate::tools::{run, target, workspace};

/// What an exam is sat with: the command, and a cargo that runs tests.
type Exam = fn(command: &Path, tests: Command) -> anyhow::Result<()>;

/// The exams, by name.
const EXAMS: [(&str, Exam); 2] = [("pss", pss::run), ("rbac", rbac::run)];

/// Sits one exam, or all, with the command, and a cargo that runs tests made of the same.
pub(crate) fn run_all(of: Option<&str>, command: &Path, tests: &dyn Fn() -> Command) -> anyhow::Result<()> {
    let names: Vec<&str> = EXAMS.iter().map(|(name, _)| *name).collect();
    if let Some(of) = of.filter(|of| !names.contains(of)) {
        bail!("there is no exam `{of}`: {} are", names.join(", "));
    }
    EXAMS.iter().filter(|(name, _)| of.is_none_or(|of| of == *name)).try_for_each(|(_, exam)| exam(command, tests()))
}

/// The program, built if it is not as its sources are.
fn oracle() -> anyhow::Result<PathBuf> {
    let program = target().join("oracle/oracle");
    let sources = workspace().join("tests/oracle");
    let mut build = Command::new("go");
    build.args(["build", "-buildvcs=false", "-o"]).arg(&program).arg(".").current_dir(sources);
    run(&mut build).context("the exams need Kubernetes' own code, which Go 1.26 or newer builds (https://go.dev/dl)")?;
    Ok(program)
}

/// The lines that the program prints, each a JSON value.
fn lines(arguments: &[&str]) -> anyhow::Result<Vec<serde_json::Value>> {
    let mut child = Command::new(oracle()?).args(arguments).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("no output")?;
    let read = |line: std::io::Result<String>| Ok(serde_json::from_str(&line?)?);
    let lines = std::io::BufReader::new(output).lines().map(read).collect::<anyhow::Result<_>>()?;
    ensure!(child.wait()?.success(), "the oracle failed");
    Ok(lines)
}
