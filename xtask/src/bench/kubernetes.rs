//! Manifests: speed beside peers, and the table of who can do what.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Cost, in_rounds, measured, milliseconds, own, skipped, tenfold};
use crate::{peers, tools};

/// Over the corpus k8s-real, where it is.
pub(super) fn over_corpora(gatepost: &Path, corpora: &Path, peers: bool) -> anyhow::Result<()> {
    let folder = corpora.join("k8s-real");
    if !folder.is_dir() {
        println!("| k8s-real | not here |");
        return Ok(());
    }
    let files = manifests(&folder)?;
    let mut commands = vec![("gatepost", own(gatepost, &folder))];
    let mut counts = vec![files.len()];
    if peers {
        let readable = readable(&files).and_then(|files| Ok((files.len(), peers::kube_score(&files)?)));
        if let Ok((count, command)) = readable.map_err(skipped("kube-score")) {
            commands.push(("kube-score, of files that it can read", command));
            counts.push(count);
        }
    }
    let best = in_rounds(&commands)?;
    let rate = |cost: Cost, files: usize| files as f64 / cost.cpu.as_secs_f64();
    let ours = best.first().zip(counts.first()).map_or(0.0, |(cost, files)| rate(*cost, *files));
    let say = |name: &str, cost: Cost, files: usize| {
        let (rate, memory) = (rate(cost, files), cost.memory >> 20);
        let time = milliseconds(cost.cpu);
        println!(
            "| k8s-real, {name} | {files} files in {time}: {rate:.0} a second of processor time; gatepost {:.1} times that; {memory} MiB |",
            ours / rate
        );
    };
    for (((name, _), cost), files) in commands.iter().zip(&best).zip(&counts) {
        say(name, *cost, *files);
    }
    if peers {
        // Once: noise is little beside its time.
        match peers::checkov(&folder).and_then(|command| measured(&command)) {
            Ok(cost) => say("checkov, once", cost, files.len()),
            Err(error) => skipped("checkov")(error),
        }
    }
    tenfold(gatepost, &folder, "k8s-real")?;
    matrix(gatepost, &folder)
}

fn manifests(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = tools::files(folder)?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yml" || ending == "yaml"));
    Ok(files)
}

// kube-score says nothing at all where one of its files cannot be read, and does not say which.
fn readable(files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if files.is_empty() || !peers::kube_score(files)?.stderr(Stdio::null()).output()?.stdout.is_empty() {
        return Ok(files.to_vec());
    }
    if files.len() == 1 {
        return Ok(Vec::new());
    }
    let (first, second) = files.split_at(files.len() / 2);
    Ok([readable(first)?, readable(second)?].concat())
}

fn matrix(gatepost: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(gatepost);
    command.args(["who-can", "--matrix"]).arg(folder);
    let best = in_rounds(&[("who-can --matrix", command)])?;
    for cost in best {
        println!("| k8s-real, who-can --matrix | {}, {} MiB |", milliseconds(cost.cpu), cost.memory >> 20);
    }
    Ok(())
}
