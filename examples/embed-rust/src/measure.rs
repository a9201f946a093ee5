//! Every case through one warm instance, and times: what the drivers for conformance share.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use crate::repository::Failed;

/// Answers an operation by its number.
pub type Call = Box<dyn FnMut(u32, &[u8]) -> Result<Vec<u8>, Failed>>;

/// Takes MODULE CASES OUT [BENCH] from the command line. The version is that of a package in a lock file.
pub fn main(host: &str, package: &str, lock: &str, load: impl Fn(&Path) -> Result<Call, Failed>) -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let done = match arguments.as_slice() {
        [module, cases, out] => answer_all(load(module), cases, out),
        [module, cases, out, bench] => {
            answer_all(load(module), cases, out).and_then(|()| measure(host, &version(package, lock), || load(module), bench))
        }
        _ => Err("three arguments are wanted, or four: MODULE CASES OUT [BENCH]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer_all(call: Result<Call, Failed>, cases: &Path, out: &Path) -> Result<(), Failed> {
    let mut call = call?;
    std::fs::create_dir_all(out)?;
    let mut files = std::fs::read_dir(cases)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "request"));
    files.sort();
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let (name, operation) = stem.rsplit_once('.').ok_or("a case is called NAME.OPERATION.request")?;
        let answer = call(operation.parse()?, &std::fs::read(&file)?).map_err(|error| format!("{name}: {error}"))?;
        // An answer is never empty: by name, an operation that has none cannot be asked for.
        if answer.is_empty() {
            continue;
        }
        std::fs::write(out.join(format!("{name}.answer")), answer)?;
    }
    Ok(())
}

fn measure(host: &str, version: &str, load: impl Fn() -> Result<Call, Failed>, bench: &Path) -> Result<(), Failed> {
    let request = std::fs::read(bench)?;
    let begun = Instant::now();
    let mut call = load()?;
    let loaded = milliseconds(begun);
    let mut timed = || {
        let begun = Instant::now();
        call(3, &request).map(|_| milliseconds(begun))
    };
    let first = timed()?;
    let mut steady = f64::MAX;
    for _ in 0..10 {
        steady = steady.min(timed()?);
    }
    println!("{}", json!({ "host": host, "version": version, "loadMs": loaded, "firstMs": first, "steadyMs": steady }));
    Ok(())
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn version(package: &str, lock: &str) -> String {
    let behind = lock.split_once(&format!("name = \"{package}\"\nversion = \"")).map_or("", |(_, behind)| behind);
    behind.split('"').next().unwrap_or("").to_owned()
}
