//! The module in every host that has an example: its program judges a repository as the command does, byte for byte; its driver answers
//! the cases of the conformance set, which `conform` compares and `bench hosts` times.

mod conform;
mod prepare;
mod repositories;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use crate::install::is_here;
use crate::tools::{shown, target, workspace};
use repositories::Repository;

pub(crate) use conform::{Timed, conform, timed};

/// A way to run the module: what it takes, and how its programs are made.
struct Host {
    name: &'static str,
    /// Programs of the machine, with what makes each say that it is there.
    takes: &'static [[&'static str; 2]],
    prepare: fn() -> anyhow::Result<Programs>,
    /// Whether operations are asked for by name there, so that one without a name cannot be.
    by_name: bool,
}

/// The beginnings of two command lines: one goes on with REPOSITORY, the other with CASES OUT [BENCH].
struct Programs {
    judge: Vec<OsString>,
    conform: Vec<OsString>,
}

const CARGO: &[[&str; 2]] = &[["cargo", "--version"]];
const GO: &[[&str; 2]] = &[["go", "version"]];
const JAVA: &[[&str; 2]] = &[["java", "-version"], ["mvn", "--version"]];
const NODE: &[[&str; 2]] = &[["node", "--version"], ["npm", "--version"]];
const PYTHON: &[[&str; 2]] = &[["python3", "--version"]];

/// Every host that there is an example for.
const HOSTS: &[Host] = &[
    Host { name: "node", takes: NODE, prepare: prepare::node, by_name: false },
    Host { name: "node-package", takes: NODE, prepare: prepare::node_package, by_name: false },
    Host { name: "node-jco", takes: NODE, prepare: prepare::node_jco, by_name: true },
    Host { name: "browser", takes: NODE, prepare: prepare::browser, by_name: false },
    Host { name: "python", takes: PYTHON, prepare: prepare::python, by_name: false },
    Host { name: "python-extism", takes: PYTHON, prepare: prepare::python_extism, by_name: true },
    Host { name: "go", takes: GO, prepare: prepare::go, by_name: false },
    Host { name: "go-extism", takes: GO, prepare: prepare::go_extism, by_name: true },
    Host { name: "java", takes: JAVA, prepare: prepare::java, by_name: false },
    Host { name: "rust", takes: CARGO, prepare: prepare::rust, by_name: false },
    Host { name: "rust-component", takes: CARGO, prepare: prepare::rust_component, by_name: true },
    Host { name: KUBEWARDEN, takes: CARGO, prepare: prepare::kubewarden, by_name: true },
];

/// Its program judges no folder.
const KUBEWARDEN: &str = "kubewarden";

/// What users set to go without hosts that their machine cannot run.
const SKIP: &str = "GATEPOST_SKIP_HOSTS";

/// Runs the program of each host, or of those named, on repositories, and holds its reports against the command's.
pub(crate) fn run_all(command: &Path, of: &[String]) -> anyhow::Result<()> {
    let repositories = repositories::all(command)?;
    for host in chosen(of)? {
        judges(host, &host.programs()?, &repositories)?;
    }
    Ok(())
}

/// The same, and the conformance set, through every host.
pub(crate) fn judge_and_conform(command: &Path) -> anyhow::Result<()> {
    let repositories = repositories::all(command)?;
    conform::write()?;
    for host in chosen(&[])? {
        let start = Instant::now();
        let programs = host.programs()?;
        let prepared = start.elapsed();
        judges(host, &programs, &repositories)?;
        conform::conforms(host, &programs)?;
        let asked = start.elapsed() - prepared;
        println!("{}: made in {:.0} s, asked in {:.0} s", host.name, prepared.as_secs_f64(), asked.as_secs_f64());
    }
    Ok(())
}

impl Host {
    fn programs(&self) -> anyhow::Result<Programs> {
        (self.prepare)().with_context(|| format!("the host {}", self.name))
    }
}

fn judges(host: &Host, programs: &Programs, repositories: &[Repository]) -> anyhow::Result<()> {
    if host.name == KUBEWARDEN {
        refusals(&run(&programs.judge, &[])?)?;
        println!("{}: refuses a pod and a workflow", host.name);
        return Ok(());
    }
    repositories::judged(host.name, repositories, |folder| denied(host.name, &programs.judge, folder))
}

/// Holds the module that a release of the command embeds against the command, by the program for Node.js.
pub(crate) fn embedded(module: &Path, command: &Path) -> anyhow::Result<()> {
    let script = workspace().join("examples/embed-node/judge.mjs");
    let judge = ["node".into(), script.into(), module.into()];
    let example = [repositories::example(command)?];
    repositories::judged("node, with what a release embeds,", &example, |folder| denied("node", &judge, folder))
}

// The report of a program that ended as one that denies.
fn denied(host: &str, judge: &[OsString], folder: &Path) -> anyhow::Result<Vec<u8>> {
    let output = run(judge, &[folder])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "the host {host} ended with {}, not 1:\n{said}", output.status);
    Ok(output.stdout)
}

// Two responses of Kubewarden, a line each.
fn refusals(output: &Output) -> anyhow::Result<()> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the host {KUBEWARDEN} ended with {}:\n{said}", output.status);
    let lines: Vec<serde_json::Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()?;
    for (line, rule) in lines.iter().zip(["privileged-container", "unpinned-action"]) {
        let message = line.get("message").and_then(serde_json::Value::as_str).unwrap_or("");
        let refused = line.get("accepted") == Some(&serde_json::Value::Bool(false));
        ensure!(refused && message.contains(rule), "it is to refuse for {rule}, and says {line}");
    }
    ensure!(lines.len() == 2, "it is to refuse two requests, and answers {}", lines.len());
    Ok(())
}

/// The hosts named, or all, but for those that the user goes without. One whose toolchain is lacking is an error: what is skipped
/// silently is soon broken.
fn chosen(of: &[String]) -> anyhow::Result<Vec<&'static Host>> {
    let skip = std::env::var(SKIP).unwrap_or_default();
    let skip: Vec<&str> = skip.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let names: Vec<&str> = HOSTS.iter().map(|host| host.name).collect();
    for name in of.iter().map(String::as_str).chain(skip.iter().copied()) {
        ensure!(names.contains(&name), "there is no host `{name}`: {} are", names.join(", "));
    }
    let mut chosen = Vec::new();
    for host in HOSTS.iter().filter(|host| of.is_empty() || of.iter().any(|name| name == host.name)) {
        if skip.contains(&host.name) {
            println!("skipped: the host {}, as {SKIP} says", host.name);
            continue;
        }
        for [program, version] in host.takes {
            if !is_here(program, version) {
                bail!(
                    "the host {} takes `{program}`, which is not on this machine: install it, or set {SKIP}={}",
                    host.name,
                    host.name
                );
            }
        }
        chosen.push(host);
    }
    Ok(chosen)
}

fn run(line: &[OsString], more: &[&Path]) -> anyhow::Result<Output> {
    let (program, arguments) = line.split_first().context("no command")?;
    let mut command = Command::new(program);
    command.args(arguments).args(more);
    // What Go compiles is kept there, and is not to be in the user's own cache. What Extism keeps would hide how long compiling takes.
    command.env("XDG_CACHE_HOME", target().join("embed/cache")).env("EXTISM_CACHE_CONFIG", "");
    command.output().with_context(|| format!("`{}` could not be started", shown(&command)))
}
