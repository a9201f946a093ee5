use policy_core::model::github::expression::{ExprId, ExprKind, Expression};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::unit::Site;

pub(crate) static RULE: Rule = Rule {
    id: "secrets-dumped-whole",
    meta: Meta {
        title: "an expression sends every secret to the runner",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &["zizmor/overprovisioned-secrets", "poutine/job_all_secrets"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Expression(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, site: &'u Site<'u>, out: &mut Out<'u>) {
    let Ok(expression) = &site.expression else { return };
    for id in expression.ids() {
        if let Some(how) = takes_all(expression, id) {
            let span = expression.span(id);
            let finding = RuleFinding::new(
                Place::text(site.scalar, site.start + span.start..site.start + span.end, "every secret"),
                format!("{how}, so every secret that this workflow can read is sent to the runner"),
                "name the secret that is needed: `secrets.NAME`",
                "secrets",
            );
            out.found(finding.rated(Severity::Medium, Confidence::High));
        }
    }
}

// How a part takes the whole context, if it does. A text in brackets names one secret, as a dot does.
fn takes_all(expression: &Expression<'_>, id: ExprId) -> Option<&'static str> {
    let is_secrets =
        |id: &ExprId| expression.kind(*id) == ExprKind::Context && expression.name(*id).eq_ignore_ascii_case("secrets");
    let children = expression.children(id);
    match (expression.kind(id), children) {
        (ExprKind::Call, _) if expression.name(id).eq_ignore_ascii_case("tojson") => {
            children.iter().any(is_secrets).then_some("`toJSON(secrets)` writes out all of them")
        }
        (ExprKind::Index, [of, index]) if is_secrets(of) && expression.kind(*index) != ExprKind::Text => {
            Some("an expression chooses the secret when the job runs")
        }
        (ExprKind::Wildcard, [of]) if is_secrets(of) => Some("`secrets.*` takes all of them"),
        _ => None,
    }
}

const DOCS: &str = r#"
A runner gets the secrets that the expressions of its job name. `toJSON(secrets)`, `secrets.*` and `secrets[…]` with an expression in
the brackets name all of them: the runner gets every secret of the repository and the organisation, and every step can find them in
its memory.

**Mend it:** name the secrets: `secrets.NAME`, or `secrets['NAME']`. Where a matrix chooses, give each of its jobs an environment that
holds the secret under one name.

**It does not see:** `secrets: inherit`, which is another rule's; what the runner does with them.

```yaml bad
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        target: [A, B]
    steps:
      - run: ./deploy
        env:
          ALL: ${{ toJSON(secrets) }} # <-
      - run: ./deploy
        env:
          KEY: ${{ secrets[format('KEY_{0}', matrix.target)] }} # <-
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets['KEY_A'] }}
          OTHER: ${{ secrets.KEY_B }}
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
        env:
          ONE: ${{ toJSON(secrets.ONE) }}
          EVENT: ${{ toJSON(github.event) }}
          PICKED: ${{ matrix[github.ref_name] }}
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: echo "toJSON(secrets) is no expression here, and ${{ 'toJSON(secrets)' }} is a text"
      - run: ./deploy ${{ github.event.secrets.* }}
```
"#;
