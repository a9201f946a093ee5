//! `gatepost show pipeline`.

use std::path::Path;

use anyhow::Context;
use policy_core::api::{Options, Shown};

use super::{Exit, check};
use crate::engine::Judge;
use crate::judge::{self, Job};
use crate::load;
use crate::render::pipeline;

/// As much of [`Shown`] as says whether there is anything: it may be large, and goes out as it is.
#[derive(serde::Deserialize)]
struct Outline {
    pipelines: Vec<serde::de::IgnoredAny>,
}

pub(super) fn run(file: &Path, as_json: bool, source: &[String]) -> anyhow::Result<Exit> {
    let mut selection = load::select(&[file.to_path_buf()], None)?;
    selection.sources = super::prepare::sources(source)?;
    let job = Job {
        selection: &selection,
        before: None,
        layers: &[],
        baselines: &[],
        now: None,
        origin: policy_core::source::Origin::Unknown,
        merged: false,
        plugins: &[],
        options: Options::default(),
        event: None,
        batch_bytes: None,
        threads: 1,
        progress: &|_| {},
    };
    let json = judge::show(&Judge::new()?, &job)?;
    let unreadable = "what the module shows cannot be read";
    let stdout = std::io::stdout().lock();
    let pipelines = if as_json {
        check::to_stdout(stdout, &[&json, "\n"])?;
        serde_json::from_str::<Outline>(&json).context(unreadable)?.pipelines.len()
    } else {
        let shown: Shown = serde_json::from_str(&json).context(unreadable)?;
        check::to_stdout(anstream::AutoStream::auto(stdout), &[&pipeline::render(&shown)])?;
        shown.pipelines.len()
    };
    let file = file.display();
    anyhow::ensure!(pipelines > 0, "{file} comes to no pipeline of GitLab: `gatepost check {file}` says what it is");
    Ok(Exit::Allowed)
}
