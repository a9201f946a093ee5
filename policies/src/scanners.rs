//! Scanners of code, dependencies, images, infrastructure and secrets: how they are run, and what makes them pass whatever they find.
//! Linters and formatters are not among them.

use std::borrow::Cow;
use std::ops::Range;

use policy_core::document::Ref;
use policy_core::model::github::{Step, text};
use policy_core::model::gitlab::{Job, KeyValue};
use policy_core::read::Read;
use policy_core::shell::sinks::ignores_failure;
use policy_core::shell::{Command, Script, Word, Words};
use policy_core::text::contains;

/// An action that scans, the tool that it runs, and the input that makes it pass, with the values that do.
struct Action {
    name: &'static str,
    tool: &'static str,
    passes: Option<(&'static str, &'static [&'static str])>,
}

const fn action(name: &'static str, tool: &'static str) -> Action {
    Action { name, tool, passes: None }
}

const fn with(name: &'static str, tool: &'static str, input: &'static str, values: &'static [&'static str]) -> Action {
    Action { name, tool, passes: Some((input, values)) }
}

const ACTIONS: &[Action] = &[
    with("actions/dependency-review-action", "dependency review", "warn-only", &["true"]),
    action("actions-rs/audit-check", "cargo audit"),
    with("anchore/scan-action", "grype", "fail-build", &["false"]),
    with("aquasecurity/tfsec-action", "tfsec", "soft_fail", &["true"]),
    with("aquasecurity/trivy-action", "trivy", "exit-code", &["0"]),
    with("bearer/bearer-action", "bearer", "exit-code", &["0"]),
    with("bridgecrewio/checkov-action", "checkov", "soft_fail", &["true"]),
    action("checkmarx/ast-github-action", "checkmarx"),
    with("checkmarx/kics-github-action", "kics", "ignore_on_exit", &["all", "results"]),
    action("dependency-check/dependency-check_action", "dependency-check"),
    with("docker/scout-action", "docker scout", "exit-code", &["false"]),
    action("embarkstudios/cargo-deny-action", "cargo deny"),
    action("fossas/fossa-action", "fossa"),
    with("gitguardian/ggshield-action", "ggshield", "args", &["--exit-zero"]),
    action("github/codeql-action/analyze", "codeql"),
    action("gitleaks/gitleaks-action", "gitleaks"),
    action("golang/govulncheck-action", "govulncheck"),
    action("google/osv-scanner-action/osv-scanner-action", "osv-scanner"),
    action("kubescape/github-action", "kubescape"),
    with("pypa/gh-action-pip-audit", "pip-audit", "internal-be-careful-allow-failure", &["true"]),
    action("pycqa/bandit-action", "bandit"),
    action("returntocorp/semgrep-action", "semgrep"),
    action("rustsec/audit-check", "cargo audit"),
    with("securego/gosec", "gosec", "args", &["-no-fail", "--no-fail"]),
    action("semgrep/semgrep-action", "semgrep"),
    action("snyk/actions", "snyk"),
    action("sonarsource/sonarcloud-github-action", "sonar"),
    action("sonarsource/sonarqube-scan-action", "sonar"),
    with("sysdiglabs/scan-action", "sysdig", "stop-on-failed-policy-eval", &["false"]),
    with("tenable/terrascan-action", "terrascan", "only_warn", &["true"]),
    action("trufflesecurity/trufflehog", "trufflehog"),
    action("zizmorcore/zizmor-action", "zizmor"),
];

/// A command that scans: the tool, the words that its name and its first arguments are, and the flags that make it pass, each alone or
/// with the value that does.
struct Program {
    tool: &'static str,
    words: &'static [&'static str],
    passes: &'static [(&'static str, &'static str)],
}

const fn program(tool: &'static str, words: &'static [&'static str]) -> Program {
    Program { tool, words, passes: &[] }
}

const fn flagged(tool: &'static str, words: &'static [&'static str], passes: &'static [(&'static str, &'static str)]) -> Program {
    Program { tool, words, passes }
}

const EXIT_CODE: &[(&str, &str)] = &[("--exit-code", "0")];
const EXIT_ZERO: &[(&str, &str)] = &[("--exit-zero", "")];
const SOFT_FAIL: &[(&str, &str)] = &[("--soft-fail", ""), ("-s", "")];
const AUDIT_LEVEL: &[(&str, &str)] = &[("--audit-level", "none")];

const PROGRAMS: &[Program] = &[
    flagged("bandit", &["bandit"], EXIT_ZERO),
    flagged("bearer", &["bearer", "scan"], EXIT_CODE),
    flagged("brakeman", &["brakeman"], &[("--no-exit-on-warn", "")]),
    program("bundler-audit", &["bundle", "audit"]),
    program("bundler-audit", &["bundle-audit"]),
    program("bundler-audit", &["bundler-audit"]),
    program("cargo audit", &["cargo", "audit"]),
    program("cargo audit", &["cargo-audit"]),
    program("cargo deny", &["cargo", "deny"]),
    program("cargo deny", &["cargo-deny"]),
    flagged("checkov", &["checkov"], SOFT_FAIL),
    program("codeql", &["codeql", "database", "analyze"]),
    program("composer audit", &["composer", "audit"]),
    program("detect-secrets", &["detect-secrets-hook"]),
    program("docker scout", &["docker", "scout"]),
    program("dockle", &["dockle"]),
    flagged("ggshield", &["ggshield", "secret"], EXIT_ZERO),
    program("git secrets", &["git", "secrets", "--scan"]),
    flagged("gitleaks", &["gitleaks", "detect"], EXIT_CODE),
    flagged("gitleaks", &["gitleaks", "dir"], EXIT_CODE),
    flagged("gitleaks", &["gitleaks", "git"], EXIT_CODE),
    flagged("gitleaks", &["gitleaks", "protect"], EXIT_CODE),
    flagged("gosec", &["gosec"], &[("-no-fail", ""), ("--no-fail", "")]),
    program("govulncheck", &["govulncheck"]),
    program("grype", &["grype"]),
    flagged("kics", &["kics", "scan"], &[("--ignore-on-exit", "all"), ("--ignore-on-exit", "results")]),
    program("kubescape", &["kubescape", "scan"]),
    flagged("npm audit", &["npm", "audit"], AUDIT_LEVEL),
    program("osv-scanner", &["osv-scanner"]),
    program("pip-audit", &["pip-audit"]),
    program("pip-audit", &["pip_audit"]),
    flagged("pnpm audit", &["pnpm", "audit"], AUDIT_LEVEL),
    flagged("safety", &["safety", "check"], &[("--continue-on-error", "")]),
    flagged("safety", &["safety", "scan"], &[("--continue-on-error", "")]),
    program("semgrep", &["opengrep"]),
    program("semgrep", &["semgrep"]),
    program("snyk", &["snyk", "code"]),
    program("snyk", &["snyk", "container"]),
    program("snyk", &["snyk", "iac"]),
    program("snyk", &["snyk", "test"]),
    program("terrascan", &["terrascan", "scan"]),
    flagged("tfsec", &["tfsec"], SOFT_FAIL),
    flagged("trivy", &["trivy"], EXIT_CODE),
    program("trufflehog", &["trufflehog"]),
    program("yarn audit", &["yarn", "audit"]),
    program("yarn audit", &["yarn", "npm", "audit"]),
    flagged("zizmor", &["zizmor"], &[("--no-exit-codes", "")]),
];

/// First arguments of scanners that make them do something else than scan.
const OTHER_TASKS: &[&str] = &["clean", "db", "fix", "install", "login", "plugin", "registry", "server", "version"];

/// Arguments of scanners that make them do something else, wherever they stand.
const OTHER_FLAGS: &[&str] =
    &["--download-db-only", "--download-java-db-only", "--help", "--version", "-V", "-h", "cyclonedx", "spdx-json"];

/// Folders of what is built here: whoever makes a scanner tries it.
const BUILT: &[&str] = &["build", "dist", "target"];

/// Programs that run the one behind these words.
const RUNNERS: &[&[&str]] = &[
    &["bunx"],
    &["npx"],
    &["pipx", "run"],
    &["pnpm", "exec"],
    &["poetry", "run"],
    &["python", "-m"],
    &["python3", "-m"],
    &["uv", "run"],
    &["uvx"],
];

/// The scanner that the action of a step runs, and the input that makes it pass whatever it finds.
pub(crate) fn scanner_of_action<'u>(step: &Step<'u>) -> Option<(&'static str, Option<Ref<'u>>)> {
    let (_, remote) = step.remote()?;
    // One repository holds an action for each language.
    let same = |name: &str| remote.is(name) || (name == "snyk/actions" && remote.is_of(name));
    let action = ACTIONS.iter().find(|action| same(action.name))?;
    let passes = action.passes.and_then(|(input, values)| {
        let node = step.input(input)?;
        let says =
            |text: &str| text.split_ascii_whitespace().any(|word| values.iter().any(|value| word.eq_ignore_ascii_case(value)));
        matches!(text(Some(node)), Read::Is(text) if says(text)).then_some(node)
    });
    Some((action.tool, passes))
}

/// Whether a script may run a scanner; most are told by this to run none.
pub(crate) fn may_scan(script: &Script<'_>) -> bool {
    let may_run = |known: &Program| known.words.iter().filter(|word| !word.starts_with('-')).all(|word| script.may_name(word));
    PROGRAMS.iter().any(may_run)
}

/// The scanner that a command runs, and the word that makes it pass whatever it finds.
pub(crate) fn scanner_of_command(command: Command<'_>) -> Option<(&'static str, Option<Word<'_>>)> {
    let program = command.program()?;
    let is_runner = || RUNNERS.iter().filter_map(|words| words.first()).any(|name| program.is(name));
    if !PROGRAMS.iter().any(|known| known.words.first() == Some(&program.name.as_ref())) && !is_runner() {
        return None;
    }
    let words = behind_runner(command, program.word)?;
    let name = program.name;
    let is = |at: usize, wanted: &str| match at {
        0 if words.get(0).is_some_and(|word| word.span() == program.word.span()) => name == wanted,
        _ => words.get(at).is_some_and(|word| word.is(wanted)),
    };
    let found = PROGRAMS.iter().find(|program| program.words.iter().enumerate().all(|(at, word)| is(at, word)))?;
    let arguments = words.from(found.words.len());
    let is_any = |word: Word<'_>, all: &[&str]| all.iter().any(|other| word.is(other));
    let is_built = program.word.text().split('/').any(|folder| BUILT.contains(&folder));
    // A database of codeql may be called `db`.
    let other_task = found.tool != "codeql" && arguments.get(0).is_some_and(|word| is_any(word, OTHER_TASKS));
    if is_built || other_task || arguments.iter().any(|word| is_any(word, OTHER_FLAGS)) {
        return None;
    }
    let passes = found.passes.iter().find_map(|(flag, value)| flag_of(arguments, flag, value));
    Some((found.tool, passes))
}

fn behind_runner<'s>(command: Command<'s>, first: Word<'s>) -> Option<Words<'s>> {
    let words = command.words();
    let words = words.from(words.iter().position(|word| word.span() == first.span())?);
    let runs = |runner: &&&[&str]| runner.iter().enumerate().all(|(at, word)| words.get(at).is_some_and(|given| given.is(word)));
    let Some(runner) = RUNNERS.iter().find(runs) else { return Some(words) };
    let behind = words.from(runner.len());
    let options = behind.iter().take_while(|word| word.starts_with("-")).count();
    Some(behind.from(options))
}

fn flag_of<'s>(arguments: Words<'s>, flag: &str, value: &str) -> Option<Word<'s>> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word.is(flag) {
            let said = if value.is_empty() { Some(word) } else { words.next().filter(|next| next.is(value)) };
            return said.map(|_| word);
        }
        let joined = word.literal().is_some_and(|text| {
            let rest = text.strip_prefix(flag).and_then(|rest| rest.strip_prefix('='));
            rest.is_some_and(|rest| rest == value || (value.is_empty() && rest == "true"))
        });
        if joined {
            return Some(word);
        }
    }
    None
}

// What may make a script go on in spite of a failure, or a scanner pass: most scripts have none of it.
const MARKS: &[&str] =
    &["||", "+e", "errexit", "-exit", "-fail", "--audit-level", "--continue-on-error", "-ErrorAction", "-ea", "checkov", "tfsec"];

/// Whether a script may hold a scan whose failure is thrown away.
pub(crate) fn may_throw_away(script: &Script<'_>) -> bool {
    MARKS.iter().any(|mark| contains(script.text(), mark))
}

/// Where a command that scans is made to pass whatever it finds, and how. `passes` is the word that [`scanner_of_command`] gives.
pub(crate) fn thrown_away<'s>(command: Command<'s>, passes: Option<Word<'s>>) -> Option<(Range<usize>, &'static str)> {
    if let Some(word) = passes {
        return Some((word.span().range(), "the scanner is told to pass whatever it finds"));
    }
    let failure = ignores_failure(command);
    if failure.tested {
        return None;
    }
    // Behind `set +e` only the last command decides, unless the script looks at how it went.
    let text = command.script().text();
    let asks = || ["$?", "PIPESTATUS", "LASTEXITCODE"].iter().any(|variable| text.contains(variable));
    let is_last = command.next().is_none() && command.parent().is_none();
    if failure.swallowed {
        return Some((command.span().range(), "the script goes on as if the scan had found nothing"));
    }
    (failure.errexit == Some(false) && !is_last && !asks())
        .then(|| (command.span().range(), "the script goes on whatever the scan finds: `set +e`"))
}

/// Endings of the names of reports.
const ENDINGS: &[&str] = &[".json", ".sarif", ".xml", ".html", ".csv", ".txt"];

/// Whether a word is the name of a report.
pub(crate) fn is_report(text: &str) -> bool {
    ENDINGS.iter().any(|ending| text.ends_with(ending)) && !text.contains(char::is_whitespace)
}

/// The name of the file that a command writes its report to.
pub(crate) fn report_of(command: Command<'_>) -> Option<Cow<'_, str>> {
    let targets = command.redirects().filter(|redirect| redirect.takes_output()).map(|redirect| redirect.target());
    targets.chain(command.words().iter()).filter_map(Word::literal).map(value_of).find(|word| is_report(word))
}

// Of `--output=a.json`, `a.json`.
fn value_of(word: Cow<'_, str>) -> Cow<'_, str> {
    match word {
        Cow::Borrowed(text) => Cow::Borrowed(text.split_once('=').map_or(text, |(_, value)| value)),
        Cow::Owned(text) => Cow::Owned(text.split_once('=').map_or(text.as_str(), |(_, value)| value).to_owned()),
    }
}

/// Tools that pass whatever they find unless they are told to fail, and what tells them.
const ONLY_REPORT: &[(&str, &[&str])] = &[
    ("codeql", &[]),
    ("docker scout", &["--exit-code", "-e"]),
    ("dockle", &["--exit-code"]),
    ("grype", &["--fail-on", "-f"]),
    ("kubescape", &["threshold"]),
    ("semgrep", &["--error", " ci"]),
    ("trivy", &["--exit-code"]),
    ("trufflehog", &["--fail"]),
];

/// Whether a scan fails for what it finds, if nothing keeps it from that.
pub(crate) fn can_fail(tool: &str, command: Command<'_>) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| command.text().contains(word));
    ONLY_REPORT.iter().find(|(name, _)| *name == tool).is_none_or(|(_, words)| says(words))
}

/// Kinds of security reports that GitLab reads from the artifacts of a job.
const REPORTS: &[&str] = &[
    "api_fuzzing",
    "cluster_image_scanning",
    "container_scanning",
    "coverage_fuzzing",
    "dast",
    "dependency_scanning",
    "sast",
    "secret_detection",
];

/// The security report that a job of GitLab hands over.
pub(crate) fn report_of_job<'u>(job: &Job<'u>) -> Option<KeyValue<'u>> {
    let reports = job.own("artifacts").and_then(|artifacts| artifacts.get("reports")).is()?;
    reports.entries().find(|entry| REPORTS.contains(&entry.key))
}

/// Names of jobs of the scanning templates that come with GitLab, and parts that others begin or end with.
const TEMPLATE_JOBS: &[&str] = &[
    "api_fuzzing",
    "apifuzzer_fuzz",
    "container_scanning",
    "dast",
    "dast_api",
    "dependency-scanning",
    "dependency_scanning",
    "gitlab-advanced-sast",
    "iac-sast",
    "sast",
    "secret_detection",
];

/// Whether a job has the name of one of the scanning templates that come with GitLab.
pub(crate) fn is_template_job(name: &str) -> bool {
    TEMPLATE_JOBS.contains(&name)
        || name.starts_with("gemnasium")
        || ["-sast", "-dependency_scanning"].iter().any(|end| name.ends_with(end))
}
