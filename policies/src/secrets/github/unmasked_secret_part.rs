use policy_core::document::Ref;
use policy_core::flow::{Source, Spot, origins_of};
use policy_core::model::github::Step;
use policy_core::model::github::expression::{Contribution, ExprId, ExprKind, Expression, Segment, contributions};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::unit::Site;

pub(crate) static RULE: Rule = Rule {
    id: "unmasked-secret-part",
    meta: Meta {
        title: "a part of a secret is not masked in logs",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-10"],
        aliases: &["zizmor/unredacted-secrets"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Expression(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, site: &'u Site<'u>, out: &mut Out<'u>) {
    let Ok(expression) = &site.expression else { return };
    for id in expression.ids() {
        let reads = expression.kind(id) == ExprKind::Call && expression.name(id).eq_ignore_ascii_case("fromjson");
        if reads && let Some((part, secret)) = secret_in(cx, site, expression, id) {
            if !cx.budget.spend(expression.ids().count()) {
                return;
            }
            out.found(finding(cx, site, expression, (id, part), &secret));
        }
    }
}

// The first secret among what a call reads.
fn secret_in<'u>(cx: &Cx<'u>, site: &'u Site<'u>, expression: &'u Expression<'u>, call: ExprId) -> Option<(ExprId, String)> {
    let mut left: Vec<ExprId> = expression.children(call).to_vec();
    while let Some(id) = left.pop() {
        let children = expression.children(id);
        match expression.kind(id) {
            ExprKind::And | ExprKind::Or => left.extend(children),
            ExprKind::Call if expression.name(id).eq_ignore_ascii_case("format") => left.extend(children),
            ExprKind::Property | ExprKind::Index => {
                if let Some(secret) = secret(cx, site, expression, id) {
                    return Some((id, secret));
                }
            }
            _ => {}
        }
    }
    None
}

fn secret<'u>(cx: &Cx<'u>, site: &'u Site<'u>, expression: &'u Expression<'u>, id: ExprId) -> Option<String> {
    let path = expression.path(id)?;
    match path.segments() {
        [Segment::Name(context), ..] if context.eq_ignore_ascii_case("secrets") => Some(path.to_string()),
        [Segment::Name(context), ..] if context.eq_ignore_ascii_case("env") => {
            let spot = spot(cx, site.scalar)?;
            let origins = origins_of(spot, expression, Contribution { id, serialised: false }, cx.budget);
            origins.into_iter().find(|origin| origin.source == Source::Secret).map(|origin| origin.path)
        }
        _ => None,
    }
}

fn holds(node: Ref<'_>, scalar: Ref<'_>) -> bool {
    node.id() <= scalar.id() && scalar.id() < node.end()
}

fn step_of<'u>(cx: &Cx<'u>, scalar: Ref<'u>) -> Option<&'u Step<'u>> {
    let steps = cx.unit.steps();
    cx.budget.spend(steps.len()).then(|| steps.iter().find(|step| holds(step.node(), scalar)))?
}

// None when the work is spent.
fn spot<'u>(cx: &Cx<'u>, scalar: Ref<'u>) -> Option<Spot<'u>> {
    if let Some(step) = step_of(cx, scalar) {
        return Some(Spot::of_step(cx.unit, step));
    }
    let jobs = cx.unit.jobs();
    let job = cx.budget.spend(jobs.len()).then(|| jobs.iter().find(|job| holds(job.node(), scalar)))?;
    Some(Spot { unit: cx.unit, job, step: None })
}

fn finding<'u>(
    cx: &Cx<'u>,
    site: &'u Site<'u>,
    expression: &Expression<'u>,
    (call, part): (ExprId, ExprId),
    secret: &str,
) -> RuleFinding<'u> {
    let masks = |step: &Step<'_>| step.run().and_then(Ref::text).is_some_and(|script| script.contains("::add-mask::"));
    let masked = step_of(cx, site.scalar).is_some_and(masks);
    // What only decides a condition becomes no text.
    let shown = contributions(expression).iter().any(|contribution| contribution.id == part);
    let severity = if shown && !masked { Severity::Medium } else { Severity::Low };
    let span = expression.span(call);
    let finding = RuleFinding::new(
        Place::text(site.scalar, site.start + span.start..site.start + span.end, "not masked"),
        format!("this reads `{secret}` as JSON, and only the secret as a whole is masked in logs, not its parts"),
        "store each part as a secret of its own, or mask it with `::add-mask::` before anything else",
        secret,
    );
    finding.rated(severity, Confidence::High).attribute("secret", secret)
}

const DOCS: &str = r#"
GitHub replaces the values of secrets in logs by `***`, as far as it knows them: the value as a whole. A part that `fromJSON` reads out
of it is another text, and stands in the log as it is, once a step prints it or fails with it.

**Mend it:** store each part as a secret of its own.

**How bad:** medium; low where the part only decides a condition, and where the step itself masks with `::add-mask::`.

**It does not see:** parts that a script takes out, by `jq` or `cut`; masking by another step.

```yaml bad
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      CONFIG: ${{ secrets.CONFIG }}
    steps:
      - run: ./deploy
        env:
          PASSWORD: ${{ fromJSON(secrets.DATABASE).password }} # <-
          USER: ${{ fromJSON(env.CONFIG).user }} # <-
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
        env:
          PASSWORD: ${{ secrets.DATABASE_PASSWORD }}
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      CONFIG: '{"user": "ci"}'
    steps:
      - run: ./deploy
        env:
          USER: ${{ fromJSON(env.CONFIG).user }}
          NAME: ${{ fromJSON(vars.CONFIG).name }}
          TAG: ${{ fromJSON(steps.meta.outputs.json).tags[0] }}
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
        env:
          WHOLE: ${{ toJSON(secrets.DATABASE) }}
          LIST: ${{ fromJSON('["a"]')[0] }}
          OTHER: ${{ fromJSON(github.event.secrets.list)[0] }}
```
"#;
