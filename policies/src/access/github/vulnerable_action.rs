use policy_core::document::Ref;
use policy_core::model::github::{ActionReference, Job, Remote, Step};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::data::{Advisory, VULNERABLE_ACTIONS, advisories};
use crate::uses;
use crate::version::Version;

pub(crate) static RULE: Rule = Rule {
    id: "vulnerable-action",
    meta: Meta {
        title: "an action has a known vulnerability",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Critical,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/known-vulnerable-actions", "poutine/known_vulnerability_in_build_component"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check_step), Check::Job(check_job)],
    docs: crate::docs(DOCS),
};

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = step.remote() {
        check(cx, node, remote, out);
    }
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some((node, remote)) = uses::called(job) {
        check(cx, node, remote, out);
    }
}

fn check<'u>(cx: &Cx<'u>, node: Ref<'u>, remote: Remote<'u>, out: &mut Out<'u>) {
    let known = advisories(cx.options, remote.name());
    if known.is_empty() {
        return;
    }
    let git_ref = remote.git_ref();
    let whole = |tag: &str| Version::parse(tag).is_some_and(|version| version.is_whole());
    let commented = ActionReference::is_commit(git_ref).then(|| uses::commented_version(node)).flatten();
    for advisory in known {
        let at = |version| (advisory.affects(version)).then_some(version);
        // A commit that the advisory names, or a whole tag, is what it says; a comment can be out of date, and a tag that moves may
        // have moved on.
        let (version, confidence) = match (at(git_ref), commented.and_then(at)) {
            (Some(tag), _) if whole(tag) || ActionReference::is_commit(tag) => (tag, Confidence::High),
            (Some(version), _) | (None, Some(version)) => (version, Confidence::Medium),
            (None, None) => continue,
        };
        out.found(finding(cx, node, remote, version, &advisory).rated(advisory.severity, confidence));
    }
}

fn finding<'u>(cx: &Cx<'u>, node: Ref<'u>, remote: Remote<'u>, version: &str, advisory: &Advisory<'_>) -> RuleFinding<'u> {
    let (action, id) = (remote.name(), advisory.id);
    let (mended, help) = match advisory.fixed {
        Some(fixed) => (format!(", which `{fixed}` mends"), format!("use `{fixed}` or a newer release, pinned to its commit")),
        None => (", which no release mends".to_owned(), "use another action".to_owned()),
    };
    let (name, date) = VULNERABLE_ACTIONS.of(cx.options).attribute();
    RuleFinding::new(
        Place::text(node, remote.git_ref_range(), "is affected"),
        format!("`{action}` at `{version}` is affected by `{id}`{mended}"),
        help,
        format!("{action} {id}"),
    )
    .attribute("action", action)
    .attribute("advisory", id)
    .attribute(name, date)
}

const DOCS: &str = r#"
A public advisory says that this version of the action, or of the called workflow, is broken: it runs text of strangers as code, it
gives secrets away, or someone has put code into it that does. It runs with your token and your secrets.

**Mend it:** use the release that the finding names, or a newer one, by its whole commit id.

**How bad:** as bad as the advisory says. A tag that moves (`v4`) counts only where the release that mends it does not begin so,
and with medium confidence. The same confidence has a commit whose version only the comment behind it says (`# v4.1.2`).

**It does not see:** advisories after the date of the snapshot, which stands at the finding; branches; commits without such a
comment, unless the advisory names them; what an action itself uses. A newer snapshot can be given with a request.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: tj-actions/changed-files@v45 # <-
      - uses: actions/download-artifact@v4.1.2 # <-
      - uses: tj-actions/changed-files@0e58ed8671d6b60d0890c21b07f8835ace038e67 # <-
      - uses: actions/download-artifact@eaceaf801fd36c7dee90939fad912460b18a1ffe # v4.1.2 # <-
```

```yaml bad
on: push
jobs:
  plan:
    uses: kartverket/github-workflows/.github/workflows/run-terraform.yml@v2.7.4 # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v4.1.3
      - uses: tj-actions/changed-files@v46
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      # This tag moves, and has moved on to what mends it.
      - uses: actions/download-artifact@v4
      - uses: actions/download-artifact@main
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@87c55149d96e628cc2ef7e6fc2aab372015aec85 # v4.1.3
      # v4.1.2
      - uses: actions/download-artifact@87c55149d96e628cc2ef7e6fc2aab372015aec85
      # The advisory is about another path of this repository.
  other:
    uses: kartverket/github-workflows/.github/workflows/other.yml@v2.7.4
```
"#;
