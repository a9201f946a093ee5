//! `cargo xtask`: everything that who works on Gatepost has to run, by one name each.

mod abi;
mod bench;
mod book;
mod compare;
mod data;
mod embed;
mod exam;
mod flavours;
mod generate;
mod hosts;
mod install;
mod links;
mod new_rule;
mod once;
mod outputs;
mod peers;
mod picture;
mod plugins;
mod sample;
mod stub;
mod test;
mod tools;
mod wasm;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Test and build the policies of third parties among the examples, and run them beside the rules.
    Plugins,
    /// Run everything that CI runs: formatting, generated files, links, tests, the module and its flavours, the stub, lints, every host,
    /// policies of third parties, reports, the book, the exams, the ways into CI systems.
    Test,
    /// Build the module, and check its exports, its imports and its size.
    Wasm {
        /// Build every flavour, and say what each weighs.
        #[arg(long)]
        all: bool,
        /// Build these flavours beside the core: `extism`, `browser`, `kubewarden`, `component`.
        #[arg(long, value_name = "NAME", value_parser = flavours::named)]
        flavour: Vec<&'static flavours::Flavour>,
        /// Build what a release of the command embeds, which takes some minutes, and hold its report against the command's.
        #[arg(long, conflicts_with_all = ["all", "flavour", "accept"])]
        embedded: bool,
        /// Write what the flavours export and import into xtask/data/flavours.txt, instead of holding them against it.
        #[arg(long)]
        accept: bool,
    },
    /// Write the files that are made from the rules and the types.
    Gen {
        /// Only say whether they are as they would be written.
        #[arg(long)]
        check: bool,
    },
    /// Check the snapshots in `policies/data`.
    Data,
    /// Measure speed, start, memory and size, beside the peers that can be installed.
    Bench {
        /// `hosts` for the table of hosts of the module alone.
        #[arg(value_parser = ["hosts"])]
        of: Option<String>,
        /// Where the corpora are unpacked; by default `gatepost-corpora` in the user's cache folder.
        #[arg(long)]
        corpora: Option<PathBuf>,
        /// Leave the peers out.
        #[arg(long)]
        no_peers: bool,
    },
    /// Run a command and print what it cost.
    #[command(hide = true)]
    Measured {
        /// The command and its arguments.
        #[arg(trailing_var_arg = true)]
        command: Vec<String>,
    },
    /// Begin a rule: its file, and its place among the others.
    NewRule {
        /// `access`, `secrets`, `scanning` or `visibility`.
        pillar: String,
        /// `github`, `gitlab` or `kubernetes`.
        platform: String,
        /// The name of the defect, in kebab case.
        id: String,
    },
    /// Hold the findings on real files against those of a peer, and write the tables of docs/comparison.md. Fails if a finding of theirs
    /// is neither ours nor excused.
    Compare {
        /// `zizmor` for workflows, `checkov` for manifests.
        peer: String,
        /// List every finding that only one of the two has.
        #[arg(long)]
        list: bool,
        /// The folder; by default the corpus github-real, or k8s-real.
        folder: Option<PathBuf>,
    },
    /// Hold the module's answers against those of Kubernetes' own code.
    Exam {
        /// `pss` or `rbac`; both, if left out.
        of: Option<String>,
    },
    /// Hold reports in SARIF, over the examples and the corpora, against the official validator.
    Outputs,
    /// Run the program of every host of the module, examples/embed-*, and hold its report against the command's.
    Embed {
        /// `node`, `python`, `go`, and so on; all, if left out.
        of: Vec<String>,
    },
    /// Run the conformance set through every host of the module, and hold the answers against those of native code.
    Conform {
        /// Only write all requests and answers into a folder, to test a host of your own.
        #[arg(long, value_name = "FOLDER")]
        write: Option<PathBuf>,
        /// As for `embed`.
        of: Vec<String>,
    },
    /// Run the action of GitHub, the component of GitLab and the hooks of pre-commit as their hosts do.
    Hosts {
        /// `github`, `gitlab` or `pre-commit`; all, if left out.
        of: Option<String>,
    },
    /// Build the book of `docs` into `target/book` by mdBook, which is built when it is first needed, in a minute or two.
    Book,
    /// Check that links between pages lead somewhere.
    Links,
    /// Draw the picture of the README anew.
    Picture,
    /// Draw findings over a folder for a person to judge, as many from each rule as there are.
    Sample {
        /// The same seed draws the same findings.
        #[arg(long)]
        seed: u64,
        /// How many.
        #[arg(long, default_value_t = 40)]
        count: usize,
        /// Only findings that are at least so severe: `info`, `low`, `medium`, `high` or `critical`.
        #[arg(long, default_value = "info", value_parser = severity)]
        min_severity: policy_core::rule::Severity,
        /// The folder; by default the corpus github-real.
        folder: Option<PathBuf>,
    },
}

fn severity(name: &str) -> Result<policy_core::rule::Severity, String> {
    use policy_core::rule::Severity::{Critical, High, Info, Low, Medium};
    let known = [Info, Low, Medium, High, Critical].into_iter().find(|severity| severity.name() == name);
    known.ok_or_else(|| "`info`, `low`, `medium`, `high` and `critical` are known".to_owned())
}

fn main() -> std::process::ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Test => test::run_all(),
        Command::Wasm { embedded: true, .. } => embed::embedded(&wasm::embedded()?, &tools::gatepost(false)?),
        Command::Wasm { all: false, flavour, .. } if flavour.is_empty() => wasm::run().map(|_| ()),
        Command::Wasm { all: true, accept, .. } => flavours::run(flavours::ALL.iter().collect(), accept),
        Command::Wasm { flavour, accept, .. } => flavours::run(flavour, accept),
        Command::Gen { check } => generate::run(check),
        Command::Data => data::run(),
        Command::Bench { of: Some(_), corpora, .. } => bench::hosts(corpora),
        Command::Bench { of: None, corpora, no_peers } => bench::run_all(corpora, !no_peers),
        Command::Measured { command } => bench::measure(&command),
        Command::NewRule { pillar, platform, id } => new_rule::run(&pillar, &platform, &id),
        Command::Compare { peer, list, folder } => compare::run(&peer, folder, list),
        Command::Exam { of } => {
            exam::run_all(of.as_deref(), &tools::gatepost(false)?, &|| tools::cargo(&["test", "--quiet", "--package", "tests"]))
        }
        Command::Outputs => outputs::run(&tools::gatepost(false)?),
        Command::Embed { of } => embed::run_all(&tools::gatepost(false)?, &of),
        Command::Plugins => plugins::run_all(&tools::gatepost(false)?),
        Command::Conform { write: Some(folder), .. } => abi::write(&folder).map(|count| println!("{count} requests")),
        Command::Conform { write: None, of } => embed::conform(&of),
        Command::Hosts { of } => hosts::run_all(&tools::gatepost(false)?, of.as_deref()),
        Command::Book => links::check().and_then(|()| book::build()),
        Command::Links => links::check(),
        Command::Picture => picture::run(&tools::gatepost(false)?, false),
        Command::Sample { seed, count, min_severity, folder } => sample::run(seed, count, folder, min_severity),
    }
}
