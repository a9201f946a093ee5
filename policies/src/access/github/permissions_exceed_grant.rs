use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::{Access, Grant, Job, Permissions, SCOPES, Workflow};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "permissions-exceed-grant",
    meta: Meta {
        title: "a called workflow asks for more than its caller grants",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-5"],
        aliases: &[],
    },
    reads: Reads::CalledWorkflow,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

/// What a token may do where neither the job nor its workflow says, under the narrower of the two settings of a repository.
const NARROW_DEFAULT: &[(&str, Access)] = &[("contents", Access::Read), ("packages", Access::Read)];

fn check<'u>(cx: &Cx<'u>, job: Job<'u>, out: &mut Out<'u>) {
    let (Read::Is(called), Read::Is((uses, _))) = (cx.unit.called_workflow(job), job.uses()) else { return };
    let asked = asked(cx, called);
    let granted = job.permissions().or(job.workflow().permissions());
    let Some(granted) = granted else {
        // The setting of the repository decides, and it is not in any file.
        let narrow =
            |scope: &str| NARROW_DEFAULT.iter().find(|(name, _)| *name == scope).map_or(Access::None, |(_, access)| *access);
        if SCOPES.iter().zip(&asked.by_scope).any(|((scope, _), asked)| asked.is_some_and(|(access, _)| access > narrow(scope))) {
            out.unknown(uses, "the default permissions that the repository's settings give to tokens");
        }
        return;
    };
    let Read::Is(grant) = granted.grant() else { return };
    let exceeding: Vec<Exceeding<'u>> =
        SCOPES.iter().zip(&asked.by_scope).filter_map(|(scope, asked)| exceeding(grant, *scope, *asked)).collect();
    if !exceeding.is_empty() {
        out.found(finding(job, uses, &exceeding));
    }
}

/// The most that is asked for in each of [`SCOPES`], and where.
struct Asked<'u> {
    by_scope: [Option<(Access, Ref<'u>)>; SCOPES.len()],
}

struct Exceeding<'u> {
    scope: &'static str,
    asked: Access,
    granted: Access,
    place: Ref<'u>,
}

// GitHub holds the permissions of the called workflow itself, and those of each of its jobs, against the caller's. A job that
// sets none and calls further hands the caller's grant on.
fn asked<'u>(cx: &Cx<'u>, called: Workflow<'u>) -> Asked<'u> {
    let mut asked = Asked { by_scope: [None; SCOPES.len()] };
    let mut reached = vec![called];
    let mut next = 0;
    while let Some(workflow) = reached.get(next).copied().filter(|workflow| cx.budget.spend(workflow.node().len())) {
        next += 1;
        let own = workflow.permissions();
        if let Some(own) = own {
            note(cx, own, &mut asked);
        }
        for job in workflow.jobs() {
            match (job.permissions(), cx.unit.called_workflow(job)) {
                (Some(permissions), _) => note(cx, permissions, &mut asked),
                // A workflow that is called twice asks for the same twice.
                (None, Read::Is(further)) if own.is_none() && !reached.iter().any(|seen| seen.node() == further.node()) => {
                    reached.push(further);
                }
                (None, _) => {}
            }
        }
    }
    asked
}

fn note<'u>(cx: &Cx<'u>, permissions: Permissions<'u>, asked: &mut Asked<'u>) {
    let Read::Is(grant) = permissions.grant() else { return };
    if !cx.budget.spend(SCOPES.len() * permissions.node().len()) {
        return;
    }
    for ((scope, highest), most) in SCOPES.iter().zip(&mut asked.by_scope) {
        let access = grant.access(scope, *highest);
        let place = permissions.entry(scope).map_or(permissions.node(), |(key, _)| key);
        if access > most.map_or(Access::None, |(access, _)| access) {
            *most = Some((access, place));
        }
    }
}

fn exceeding<'u>(
    grant: Grant<'u>,
    (scope, highest): (&'static str, Access),
    asked: Option<(Access, Ref<'u>)>,
) -> Option<Exceeding<'u>> {
    let (access, place) = asked?;
    let granted = grant.access(scope, highest);
    (access > granted).then_some(Exceeding { scope, asked: access, granted, place })
}

fn finding<'u>(job: Job<'u>, uses: Ref<'u>, exceeding: &[Exceeding<'u>]) -> RuleFinding<'u> {
    let list = |access: fn(&Exceeding<'_>) -> Access| {
        let each = exceeding.iter().map(|one| format!("`{}: {}`", one.scope, access(one).name()));
        each.collect::<Vec<_>>().join(", ")
    };
    let (asked, granted) = (list(|one| one.asked), list(|one| one.granted));
    let related = exceeding.iter().map(|one| Place::node(one.place, format!("asks for `{}: {}`", one.scope, one.asked.name())));
    RuleFinding {
        at: Place::node(uses, "refused when the run starts"),
        related: related.collect(),
        severity: Severity::Medium,
        confidence: Confidence::High,
        message: format!("the workflow that `{}` calls asks for {asked}, but is only granted {granted}", job.id()),
        help: format!("grant the job {asked}, or ask for less in the called workflow: GitHub does not start the run as it is"),
        fix: fix(job, exceeding),
        attributes: vec![("job", job.id().to_owned()), ("asked", asked.replace('`', "")), ("granted", granted.replace('`', ""))],
        object: job.id().to_owned(),
    }
}

// Only where the job has a mapping of its own: in the workflow's mapping, the grant would reach every other job too.
fn fix(job: Job<'_>, exceeding: &[Exceeding<'_>]) -> Option<ProposedFix> {
    let own = job.permissions()?;
    let edits = exceeding.iter().map(|one| match own.entry(one.scope) {
        Some((_, value)) => Edit::Set { node: value.id(), value: one.asked.name().into() },
        None => Edit::Insert { map: own.node().id(), before: None, key: one.scope.to_owned(), value: one.asked.name().into() },
    });
    Some(ProposedFix { title: "grant what is asked for".to_owned(), safety: Safety::Unsafe, edits: edits.collect() })
}

const DOCS: &str = r#"
A job calls a workflow of the same repository, and that workflow, or one of its jobs, asks for a permission that the calling job
does not have. A called workflow can keep or drop permissions, never add any, so GitHub refuses to start the run. What people do
then is to grant everything to everything: better to see it before, and to grant just what is asked for.

The caller's grant is that of its job or, if the job sets none, of its workflow. Where neither sets any, the repository's settings
decide, and Gatepost says that it does not know.

**Mend it:** grant the permission in the job that calls, or ask for less in the workflow that is called.

**It does not see:** workflows of other repositories, and the settings of the repository.

```yaml bad
# file: .github/workflows/ci.yml
on: push
permissions:
  contents: read
jobs:
  release:
    permissions:
      contents: read
    uses: ./.github/workflows/release.yml # <-
# file: .github/workflows/release.yml
on: workflow_call
jobs:
  publish:
    permissions:
      contents: write
      id-token: write
    runs-on: ubuntu-latest
    steps:
      - run: make publish
```

```yaml fixed
# file: .github/workflows/ci.yml
on: push
permissions:
  contents: read
jobs:
  release:
    permissions:
      contents: write
      id-token: write
    uses: ./.github/workflows/release.yml
# file: .github/workflows/release.yml
on: workflow_call
jobs:
  publish:
    permissions:
      contents: write
      id-token: write
    runs-on: ubuntu-latest
    steps:
      - run: make publish
```

```yaml bad
# file: .github/workflows/ci.yml
on: push
permissions: read-all
jobs:
  outer:
    uses: ./.github/workflows/outer.yml # <-
# file: .github/workflows/outer.yml
on: workflow_call
jobs:
  inner:
    uses: ./.github/workflows/inner.yml
# file: .github/workflows/inner.yml
on: workflow_call
permissions:
  packages: write
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: make publish
```

```yaml good
# file: .github/workflows/ci.yml
on: push
permissions: {}
jobs:
  same:
    permissions:
      contents: write
    uses: ./.github/workflows/release.yml
  more:
    permissions: write-all
    uses: ./.github/workflows/release.yml
# file: .github/workflows/release.yml
on: workflow_call
permissions:
  contents: write
jobs:
  publish:
    permissions:
      contents: read
    runs-on: ubuntu-latest
    steps:
      - run: make publish
```

```yaml good
# file: .github/workflows/ci.yml
on: push
permissions: {}
jobs:
  asks-for-nothing:
    uses: ./.github/workflows/release.yml
# file: .github/workflows/release.yml
on: workflow_call
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: make publish
```

```yaml good
# file: .github/workflows/ci.yml
on: push
jobs:
  settings-decide:
    uses: ./.github/workflows/release.yml
# file: .github/workflows/release.yml
on: workflow_call
jobs:
  publish:
    permissions:
      contents: write
    runs-on: ubuntu-latest
    steps:
      - run: make publish
```
"#;
