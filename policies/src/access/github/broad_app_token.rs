use policy_core::document::edit::Edit;
use policy_core::document::{Kind, Ref};
use policy_core::model::github::{Step, boolean};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "broad-app-token",
    meta: Meta {
        title: "an app's token can do more, or lives longer, than it needs",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-5", "CICD-SEC-6"],
        aliases: &["zizmor/github-app"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// Other actions that make such tokens, with the input that names permissions.
const OTHERS: &[(&str, &str)] =
    &[("peter-murray/workflow-application-token-action", "permissions"), ("tibdex/github-app-token", "permissions")];

fn check<'u>(_: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some((node, remote)) = step.remote() else { return };
    // An expression for all inputs at once says nothing of any.
    if step.with().is_some_and(|with| with.kind() != Kind::Mapping) {
        return;
    }
    if let Some((action, input)) = OTHERS.iter().find(|(action, _)| remote.is(action)) {
        if !is_given(step, input) {
            out.found(unlimited(node, action, &format!("`{input}`")));
        }
        return;
    }
    if !remote.is("actions/create-github-app-token") {
        return;
    }
    check_revoke(step, node, out);
    let entry = step.with().and_then(|with| with.entry_in_any_case("owner"));
    if let Some((key, _)) = entry.filter(|_| is_given(step, "owner") && !is_given(step, "repositories")) {
        out.found(all_repositories(key, node));
    }
    let mut inputs = step.with().into_iter().flat_map(Ref::entries).filter_map(|(key, _)| key.text());
    if !inputs.any(|name| name.get(..11).is_some_and(|start| start.eq_ignore_ascii_case("permission-"))) {
        out.found(unlimited(node, "actions/create-github-app-token", "`permission-…`"));
    }
}

// An empty input is as good as none; what an expression gives may be anything.
fn is_given(step: &Step<'_>, name: &str) -> bool {
    match step.input_text(name) {
        Read::Is(text) => !text.trim().is_empty(),
        Read::Dynamic | Read::Wrong => true,
        Read::Absent => false,
    }
}

fn check_revoke<'u>(step: &Step<'u>, uses: Ref<'u>, out: &mut Out<'u>) {
    let Some((key, value)) = step.with().and_then(|with| with.entry_in_any_case("skip-token-revoke")) else { return };
    let (confidence, may) = match boolean(Some(value)) {
        Read::Is(true) => (Confidence::High, "is"),
        Read::Dynamic => (Confidence::Low, "may be"),
        Read::Is(false) | Read::Absent | Read::Wrong => return,
    };
    let fix = ProposedFix {
        title: "end the token with the job".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Remove { entry: key.id() }],
    };
    let finding = RuleFinding::new(
        Place::node(key, "keeps the token alive"),
        format!("the app's token {may} not ended with the job, and works for up to an hour after it"),
        "remove `skip-token-revoke`, and make a new token in each job that needs one",
        "skip-token-revoke",
    );
    let finding = finding.rated(Severity::High, confidence).related(Place::node(uses, "the token is made here"));
    out.found(finding.fixed((confidence == Confidence::High).then_some(fix)));
}

fn all_repositories<'u>(owner: Ref<'u>, uses: Ref<'u>) -> RuleFinding<'u> {
    RuleFinding::new(
        Place::node(owner, "with all repositories of this owner"),
        "the app's token reaches every repository that the owner installed the app on, since `repositories` is not given",
        "name the repositories: `repositories: one,another`",
        "owner",
    )
    .rated(Severity::High, Confidence::Medium)
    .related(Place::node(uses, "the token is made here"))
}

fn unlimited<'u>(uses: Ref<'u>, action: &str, input: &str) -> RuleFinding<'u> {
    RuleFinding::new(
        Place::node(uses, "no permissions are named"),
        format!("the token that `{action}` makes has every permission of the app's installation"),
        format!("name the permissions that are needed, by the input {input}"),
        "permissions",
    )
    .rated(Severity::High, Confidence::Medium)
    .attribute("action", action)
}

const DOCS: &str = r#"
A step makes a token of a GitHub App. Unlike the job's own token it is not held by `permissions`, and it can reach other
repositories. Without limits it can do all that the app can, everywhere that the app is installed.

Three things are reported: no input that names permissions; `owner` without `repositories`, which stands for all repositories of
that owner; and `skip-token-revoke: true`, by which the token outlives the job.

**Mend it:** name the permissions (`permission-contents: read`) and the repositories, and let the token end with the job. The fix
removes `skip-token-revoke`; look whether another job uses the token.

**How bad:** high. The confidence is high for `skip-token-revoke: true` only: how much an app may do, and where it is installed,
stands in its settings. It is low where an expression decides `skip-token-revoke`.

**It does not see:** the settings of the app, tokens that scripts make, and what else than `actions/create-github-app-token`,
`tibdex/github-app-token` and `peter-murray/workflow-application-token-action` makes tokens.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/create-github-app-token@bcd2ba49218906704ab6c1aa796996da409d3eb1
        with:
          app-id: ${{ vars.APP_ID }}
          private-key: ${{ secrets.APP_KEY }}
          skip-token-revoke: true # <-
          permission-contents: read
```

```yaml fixed
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/create-github-app-token@bcd2ba49218906704ab6c1aa796996da409d3eb1
        with:
          app-id: ${{ vars.APP_ID }}
          private-key: ${{ secrets.APP_KEY }}
          permission-contents: read
```

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/create-github-app-token@bcd2ba49218906704ab6c1aa796996da409d3eb1 # <-
        with:
          app-id: ${{ vars.APP_ID }}
          private-key: ${{ secrets.APP_KEY }}
          owner: ${{ github.repository_owner }} # <-
      - uses: tibdex/github-app-token@3beb63f4bd073e61482598c45c71c1019b59b73a # <-
        with:
          app_id: ${{ vars.APP_ID }}
          private_key: ${{ secrets.APP_KEY }}
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/create-github-app-token@bcd2ba49218906704ab6c1aa796996da409d3eb1
        with:
          app-id: ${{ vars.APP_ID }}
          private-key: ${{ secrets.APP_KEY }}
          permission-contents: read
          skip-token-revoke: false
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/create-github-app-token@bcd2ba49218906704ab6c1aa796996da409d3eb1
        with:
          app-id: ${{ vars.APP_ID }}
          private-key: ${{ secrets.APP_KEY }}
          permission-issues: write
          owner: some-org
          repositories: product,website
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: tibdex/github-app-token@3beb63f4bd073e61482598c45c71c1019b59b73a
        with:
          app_id: ${{ vars.APP_ID }}
          private_key: ${{ secrets.APP_KEY }}
          permissions: '{"contents": "read"}'
```
"#;
