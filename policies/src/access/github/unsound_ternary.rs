use policy_core::document::Ref;
use policy_core::model::github::expression::{Condition, ExprId, ExprKind, Expression, condition, truthiness};
use policy_core::model::github::{Job, Step};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::unit::Site;

pub(crate) static RULE: Rule = Rule {
    id: "unsound-ternary",
    meta: Meta {
        title: "a choice by `&&` and `||` can never give its first value",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-7"],
        aliases: &["zizmor/unsound-ternary"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Expression(check_site), Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

fn check_site<'u>(_: &Cx<'u>, site: &'u Site<'u>, out: &mut Out<'u>) {
    if let Ok(expression) = &site.expression {
        check(site.scalar, site.start, expression, out);
    }
}

fn check_job<'u>(_: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    job.condition().into_iter().for_each(|scalar| check_condition(scalar, out));
}

fn check_step<'u>(_: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    step.condition().into_iter().for_each(|scalar| check_condition(scalar, out));
}

// Those with `${{ }}` are among the expressions of the file.
fn check_condition<'u>(scalar: Ref<'u>, out: &mut Out<'u>) {
    let Some(text) = scalar.text().filter(|text| text.contains("||") && text.contains("&&") && !text.contains("${{")) else {
        return;
    };
    if let Condition::Expression { start, expression } = condition(text) {
        check(scalar, start, &expression, out);
    }
}

fn check<'u>(scalar: Ref<'u>, start: usize, expression: &Expression<'_>, out: &mut Out<'u>) {
    for or in expression.ids().filter(|id| expression.kind(*id) == ExprKind::Or) {
        let choices = expression.children(or).split_last().map_or(&[][..], |(_, choices)| choices);
        for value in choices.iter().filter_map(|choice| lost_value(expression, *choice)) {
            let span = expression.span(value);
            let finding = RuleFinding::new(
                Place::text(scalar, start + span.start..start + span.end, "never the result"),
                "the value behind `&&` counts as false, so that `||` always gives the one behind it",
                "turn the condition around, so that the value behind `&&` counts as true, or use `case`",
                "ternary",
            );
            out.found(finding.rated(Severity::Low, Confidence::High));
        }
    }
}

// The last operand of `condition && value`, if it is a constant that counts as false and the condition is none.
fn lost_value(expression: &Expression<'_>, choice: ExprId) -> Option<ExprId> {
    if expression.kind(choice) != ExprKind::And {
        return None;
    }
    let (value, conditions) = expression.children(choice).split_last()?;
    let truth = |id: ExprId| truthiness(expression, id, &|_| None);
    let decided = conditions.iter().all(|condition| truth(*condition).is_some());
    (!decided && truth(*value) == Some(false)).then_some(*value)
}

const DOCS: &str = r#"
Expressions have no `?:`, and `condition && one || other` is often written in its place. It gives `one` only if `one` counts as true.
The empty text, `0`, `false` and `null` count as false: then the result is `other`, whatever the condition says.

**Mend it:** turn the condition around (`!condition && other || ''`), or write `case(condition, one, other)`.

**It does not see:** values that are only empty when the pipeline runs: a variable, an input, an output.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make $FLAGS
        env:
          FLAGS: ${{ github.ref == 'refs/heads/main' && '' || '--debug' }} # <-
      - run: make
        if: github.ref == 'refs/heads/main' && false || github.event_name == 'push' # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make $FLAGS
        env:
          FLAGS: ${{ github.ref != 'refs/heads/main' && '--debug' || '' }}
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make $FLAGS
        env:
          FLAGS: ${{ github.ref == 'refs/heads/main' && vars.FLAGS || '--debug' }}
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make $FLAGS
        env:
          FLAGS: ${{ inputs.quick || github.ref == 'refs/heads/main' && '' }}
```
"#;
