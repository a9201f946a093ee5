//! `gatepost schema`.

use std::fmt::Write;

use clap::ValueEnum;

use super::Exit;
use super::check::to_stdout;

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Schema {
    /// What stands in `gatepost.yaml`, so that an editor completes it
    Policy,
    /// The report that `--format json` gives
    Report,
    /// What the module is asked
    Request,
    /// What the module answers
    Answer,
    /// What the module answers to `show`
    Shown,
    /// What the module answers to `who-can`
    WhoCan,
}

impl Schema {
    fn text(self) -> &'static str {
        match self {
            Self::Policy => include_str!("../../../schemas/policy-1.json"),
            Self::Report => include_str!("../../../schemas/report-1.json"),
            Self::Request => include_str!("../../../schemas/request-1.json"),
            Self::Answer => include_str!("../../../schemas/answer-1.json"),
            Self::Shown => include_str!("../../../schemas/shown-1.json"),
            Self::WhoCan => include_str!("../../../schemas/who-can-1.json"),
        }
    }
}

pub(super) fn run(of: Option<Schema>) -> anyhow::Result<Exit> {
    let text = match of {
        Some(schema) => schema.text().to_owned(),
        None => listed()?,
    };
    to_stdout(std::io::stdout().lock(), &[&text])?;
    Ok(Exit::Allowed)
}

fn listed() -> anyhow::Result<String> {
    let mut out = String::new();
    for value in Schema::value_variants().iter().filter_map(Schema::to_possible_value) {
        writeln!(out, "{:8}  {}", value.get_name(), value.get_help().map(ToString::to_string).unwrap_or_default())?;
    }
    writeln!(out, "\n`gatepost schema NAME` prints one")?;
    Ok(out)
}
