use policy_core::document::Ref;
use policy_core::document::edit::{Edit, Value};
use policy_core::model::github::expression::{Condition, Expression, Fence, condition, truthiness};
use policy_core::model::github::{Job, Step};
use policy_core::reach::{Attack, Reach};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::outsider::{reach, reach_of};

pub(crate) static RULE: Rule = Rule {
    id: "unsound-condition",
    meta: Meta {
        title: "a condition always holds, whatever it says",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Safe),
        maps: &["CICD-SEC-1"],
        aliases: &["zizmor/unsound-condition", "actionlint/if-cond", "poutine/if_always_true"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    job.condition().into_iter().for_each(|scalar| check(scalar, job.id(), || reach(cx, Some(job)), out));
}

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    step.condition().into_iter().for_each(|scalar| check(scalar, step.id().unwrap_or("step"), || reach_of(cx, step), out));
}

fn check<'u>(scalar: Ref<'u>, object: &str, reach: impl Fn() -> Reach<'u>, out: &mut Out<'u>) {
    let Some(text) = scalar.text().filter(|text| text.contains("${{")) else { return };
    let Condition::Template { fences, always_true: true } = condition(text) else { return };
    let expressions = || fences.iter().filter_map(|fence| Expression::parse(text.get(fence.inner.clone())?).ok());
    let blank = around(text, &fences).all(|between| between.trim().is_empty());
    let single = fences.len() == 1;
    // `always()` and a line break: it is meant to hold always.
    if single && blank && expressions().all(|inner| truthiness(&inner, inner.root(), &|_| None) == Some(true)) {
        return;
    }
    let (message, label) = match (single, blank) {
        (true, true) => ("the line break behind `}}` makes this condition a text, which always holds", "a line break follows"),
        _ => ("what stands around `${{ }}` makes this condition a text, which always holds", "joined to the text around it"),
    };
    let range = fences.first().map_or(0..text.len(), |fence| fence.outer.clone());
    let finding = RuleFinding::new(
        Place::text(scalar, range, label),
        message,
        "write the whole condition as one expression on one line, without `${{ }}`",
        object,
    );
    // What runs for nothing costs time; what runs with secrets or a token does what it should not.
    let reach = reach();
    let is_bare = reach.power.is_some_and(|power| power.named().is_none());
    let lower = text.to_ascii_lowercase();
    let severity = match (is_bare, GUARDING.iter().any(|context| lower.contains(context))) {
        (true, _) => Severity::Low,
        (_, true) => Severity::High,
        (_, false) => Severity::Medium,
    };
    let weighed = reach.weigh(severity, severity..=severity, Attack::ByThirdParty);
    out.found(finding.weighed(weighed, Confidence::High).fixed(fix(scalar, text, &fences, single && blank)));
}

/// What conditions ask for that say who may do something, or for which code.
const GUARDING: &[&str] = &[
    "github.actor",
    "github.base_ref",
    "github.event",
    "github.head_ref",
    "github.ref",
    "github.repository",
    "github.triggering_actor",
    "inputs.",
];

// The texts before, between and behind the expressions.
fn around<'t>(text: &'t str, fences: &'t [Fence]) -> impl Iterator<Item = &'t str> {
    let starts = std::iter::once(0).chain(fences.iter().map(|fence| fence.outer.end));
    let ends = fences.iter().map(|fence| fence.outer.start).chain(std::iter::once(text.len()));
    starts.zip(ends).filter_map(|(start, end)| text.get(start..end))
}

// What is meant is what comes out when the marks are read as brackets, if that is an expression.
fn fix(scalar: Ref<'_>, text: &str, fences: &[Fence], blank: bool) -> Option<ProposedFix> {
    let mut meant = String::with_capacity(text.len());
    let mut inner = fences.iter().map(|fence| text.get(fence.inner.clone()).unwrap_or(""));
    for between in around(text, fences) {
        meant.push_str(between);
        if let Some(inner) = inner.next() {
            meant.extend(["(", inner, ")"]);
        }
    }
    let expression = Expression::parse(&meant).ok()?;
    Some(ProposedFix {
        title: "write it as one expression".to_owned(),
        safety: if blank { Safety::Safe } else { Safety::Unsafe },
        edits: vec![Edit::Set { node: scalar.id(), value: Value::Text(expression.to_text()) }],
    })
}

const DOCS: &str = r#"
GitHub takes an `if` for an expression when it has no `${{ }}` at all, or when one `${{ }}` is all that it has. With anything else
around it, be it the line break at the end of a block scalar, the whole becomes a text, and a text that is not empty always holds:
`false` and a line break too. A check of who may run this, or of what may be deployed, is then no check.

**Mend it:** leave out `${{ }}`, or write `|-` or `>-` for the block scalar.

**How bad:** high where the condition asks for the event, the actor, a branch, the repository or an input, which is how it says who may
do something and for which code; medium where it asks for something else. Low where the job has no secrets, and a token that can at
most read.

**It does not see:** conditions that always hold for what they say, such as `true || github.ref == 'refs/heads/main'`.
What is meant to hold always, `${{ always() }}` and a line break, is not reported.

```yaml bad
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: |
      ${{ github.ref == 'refs/heads/main' # <-
          && github.actor == 'release-team' }}
    steps:
      - run: make deploy
      - run: make publish
        if: ${{ github.event_name }} == 'release' # <-
```

```yaml fixed
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: github.ref == 'refs/heads/main' && github.actor == 'release-team'
    steps:
      - run: make deploy
      - run: make publish
        if: github.event_name == 'release'
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: |-
      ${{ github.ref == 'refs/heads/main' }}
    steps:
      - run: make deploy
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: |
      github.ref == 'refs/heads/main' &&
      github.actor == 'release-team'
    steps:
      - run: make deploy
```

```yaml good
on: push
jobs:
  report:
    runs-on: ubuntu-latest
    if: >
      ${{ always() }}
    steps:
      - run: make report
```
"#;
