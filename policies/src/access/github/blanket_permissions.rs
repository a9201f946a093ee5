use policy_core::model::github::{Access, Event, Events, Grant, Job, Permissions, Workflow};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::grant::{Gets, gets};

pub(crate) static RULE: Rule = Rule {
    id: "blanket-permissions",
    meta: Meta {
        title: "the token gets every permission that there is",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-5"],
        aliases: &["zizmor/excessive-permissions", "checkov/CKV2_GHA_1", "scorecard/Token-Permissions"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check_workflow), Check::Job(check_job)],
    docs: crate::docs(DOCS),
};

fn check_workflow<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    if let Some(permissions) = workflow.permissions() {
        judge(cx, permissions, None, out);
    }
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some(permissions) = job.permissions() {
        judge(cx, permissions, Some(job), out);
    }
}

// `of` is the job that says so itself.
fn judge<'u>(cx: &Cx<'u>, permissions: Permissions<'u>, of: Option<&'u Job<'u>>, out: &mut Out<'u>) {
    let Read::Is(Grant::All(access)) = permissions.grant() else { return };
    let calls = of.is_some_and(|job| job.uses() != Read::Absent);
    let only_called = cx.unit.events() == Events::of(&[Event::WorkflowCall]);
    let (severity, value, may) = match access {
        Access::Write => (Severity::High, "write-all", "write everywhere"),
        // A called workflow reads no more than its caller lets it, and not all of that can be dropped further in.
        _ if only_called && !calls => return,
        _ => (Severity::Medium, "read-all", "read everything"),
    };
    // What every job replaces is given to none.
    let jobs = of.map_or_else(|| cx.unit.jobs(), std::slice::from_ref);
    let takers = jobs.iter().filter(|job| of.is_some() || job.permissions().is_none());
    let whole = |grant: Grant<'u>| matches!(grant, Grant::All(inner) if inner == access);
    let Some((most, taker)) = takers.map(|job| (gets(cx, job, whole), job)).max_by_key(|(gets, _)| *gets) else { return };
    let (message, confidence) = match (most, of) {
        (Gets::Less, _) => return,
        (Gets::Perhaps, _) => {
            let called = format!("the workflow that the job `{}` calls {may}", taker.id());
            (format!("`permissions: {value}` lets {called}, unless it says itself that its jobs get less"), Confidence::Medium)
        }
        (Gets::Whole, Some(job)) => {
            (format!("`permissions: {value}` lets the token of the job `{}` {may}", job.id()), Confidence::High)
        }
        (Gets::Whole, None) => {
            (format!("`permissions: {value}` lets the token of every job that says nothing else {may}"), Confidence::High)
        }
    };
    let finding = RuleFinding::new(
        Place::node(permissions.node(), "everything at once"),
        message,
        "name the scopes that are needed, each in the job that needs it: what is not named gets nothing",
        of.map_or("workflow", Job::id),
    );
    out.found(finding.rated(severity, confidence).attribute("permissions", value));
}

const DOCS: &str = r#"
`write-all` gives a job's token every scope that there is: to push code, to publish packages, to approve pull requests, to start
other workflows. Any action or script of the job can take the token and do so. `read-all` lets it read what not everyone sees: the
alerts of code scanning, and in a private repository also code, packages and artifacts that the job has nothing to do with.

**Mend it:** name the scopes that are needed, each in the job that needs it. Begin with `permissions: {}` for the workflow.

**How bad:** high for `write-all`, medium for `read-all`. The confidence is medium where only jobs get it that call a workflow of
another repository, or one that is not here: that workflow may say that its jobs get less.

**It does not see:** how much the job would need. What a workflow grants is not reported where every job sets its own, or calls a
workflow of this repository that says so, since then no job gets it; nor is `read-all` in a workflow that is only called by others,
where the caller's grant is the limit.

```yaml bad
on: push
permissions: write-all # <-
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
```

```yaml bad
on: push
permissions:
  contents: read
jobs:
  build:
    permissions: read-all # <-
    runs-on: ubuntu-latest
    steps:
      - run: make
  release:
    permissions: write-all # <-
    uses: ./.github/workflows/release.yml
```

```yaml good
on: push
permissions: read-all
jobs:
  scan:
    permissions:
      security-events: write
    runs-on: ubuntu-latest
    steps:
      - run: make scan
```

```yaml good
# file: .github/workflows/ci.yml
on: push
permissions: read-all
jobs:
  test:
    uses: ./.github/workflows/test.yml
# file: .github/workflows/test.yml
on: workflow_call
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
```

```yaml good
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
```

```yaml good
on: push
permissions:
  contents: write
jobs:
  build:
    permissions: {}
    runs-on: ubuntu-latest
    steps:
      - run: make
```
"#;
