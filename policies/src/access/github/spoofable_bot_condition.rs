use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::expression::{
    Condition, ExprId, ExprKind, Expression, Operator, Path, Value, condition, truthiness,
};
use policy_core::model::github::{Event, Events, Job, Step};
use policy_core::reach::{Attack, Reach, Starter};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};
use policy_core::text::contains;

use crate::outsider::{Outsider, job_keeps_out, never_holds};

pub(crate) static RULE: Rule = Rule {
    id: "spoofable-bot-condition",
    meta: Meta {
        title: "a condition trusts who acted last, not whose code it is",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["zizmor/bot-conditions", "poutine/confused_deputy_auto_merge", "octoscan/bot-check"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

/// Events of pull requests that run with the repository's token and secrets.
const PRIVILEGED: Events = Events::of(&[Event::PullRequestTarget, Event::WorkflowRun]);

/// Events whose actor is not who wrote the code; a called workflow has those of its callers.
const CONFUSED: Events = Events::of(&[Event::PullRequest, Event::PullRequestTarget, Event::WorkflowCall, Event::WorkflowRun]);

const OF_PULL_REQUESTS: Events = Events::of(&[Event::PullRequest, Event::PullRequestTarget]);

const NAMES: &[&str] =
    &["github.actor", "github.triggering_actor", "github.event.sender.login", "github.event.pull_request.sender.login"];

const IDS: &[&str] = &["github.actor_id", "github.event.sender.id", "github.event.pull_request.sender.id"];

/// Ids of Dependabot, its application and its preview, and of Renovate.
const BOT_IDS: &[&str] = &["29110", "49699333", "27856297", "29139614"];

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    job.condition().into_iter().for_each(|scalar| check(cx, job, scalar, out));
}

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let (Some(scalar), Some(job)) = (step.condition(), cx.unit.job_of(step)) {
        check(cx, job, scalar, out);
    }
}

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, scalar: Ref<'u>, out: &mut Out<'u>) {
    let is_near = |text: &&str| contains(text, "[bot]") || BOT_IDS.iter().any(|id| contains(text, id));
    let Some(text) = scalar.text().filter(is_near) else { return };
    let events = cx.unit.events().and(CONFUSED);
    if events.is_empty() {
        return;
    }
    let Condition::Expression { start, expression } = condition(text) else { return };
    let Some(test) = expression.ids().find_map(|id| bot_test(&expression, id)) else { return };
    let Some(confidence) = confidence(&expression, &test) else { return };
    let open = |event: &Event| {
        let event = if *event == Event::WorkflowCall { Event::PullRequestTarget } else { *event };
        // The author of the pull request is asked for as well.
        !never_holds(&expression, event, Outsider::Author) && !job_keeps_out(cx, job, event, Outsider::Author)
    };
    let privileged = events.and(PRIVILEGED).iter().find(open);
    let Some(event) = privileged.or_else(|| events.without(PRIVILEGED).iter().filter(open).last()) else { return };
    let span = expression.span(test.path);
    let range = start + span.start..start + span.end;
    let written = text.get(range.clone()).unwrap_or("");
    let finding = RuleFinding::new(
        Place::text(scalar, range.clone(), "who acted last"),
        format!("`{written}` is who acted last on the pull request, and a bot can be made to act on one of an outsider"),
        "ask for the author: `github.event.pull_request.user.login`",
        written,
    );
    let (starter, bounds, most) = match event {
        Event::PullRequest => (Starter::Fork(event), Severity::Low..=Severity::Low, Confidence::High),
        Event::WorkflowCall => (Starter::Caller, Severity::Medium..=Severity::High, Confidence::Medium),
        _ => (Starter::Anyone(event), Severity::Medium..=Severity::High, Confidence::High),
    };
    let weighed = Reach { starter, ..cx.reach(Some(job)) }.weigh(Severity::High, bounds, Attack::ByStarter);
    let confidence = confidence.min(most);
    let by_pull_request = cx.unit.events().without(OF_PULL_REQUESTS) == Events::default();
    out.found(finding.weighed(weighed, confidence).fixed(by_pull_request.then(|| ProposedFix {
        title: "ask for the author of the pull request".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Splice {
            scalar: scalar.id(),
            decoded: range,
            text: format!("github.event.pull_request.user.{}", if test.by_id { "id" } else { "login" }),
        }],
    })));
}

/// A test whether the actor is a bot.
struct BotTest {
    path: ExprId,
    by_id: bool,
    bot: String,
}

// `github.actor == 'dependabot[bot]'`, either way round, and `endsWith(github.actor, '[bot]')` and its kin.
fn bot_test(expression: &Expression<'_>, id: ExprId) -> Option<BotTest> {
    let is_call = || ["contains", "startsWith", "endsWith"].iter().any(|name| expression.name(id).eq_ignore_ascii_case(name));
    match expression.kind(id) {
        ExprKind::Comparison if expression.operator(id) == Some(Operator::Equal) => {}
        ExprKind::Call if is_call() => {}
        _ => return None,
    }
    let [left, right] = expression.children(id) else { return None };
    [(*left, *right), (*right, *left)].into_iter().find_map(|(path, other)| {
        let by_id = match expression.path(path)? {
            named if is_any(&named, NAMES) => false,
            named if is_any(&named, IDS) => true,
            _ => return None,
        };
        let bot = if by_id { bot_id(expression, other) } else { bot_name(expression, other) }?;
        Some(BotTest { path, by_id, bot })
    })
}

fn is_any(path: &Path<'_>, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| path.matches(pattern))
}

fn bot_id(expression: &Expression<'_>, id: ExprId) -> Option<String> {
    let written = expression.name(id).trim_matches('\'');
    BOT_IDS.iter().find(|known| **known == written).map(|known| (*known).to_owned())
}

// The name of a bot in a text, or in a text that is read as JSON.
fn bot_name(expression: &Expression<'_>, id: ExprId) -> Option<String> {
    let text = match (expression.kind(id), expression.children(id)) {
        (ExprKind::Call, [json]) => expression.text_literal(*json)?,
        _ => expression.text_literal(id)?,
    };
    let (before, _) = text.split_once("[bot]")?;
    let name = before.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next().unwrap_or("");
    Some(if name.is_empty() { "dependabot[bot]".to_owned() } else { format!("{name}[bot]") })
}

// High if the bot is all that it takes, none if the bot is what is kept out.
fn confidence(expression: &Expression<'_>, test: &BotTest) -> Option<Confidence> {
    let patterns = if test.by_id { IDS } else { NAMES };
    let lookup = |path: &Path<'_>| is_any(path, patterns).then(|| Value::Text(test.bot.clone()));
    match truthiness(expression, expression.root(), &lookup) {
        Some(true) => Some(Confidence::High),
        Some(false) => None,
        None => Some(Confidence::Medium),
    }
}

const DOCS: &str = r#"
`github.actor` is whoever caused the last event of a pull request, not who wrote it. An outsider can make Dependabot act on a pull
request of theirs, by a comment such as `@dependabot recreate` on a branch that holds their commits. The run then has the bot for its actor and
the outsider's code, and a workflow that approves or merges what bots bring approves that.

**Mend it:** ask who opened the pull request: `github.event.pull_request.user.login == 'dependabot[bot]'`.

**How bad:** high; confidence is high where being the bot is enough, medium where the condition asks for something else too.
Low for `pull_request`, which runs without secrets for forks. In called workflows the callers decide: confidence is medium at most.
Conditions that also ask for the author, or that keep bots out, are not reported. Neither are other events, whose actor is who did it.

**It does not see:** checks of the actor within scripts, and bots by other names than `…[bot]`.

```yaml bad
on: pull_request_target
jobs:
  merge:
    runs-on: ubuntu-latest
    if: github.actor == 'dependabot[bot]' # <-
    steps:
      - run: gh pr merge --auto "$URL"
        if: ${{ github.event.action == 'opened' && 49699333 == github.actor_id }} # <-
```

```yaml fixed
on: pull_request_target
jobs:
  merge:
    runs-on: ubuntu-latest
    if: github.event.pull_request.user.login == 'dependabot[bot]'
    steps:
      - run: gh pr merge --auto "$URL"
        if: ${{ github.event.action == 'opened' && 49699333 == github.event.pull_request.user.id }}
```

```yaml bad
on: [workflow_run]
jobs:
  merge:
    runs-on: ubuntu-latest
    steps:
      - run: gh pr merge --auto "$URL"
        if: contains(fromJSON('["renovate[bot]"]'), github.triggering_actor) || endsWith(github.actor, '[bot]') # <-
```

```yaml good
on: pull_request_target
jobs:
  merge:
    runs-on: ubuntu-latest
    if: github.event.pull_request.user.login == 'dependabot[bot]' && github.actor == 'dependabot[bot]'
    steps:
      - run: gh pr merge --auto "$URL"
```

```yaml good
on: pull_request_target
jobs:
  welcome:
    runs-on: ubuntu-latest
    if: github.actor != 'dependabot[bot]' && !(github.triggering_actor == 'renovate[bot]')
    steps:
      - run: gh pr comment "$URL" --body "Thank you"
```

```yaml good
on: [push, issue_comment]
jobs:
  test:
    runs-on: ubuntu-latest
    if: github.actor == 'dependabot[bot]'
    steps:
      - run: make test
```
"#;
