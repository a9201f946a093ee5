//! The command line.

mod baseline;
mod catalogue;
mod check;
mod init;
mod manual;
mod policy;
mod prepare;
mod rules;
mod schema;
mod show;
mod who_can;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use policy_core::report::Outcome;

use crate::plugins::Asked;

/// How the command ends. 2 is also what a wrong command line ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Allowed, perhaps with warnings.
    Allowed = 0,
    /// Denied; of `--diff`, that something would change.
    Denied = 1,
    /// Wrong usage, wrong configuration, a file that could not be fixed, or a defect of the command.
    Failed = 2,
    /// Nothing was judged.
    Nothing = 3,
    /// Held: time or another person can turn it into a yes.
    Held = 4,
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Allow | Outcome::Warn => Self::Allowed,
            Outcome::Hold => Self::Held,
            Outcome::Deny => Self::Denied,
            Outcome::Error => Self::Nothing,
        }
    }
}

/// The version, and the module that judges: what `sha256sum` prints for its file.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nmodule sha256:", env!("GATEPOST_MODULE_SHA256"));

/// Decides whether a change may pass: holds pipeline definitions and manifests of Kubernetes against a policy.
#[derive(Debug, Parser)]
#[command(name = "gatepost", version, long_version = VERSION, arg_required_else_help = true, after_help = AFTER)]
struct Cli {
    /// When to colour what is written to a terminal.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: Color,
    /// The same as `--color never`. The environment may say so too: `NO_COLOR`, or `CLICOLOR_FORCE` for the opposite.
    #[arg(long, global = true, conflicts_with = "color")]
    no_color: bool,
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Examples:
  gatepost check                           judge the repository that you are in
  gatepost check --format json=report.json --format terminal
  gatepost check --diff                    show what the fixes would change; --fix makes the changes
  git show HEAD:.github/workflows/ci.yml | gatepost check -
  helm template CHART | gatepost check --pack pss-restricted -
  gatepost explain unpinned-action
  gatepost init                            write a policy, and the job that asks for it

Exit codes: 0 allowed (also with warnings), 1 denied, 2 wrong usage or a defect, 3 nothing was judged, 4 held.
With --diff: 0 nothing would change, 1 something would. With --fix: those of the files as they are then, or 2 if one could not be
written.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find the pipeline definitions and the manifests of a repository and judge them.
    Check(Box<Check>),
    /// Say whether a policy can be used, or what it comes to.
    #[command(subcommand)]
    Policy(Policy),
    /// Write down the findings that are there, so that only what comes later decides.
    #[command(subcommand)]
    Baseline(Baseline),
    /// Show what Gatepost makes of a file.
    #[command(subcommand)]
    Show(Show),
    /// Say who may do what in a cluster, by the roles and bindings of Kubernetes in files.
    WhoCan(WhoCan),
    /// Say what a rule finds, why it matters and how to mend it.
    Explain {
        /// The rule's id, or the name that another tool has for it.
        rule: String,
    },
    /// List the rules.
    Rules(Rules),
    /// Write a policy for a repository, and the job that asks Gatepost. What is there already is never overwritten.
    Init(Init),
    /// Print the JSON Schema of what Gatepost reads or writes.
    Schema {
        /// Which; without one, they are listed.
        #[arg(value_enum)]
        of: Option<schema::Schema>,
    },
    /// Print what makes a shell complete the command line.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man {
        /// That of a subcommand, as in `gatepost man check`.
        #[arg(value_name = "COMMAND")]
        words: Vec<String>,
        /// Write all pages to a folder instead.
        #[arg(long, value_name = "DIR", conflicts_with = "words")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_RULES)]
struct Rules {
    /// Words that have to stand in a rule's names, its title, what it answers to, or what other tools call it.
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Those of a pack only.
    #[arg(long, value_name = "PACK")]
    pack: Option<String>,
    /// Those that answer to an entry of a catalogue, or to any below it: `CICD-SEC-4`, `CIS-K8S-5.1`, `NSA`, `PSS`.
    #[arg(long, value_name = "ENTRY")]
    framework: Option<String>,
    /// Those of a platform only.
    #[arg(long, value_enum)]
    platform: Option<Platform>,
    /// Those that another tool calls so: `zizmor/unpinned-uses`, `CKV_K8S_16`.
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
    /// As a table for people, or as JSON.
    #[arg(long, value_enum, default_value = "terminal")]
    format: RulesFormat,
}

const AFTER_RULES: &str = "\
Examples:
  gatepost rules secret                    what speaks of secrets
  gatepost rules --framework CICD-SEC-4 --platform gitlab
  gatepost rules --alias zizmor/unpinned-uses
  gatepost rules --pack owasp-cicd --format json";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Platform {
    Github,
    Gitlab,
    Kubernetes,
}

impl Platform {
    fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Kubernetes => "kubernetes",
        }
    }
}

#[derive(Debug, clap::Args)]
struct Init {
    /// The repository; without it, the one that you are in.
    dir: Option<PathBuf>,
    /// Only show what would be written.
    #[arg(long)]
    dry_run: bool,
    /// Write the job for this platform, whatever the repository looks like. May be given several times.
    #[arg(long, value_enum, value_name = "PLATFORM")]
    ci: Vec<init::Ci>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    Terminal,
    Json,
}

#[derive(Clone, Debug, clap::Args)]
struct Check {
    /// Repositories, folders or files; `-` is standard input. Without any, the repository that you are in. Of a repository, pipeline
    /// definitions are judged, and the manifests that git tracks. A folder that is no repository is searched for YAML files and for
    /// manifests in JSON, which are recognised by content. What `helm template` writes to standard input becomes the files that its
    /// `# Source:` lines name; lines are those of the rendered files, as `helm template --output-dir` writes them.
    paths: Vec<PathBuf>,
    /// `terminal`, `json`, `sarif`, `gitlab` (code quality), `github` (annotations, and the step's summary), `junit` or `markdown`,
    /// and after `=` the file to write it to. May be given several times, once without a file.
    #[arg(long, value_name = "FORMAT[=FILE]")]
    format: Vec<check::Output>,
    /// In the terminal, only the findings that deny, a line each, and the decision.
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// In the terminal, also findings that do nothing, what is not known, and every reason why a file is not simply judged.
    #[arg(long, short)]
    verbose: bool,
    /// Who could have written the files: only what is `protected`, or comes from the `organisation`, may ignore findings or loosen the
    /// policy. Without this, it is told by what the CI system says of the event and by the objects of git: what stands just so at the
    /// protected ref comes from there, and the rest with the change.
    #[arg(long, value_enum)]
    origin: Option<Origin>,
    /// The organisation's policy, which stands above the repository's `gatepost.yaml`. The environment variable GATEPOST_POLICY does
    /// the same.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A policy of a third party, a WebAssembly module, that is run beside the rules: `[NAME=]FILE@sha256:DIGEST`. It can add findings,
    /// under its name, and nothing else. May be given several times; a policy file asks for them under `plugins`.
    #[arg(long, value_name = "FILE@sha256:DIGEST")]
    plugin: Vec<Asked>,
    /// The baseline; by default `gatepost-baseline.json` of the repository.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Judge as if there were no baseline.
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
    /// Compare with what was at this ref or commit: findings are new or were there before, and what was mended is listed. New ones
    /// decide, unless the policy says `decideOn: all`.
    #[arg(long, value_name = "REF")]
    diff_base: Option<String>,
    /// The time to judge exceptions by, as in `2026-11-30T09:00:00Z`; by default now.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// The rules to run: `recommended`, which is what runs without this, `strict` for all there are, or the Pod Security Standards
    /// `pss-baseline` and `pss-restricted`, of which every finding denies. `gatepost rules --pack PACK` lists them.
    #[arg(long, value_name = "PACK")]
    pack: Option<String>,
    /// Run this rule only, by its id or by the name that another tool has for it. May be given several times.
    #[arg(long, value_name = "RULE")]
    only: Vec<String>,
    /// The version of Kubernetes that manifests are held against, as in `1.33`; by default the newest one that is known.
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<String>,
    /// A JSON file of commits by action reference, for fixes: {"actions/checkout@v4": {"commit": "…", "version": "v4.2.2"}}.
    #[arg(long, value_name = "FILE")]
    pins: Option<PathBuf>,
    /// Write the safe fixes to the files, and judge what they are then. A file that has changed meanwhile, or is read-only, stays.
    #[arg(long, group = "fixing")]
    fix: bool,
    /// Only show what `--fix` would change, as a unified diff. Exits with 1 if something would change, with 0 if nothing would.
    #[arg(long, group = "fixing")]
    diff: bool,
    /// Put fixes into a report in JSON too. To check them takes about a fifth of the time.
    #[arg(long)]
    fixes: bool,
    /// With `--fix` or `--diff`, also the fixes that may change what the pipeline does.
    #[arg(long, requires = "fixing")]
    unsafe_fixes: bool,
    /// A snapshot file, such as newer advisories, in place of the one that is built in; `# id:` in it says which. May be given
    /// several times.
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Files of another project that pipelines of GitLab include: `GROUP/PROJECT@REF=DIR`. Templates of GitLab are the project
    /// `templates`. May be given several times.
    #[arg(long, value_name = "PROJECT@REF=DIR")]
    source: Vec<String>,
    /// A pipeline that GitLab itself has merged (`/ci/lint`), which is judged as it stands, without fixes.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fixing", "fixes"])]
    merged: Option<PathBuf>,
    /// The repository that is judged, `owner/name`: what it uses of itself need not be pinned.
    #[arg(long, value_name = "SLUG")]
    repository: Option<String>,
    /// The path to know standard input by, save what `# Source:` lines name.
    #[arg(long, value_name = "PATH")]
    stdin_name: Option<String>,
    /// The most workers; by default one a core.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Bytes of files that are handed to the module at once.
    #[arg(long, value_name = "BYTES", hide = true)]
    batch_bytes: Option<usize>,
}

#[derive(Debug, Subcommand)]
enum Policy {
    /// Read the policy of a repository and say what is wrong in it, and what of it is not granted. Exits with 2 if it cannot be used.
    Lint(Box<Check>),
    /// Show every value in force and the layer that set it.
    Show {
        #[command(flatten)]
        check: Box<Check>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Baseline {
    /// Write `gatepost-baseline.json` with every finding that warns or denies.
    Create {
        #[command(flatten)]
        check: Box<Check>,
        /// Also where there is one already.
        #[arg(long)]
        force: bool,
    },
    /// Take out of it what is there no more.
    Prune(Box<Check>),
    /// List what it holds, and what of it is still there.
    Show(Box<Check>),
}

#[derive(Debug, Subcommand)]
enum Show {
    /// The pipeline that a file of GitLab comes to, with the place where each value was written.
    Pipeline {
        /// The file.
        file: PathBuf,
        /// For people, or as JSON.
        #[arg(long, value_enum, default_value = "text")]
        format: ShowFormat,
        /// Files of another project that it includes: `GROUP/PROJECT@REF=DIR`. May be given several times.
        #[arg(long, value_name = "PROJECT@REF=DIR")]
        source: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
#[command(override_usage = "\
gatepost who-can [OPTIONS] VERB RESOURCE [PATH]...
       gatepost who-can [OPTIONS] --matrix [PATH]...", after_help = AFTER_WHO_CAN)]
struct WhoCan {
    /// The verb and what it is for: a resource (`pods`, `pods/exec`, `deployments.apps`, `svc`), or a path of the API server that
    /// begins with `/`. Behind them manifests: repositories, folders or files, `-` for standard input; what `kubectl get -o json`
    /// gives is one too. Without any, the repository that you are in.
    #[arg(value_name = "VERB RESOURCE [PATH]")]
    words: Vec<String>,
    /// Show of every subject which requests it can make that are worth knowing.
    #[arg(long)]
    matrix: bool,
    /// The namespace. Without one, whoever can do it in any is named.
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// The name of the object.
    #[arg(long, value_name = "NAME", conflicts_with = "matrix")]
    name: Option<String>,
    /// For people, or as JSON.
    #[arg(long, value_enum, default_value = "terminal")]
    format: RulesFormat,
}

const AFTER_WHO_CAN: &str = "\
Examples:
  gatepost who-can get secrets -n shop deploy/
  gatepost who-can create pods/exec --name web-0 -n shop deploy/
  gatepost who-can get /metrics deploy/
  kubectl get clusterroles,clusterrolebindings,roles,rolebindings,pods -A -o json | gatepost who-can --matrix -

Exit codes: 0 answered, also if nobody can, 2 wrong usage or a defect, 3 no roles or bindings were found.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Origin {
    Organisation,
    Protected,
    Change,
    Unknown,
}

impl From<Origin> for policy_core::source::Origin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Organisation => Self::Organisation,
            Origin::Protected => Self::Protected,
            Origin::Change => Self::Change,
            Origin::Unknown => Self::Unknown,
        }
    }
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match if cli.no_color { Color::Never } else { cli.color } {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let done = match cli.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Policy(Policy::Lint(arguments)) => policy::lint(&arguments),
        Command::Policy(Policy::Show { check, json }) => policy::show(&check, json),
        Command::Baseline(Baseline::Create { check, force }) => baseline::create(&check, force),
        Command::Baseline(Baseline::Prune(arguments)) => baseline::prune(&arguments),
        Command::Baseline(Baseline::Show(arguments)) => baseline::show(&arguments),
        Command::Show(Show::Pipeline { file, format, source }) => show::run(&file, format == ShowFormat::Json, &source),
        Command::WhoCan(arguments) => who_can::run(&arguments),
        Command::Explain { rule } => rules::explain(&rule),
        Command::Rules(arguments) => rules::list(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Schema { of } => schema::run(of),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { words, dir } => manual::pages(&words, dir.as_deref()),
    };
    let exit = done.unwrap_or_else(|error| {
        // An error may quote a path or a request that holds a secret.
        let said = policy_core::secret::redact(&words::of_command_line(&format!("{error:#}"))).into_owned();
        let lines: Vec<_> = said.lines().map(policy_core::secret::neutral).collect();
        anstream::eprintln!("error: {}", lines.join("\n"));
        Exit::Failed
    });
    ExitCode::from(exit as u8)
}
