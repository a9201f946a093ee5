use policy_core::document::Ref;
use policy_core::model::github::{Access, Event, Events, Grant, Job, Workflow};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::grant::{Gets, gets};

pub(crate) static RULE: Rule = Rule {
    id: "workflow-wide-write-permission",
    meta: Meta {
        title: "a permission to write is given to all jobs at once",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-5"],
        aliases: &["zizmor/excessive-permissions", "scorecard/Token-Permissions"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check)],
    docs: crate::docs(DOCS),
};

/// Scopes that lead to code, releases, deployments or identities, or that speak for the project; others weigh less.
const HIGH: &[&str] =
    &["actions", "attestations", "contents", "deployments", "id-token", "issues", "packages", "pages", "pull-requests"];
const LOW: &[&str] = &["models", "statuses"];

fn check<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    let Some(Read::Is(Grant::Scopes(scopes))) = workflow.permissions().map(|permissions| permissions.grant()) else { return };
    let jobs = cx.unit.jobs();
    // In a workflow that is only called, the caller's grant is the limit; a single job asks for itself.
    if jobs.len() < 2 || cx.unit.events() == Events::of(&[Event::WorkflowCall]) {
        return;
    }
    let takers: Vec<&'u Job<'u>> = jobs.iter().filter(|job| job.permissions().is_none()).collect();
    for (key, value) in scopes.entries() {
        if let (Some(scope), Some("write")) = (key.value(), value.value()) {
            let writes = |grant: Grant<'u>| grant.access(scope, Access::Write) == Access::Write;
            let got: Vec<Gets> = takers.iter().map(|job| gets(cx, job, writes)).filter(|gets| *gets != Gets::Less).collect();
            let calls = got.iter().filter(|gets| **gets == Gets::Perhaps).count();
            if !got.is_empty() {
                out.found(finding(key, scope, got.len(), calls));
            }
        }
    }
}

// Of the jobs that take it, `calls` call a workflow that is not here.
fn finding<'u>(key: Ref<'u>, scope: &'u str, takers: usize, calls: usize) -> RuleFinding<'u> {
    let severity = match scope {
        // Only jobs to come can get too much.
        _ if takers == 1 => Severity::Low,
        _ if HIGH.contains(&scope) => Severity::High,
        _ if LOW.contains(&scope) => Severity::Low,
        _ => Severity::Medium,
    };
    let but = match (calls, takers) {
        (0, _) => String::new(),
        (_, 1) => ", and it calls a workflow that may take less".to_owned(),
        (calls, _) if calls == takers => "; all of them call workflows that may take less".to_owned(),
        (1, _) => "; one of them calls a workflow that may take less".to_owned(),
        (calls, _) => format!("; {calls} of them call workflows that may take less"),
    };
    // How much the jobs need is in no file.
    let (message, confidence) = match takers {
        1 => {
            let message =
                format!("one job takes the right to write `{scope}`{but}; only jobs that are added later can get it without need");
            (message, Confidence::Low)
        }
        _ => {
            let message =
                format!("{takers} jobs, and every job that is added, can write `{scope}`, whether they need it or not{but}");
            (message, if calls == takers { Confidence::Low } else { Confidence::Medium })
        }
    };
    RuleFinding::new(
        Place::node(key, "for all jobs"),
        message,
        format!(
            "give `{scope}: write` to the job that needs it, the workflow `permissions: {{}}`, and give each job what else it needs"
        ),
        scope,
    )
    .rated(severity, confidence)
    .attribute("scope", scope)
}

const DOCS: &str = r#"
What `permissions` of a workflow grants, every job gets that says nothing else: the test that runs the code of dependencies gets it
as well as the job that makes the release. An attacker takes the token from the weakest of them.

**Mend it:** move the permission into the job that needs it.

**How bad:** high for scopes that lead to code, releases, deployments or identities or that speak for the project (`actions`,
`attestations`, `contents`, `deployments`, `id-token`, `issues`, `packages`, `pages`, `pull-requests`), low for `models` and
`statuses`, medium for the others. Low, and of low confidence, where just one job sets no permissions of its own: only jobs that are
added later can get it without need. The confidence is low too where all of these jobs call workflows that are not here, which may
take less, and medium else. A job counts for nothing where the workflow that it calls is here and takes less.

**It does not see:** which job needs the permission. A workflow of a single job is not reported, nor one whose jobs all set their own
permissions, nor one that is only called by others, where the caller's grant is the limit.

```yaml bad
on: push
permissions:
  contents: write # <-
  security-events: write # <-
  issues: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
  release:
    runs-on: ubuntu-latest
    steps:
      - run: make release
```

```yaml good
on: push
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
  release:
    permissions:
      contents: write
    runs-on: ubuntu-latest
    steps:
      - run: make release
```

```yaml good
on: push
permissions:
  contents: write
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - run: make release
```

```yaml good
on: push
permissions:
  contents: write
jobs:
  test:
    permissions: {}
    runs-on: ubuntu-latest
    steps:
      - run: npm test
  lint:
    permissions: {}
    runs-on: ubuntu-latest
    steps:
      - run: npm run lint
```
"#;
