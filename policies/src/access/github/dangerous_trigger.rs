use policy_core::model::github::{Event, Job, Step, Workflow};
use policy_core::reach::{Attack, Reach, Starter, Weighed};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::outsider::{BY_MEMBER, Outsider, job_asks_first, job_keeps_out, takes_member};

pub(crate) static RULE: Rule = Rule {
    id: "dangerous-trigger",
    meta: Meta {
        title: "outsiders start a workflow that runs with the repository's rights",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &["zizmor/dangerous-triggers", "octoscan/dangerous-action"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    for trigger in workflow.triggers() {
        let what = match trigger.event {
            Event::PullRequestTarget if only_labels(cx) => continue,
            Event::PullRequestTarget => "for pull requests of forks",
            Event::WorkflowRun => "behind workflows that pull requests of forks start",
            Event::IssueComment => "for comments of anyone",
            _ => continue,
        };
        let name = trigger.event.name();
        let finding = RuleFinding::new(
            Place::node(trigger.name, "runs with the repository's token and secrets"),
            format!("`{name}` runs this workflow {what}, with the repository's token and secrets"),
            help(trigger.event),
            name,
        );
        out.found(finding.weighed(weigh(cx, trigger.event), Confidence::Medium));
    }
}

// No other event is about comments.
fn help(event: Event) -> &'static str {
    match event {
        Event::IssueComment => {
            "check the author's association or permission before anything else, and give the jobs no more than they need"
        }
        _ => {
            "use `pull_request` where it is enough; else give the jobs no more than they need, and run nothing that outsiders wrote"
        }
    }
}

// The labeler reads names of files by the API, and is made for this event.
fn only_labels(cx: &Cx<'_>) -> bool {
    matches!((cx.unit.jobs(), cx.unit.steps()), ([_], [step]) if step.runs_action("actions/labeler"))
}

// By the job that an outsider can do most with.
fn weigh<'u>(cx: &Cx<'u>, event: Event) -> Weighed {
    let kept_out = |job: &Job<'u>| job_keeps_out(cx, job, event, Outsider::Starter) || job_asks_first(cx, job, event);
    let open = cx.unit.jobs().iter().filter(|job| !kept_out(job));
    let weighed = open.map(|job| {
        let brings = job.uses() != Read::Absent || cx.unit.steps_of(job).iter().any(|step| brings_files(step));
        let usual = if brings { Severity::Medium } else { Severity::Low };
        let starter = if takes_member(cx, event) { Starter::Known(BY_MEMBER) } else { Starter::Anyone(event) };
        let reach = Reach { starter, ..cx.reach(Some(job)) };
        let weighed = reach.weigh(usual, Severity::Low..=Severity::High, Attack::ByStarter);
        let without = if brings { "" } else { "; it brings in no files" };
        Weighed { reason: format!("{}{without}", weighed.reason), ..weighed }
    });
    let worst = weighed.reduce(|worst, other| if other.severity > worst.severity { other } else { worst });
    worst.unwrap_or_else(|| Weighed { severity: Severity::Low, reason: "the conditions of all jobs keep outsiders out".to_owned() })
}

/// What scripts fetch files by.
const BRINGING: &[&str] = &[
    "curl ",
    "gh pr checkout",
    "gh pr diff",
    "gh release download",
    "gh repo clone",
    "gh run download",
    "git ",
    "wget ",
    "zipball",
    "/zip",
];

// Files that an outsider may have written: a checkout, an artifact, whatever a script or another action fetches.
fn brings_files(step: &Step<'_>) -> bool {
    match step.remote() {
        Some((_, remote)) => {
            let name = remote.name();
            ["checkout", "download", "artifact", "cache"].iter().any(|word| name.contains(word))
        }
        None => step
            .run()
            .and_then(policy_core::document::Ref::text)
            .is_none_or(|script| BRINGING.iter().any(|command| script.contains(command))),
    }
}

const DOCS: &str = r#"
`pull_request_target`, `workflow_run` and `issue_comment` let anyone with an account start a run that has the repository's secrets, a
token that may write, and the cache of the default branch. `pull_request` was made so that it has none of them. One step that uses
the pull request's code, an artifact of it or a text of it, as code gives all of that away.

**Mend it:** split the workflow: `pull_request` runs what outsiders wrote, and a second workflow, behind an approval, only
handles data. For `issue_comment`, check the author's association or permission before anything else. Give jobs `permissions` of their own, and no secrets that they do not need.

**How bad:** by the job that an outsider can do most with. High where it has secrets or a token that writes, and brings in files
by checkout, artifact or script; medium where one of the two is missing; low where it can at most read, or where the conditions of
all jobs keep outsiders out: also by the output of a job that asks for someone's permission. One lower where labels and the like alone start it. Confidence is medium, since the trigger alone does no harm.

**It does not see:** what called workflows and actions do; approvals that settings ask for. A workflow of nothing but
`actions/labeler` is not reported for `pull_request_target`.

```yaml bad
on:
  pull_request_target: # <-
    types: [opened]
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    permissions:
      pull-requests: write
    steps:
      - run: gh pr comment "$URL" --body "Thank you"
```

```yaml bad
on:
  - push
  - workflow_run # <-
  - issue_comment # <-
jobs:
  report:
    runs-on: ubuntu-latest
    steps:
      - run: ./report.sh
```

```yaml good
on: pull_request
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
```

```yaml good
on: pull_request_target
jobs:
  label:
    runs-on: ubuntu-latest
    permissions:
      pull-requests: write
    steps:
      - uses: actions/labeler@8558fd74291d67161a8a78ce36a881fa63b766a9
```

```yaml good
on: [issues, pull_request_review, workflow_dispatch, workflow_call]
jobs:
  label:
    runs-on: ubuntu-latest
    steps:
      - run: echo hello
```
"#;
