use policy_core::document::Ref;
use policy_core::model::github::expression::{Path, Segment};
use policy_core::model::github::{Event, Events, Step};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::data::runner;
use crate::runner_label::labels;
use crate::uses;

pub(crate) static RULE: Rule = Rule {
    id: "superfluous-action",
    meta: Meta {
        title: "an action does what a tool of the runner does",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Info,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/superfluous-actions"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// For actions that make a release, or add files to one that is there.
const RELEASE: &str = "gh release create` or `gh release upload";

/// Actions, and the commands of GitHub's own runner images that do the same.
const REPLACED: &[(&str, &str)] = &[
    ("actions-ecosystem/action-add-labels", "gh issue edit --add-label` or `gh pr edit --add-label"),
    ("actions-ecosystem/action-remove-labels", "gh issue edit --remove-label` or `gh pr edit --remove-label"),
    ("addnab/docker-run-action", "docker run"),
    ("dacbd/create-issue-action", "gh issue create"),
    ("elgohr/github-release-action", "gh release create"),
    ("ncipollo/release-action", RELEASE),
    ("sergeysova/jq-action", "jq"),
    ("softprops/action-gh-release", RELEASE),
    ("svenstaro/upload-release-action", "gh release upload"),
];

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some((node, remote)) = step.remote() else { return };
    let Some((_, command)) = REPLACED.iter().find(|(action, _)| remote.is_of(action)) else { return };
    let Some(confidence) = confidence(cx, step) else { return };
    // The event says that the release is there.
    let is_there = *command == RELEASE && cx.unit.events() == Events::of(&[Event::Release]);
    let command = if is_there { "gh release upload" } else { command };
    let action = remote.name();
    let read = outputs_are_read(cx, step);
    let (confidence, outputs) = match read {
        true => (Confidence::Medium, ", and write the outputs that are read of this step to `GITHUB_OUTPUT`"),
        false => (confidence, ""),
    };
    let finding = RuleFinding::new(
        uses::slug_place(node, remote, "the runner can do this"),
        format!("`{action}` does what the runner does itself, by `{command}`"),
        format!("call `{command}` in a `run` step{outputs}"),
        action,
    );
    out.found(finding.rated(Severity::Info, confidence).attribute("action", action).attribute("instead", command));
}

// None where the machine may well lack the tools of GitHub's images, less where its label is none of GitHub's.
fn confidence<'u>(cx: &Cx<'u>, step: &Step<'u>) -> Option<Confidence> {
    let Some(job) = cx.unit.job_of(step) else { return Some(Confidence::Medium) };
    // Its `run` steps run in that image, which has what its maker put there.
    if job.container().is_some() {
        return None;
    }
    let labels = labels(cx, job);
    let texts = || labels.alone.iter().chain(&labels.joined).filter_map(|label| label.text());
    let is_group = job.runs_on().is_some_and(|runs_on| runs_on.group() != Read::Absent);
    if is_group || texts().any(|label| label.eq_ignore_ascii_case("self-hosted")) {
        return None;
    }
    let hosted = !labels.open && labels.joined.is_empty() && texts().all(|label| runner(cx.options, label).is_some());
    Some(if hosted { Confidence::High } else { Confidence::Medium })
}

// Whether an expression of the same job, or the same action, reads an output of the step.
fn outputs_are_read<'u>(cx: &Cx<'u>, step: &Step<'u>) -> bool {
    let Some(id) = step.id() else { return false };
    let sites = match cx.unit.job_of(step) {
        Some(job) => cx.unit.sites_between(job.node().id(), job.node().end()),
        None => cx.unit.sites(),
    };
    let reads = |path: Path<'_>| match path.segments() {
        [Segment::Name(steps), Segment::Name(of), Segment::Name(outputs), ..] => {
            steps.eq_ignore_ascii_case("steps") && of.eq_ignore_ascii_case(id) && outputs.eq_ignore_ascii_case("outputs")
        }
        _ => false,
    };
    // Conditions need no marks to be expressions, so that their texts are looked at.
    let named = format!("steps.{id}.outputs");
    let in_condition = |other: &Step<'u>| other.condition().and_then(Ref::text).is_some_and(|text| text.contains(&named));
    cx.budget.spend(sites.len())
        && (sites
            .iter()
            .filter_map(|site| site.expression.as_ref().ok())
            .any(|expression| expression.ids().any(|id| expression.path(id).is_some_and(reads)))
            || cx.unit.steps_after(step).iter().any(in_condition))
}

const DOCS: &str = r#"
Every action of a third party is code that runs with the token and the secrets of its job, and a name that someone can take over.
This one does what a tool does that GitHub installs on its runners: `gh`, `docker`, `jq`. A command of that tool has no owner to
trust besides GitHub. Where releases alone start the workflow, the release is there, and `gh release upload` adds to it.

**Mend it:** call the tool in a `run` step. `gh` reads the token from the variable `GH_TOKEN`, which `env:` sets to
`${{ github.token }}`.

Confidence is medium where something reads an output of the step, which the command would have to write.

**It does not see:** whether your runners have these tools, if you host them yourself: jobs with the label `self-hosted` and jobs of
a group of runners are not reported, those with other labels of your own are, with medium confidence; nor what the image of a
`container` has, so that jobs with one are not reported. Options of the action that the tool does not have.
Actions that save more than one command are left out, such as those that commit and open a pull request.

```yaml bad
on:
  push:
    tags: ["v*"]
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: softprops/action-gh-release@da05d552573ad5aba039eaac05058a918a7bf631 # <-
      - uses: Elgohr/Github-Release-Action@8f152de45cc393bb48ce5d89d36b731f54556e65 # <-
```

```yaml bad
on: release
jobs:
  add:
    runs-on: ubuntu-latest
    steps:
      - uses: softprops/action-gh-release@da05d552573ad5aba039eaac05058a918a7bf631 # <-
```

```yaml good
on:
  push:
    tags: ["v*"]
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - run: gh release create "$GITHUB_REF_NAME" --generate-notes
        env:
          GH_TOKEN: ${{ github.token }}
```

```yaml good
on:
  push:
    tags: ["v*"]
jobs:
  release:
    runs-on: ubuntu-latest
    # Steps run in this image, which has no `gh`.
    container: golang:1.26.7-trixie
    steps:
      - uses: softprops/action-gh-release@da05d552573ad5aba039eaac05058a918a7bf631
```

```yaml good
on: push
jobs:
  update:
    runs-on: ubuntu-latest
    steps:
      # This commits, pushes and opens the request: more than one command.
      - uses: peter-evans/create-pull-request@271a8d0340265f705b14b6d32b9829c1cb33d45e
      - uses: dtolnay/rust-toolchain@8f152de45cc393bb48ce5d89d36b731f54556e65
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/action-gh-release@8f152de45cc393bb48ce5d89d36b731f54556e65
      - uses: ./softprops/action-gh-release
```
"#;
