//! `gatepost show pipeline`.

use std::path::Path;

use policy_core::api::Options;

use super::{Exit, check};
use crate::engine::Judge;
use crate::judge::{self, Job};
use crate::load;
use crate::render::pipeline;

pub(super) fn run(file: &Path, json: bool, source: &[String]) -> anyhow::Result<Exit> {
    let mut selection = load::select(&[file.to_path_buf()], None)?;
    selection.sources = check::sources(source)?;
    let job = Job {
        selection: &selection,
        origin: policy_core::source::Origin::Unknown,
        merged: false,
        options: Options::default(),
        event: None,
        batch_bytes: None,
        threads: 1,
        progress: &|_| {},
    };
    let raw = judge::show(&Judge::new()?, &job)?;
    let stdout = std::io::stdout().lock();
    if json {
        check::to_stdout(stdout, &[raw.get(), "\n"])?;
    } else {
        let text = pipeline::render(&judge::read_shown(&raw)?);
        check::to_stdout(anstream::AutoStream::auto(stdout), &[&text])?;
    }
    Ok(Exit::Allowed)
}
