use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::{ActionReference, Step};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "local-action-from-workspace",
    meta: Meta {
        title: "an action of this repository is taken from the workspace",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-4"],
        aliases: &["zizmor/self-repository", "octoscan/local-action"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Read::Is((node, ActionReference::Local(written))) = step.uses() else { return };
    // What lies outside of the workspace is no path of the repository: a step has put it there.
    let outside = plain(written) == ".." || plain(written).starts_with("../");
    if written.starts_with("$/") || outside || is_of_another_checkout(cx, step, written) {
        return;
    }
    let path = written.trim_start_matches('.').trim_start_matches('/');
    let finding = RuleFinding::new(
        Place::node(node, "read when the step begins"),
        format!("`{written}` is read from the workspace, so the steps before it decide what it runs"),
        format!("write `$/{path}`, which is the same repository at the commit that runs, and needs no checkout"),
        written,
    );
    out.found(finding.rated(Severity::Low, Confidence::High).fixed(fix(cx, step, node, path)));
}

// Whether a checkout of another repository, which `$/` cannot name, put it there.
fn is_of_another_checkout<'u>(cx: &Cx<'u>, step: &Step<'u>, written: &str) -> bool {
    let before = cx.unit.steps_before(step);
    if !cx.budget.spend(before.len()) {
        return false;
    }
    let own = |slug: &str| cx.options.repository.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(slug));
    let of_another = |step: &&Step<'_>| {
        step.runs_action("actions/checkout") && matches!(step.input_text("repository"), Read::Is(slug) if !own(slug))
    };
    before.iter().filter(of_another).any(|checkout| match checkout.input_text("path") {
        Read::Absent => true,
        Read::Is(folder) => is_within(plain(written), plain(folder)),
        Read::Dynamic | Read::Wrong => false,
    })
}

fn plain(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}

fn is_within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    matches!(folder, "" | ".") || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn fix<'u>(cx: &Cx<'u>, step: &Step<'u>, node: Ref<'u>, path: &str) -> Option<ProposedFix> {
    let known = matches!(cx.unit.local_action(step), Read::Is(_)) && !path.is_empty() && !path.split('/').any(|part| part == "..");
    known.then(|| ProposedFix {
        title: format!("use `$/{path}`"),
        // An earlier step may change the action on purpose, and neither GitHub Enterprise Server nor old runners know `$/`.
        safety: Safety::Unsafe,
        edits: vec![Edit::Splice { scalar: node.id(), decoded: 0..1, text: "$".to_owned() }],
    })
}

const DOCS: &str = r#"
`uses: ./path` in a step is a folder of the workspace at the moment when the step begins: whatever a checkout put there, and
whatever steps have made of it since. If the checkout is of a branch that someone else can write to, or a step before it runs code
of such a branch, that person decides what the action does with your token and your secrets. `uses: $/path` is the same repository
at the commit that the run is of, and nothing in the job can change it.

**Mend it:** write `$/path`. The checkout, if it was there for the action alone, can go.

**How bad:** low: it takes another weakness to put something into the workspace.

**It does not see:** whether a step before builds the action on purpose, as where a repository tests an action of its own; GitHub
Enterprise Server and runners before 2.336, which do not know `$/`. Called workflows (`uses: ./…` of a job) are of the same commit
in either form; there is `called-workflow-by-workspace-path` for them. Not reported is what a checkout of another repository put there, and what lies outside of the workspace
(`./../path`).

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: ./.github/actions/build # <-
# file: .github/actions/build/action.yml
name: builds
description: builds
runs:
  using: composite
  steps:
    - run: make
      shell: bash
```

```yaml fixed
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: $/.github/actions/build
# file: .github/actions/build/action.yml
name: builds
description: builds
runs:
  using: composite
  steps:
    - run: make
      shell: bash
```

```yaml bad
# file: action.yml
name: builds
description: a composite action
runs:
  using: composite
  steps:
    # In a job of another repository, this is a folder of that repository.
    - uses: ./setup # <-
```

```yaml good
on: push
jobs:
  call:
    uses: ./.github/workflows/build.yml
# file: .github/workflows/build.yml
on: workflow_call
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
      - uses: $/.github/actions/build
      - uses: some-org/build@11bd71901bbe5b1630ceea73d27597364c9af683
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with:
          repository: some-org/actions
          ref: 8f152de45cc393bb48ce5d89d36b731f54556e65
          path: shared
      - uses: ./shared/build
      - uses: ./../copied/build
```
"#;
