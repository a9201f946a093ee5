use policy_core::document::Ref;
use policy_core::model::github::{Job, Remote, Step};
use policy_core::reach::{Attack, Reach};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::data::ARCHIVED_ACTIONS;
use crate::outsider::{reach, reach_of};
use crate::uses;

pub(crate) static RULE: Rule = Rule {
    id: "archived-action",
    meta: Meta {
        title: "an action is archived: nobody maintains it",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/archived-uses"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check_step), Check::Job(check_job)],
    docs: crate::docs(DOCS),
};

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = step.remote() {
        check(cx, node, remote, || reach_of(cx, step), out);
    }
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = uses::called(job) {
        check(cx, node, remote, || reach(cx, Some(job)), out);
    }
}

fn check<'u>(cx: &Cx<'u>, node: Ref<'u>, remote: Remote<'u>, reach: impl Fn() -> Reach<'u>, out: &mut Out<'u>) {
    let (slug, snapshot) = (remote.slug(), ARCHIVED_ACTIONS.of(cx.options));
    if !snapshot.has(slug) {
        return;
    }
    let (name, date) = snapshot.attribute();
    let finding = RuleFinding::new(
        uses::slug_place(node, remote, "is archived"),
        format!("`{slug}` is archived, so nobody mends what is found in it"),
        "use an action that is maintained, or a command of the runner in a `run` step",
        slug,
    );
    let weighed = reach().weigh(Severity::Medium, Severity::Low..=Severity::Medium, Attack::ByThirdParty);
    out.found(finding.weighed(weighed, Confidence::High).attribute("action", slug).attribute(name, date));
}

const DOCS: &str = r#"
The owner of this action has archived its repository. What is found in it from now on, in its own code or in the packages that are
built into it, stays as it is, and it will not follow the runners to a newer Node.js either.

**Mend it:** go over to an action that is maintained. Much of what old actions did is one command of a `run` step today:
`gh release create`, `rustup toolchain install`, `cargo`.

**How bad:** medium; low where the job has no secrets and its token can at most read.

**It does not see:** repositories that were archived after the date of the snapshot, which stands at the finding, and those that
nobody maintains without saying so. A newer snapshot can be given with a request.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions-rs/toolchain@v1 # <-
      - uses: Actions/Create-Release@0cb9c9b65d5d1901c1f53e5e66eaf4afd303e70e # v1.1.4 # <-
```

```yaml bad
# file: action.yml
name: sets up Rust
description: a composite action
runs:
  using: composite
  steps:
    - uses: actions-rs/toolchain@16499b5e05bf2e26879000db0c1d13f7e13fa3af # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      # A copy of it that someone maintains is another repository.
      - uses: some-org/toolchain@16499b5e05bf2e26879000db0c1d13f7e13fa3af
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./actions-rs/toolchain
      - run: echo actions-rs/toolchain@v1
```
"#;
