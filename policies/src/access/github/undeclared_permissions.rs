use policy_core::document::Ref;
use policy_core::document::edit::{Edit, Value};
use policy_core::model::github::{Event, Events, Job, Workflow};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "undeclared-permissions",
    meta: Meta {
        title: "settings outside of the file decide what the token may do",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-5"],
        aliases: &["zizmor/excessive-permissions", "scorecard/Token-Permissions"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    // A workflow that is only called has at most what its caller has.
    if workflow.permissions().is_some() || cx.unit.events() == Events::of(&[Event::WorkflowCall]) {
        return;
    }
    let jobs = cx.unit.jobs();
    let open = |job: &&'u Job<'u>| job.permissions().is_none() && !is_declared_within(cx, job);
    let found: Vec<&'u Job<'u>> = jobs.iter().filter(open).collect();
    match (found.as_slice(), workflow.node().entry("jobs")) {
        ([], _) | (_, None) => {}
        ([only], _) => out.found(of_job(only)),
        (several, Some((key, _))) if several.len() == jobs.len() => out.found(of_all(workflow, key, several)),
        (several, _) => several.iter().for_each(|job| out.found(of_job(job))),
    }
}

// Whether the workflow that a job calls says for each of its jobs what it may do: then it gets that, and no more.
fn is_declared_within<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    let Read::Is(called) = cx.unit.called_workflow(job) else { return false };
    cx.budget.spend(called.node().len()) && called.jobs().all(|inner| inner.effective_permissions().is_some())
}

fn of_all<'u>(workflow: Workflow<'u>, key: Ref<'u>, jobs: &[&'u Job<'u>]) -> RuleFinding<'u> {
    let mut finding = RuleFinding::new(
        Place::node(key, "none of them says what its token may do"),
        format!("the repository's settings decide what the token of each of these {} jobs may do", jobs.len()),
        "set `permissions` for the workflow, `contents: read` if that will do, and give more to the jobs that need it",
        "workflow",
    );
    finding.related.extend(jobs.iter().map(|job| Place::node(job.key(), "sets no permissions")));
    finding.rated(Severity::Medium, Confidence::Medium).attribute("scope", "workflow").fixed(Some(fix(workflow.node(), Some(key))))
}

fn of_job<'u>(job: &Job<'u>) -> RuleFinding<'u> {
    let first = job.node().entries().next().map(|(key, _)| key);
    RuleFinding::new(
        Place::node(job.key(), "sets no permissions, as does its workflow"),
        format!("the repository's settings decide what the token of `{}` may do", job.id()),
        "set `permissions` for the job: what it needs, or `{}` if it needs nothing",
        job.id(),
    )
    .rated(Severity::Medium, Confidence::Medium)
    .attribute("job", job.id())
    .fixed(Some(fix(job.node(), first)))
}

fn fix(map: Ref<'_>, before: Option<Ref<'_>>) -> ProposedFix {
    let value = Value::Map(vec![("contents".to_owned(), "read".into())]);
    let edit = Edit::Insert { map: map.id(), before: before.map(Ref::id), key: "permissions".to_owned(), value };
    ProposedFix { title: "let the token only read code".to_owned(), safety: Safety::Unsafe, edits: vec![edit] }
}

const DOCS: &str = r#"
Neither a job nor its workflow says what the job's token may do. Then a setting of the repository or the organisation decides, and
it may be the old default: to write almost everything. Who reads the file cannot tell, and whoever changes the setting changes every
such job.

**Mend it:** set `permissions` for the workflow, `contents: read` if that will do, and give more to the jobs that need it. The fix
does so; look whether a job needs more.

**It does not see:** the setting. It reports a workflow once, at `jobs`, where none of several jobs sets anything, and else each job
that sets nothing. A workflow that is only called by others is not reported, since it gets at most what its caller has, nor is a job
that calls a local workflow whose jobs all have permissions.

```yaml bad
on: push
jobs: # <-
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
```

```yaml fixed
on: push
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
```

```yaml bad
on: push
jobs:
  build:
    permissions: {}
    runs-on: ubuntu-latest
    steps:
      - run: make
  test: # <-
    runs-on: ubuntu-latest
    steps:
      - run: make test
  call: # <-
    uses: some-org/workflows/.github/workflows/build.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
```

```yaml fixed
on: push
jobs:
  build:
    permissions: {}
    runs-on: ubuntu-latest
    steps:
      - run: make
  test:
    permissions:
      contents: read
    runs-on: ubuntu-latest
    steps:
      - run: make test
  call:
    permissions:
      contents: read
    uses: some-org/workflows/.github/workflows/build.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
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
jobs:
  build:
    permissions:
      contents: read
    runs-on: ubuntu-latest
    steps:
      - run: make
```

```yaml good
on: workflow_call
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
```

```yaml good
# file: .github/workflows/ci.yml
on: push
jobs:
  call:
    uses: ./.github/workflows/build.yml
# file: .github/workflows/build.yml
on: workflow_call
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
```
"#;
