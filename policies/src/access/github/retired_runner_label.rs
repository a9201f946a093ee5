use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::Job;
use policy_core::model::github::expression::{Condition, truthiness};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::data::{HOSTED_RUNNER_LABELS, HostedRunner, runner};
use crate::runner_label::labels;

pub(crate) static RULE: Rule = Rule {
    id: "retired-runner-label",
    meta: Meta {
        title: "a job asks for a runner that is retired",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-7"],
        aliases: &["actionlint/runner-label"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

/// What begins so is replaced by the next of the same system and processor.
const SUCCESSORS: &[(&str, &str)] = &[
    ("macos-10.15", "macos-15-intel"),
    ("macos-11", "macos-15-intel"),
    ("macos-12", "macos-15-intel"),
    ("macos-12-large", "macos-15-large"),
    ("macos-12-xlarge", "macos-15-xlarge"),
    ("macos-13", "macos-15-intel"),
    ("macos-13-large", "macos-15-large"),
    ("macos-13-xlarge", "macos-15-xlarge"),
    ("macos-14", "macos-15"),
    ("macos-14-large", "macos-15-large"),
    ("macos-14-xlarge", "macos-15-xlarge"),
    ("ubuntu-18.04", "ubuntu-24.04"),
    ("ubuntu-20.04", "ubuntu-24.04"),
    ("ubuntu-22.04", "ubuntu-24.04"),
    ("ubuntu-22.04-arm", "ubuntu-24.04-arm"),
    ("windows-2016", "windows-2022"),
    ("windows-2019", "windows-2022"),
];

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    // Several labels, or a group, name a machine of someone's own, which bears whatever labels it was given.
    let Some(runs_on) = job.runs_on().filter(|runs_on| runs_on.node().get("group").is_none()) else { return };
    let known = labels(cx, job).alone;
    if known.is_empty() || never_runs(cx, job) {
        return;
    }
    for (at, label) in known.iter().enumerate() {
        let Some(text) = label.text() else { continue };
        let again = known.iter().take(at).any(|other| other.text().is_some_and(|other| other.eq_ignore_ascii_case(text)));
        let Some(state) = runner(cx.options, text).filter(|_| !again) else { continue };
        let own = runs_on.labels().any(|own| own == *label);
        if let Some(finding) = finding(cx, *label, text, state, own) {
            let finding = if own { finding } else { finding.related(Place::node(runs_on.node(), "the job runs on it here")) };
            out.found(finding);
        }
    }
}

fn finding<'u>(cx: &Cx<'u>, label: Ref<'u>, text: &str, state: HostedRunner<'_>, own: bool) -> Option<RuleFinding<'u>> {
    let which = if own { "this job" } else { "the job of this value" };
    let (severity, marked, message) = match state {
        HostedRunner::Current => return None,
        HostedRunner::Retires(month) => (
            Severity::Info,
            "will be retired",
            format!("`{text}` will be retired in {month}, and {which} does not run from then on"),
        ),
        HostedRunner::Retired(month) => {
            let when = month.map_or_else(|| "is retired".to_owned(), |month| format!("was retired in {month}"));
            let message = format!("`{text}` {when}: GitHub has no such runner any more, so {which} does not run");
            (Severity::Medium, "is retired", message)
        }
    };
    let current = |label: &&str| runner(cx.options, label) == Some(HostedRunner::Current);
    let successor = SUCCESSORS.iter().find(|(old, _)| old.eq_ignore_ascii_case(text)).map(|(_, new)| *new).filter(current);
    let help = match successor {
        Some(new) => format!("run it on `{new}` or newer, and look at what differs there"),
        None => "run it on a label that GitHub has runners of".to_owned(),
    };
    // A value of a matrix may be compared with elsewhere.
    let fix = successor.filter(|_| own).map(|new| ProposedFix {
        title: format!("run it on `{new}`"),
        safety: Safety::Unsafe,
        edits: vec![Edit::Set { node: label.id(), value: new.into() }],
    });
    let (name, date) = HOSTED_RUNNER_LABELS.of(cx.options).attribute();
    let finding = RuleFinding::new(Place::node(label, marked), message, help, text);
    Some(finding.rated(severity, Confidence::Medium).attribute("label", text).attribute(name, date).fixed(fix))
}

// `if: false`
fn never_runs(cx: &Cx<'_>, job: &Job<'_>) -> bool {
    match job.condition().and_then(|scalar| cx.unit.condition(scalar)) {
        Some(Condition::Expression { expression, .. }) => truthiness(expression, expression.root(), &|_| None) == Some(false),
        _ => false,
    }
}

const DOCS: &str = r#"
GitHub takes its older runner images away. A job that asks for one by its label does not run any more: it waits for a runner until it
is cancelled. Where the job tests, scans or releases, that no longer happens, and who looks at the other jobs may not see it.

**Mend it:** ask for a newer image, and look at what differs there: compilers, libraries, and on macOS the processor. The fix writes
the next image of the same system and processor that has no end yet. It is unsafe, since the image holds other tools.

**How bad:** medium where the image is retired, and informational where GitHub has said in which month it will be. Confidence is
medium, since a runner of your own may bear the same label.

Not reported: jobs of a group of runners, or with several labels, which name machines of someone's own; jobs that never run
(`if: false`); labels that are none of GitHub's.

**It does not see:** what was announced after the date of the snapshot, which stands at the finding; labels that an expression puts
together, but for `${{ matrix.NAME }}`. A newer snapshot can be given with a request.

```yaml bad
on: push
jobs:
  test:
    runs-on: ubuntu-20.04 # <-
    steps:
      - run: make test
  build:
    runs-on: Windows-2019 # <-
    steps:
      - run: make
```

```yaml fixed
on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
  build:
    runs-on: windows-2022
    steps:
      - run: make
```

```yaml bad
on: push
jobs:
  test:
    strategy:
      matrix:
        os:
          - ubuntu-latest
          - macos-13 # <-
        include:
          - os: ubuntu-22.04 # <-
            slow: true
    runs-on: ${{ matrix.os }}
    steps:
      - run: make test
```

```yaml good
on: push
jobs:
  test:
    strategy:
      matrix:
        os: [ubuntu-latest, ubuntu-24.04, windows-2022, macos-15]
    runs-on: ${{ matrix.os }}
    steps:
      - run: make test
```

```yaml good
on: push
jobs:
  test:
    runs-on: [self-hosted, ubuntu-20.04]
    steps:
      - run: make test
  build:
    runs-on:
      group: large
      labels: ubuntu-20.04
    steps:
      - run: make
```

```yaml good
on: push
jobs:
  test:
    if: false
    runs-on: ubuntu-18.04
    steps:
      - run: make test
  build:
    runs-on: ubuntu-20.04-large
    steps:
      - run: make
```
"#;
