use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::expression::{Condition, ExprId, ExprKind, Expression, Path, condition};
use policy_core::model::github::{Capability, Job, Step, capability};
use policy_core::reach::Starter;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "unsound-contains",
    meta: Meta {
        title: "a list of names is searched as a text",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Safe),
        maps: &["CICD-SEC-1"],
        aliases: &["zizmor/unsound-contains"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

/// Contexts whose value is chosen by who starts the run, an outsider or a member. Fields of the event are looked up by what they
/// can hold.
const CHOSEN: &[&str] = &[
    "github.actor",
    "github.base_ref",
    "github.head_ref",
    "github.ref",
    "github.ref_name",
    "github.sha",
    "github.triggering_actor",
];

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    job.condition().into_iter().for_each(|scalar| check(cx, scalar, cx.reach(Some(job)).starter, out));
}

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    step.condition().into_iter().for_each(|scalar| check(cx, scalar, cx.reach_of(step).starter, out));
}

fn check<'u>(_: &Cx<'u>, scalar: Ref<'u>, starter: Starter, out: &mut Out<'u>) {
    let Some(text) = scalar.text().filter(|text| text.contains('(') && text.contains('\'')) else { return };
    let Condition::Expression { start, expression } = condition(text) else { return };
    for id in expression.ids() {
        let Some((list, of, path)) = searched(&expression, id) else { continue };
        let (severity, confidence) = rating(&path, starter);
        let span = expression.span(id);
        let value = expression.span(of);
        let written = text.get(start + value.start..start + value.end).unwrap_or("");
        let finding = RuleFinding::new(
            Place::text(scalar, start + span.start..start + span.end, "holds for any part of the text"),
            format!("`contains` searches a text, so that any part of it, and nothing at all, passes as `{path}`"),
            "compare with whole names: `contains(fromJSON('[\"a\", \"b\"]'), …)`, or `==`",
            path.to_string(),
        );
        out.found(finding.rated(severity, confidence).fixed(items(&list).map(|items| ProposedFix {
            title: "search a list".to_owned(),
            safety: Safety::Safe,
            edits: vec![Edit::Splice {
                scalar: scalar.id(),
                decoded: start + span.start..start + span.end,
                text: format!("contains(fromJSON('[{}]'), {written})", items.join(", ")),
            }],
        })));
    }
}

// `contains('a b', path)`: the text, and the path.
fn searched<'t>(expression: &Expression<'t>, id: ExprId) -> Option<(String, ExprId, Path<'t>)> {
    if expression.kind(id) != ExprKind::Call || !expression.name(id).eq_ignore_ascii_case("contains") {
        return None;
    }
    let [text, of] = expression.children(id) else { return None };
    Some((expression.text_literal(*text)?.into_owned(), *of, expression.path(*of)?))
}

fn rating(path: &Path<'_>, starter: Starter) -> (Severity, Confidence) {
    let below = |context: &str| path.segments().len() > 1 && path.segments().first().is_some_and(|first| is_named(first, context));
    let of_event = path.segments().get(1).is_some_and(|second| is_named(second, "event")) && below("github");
    let of_repository = path.segments().get(2).is_some_and(|third| is_named(third, "repository"));
    let chosen = CHOSEN.iter().any(|context| path.matches(context))
        || (of_event && !of_repository && capability(path, false) != Capability::Fixed);
    match starter {
        // Who fills them is not told here.
        _ if below("env") || below("inputs") => (Severity::High, Confidence::Medium),
        Starter::Member if chosen => (Severity::High, Confidence::Medium),
        _ if chosen => (Severity::High, Confidence::High),
        _ => (Severity::Info, Confidence::High),
    }
}

fn is_named(segment: &policy_core::model::github::expression::Segment<'_>, name: &str) -> bool {
    matches!(segment, policy_core::model::github::expression::Segment::Name(own) if own.eq_ignore_ascii_case(name))
}

// The names in the text as JSON, if it is plain how they are kept apart and there is more than one.
fn items(list: &str) -> Option<Vec<String>> {
    let separator = [',', '|', ';'].into_iter().find(|separator| list.contains(*separator));
    let parts: Vec<&str> = match separator {
        Some(separator) => list.split(separator).map(str::trim).collect(),
        None => list.split_whitespace().collect(),
    };
    let clean = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'[' | b']'))
    };
    (parts.len() > 1 && parts.iter().all(clean)).then(|| parts.iter().map(|part| format!("\"{part}\"")).collect())
}

const DOCS: &str = r#"
`contains` searches a text for a part of it, and a list for an equal item. `contains('refs/heads/main refs/heads/next', github.ref)`
therefore also holds for `refs/heads/ma`, `heads/next` and the empty text: whoever chooses the value passes with any part of the list.

**Mend it:** search a list, `contains(fromJSON('["refs/heads/main", "refs/heads/next"]'), github.ref)`, or compare with `==`.

**How bad:** high where the value is chosen by who starts the run: a branch, a login, a text of the event, an input, a variable.
Confidence is high where outsiders can start the workflow. Elsewhere, as for `github.event_name`, it is only worth knowing.

**It does not see:** lists that come from a variable or an input; conditions within scripts.

```yaml bad
on: pull_request_target
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: contains('refs/heads/main, refs/heads/next', github.ref) # <-
    steps:
      - run: make deploy
        if: ${{ !contains('alice bob', github.actor) || github.event_name == 'push' }} # <-
```

```yaml fixed
on: pull_request_target
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: contains(fromJSON('["refs/heads/main", "refs/heads/next"]'), github.ref)
    steps:
      - run: make deploy
        if: ${{ !contains(fromJSON('["alice", "bob"]'), github.actor) || github.event_name == 'push' }}
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: contains(fromJSON('["refs/heads/main", "refs/heads/next"]'), github.ref)
    steps:
      - run: make deploy
```

```yaml good
on: issue_comment
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: contains(github.event.comment.body, '/deploy')
    steps:
      - run: make deploy
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: github.ref == 'refs/heads/main' || startsWith('refs/heads/main', github.ref) && contains('a b', 'a')
    steps:
      - run: make deploy
```
"#;
