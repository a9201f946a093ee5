use policy_core::document::Ref;
use policy_core::model::github::{ActionReference, Event, Step};
use policy_core::reach::Attack;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::sinks::{FileWrite, RunnerFile, file_writes};
use policy_core::shell::{Command, PartKind, Program, RedirectKind, Script, Word};

use crate::artifact::{Download, Folder, downloads};
use crate::living_off::{executes, step_executes};
use crate::outsider::{Outsider, reach_of, step_keeps_out};

pub(crate) static RULE: Rule = Rule {
    id: "artifact-poisoning",
    meta: Meta {
        title: "what outsiders leave in an artifact is executed",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Critical,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4", "CICD-SEC-9"],
        aliases: &["octoscan/dangerous-artefact"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// What becomes of an artifact.
struct Use<'u> {
    place: Place<'u>,
    what: &'static str,
}

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if !cx.unit.events().has(Event::WorkflowRun) {
        return;
    }
    for download in downloads(cx.unit, step) {
        let size = |step: &Step<'_>| step.node().len() + cx.unit.script(step).map_or(0, |script| script.text().len() / 8);
        let after: usize = cx.unit.steps_after(step).iter().map(size).sum();
        if !cx.budget.spend(size(step) + after) {
            return;
        }
        if let Some(found) = used(cx, step, &download)
            && !step_keeps_out(cx, step, Event::WorkflowRun, Outsider::Starter)
        {
            out.found(finding(cx, step, download, found));
        }
    }
}

/// Whether this rule says of a part of a step's script that text of an artifact is written there.
pub(super) fn speaks_of<'u>(cx: &Cx<'u>, step: &'u Step<'u>, place: &Place<'u>) -> bool {
    if !cx.unit.events().has(Event::WorkflowRun) || cx.unit.job_of(step).is_none() {
        return false;
    }
    let until = cx.unit.steps_before(step).iter().chain([step]);
    let mut all = until.flat_map(|from| downloads(cx.unit, from).into_iter().map(move |download| (from, download)));
    all.any(|(from, download)| {
        let work: usize = cx.unit.steps_after(from).iter().map(|step| step.node().len()).sum();
        let used = cx.budget.spend(from.node().len() + work).then(|| used(cx, from, &download)).flatten();
        used.is_some_and(|found| found.place.node == place.node && found.place.range == place.range)
            && !step_keeps_out(cx, from, Event::WorkflowRun, Outsider::Starter)
    })
}

// The first use of an artifact, in the rest of its script or in the steps behind it.
fn used<'u>(cx: &Cx<'u>, step: &'u Step<'u>, download: &Download<'u>) -> Option<Use<'u>> {
    let own = if download.end == 0 { None } else { used_by(cx, step, download.folder, download.end) };
    own.or_else(|| {
        let after = cx.unit.steps_after(step).iter();
        // A checkout into the workspace removes all that is not its own.
        let kept = after.take_while(|step| matches!(download.folder, Folder::Apart(_)) || !is_checkout(step));
        kept.filter_map(|step| used_by(cx, step, download.folder, 0)).next()
    })
}

fn is_checkout(step: &Step<'_>) -> bool {
    step.runs_action("actions/checkout") && step.input("path").is_none()
}

fn used_by<'u>(cx: &Cx<'u>, step: &'u Step<'u>, folder: Folder<'u>, from: u32) -> Option<Use<'u>> {
    let Some((run, script)) = step.run().zip(cx.unit.script(step)) else { return used_by_action(step, folder) };
    let place = |command: Command<'u>, label: &'static str| Place::text(run, command.span().range(), label);
    let (within, way) = (is_within(step, folder), way_into(script, folder));
    let mut behind = script.commands().filter(|command| command.span().start >= from);
    if let Some(command) = behind.find(|command| runs(*command, folder, within || is_behind(*command, way))) {
        return Some(Use { place: place(command, "executed here"), what: "executed" });
    }
    let write = environment(script, folder, |command| within || is_behind(command, way), from)?;
    Some(Use { place: place(write.command, "written here"), what: "written to the environment of later steps" })
}

fn used_by_action<'u>(step: &'u Step<'u>, folder: Folder<'u>) -> Option<Use<'u>> {
    let node = step.uses().is()?.0;
    let executed = match folder {
        Folder::Workspace => step_executes(step, None, None),
        Folder::Below(folder) => {
            matches!(step.uses(), Read::Is((_, ActionReference::Local(path))) if Folder::Below(folder).is_named_by(path))
        }
        Folder::Apart(_) => false,
    };
    if executed {
        return Some(Use { place: Place::node(node, "executed here"), what: "executed" });
    }
    let script = step.input("script").filter(|_| step.runs_action("actions/github-script"))?;
    let text = script.text().filter(|text| text.contains("exportVariable") && text.contains("readFile") && !is_checked(text))?;
    (folder == Folder::Workspace || folder.is_named_by(text))
        .then(|| Use { place: Place::node(node, "written here"), what: "written to the environment of later steps" })
}

fn is_within(step: &Step<'_>, folder: Folder<'_>) -> bool {
    match (folder, step.working_directory()) {
        (Folder::Workspace, Read::Is(own)) => !own.starts_with(['/', '~', '$']),
        (Folder::Workspace, _) => true,
        (Folder::Below(_) | Folder::Apart(_), Read::Is(own)) => folder.is_named_by(own),
        (Folder::Apart(folder), Read::Dynamic) => {
            step.node().get("working-directory").and_then(Ref::text).is_some_and(|own| Folder::Apart(folder).is_named_by(own))
        }
        _ => false,
    }
}

// The command of a script that goes into the folder: those behind it in its list are there.
fn way_into<'s>(script: &'s Script<'_>, folder: Folder<'_>) -> Option<Command<'s>> {
    script.commands().find(|command| command.is("cd") && command.words().get(1).is_some_and(|to| folder.is_named_by(to.text())))
}

fn is_behind(command: Command<'_>, way: Option<Command<'_>>) -> bool {
    way.is_some_and(|way| way.span().start < command.span().start && way.parent() == command.parent())
}

/// Programs that execute a file, or install a package, that they are given.
const RUNNERS: &[&str] = &[
    ".",
    "apt",
    "apt-get",
    "bash",
    "dash",
    "dotnet",
    "dpkg",
    "java",
    "ksh",
    "make",
    "node",
    "npm",
    "perl",
    "php",
    "pip",
    "pip3",
    "pnpm",
    "powershell",
    "pwsh",
    "python",
    "python3",
    "ruby",
    "sh",
    "source",
    "yarn",
    "zsh",
];

// Whether a command executes something that lies in the folder, be it the one that it runs in or one that it names.
fn runs(command: Command<'_>, folder: Folder<'_>, within: bool) -> bool {
    if within && executes(command) {
        return true;
    }
    let folder = match folder {
        Folder::Workspace => return false,
        Folder::Below(_) | Folder::Apart(_) => folder,
    };
    let names = |word: Word<'_>| folder.is_named_by(word.text());
    let Some(program) = command.program() else { return command.words().get(0).is_some_and(names) };
    let file = program.arguments.iter().find(|word| !word.starts_with("-"));
    let installs = program.is_any(&["apt", "apt-get", "dpkg", "npm", "pip", "pip3", "pnpm", "yarn", "java", "make"]);
    names(program.word) || program.is_any(RUNNERS) && (file.is_some_and(names) || (installs && program.arguments.iter().any(names)))
}

/// The most variables of one script that are followed.
const MAX_VARIABLES: usize = 64;

// The first write to the environment of later steps that holds text of the folder.
fn environment<'s>(
    script: &'s Script<'_>,
    folder: Folder<'_>,
    there: impl Fn(Command<'s>) -> bool,
    from: u32,
) -> Option<FileWrite<'s>> {
    let mut writes = file_writes(script)
        .into_iter()
        .filter(|write| matches!(write.file, RunnerFile::Env | RunnerFile::Path) && !write.constant)
        .filter(|write| write.command.span().end >= from)
        .peekable();
    if writes.peek().is_none() || is_checked(script.text()) {
        return None;
    }
    let variables: Vec<&str> =
        script.commands().flat_map(|command| filled(command, folder, there(command))).take(MAX_VARIABLES).collect();
    writes.find(|write| {
        let within = there(write.command);
        let holds = |word: Word<'s>| holds(word, folder, within) || word.variables().any(|name| variables.contains(&name));
        write.written.iter().any(|word| holds(*word) || word.command().is_some_and(|command| reads(command, folder, within)))
    })
}

// Whether a script holds what it read against a pattern.
fn is_checked(script: &str) -> bool {
    ["=~", "-match", "tr -cd", "tr -dc", "[^0-9]", "grep -E", "grep -P", "grep -q", ".match(", ".test(", "parseInt", "Number("]
        .iter()
        .any(|mark| script.contains(mark))
}

// Names of the variables that a command fills with text of the folder.
fn filled<'s>(command: Command<'s>, folder: Folder<'_>, within: bool) -> Vec<&'s str> {
    let assigned = command.assignments().iter().chain(command.words().iter()).filter(|word| holds(*word, folder, within));
    let mut names: Vec<&str> = assigned.filter_map(|word| Some(word.text().split_once('=')?.0)).collect();
    if command.program().is_some_and(|program| program.is("read")) && reads(command, folder, within) {
        names.extend(command.words().iter().skip(1).map(Word::text).filter(|word| !word.starts_with('-')));
    }
    names
}

// Whether a word puts in what a command reads in the folder.
fn holds(word: Word<'_>, folder: Folder<'_>, within: bool) -> bool {
    let mut substitutions = word.parts().filter(|part| part.kind() == PartKind::Substitution);
    substitutions.any(|part| part.commands().any(|command| reads(command, folder, within)))
}

/// Programs that print what stands in the file that they are given last.
const READERS: &[&str] =
    &["awk", "cat", "cut", "grep", "head", "jq", "sed", "sort", "tail", "tr", "xargs", "yq", "Get-Content", "gc"];

fn reads(command: Command<'_>, folder: Folder<'_>, within: bool) -> bool {
    let names = |word: Word<'_>| match folder {
        Folder::Workspace => within && folder.is_named_by(word.text()),
        Folder::Below(_) | Folder::Apart(_) => {
            folder.is_named_by(word.text()) || (within && Folder::Workspace.is_named_by(word.text()))
        }
    };
    let input =
        command.redirects().filter(|redirect| redirect.kind() == RedirectKind::Read).any(|redirect| names(redirect.target()));
    let last = |program: &Program<'_>| program.arguments.iter().next_back().is_some_and(names);
    input || command.program().is_some_and(|program| program.is_any(READERS) && last(&program))
}

fn finding<'u>(cx: &Cx<'u>, step: &'u Step<'u>, download: Download<'u>, found: Use<'u>) -> RuleFinding<'u> {
    let weighed = reach_of(cx, step).weigh(Severity::High, Severity::Medium..=Severity::Critical, Attack::ByStarter);
    // Which workflow fills the artifact stands elsewhere, but this one may say itself that it is one of pull requests.
    let conditions = [step.condition(), cx.unit.job_of(step).and_then(|job| job.condition())];
    let says = |node: Ref<'_>| node.text().is_some_and(|text| text.contains("workflow_run.event") && text.contains("pull_request"));
    let asks = cx.unit.job_of(step).is_some_and(|job| job.environment() != Read::Absent);
    let sure = !asks && conditions.into_iter().flatten().any(says);
    let but = if asks { "; the environment may ask for an approval first" } else { "" };
    let what = found.what;
    RuleFinding::new(
        download.at,
        format!("what `{}` fetches from the run of a pull request is {what} with this workflow's rights{but}", download.by),
        "unpack artifacts below `${{ runner.temp }}`, execute nothing of them, and check what you read: `[[ $N =~ ^[0-9]+$ ]]`",
        download.by,
    )
    .weighed(weighed, if sure { Confidence::High } else { Confidence::Medium })
    .related(found.place)
}

const DOCS: &str = r#"
A workflow that `workflow_run` starts has the rights of the repository, also when the run before it was one of a pull request from a
fork. The artifacts of that run are files of the outsider: any name, any content. Unpacked into the workspace they replace what lies
there, `Makefile` and all. What is then executed, or written to `GITHUB_ENV`, where a line break sets any variable, is the
outsider's.

**Mend it:** unpack below `${{ runner.temp }}`, execute nothing of it, and hold what you read against a pattern before you use it.
Build what has to be executed here from the branch that you trust.

**How bad:** by what the job can do: critical where it has a secret or a token that writes, lower where it can only read. The
confidence is high where a condition says that the run was one of a pull request; otherwise medium, since the workflow before this
one is not looked at. It is medium too where the job has an environment, which may ask for an approval first.

**It does not see:** whether the workflow before this one runs for forks, other actions that fetch artifacts, what is handed on by
outputs, and programs that execute what they only seem to read. A script that holds anything against a pattern is trusted to check.

```yaml bad
on:
  workflow_run:
    workflows: [build]
    types: [completed]
jobs:
  deploy:
    if: github.event.workflow_run.event == 'pull_request'
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # <-
        with:
          run-id: ${{ github.event.workflow_run.id }}
          github-token: ${{ github.token }}
      - run: make preview
```

```yaml bad
on:
  workflow_run:
    workflows: [build]
    types: [completed]
jobs:
  comment:
    runs-on: ubuntu-latest
    steps:
      - run: |
          gh run download "$RUN" --dir pr # <-
          echo "NUMBER=$(cat pr/number)" >> "$GITHUB_ENV"
```

```yaml good
on:
  workflow_run:
    workflows: [build]
    types: [completed]
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c
        with:
          run-id: ${{ github.event.workflow_run.id }}
          path: ${{ runner.temp }}/site
      - run: make preview
```

```yaml good
on:
  workflow_run:
    workflows: [build]
    types: [completed]
jobs:
  deploy:
    if: github.event.workflow_run.event == 'push'
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c
        with:
          run-id: ${{ github.event.workflow_run.id }}
      - run: ./deploy.sh
```

```yaml good
on:
  workflow_run:
    workflows: [build]
    types: [completed]
jobs:
  comment:
    runs-on: ubuntu-latest
    steps:
      - run: |
          gh run download "$RUN" --dir pr
          NUMBER=$(cat pr/number)
          [[ $NUMBER =~ ^[0-9]+$ ]] || exit 1
          echo "NUMBER=$NUMBER" >> "$GITHUB_ENV"
```
"#;
