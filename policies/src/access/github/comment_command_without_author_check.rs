use policy_core::document::Ref;
use policy_core::model::github::expression::{Condition, condition};
use policy_core::model::github::{Event, Events, Job, Step};
use policy_core::reach::{Attack, PRIVILEGED, Reach, Starter};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::outsider::{Outsider, asks_permission, job_keeps_out, step_keeps_out};

pub(crate) static RULE: Rule = Rule {
    id: "comment-command-without-author-check",
    meta: Meta {
        title: "a command in a comment is obeyed whoever writes it",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1"],
        aliases: &["kics/unsafe-command", "runner-guard/RGS-004"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

use Event::{CommitComment, DiscussionComment, IssueComment, PullRequestReview, PullRequestReviewComment};

const COMMENTS: Events = Events::of(&[CommitComment, DiscussionComment, IssueComment, PullRequestReview, PullRequestReviewComment]);

const BODIES: &[&str] = &["github.event.comment.body", "github.event.review.body"];

const AUTHORS: &[&str] = &[
    "github.actor",
    "github.triggering_actor",
    "github.event.sender.login",
    "github.event.comment.user.login",
    "github.event.review.user.login",
];

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let events = cx.unit.events().and(COMMENTS);
    if events.is_empty() {
        return;
    }
    let Some(event) = open_to(events, |event| job_keeps_out(cx, job, event, Outsider::Starter)) else { return };
    let steps = cx.unit.steps_of(job);
    let asked = job.condition().and_then(place_of_body).or_else(|| {
        let open = |step: &&Step<'u>| open_to(events, |event| step_keeps_out(cx, step, event, Outsider::Starter)).is_some();
        steps.iter().filter(|step| step.condition().is_some()).filter(open).find_map(|step| place_of_body(step.condition()?))
    });
    let Some(place) = asked else { return };
    if checks_author(cx, job) || cx.unit.jobs().iter().any(|other| job.needs().names(other.id()) && checks_author(cx, other)) {
        return;
    }
    let reach = cx.reach(Some(job));
    let starter = if PRIVILEGED.has(event) { Starter::Anyone(event) } else { Starter::Fork(event) };
    let weighed = Reach { starter, ..reach }.weigh(Severity::Medium, Severity::Low..=Severity::High, Attack::ByStarter);
    let may_ask = names(cx, job, AUTHORS) || reach.power.is_some_and(|power| power.environment.is_some());
    let finding = RuleFinding::new(
        place,
        format!("the job `{}` obeys a command in the text of a comment, whoever wrote it", job.id()),
        "ask who wrote it: `contains(fromJSON('[\"OWNER\", \"MEMBER\", \"COLLABORATOR\"]'), github.event.comment.author_association)`",
        job.id(),
    );
    out.found(finding.weighed(weighed, if may_ask { Confidence::Low } else { Confidence::Medium }));
}

// The worst of the events that outsiders are not kept out for: one with secrets first.
fn open_to(events: Events, kept_out: impl Fn(Event) -> bool) -> Option<Event> {
    let with_secrets = events.and(PRIVILEGED).iter();
    with_secrets.chain(events.without(PRIVILEGED).iter()).find(|event| !kept_out(*event))
}

// Where a condition asks for the text of the comment.
fn place_of_body(scalar: Ref<'_>) -> Option<Place<'_>> {
    let text = scalar.text().filter(|text| text.contains("body") || text.contains("BODY"))?;
    let Condition::Expression { start, expression } = condition(text) else { return None };
    let is_body = |id: &_| expression.path(*id).is_some_and(|path| BODIES.iter().any(|body| path.matches(body)));
    let span = expression.span(expression.ids().find(is_body)?);
    Some(Place::text(scalar, start + span.start..start + span.end, "written by anyone"))
}

// A step may ask, by an action made for it or a script, and so may a value that a step is given.
fn checks_author<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    cx.budget.spend(cx.unit.steps_of(job).len() + 1)
        && (cx.unit.steps_of(job).iter().any(asks_permission)
            || names(cx, job, &["github.event.comment.author_association", "github.event.review.author_association"]))
}

// Whether an expression of the job names one of these.
fn names<'u>(cx: &Cx<'u>, job: &Job<'u>, patterns: &[&str]) -> bool {
    let sites = cx.unit.sites_between(job.node().id(), job.node().end());
    sites.iter().filter_map(|site| site.expression.as_ref().ok()).any(|expression| {
        let mut paths = expression.ids().filter_map(|id| expression.path(id));
        paths.any(|path| patterns.iter().any(|pattern| path.matches(pattern)))
    })
}

const DOCS: &str = r#"
Anyone with an account may comment on an issue or a pull request of a public repository. A job that a comment such as `/deploy` starts
runs with the repository's token and secrets, for whoever writes it, unless it asks who that is.

**Mend it:** ask for the author's role in the condition (`github.event.comment.author_association`), or for their permission, by
the API or an action, in a step that fails before anything else is done.

**How bad:** high where the job has secrets or a token that writes; medium where the repository's settings decide; low where it can
at most read, and for reviews, which run without secrets for forks. Confidence is medium, since some commands are meant for everyone;
low where the job has an environment, which may ask for an approval, or hands the login of the author to a step that may compare it.

**It does not see:** commands that a script or an action finds in the comment; checks within actions and called workflows. A step
that asks for the permission is believed, whatever it does with the answer.

```yaml bad
on: issue_comment
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: startsWith(github.event.comment.body, '/deploy') # <-
    steps:
      - run: make deploy
        env:
          TOKEN: ${{ secrets.DEPLOY_TOKEN }}
```

```yaml bad
on: [discussion_comment, pull_request_review]
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: make deploy
        if: contains(github.event.comment.body, '/deploy') || github.event.review.body == '/deploy' # <-
```

```yaml good
on: issue_comment
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: >-
      startsWith(github.event.comment.body, '/deploy') &&
      contains(fromJSON('["OWNER", "MEMBER"]'), github.event.comment.author_association)
    steps:
      - run: make deploy
```

```yaml good
on: issue_comment
jobs:
  check:
    runs-on: ubuntu-latest
    outputs:
      may: ${{ steps.check.outputs.may }}
    steps:
      - id: check
        run: gh api "repos/$GITHUB_REPOSITORY/collaborators/$GITHUB_ACTOR/permission" --jq '"may=" + .permission' >> "$GITHUB_OUTPUT"
  deploy:
    needs: check
    runs-on: ubuntu-latest
    if: needs.check.outputs.may == 'write' && startsWith(github.event.comment.body, '/deploy')
    steps:
      - run: make deploy
```

```yaml good
on: issue_comment
jobs:
  thank:
    runs-on: ubuntu-latest
    if: github.event.comment.id
    steps:
      - run: gh issue comment "$NUMBER" --body "Thank you"
```
"#;
