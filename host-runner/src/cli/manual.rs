//! `gatepost completions` and `gatepost man`, made from the table that the command line is read by.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use super::check::to_stdout;
use super::{Cli, Exit};

pub(super) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gatepost", &mut text);
    print(&text)
}

/// The page of the command, or of the subcommand that the words name; with a folder, all of them into it.
pub(super) fn pages(words: &[String], dir: Option<&Path>) -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    if let Some(dir) = dir {
        std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        clap_mangen::generate_to(command, dir).with_context(|| format!("{} cannot be written to", dir.display()))?;
        return Ok(Exit::Allowed);
    }
    command.build();
    let mut shown = &command;
    for word in words {
        shown = shown.find_subcommand(word).with_context(|| {
            let known: Vec<&str> = shown.get_subcommands().map(clap::Command::get_name).collect();
            format!(
                "there is no subcommand `{}`: {}",
                words.join(" "),
                super::catalogue::hint(word, &known, "`gatepost --help` lists them")
            )
        })?;
    }
    let name: Vec<&str> = std::iter::once("gatepost").chain(words.iter().map(String::as_str)).collect();
    let mut text = Vec::new();
    clap_mangen::Man::new(shown.clone().display_name(name.join("-"))).render(&mut text)?;
    print(&text)
}

fn print(text: &[u8]) -> anyhow::Result<Exit> {
    to_stdout(std::io::stdout().lock(), &[std::str::from_utf8(text)?])?;
    Ok(Exit::Allowed)
}
