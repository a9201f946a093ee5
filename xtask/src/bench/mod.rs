//! Speed as ratios, against peers that run beside us on the same files; start, memory and size as figures.

mod hosts;
mod kubernetes;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::tools::{cargo, corpora, files, gatepost, run, target, workspace};
use crate::{peers, wasm};

/// Runs of each command; the fastest counts, since noise only slows down.
const RUNS: usize = 9;

/// Runs of the command on one small file.
const STARTS: usize = 100;

/// The hosts of the module, side by side.
pub(crate) fn hosts(folder: Option<PathBuf>) -> anyhow::Result<()> {
    hosts::run_all(folder)
}

/// Runs everything that can be run here, and prints a table.
pub(crate) fn run_all(folder: Option<PathBuf>, peers: bool) -> anyhow::Result<()> {
    let gatepost = gatepost(true)?;
    let size = wasm::run()?.size;
    println!("\n| what | measured |\n|---|---|");
    println!("| module | {} bytes, {} after gzip -9 |", size.raw, size.gzip);
    start(&gatepost)?;
    match corpora(folder) {
        Some(corpora) => {
            over_corpora(&gatepost, &corpora, peers)?;
            kubernetes::over_corpora(&gatepost, &corpora, peers)?;
        }
        None => println!("| corpora | not here: nothing to measure speed on |"),
    }
    println!();
    module_against_native()
}

fn start(gatepost: &Path) -> anyhow::Result<()> {
    let file = workspace().join("examples/github-well-kept/.github/workflows/ci.yml");
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let status = Command::new(gatepost).arg("check").arg(&file).stdout(Stdio::null()).status()?;
        times.push(begun.elapsed());
        ensure!(status.success(), "the small file is allowed");
    }
    times.sort_unstable();
    let (fastest, median) = (times.first().copied().unwrap_or_default(), times.get(STARTS / 2).copied().unwrap_or_default());
    println!("| one small file, whole process | {} fastest, {} median of {STARTS} |", milliseconds(fastest), milliseconds(median));
    Ok(())
}

fn over_corpora(gatepost: &Path, corpora: &Path, peers: bool) -> anyhow::Result<()> {
    let workflows = corpora.join("github-real");
    let mut commands = vec![("gatepost", own(gatepost, &workflows))];
    if peers {
        commands.extend(peers::zizmor(&workflows).map(|command| ("zizmor offline", command)).map_err(skipped("zizmor")));
        commands.extend(
            peers::actionlint(&workflows).map(|command| ("actionlint without helpers", command)).map_err(skipped("actionlint")),
        );
    }
    let best = in_rounds(&commands)?;
    let ours = best.first().map(|cost| cost.cpu).unwrap_or_default();
    for ((name, _), cost) in commands.iter().zip(&best) {
        let ratio = cost.cpu.as_secs_f64() / ours.as_secs_f64();
        let memory = cost.memory >> 20;
        println!("| github-real, {name} | {} of processor time, {ratio:.1} times ours, {memory} MiB |", milliseconds(cost.cpu));
    }
    tenfold(gatepost, &workflows, "github-real")
}

// On one thread, as peers are.
fn own(gatepost: &Path, folder: &Path) -> Command {
    let mut command = Command::new(gatepost);
    command.args(["check", "--threads", "1", "--format", "json"]).arg(folder);
    command
}

// One after the other in each round, so that a slow moment of the machine meets all of them.
fn in_rounds(commands: &[(&str, Command)]) -> anyhow::Result<Vec<Cost>> {
    let mut best = vec![Cost { cpu: Duration::MAX, memory: 0 }; commands.len()];
    for _ in 0..RUNS {
        for ((_, command), best) in commands.iter().zip(&mut best) {
            let cost = measured(command)?;
            *best = Cost { cpu: best.cpu.min(cost.cpu), memory: best.memory.max(cost.memory) };
        }
    }
    Ok(best)
}

fn skipped(name: &'static str) -> impl Fn(anyhow::Error) {
    move |error| println!("| {name} | could not be installed: {error} |")
}

fn tenfold(gatepost: &Path, corpus: &Path, name: &str) -> anyhow::Result<()> {
    let folder = target().join("bench/tenfold").join(name);
    for copy in 0..10 {
        let into = folder.join(copy.to_string());
        for file in files(corpus)? {
            let copied = into.join(file.strip_prefix(corpus)?);
            std::fs::create_dir_all(copied.parent().unwrap_or(&into))?;
            std::fs::copy(file, copied)?;
        }
    }
    let fastest = |folder: &Path| {
        let command = own(gatepost, folder);
        let mut best = Cost { cpu: Duration::MAX, memory: 0 };
        for _ in 0..5 {
            let cost = measured(&command)?;
            best = Cost { cpu: best.cpu.min(cost.cpu), memory: best.memory.max(cost.memory) };
        }
        anyhow::Ok(best)
    };
    // One of them, from the same place: paths are as long, and git ignores both.
    let (once, best) = (fastest(&folder.join("0"))?, fastest(&folder)?);
    let (times, memory) = (best.cpu.as_secs_f64() / once.cpu.as_secs_f64(), best.memory >> 20);
    println!("| {name}, ten times the files | {}, {times:.1} times one, {memory} MiB |", milliseconds(best.cpu));
    Ok(())
}

/// What a process cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    cpu: Duration,
    /// The most memory that it had, in bytes.
    memory: u64,
}

// The system sums up the children of a process, so each command gets a parent of its own: `cargo xtask measured`.
fn measured(command: &Command) -> anyhow::Result<Cost> {
    let mut parent = Command::new(std::env::current_exe()?);
    parent.arg("measured").arg("--").arg(command.get_program()).args(command.get_args());
    parent.current_dir(command.get_current_dir().unwrap_or(Path::new(".")));
    parent.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = parent.stderr(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(cpu)), Some(Ok(memory))) => Ok(Cost { cpu: Duration::from_micros(cpu), memory }),
        _ => anyhow::bail!("{:?} could not be measured", command.get_program()),
    }
}

/// Runs a command and prints the microseconds of processor time and the bytes of memory that it took. Findings make most of these
/// commands fail; what may not happen is that one looks at nothing, which ends with another code.
#[cfg(unix)]
pub(crate) fn measure(command: &[String]) -> anyhow::Result<()> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let (program, arguments) = command.split_first().context("no command")?;
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    ensure!(matches!(status.code(), Some(0 | 1 | 11..=14)), "{program} ended with {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!("{cpu} {}", usage.max_rss() << 10);
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn measure(_: &[String]) -> anyhow::Result<()> {
    anyhow::bail!("processor time is measured on Unix only")
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

// Criterion measures both on the same requests; of its samples the fastest counts, as everywhere here.
fn module_against_native() -> anyhow::Result<()> {
    // What stands there of an earlier run is not what is measured now.
    let _ = std::fs::remove_dir_all(target().join("criterion"));
    run(&mut cargo(&["bench", "--quiet", "--package", "tests", "--bench", "engine"]))?;
    for corpus in ["github-real", "gitlab-real", "k8s-real", "example"] {
        // Of those that are not here nothing was measured.
        if let (Ok(native), Ok(module)) = (fastest(&format!("{corpus}/native")), fastest(&format!("{corpus}/module"))) {
            println!(
                "| {corpus}, module against native | {:.1} ms and {:.1} ms: {:.2} |",
                module / 1e6,
                native / 1e6,
                module / native
            );
        }
    }
    println!("| a pipeline of 2,000 jobs in 50 includes | {:.1} ms |", fastest("pipelines/made")? / 1e6);
    println!("| the ten largest files of gitlab-real, together | {:.1} ms |", fastest("pipelines/largest")? / 1e6);
    Ok(())
}

// In nanoseconds, of what criterion has written last.
fn fastest(way: &str) -> anyhow::Result<f64> {
    let file = target().join(format!("criterion/{way}/new/sample.json"));
    let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let samples: serde_json::Value = serde_json::from_str(&text)?;
    let numbers = |key: &str| {
        let list = samples.get(key).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        list.into_iter().filter_map(|number| number.as_f64())
    };
    let each = numbers("times").zip(numbers("iters")).map(|(time, runs)| time / runs);
    each.min_by(f64::total_cmp).context("criterion wrote no samples")
}
