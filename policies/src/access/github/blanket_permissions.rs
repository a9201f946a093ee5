use policy_core::model::github::{Access, Event, Events, Grant, Job, Permissions, Workflow};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

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
    let Some(permissions) = workflow.permissions() else { return };
    // What every job replaces is given to none.
    if cx.unit.jobs().iter().any(|job| job.permissions().is_none()) {
        judge(cx, permissions, None, out);
    }
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some(permissions) = job.permissions() {
        judge(cx, permissions, Some(job), out);
    }
}

fn judge<'u>(cx: &Cx<'u>, permissions: Permissions<'u>, job: Option<&Job<'u>>, out: &mut Out<'u>) {
    let Read::Is(Grant::All(access)) = permissions.grant() else { return };
    let calls = job.is_some_and(|job| !matches!(job.uses(), Read::Absent));
    let only_called = cx.unit.events() == Events::of(&[Event::WorkflowCall]);
    let (severity, value, may) = match access {
        Access::Write => (Severity::High, "write-all", "write everywhere"),
        // A called workflow reads no more than its caller lets it, and not all of that can be dropped further in.
        _ if only_called && !calls => return,
        _ => (Severity::Medium, "read-all", "read everything"),
    };
    let (whose, object) = match job {
        Some(job) => (format!("the job `{}`", job.id()), job.id()),
        None => ("every job that says nothing else".to_owned(), "workflow"),
    };
    let finding = RuleFinding::new(
        Place::node(permissions.node(), "everything at once"),
        format!("`permissions: {value}` lets the token of {whose} {may}"),
        "name the scopes that are needed, each in the job that needs it: what is not named gets nothing",
        object,
    );
    out.found(finding.rated(severity, Confidence::High).attribute("permissions", value));
}

const DOCS: &str = r#"
`write-all` gives a job's token every scope that there is: to push code, to publish packages, to approve pull requests, to start
other workflows. Any action or script of the job can take the token and do so. `read-all` lets it read what only maintainers see:
security alerts, drafts, artifacts of other runs.

**Mend it:** name the scopes that are needed, each in the job that needs it. Begin with `permissions: {}` for the workflow.

**How bad:** high for `write-all`, medium for `read-all`.

**It does not see:** how much the job would need. What a workflow grants is not reported where every job sets its own, since then no
job gets it; nor is `read-all` in a workflow that is only called by others, where the caller's grant is the limit.

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
