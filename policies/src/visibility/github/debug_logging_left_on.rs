use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::{Container, Job, Step, Workflow};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "debug-logging-left-on",
    meta: Meta {
        title: "debug logging is left on",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-6", "CICD-SEC-10"],
        aliases: &["poutine/debug_enabled"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check_workflow), Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

const SWITCHES: &[&str] = &["ACTIONS_RUNNER_DEBUG", "ACTIONS_STEP_DEBUG", "RUNNER_DEBUG"];

fn check_workflow<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    let has_secrets = || cx.unit.jobs().iter().any(|job| secret_of(cx, Some(job)));
    workflow.env().into_iter().for_each(|env| check(env, has_secrets, out));
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let envs = job.env().into_iter().chain(job.container().and_then(Container::env));
    envs.for_each(|env| check(env, || secret_of(cx, Some(job)), out));
}

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    step.env().into_iter().for_each(|env| check(env, || secret_of(cx, cx.unit.job_of(step)), out));
}

fn secret_of<'u>(cx: &Cx<'u>, job: Option<&Job<'u>>) -> bool {
    cx.reach(job).power.is_some_and(|power| power.secret.is_some())
}

fn check<'u>(env: Ref<'u>, has_secrets: impl Fn() -> bool, out: &mut Out<'u>) {
    for (key, value) in env.entries() {
        let Some(name) = key.text().and_then(|key| SWITCHES.iter().find(|name| name.eq_ignore_ascii_case(key))) else { continue };
        // An expression decides it anew for each run.
        if !value.value().is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true")) {
            continue;
        }
        let (severity, what) = match has_secrets() {
            true => (Severity::Medium, ", and secrets are at hand here"),
            false => (Severity::Low, ""),
        };
        let finding = RuleFinding::new(
            Place::node(value, "is on in every run"),
            format!("`{name}` makes actions and scripts write their inner state into the log of every run{what}"),
            "remove it, and run a job again with debug logging when you need that",
            *name,
        );
        let alone = env.entries().nth(1).is_none();
        let edits = vec![Edit::Remove { entry: if alone { env.id() } else { key.id() } }];
        let fix = ProposedFix { title: "turn debug logging off".to_owned(), safety: Safety::Unsafe, edits };
        out.found(finding.rated(severity, Confidence::Medium).fixed(Some(fix)));
    }
}

const DOCS: &str = r#"
With these variables, actions and scripts write what they are given and what they do into the log: inputs, answers of servers,
environments. GitHub takes the values of secrets out of logs, but not what is made of them: an encoded token, a part of a key. Logs
of public repositories are read by anyone.

**Mend it:** remove the variable. Where a run has to be looked into, run it again with "Enable debug logging": that is on once.

**How bad:** medium where a job has secrets; low where it has none.

**It does not see:** the secrets and variables of the repository of these names, which are where GitHub itself looks for
`ACTIONS_STEP_DEBUG` and `ACTIONS_RUNNER_DEBUG`; what a script writes to `GITHUB_ENV`; other switches, such as `set -x`. A value that
an expression decides is not reported.

```yaml bad
on: push
env:
  COLOR: always
  ACTIONS_STEP_DEBUG: true # <-
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
        env:
          RUNNER_DEBUG: 1 # <-
```

```yaml fixed
on: push
env:
  COLOR: always
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
```

```yaml good
on: push
env:
  ACTIONS_STEP_DEBUG: false
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
```

```yaml good
on: workflow_dispatch
env:
  RUNNER_DEBUG: ${{ inputs.debug && '1' || '' }}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
```

```yaml good
on: push
env:
  DEBUG: true
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
        env:
          RUNNER_DEBUG: 0
      - run: make
        env:
          RUNNER_DEBUG: ''
```
"#;
