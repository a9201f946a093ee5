use policy_core::flow::{Origin, Source, Spot, is_printer, origins_of_word};
use policy_core::model::github::{Capability, Event, Step};
use policy_core::reach::Attack;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::Word;
use policy_core::shell::sinks::{FileWrite, RunnerFile, file_writes};
use policy_core::text::contains;

use super::artifact_poisoning::speaks_of;
use crate::injection::chosen_by_outsiders;
use crate::outsider::{Outsider, reach_of, step_keeps_out};

pub(crate) static RULE: Rule = Rule {
    id: "env-file-injection",
    meta: Meta {
        title: "text that others choose sets variables or folders of later steps",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &["zizmor/github-env"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// Variables by which whoever sets them runs code, or chooses which programs run.
const RUN_CODE: &[&str] = &[
    "BASH_ENV",
    "ENV",
    "GIT_SSH_COMMAND",
    "JAVA_TOOL_OPTIONS",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "PATH",
    "PERL5OPT",
    "PROMPT_COMMAND",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYOPT",
];

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some(script) = cx.unit.script(step) else { return };
    let names = |file: &str| contains(script.text(), file);
    let by_variable = || names("GITHUB_") && (names("GITHUB_ENV") || names("GITHUB_PATH"));
    let by_context = || names("github.") && (names("github.env") || names("github.path"));
    if !by_variable() && !by_context() {
        return;
    }
    if !cx.budget.spend(script.text().len() / 8 + 1) {
        return;
    }
    for write in file_writes(script).iter().filter(|write| matches!(write.file, RunnerFile::Env | RunnerFile::Path)) {
        if !write.constant
            && let Some(finding) = written(cx, step, write)
        {
            out.found(finding);
        }
    }
}

fn written<'u>(cx: &Cx<'u>, step: &'u Step<'u>, write: &FileWrite<'u>) -> Option<RuleFinding<'u>> {
    let run = step.run()?;
    let (file, gives) = match write.file {
        RunnerFile::Path => ("GITHUB_PATH", "the programs"),
        _ => ("GITHUB_ENV", "the variables"),
    };
    let mut unknown = write.written.is_empty();
    let mut fields = None;
    for word in &write.written {
        let (found, known) = origins_of_word(Spot::of_step(cx.unit, step), *word, cx.budget);
        unknown |= !known || !word.command().is_some_and(is_printer);
        for origin in found {
            let contained = write.file == RunnerFile::Env && sets_one(*word, &origin);
            match chosen_by_outsiders(cx, step, &origin) {
                Some(rating) if !contained && fields.is_none() => fields = Some((origin, rating)),
                _ => unknown |= !contained && is_free(&origin),
            }
        }
    }
    let place = Place::text(run, write.command.span().range(), "written here");
    let help =
        "write fixed text, or check the value first and drop its line breaks; for values that steps hand on, use `GITHUB_OUTPUT`";
    if let Some((origin, rating)) = fields {
        let message = format!("text of `{}` decides {gives} of later steps through `{file}`, and {}", origin.path, rating.who);
        let finding = origin
            .through
            .iter()
            .fold(RuleFinding::new(place, message, help, file), |finding, place| finding.related(place.clone()));
        return Some(rating.rate(finding).attribute("context", origin.path));
    }
    // Where it is known to come from an artifact, another rule says it.
    if !unknown || !is_exposed(cx, step) || speaks_of(cx, step, &place) {
        return None;
    }
    let message = format!("what is written to `{file}` is only known when the workflow runs, and decides {gives} of later steps");
    let weighed = reach_of(cx, step).weigh(Severity::High, Severity::Medium..=Severity::High, Attack::ByStarter);
    Some(RuleFinding::new(place, message, help, file).weighed(weighed, Confidence::Low))
}

// Whether outsiders start the step by an event that handles their files and texts with the repository's rights, or whether that is
// not known, in an action.
fn is_exposed(cx: &Cx<'_>, step: &Step<'_>) -> bool {
    let starts = |event: Event| cx.unit.events().has(event) && !step_keeps_out(cx, step, event, Outsider::Author);
    cx.unit.job_of(step).is_none() || starts(Event::PullRequestTarget) || starts(Event::WorkflowRun)
}

// Whether a text behind `NAME=` can set nothing but that variable: it has no line breaks, and the variable runs no code.
fn sets_one(word: Word<'_>, origin: &Origin<'_>) -> bool {
    let leading = word.leading();
    let last = origin.path.rsplit('.').next().unwrap_or("");
    let lines = origin.source != Source::Github || origin.serialised || matches!(last, "body" | "message");
    let name = leading.split_once('=').map(|(name, _)| name.trim());
    !lines && name.is_some_and(|name| !RUN_CODE.contains(&name))
}

fn is_free(origin: &Origin<'_>) -> bool {
    let harmless = matches!(origin.source, Source::Constant | Source::Runner | Source::Secret | Source::Variable);
    // What outsiders choose in other events than those of this workflow is empty.
    !harmless && origin.chosen_in.is_empty() && matches!(origin.capability, Capability::Unknown | Capability::Arbitrary)
}

const DOCS: &str = r#"
A line that a step writes to `GITHUB_ENV` sets a variable of all steps that follow, and a line in `GITHUB_PATH` a folder in which
programs are looked for first. Who can put a line of their own there sets `LD_PRELOAD` or `NODE_OPTIONS`, or brings a `git` of their
own, and runs code with the job's token and secrets. Text with line breaks, such as the body of a comment or a file of an artifact, does
that.

**Mend it:** hand values on by `GITHUB_OUTPUT`, whose lines name only outputs. If it must be a variable, check the value first, such as
that it is a number, or drop its line breaks.

**How bad:** high, with high confidence, where the file shows that outsiders choose the text, and with low confidence where something
else is written whose origin the file does not show, such as the output of a program, in workflows by `workflow_run` and
`pull_request_target` and in composite actions. Medium where the job has nothing worth stealing.

Not reported: fixed text, numbers, commit ids, logins; text without line breaks, such as a title or the name of a branch, behind `NAME=`,
unless that variable runs code; the first place where an artifact's text is seen to be written, for which there is `artifact-poisoning`.

**It does not see:** whether the value was checked before; writes by programs that the script runs; scripts in languages other than
those of bash, PowerShell and the command prompt.

```yaml bad
on: issue_comment
jobs:
  note:
    runs-on: ubuntu-latest
    steps:
      - env:
          COMMENT: ${{ github.event.comment.body }}
        run: echo "COMMENT=$COMMENT" >> "$GITHUB_ENV" # <-
```

```yaml bad
on:
  workflow_run:
    workflows: [CI]
jobs:
  report:
    runs-on: ubuntu-latest
    steps:
      - run: |
          NUMBER=$(cat artifact/number)
          echo "NUMBER=$NUMBER" >> "$GITHUB_ENV" # <-
      - run: unzip artifact.zip && cat artifact/paths | tee -a "$GITHUB_PATH" # <-
```

```yaml bad
# file: action.yml
name: sets up
description: a composite action
inputs:
  folder:
    description: where programs are
runs:
  using: composite
  steps:
    - run: echo "${{ inputs.folder }}" >> "$GITHUB_PATH" # <-
      shell: bash
```

```yaml good
on: pull_request_target
jobs:
  label:
    runs-on: ubuntu-latest
    steps:
      - run: echo "MODE=strict" >> "$GITHUB_ENV"
      - run: echo "NUMBER=${{ github.event.number }}" >> "$GITHUB_ENV"
      - run: echo "STARTED=$(date +%s)" >> "$GITHUB_ENV" && echo "$HOME/.local/bin" >> "$GITHUB_PATH"
```

```yaml good
on: issue_comment
jobs:
  note:
    runs-on: ubuntu-latest
    steps:
      - env:
          COMMENT: ${{ github.event.comment.body }}
          TITLE: ${{ github.event.issue.title }}
        run: |
          echo "comment=$COMMENT" >> "$GITHUB_OUTPUT"
          echo "TITLE=$TITLE" >> "$GITHUB_ENV"
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo "VERSION=$(cat VERSION)" >> "$GITHUB_ENV"
```
"#;
