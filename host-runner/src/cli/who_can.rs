//! `gatepost who-can`.

use std::path::PathBuf;

use anyhow::Context;
use policy_core::api::{AccessRequest, Options, Question, WhoCan};
use policy_core::map::Set;

use super::{Exit, RulesFormat, check};
use crate::engine::Judge;
use crate::judge::{self, Job};
use crate::load;
use crate::render::who_can;

/// As much of [`WhoCan`] as says whether there was anything to answer by: it may be long, and goes out as it is.
#[derive(serde::Deserialize)]
struct Outline {
    roles: u32,
    bindings: u32,
}

pub(super) fn run(arguments: &super::WhoCan) -> anyhow::Result<Exit> {
    let (question, paths) = question(arguments)?;
    let selection = load::select(&paths, None)?;
    let job = Job {
        selection: &selection,
        before: None,
        layers: &[],
        baselines: &[],
        now: None,
        origin: policy_core::source::Origin::Unknown,
        merged: false,
        // No rule has anything to say to it.
        plugins: &[],
        options: Options { only: Some(Set::new()), without_fixes: true, ..Options::default() },
        event: None,
        batch_bytes: None,
        threads: 1,
        progress: &|_| {},
    };
    let mut json = String::new();
    judge::who_can(&Judge::new()?, &job, &question, &mut |answer| answer.clone_into(&mut json))?;
    let unreadable = "what the module answers cannot be read";
    let outline: Outline = serde_json::from_str(&json).context(unreadable)?;
    let stdout = std::io::stdout().lock();
    if arguments.format == RulesFormat::Json {
        check::to_stdout(stdout, &[&json, "\n"])?;
    } else {
        let answer: WhoCan = serde_json::from_str(&json).context(unreadable)?;
        let shown = if arguments.matrix { who_can::matrix(&answer) } else { who_can::answer(&answer) };
        check::to_stdout(anstream::AutoStream::auto(stdout), &[&shown])?;
    }
    Ok(if outline.roles + outline.bindings > 0 { Exit::Allowed } else { Exit::Nothing })
}

fn question(arguments: &super::WhoCan) -> anyhow::Result<(Question, Vec<PathBuf>)> {
    let as_paths = |words: &[String]| words.iter().map(PathBuf::from).collect();
    if arguments.matrix {
        let question = Question { matrix: true, namespace: arguments.namespace.clone(), requests: Vec::new() };
        return Ok((question, as_paths(&arguments.words)));
    }
    let [verb, resource, paths @ ..] = arguments.words.as_slice() else {
        anyhow::bail!("say what is asked, as in `gatepost who-can get secrets`, or `--matrix`");
    };
    let request = AccessRequest {
        verb: verb.clone(),
        resource: resource.clone(),
        name: arguments.name.clone().unwrap_or_default(),
        namespace: arguments.namespace.clone(),
        ..AccessRequest::default()
    };
    Ok((Question { matrix: false, namespace: None, requests: vec![request] }, as_paths(paths)))
}
