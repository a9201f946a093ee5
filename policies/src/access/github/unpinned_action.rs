use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::{ActionReference, Job, Remote, Step};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::uses;
use crate::version::Version;

pub(crate) static RULE: Rule = Rule {
    id: "unpinned-action",
    meta: Meta {
        title: "an action is not pinned to a commit",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Safe),
        maps: &["CICD-SEC-3", "CICD-SEC-8"],
        aliases: &["zizmor/unpinned-uses", "poutine/github_action_from_unverified_creator_used", "scorecard/Pinned-Dependencies"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check_step), Check::Job(check_job)],
    docs: crate::docs(DOCS),
};

/// Owners whose actions come from the maker of the platform that runs them.
const PLATFORM_OWNERS: &[&str] = &["actions", "github"];

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = step.remote() {
        check_remote(cx, node, remote, out);
    }
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = uses::called(job) {
        check_remote(cx, node, remote, out);
    }
}

fn check_remote<'u>(cx: &Cx<'u>, node: Ref<'u>, remote: Remote<'u>, out: &mut Out<'u>) {
    let (action, git_ref) = (remote.name(), remote.git_ref());
    if ActionReference::is_commit(git_ref) || uses::is_own(cx, remote) {
        return;
    }
    let of_platform = PLATFORM_OWNERS.iter().any(|name| name.eq_ignore_ascii_case(remote.owner()));
    // The tag of a whole version may belong to an immutable release, which cannot be told from here.
    let whole = Version::parse(git_ref).is_some_and(|version| version.is_whole());
    let confidence = if whole { Confidence::Medium } else { Confidence::High };
    let finding = RuleFinding::new(
        Place::text(node, remote.git_ref_range(), "can be moved"),
        format!("`{action}` is used at `{git_ref}`, which its owner can move to other code"),
        format!("pin it to a whole commit id: `{action}@<40 digits> # {git_ref}`"),
        action,
    );
    out.found(
        finding
            .rated(if of_platform { Severity::Medium } else { Severity::High }, confidence)
            .attribute("action", action)
            .attribute("ref", git_ref)
            .fixed(fix(cx, node, remote)),
    );
}

fn fix(cx: &Cx<'_>, node: Ref<'_>, remote: Remote<'_>) -> Option<ProposedFix> {
    let pins = Some(&cx.options.pins).filter(|pins| !pins.is_empty())?;
    let (action, git_ref) = (remote.name(), remote.git_ref());
    let pin = pins.get(&format!("{action}@{git_ref}")).or_else(|| pins.get(&format!("{}@{git_ref}", remote.slug())))?;
    let version = pin.version.clone().unwrap_or_else(|| git_ref.to_owned());
    Some(ProposedFix {
        title: format!("pin to the commit that `{git_ref}` stood for"),
        safety: Safety::Safe,
        edits: vec![
            Edit::Splice { scalar: node.id(), decoded: remote.git_ref_range(), text: pin.commit.clone() },
            Edit::Comment { after: node.id(), text: version },
        ],
    })
}

const DOCS: &str = r#"
A step or job uses an action, or calls a workflow of another repository, by branch or tag. Who owns that repository, or takes it
over, can move a branch or tag to other code at any time, and your next run executes it with your token and your secrets. This is
how the compromise of `tj-actions/changed-files` reached thousands of repositories.

**Mend it:** write the whole commit id, and the version behind it as a comment, so that Dependabot and Renovate keep it fresh.
Give Gatepost a map of pins (`--pins FILE`) and it proposes the edit.

**How bad:** high for third parties; medium for the owners `actions` and `github`, who run your jobs anyway.
The tag of a whole version (`v1.2.3`) is reported with medium confidence, since it may belong to an immutable release.

**It does not see:** whether a tag belongs to an immutable release; what a pinned action itself uses without pinning; whether the
commit belongs to the repository that it is named with. A reference to the repository that is judged is not reported.
Images (`docker://…`) belong to `unpinned-image`.

```yaml bad
# pin: some-org/deploy@v2 = 8f152de45cc393bb48ce5d89d36b731f54556e65 v2.4.1
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/deploy@v2 # <-
```

```yaml fixed
# pin: some-org/deploy@v2 = 8f152de45cc393bb48ce5d89d36b731f54556e65 v2.4.1
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/deploy@8f152de45cc393bb48ce5d89d36b731f54556e65 # v2.4.1
```

```yaml bad
on: push
jobs:
  call:
    uses: some-org/workflows/.github/workflows/build.yml@main # <-
  build:
    runs-on: ubuntu-latest
    steps:
      - parallel:
          - uses: 'some-org/lint@v1.2.3' # <-
```

```yaml bad
# file: action.yml
name: wraps another
description: a composite action
runs:
  using: composite
  steps:
    - uses: actions/setup-node@v4 # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - uses: ./.github/actions/build
      - uses: docker://alpine:3.20
```

```yaml good
on: push
jobs:
  call:
    uses: ./.github/workflows/build.yml
  other:
    uses: some-org/workflows/.github/workflows/build.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
```

```yaml good
# repository: some-org/product
on: push
jobs:
  call:
    uses: some-org/product/.github/workflows/build.yml@main
```
"#;
