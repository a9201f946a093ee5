use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::{Job, Step, Workflow, text};
use policy_core::reach::{Attack, Reach};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::outsider::{reach, reach_of};

pub(crate) static RULE: Rule = Rule {
    id: "insecure-commands",
    meta: Meta {
        title: "whatever is printed can set variables and the search path",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-4"],
        aliases: &[
            "zizmor/insecure-commands",
            "checkov/CKV_GHA_1",
            "octoscan/unsecure-commands",
            "kics/unsecured-commands",
            "semgrep/allowed-unsecure-commands",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check_workflow), Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

const SWITCH: &str = "ACTIONS_ALLOW_UNSECURE_COMMANDS";

fn check_workflow<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    let Some(env) = workflow.env() else { return };
    // As bad as in the job where it is worst.
    let severity = |reach: &Reach<'_>| weigh(*reach).severity;
    let worst =
        || cx.unit.jobs().iter().map(|job| reach(cx, Some(job))).reduce(|a, b| if severity(&b) > severity(&a) { b } else { a });
    check(env, || worst().unwrap_or_else(|| reach(cx, None)), out);
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    job.env().into_iter().for_each(|env| check(env, || reach(cx, Some(job)), out));
}

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    step.env().into_iter().for_each(|env| check(env, || reach_of(cx, step), out));
}

// It takes no more than text that is printed: of a dependency, of an issue, of a file.
fn weigh(reach: Reach<'_>) -> policy_core::reach::Weighed {
    reach.weigh(Severity::High, Severity::Medium..=Severity::High, Attack::ByThirdParty)
}

fn check<'u>(env: Ref<'u>, reach: impl Fn() -> Reach<'u>, out: &mut Out<'u>) {
    let Some((key, value)) = env.entries().find(|(key, _)| key.text() == Some(SWITCH)) else { return };
    let (confidence, when) = match text(Some(value)) {
        Read::Is(written) if written.trim().eq_ignore_ascii_case("true") => (Confidence::High, ""),
        Read::Dynamic => (Confidence::Low, " where its expression says so"),
        Read::Is(_) | Read::Absent | Read::Wrong => return,
    };
    let finding = RuleFinding::new(
        Place::node(value, "brings back commands that GitHub took out"),
        format!("`{SWITCH}` lets every line that a step prints set variables and the search path of later steps{when}"),
        "remove it, and write to `$GITHUB_ENV` and `$GITHUB_PATH` instead of printing `::set-env` and `::add-path`",
        SWITCH,
    );
    let alone = env.entries().nth(1).is_none();
    let edits = vec![Edit::Remove { entry: if alone { env.id() } else { key.id() } }];
    let fix = ProposedFix { title: format!("remove `{SWITCH}`"), safety: Safety::Unsafe, edits };
    out.found(finding.weighed(weigh(reach()), confidence).fixed(Some(fix)));
}

const DOCS: &str = r#"
A step could once set variables and the search path of the steps behind it by printing `::set-env` and `::add-path`. Whoever got a
line into the output of a step (the title of an issue, a message of a dependency, the name of a file) could so run code of their own:
a variable such as `LD_PRELOAD` or `NODE_OPTIONS` is enough. GitHub took these commands out in 2020 (CVE-2020-15228);
`ACTIONS_ALLOW_UNSECURE_COMMANDS` brings them back.

**Mend it:** remove the variable. Scripts that print these commands write to the files `$GITHUB_ENV` and `$GITHUB_PATH` instead;
actions that print them have newer versions that do not.

**How bad:** high; medium where the job has no secrets, and a token that can at most read. With low confidence where an expression
decides the value.

**It does not see:** the variable set on the machine of a self-hosted runner, or by an `env:` that is an expression as a whole.

```yaml bad
on: push
env:
  COLOR: always
  ACTIONS_ALLOW_UNSECURE_COMMANDS: true # <-
jobs:
  build:
    runs-on: ubuntu-latest
    env:
      ACTIONS_ALLOW_UNSECURE_COMMANDS: 'TRUE' # <-
    steps:
      - run: echo "::set-env name=A::b"
        env:
          ACTIONS_ALLOW_UNSECURE_COMMANDS: ${{ inputs.old }} # <-
```

```yaml fixed
on: push
env:
  COLOR: always
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo "::set-env name=A::b"
```

```yaml good
on: push
env:
  ACTIONS_ALLOW_UNSECURE_COMMANDS: false
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
    runs-on: ubuntu-latest
    steps:
      - run: echo "A=b" >> "$GITHUB_ENV"
        env:
          # The runner takes nothing but "true".
          ACTIONS_ALLOW_UNSECURE_COMMANDS: 1
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with:
          ACTIONS_ALLOW_UNSECURE_COMMANDS: true
```
"#;
