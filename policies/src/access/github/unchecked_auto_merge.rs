use policy_core::document::Ref;
use policy_core::model::github::expression::{Condition, Expression, condition};
use policy_core::model::github::{Event, Events, Job, Step};
use policy_core::reach::{Attack, Token};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::text::contains;

use crate::outsider::reach;
use crate::tool::tool;

pub(crate) static RULE: Rule = Rule {
    id: "unchecked-auto-merge",
    meta: Meta {
        title: "pull requests are merged or approved without a look at who opened them",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1"],
        aliases: &["poutine/confused_deputy_auto_merge"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

const ABOUT_PULL_REQUESTS: Events = Events::of(&[Event::PullRequest, Event::PullRequestTarget, Event::WorkflowRun]);

/// Actions that approve or merge the pull request that starts them, whoever opened it.
const ACTIONS: &[(&str, &str)] = &[
    ("alexwilson/enable-github-automerge-action", "merges"),
    ("hmarr/auto-approve-action", "approves"),
    ("juliangruber/approve-pull-request-action", "approves"),
    ("juliangruber/merge-pull-request-action", "merges"),
    ("peter-evans/enable-pull-request-automerge", "merges"),
];

/// Actions that look at who opened the pull request and fail if it is none of theirs, or that make the pull request.
const CHECKS: &[&str] = &["dependabot/fetch-metadata", "peter-evans/create-pull-request", "fastify/github-action-merge-dependabot"];

/// Calls of the API in scripts of `actions/github-script`.
const CALLS: &[(&str, &str)] = &[("pulls.merge(", "merges"), ("enablePullRequestAutoMerge", "merges"), ("APPROVE", "approves")];

/// Contexts that say who opened a pull request, or whose mark it bears. Labels are for who may triage.
const WHO: &[&str] = &[
    "github.actor",
    "github.actor_id",
    "github.triggering_actor",
    "github.event.sender.*",
    "github.event.label.name",
    "github.event.pull_request.author_association",
    "github.event.pull_request.user.*",
    "github.event.pull_request.labels.*.name",
    "github.event.pull_request.head.repo.*",
    "github.event.pull_request.head.repo.owner.login",
    "github.event.workflow_run.actor.*",
    "github.event.workflow_run.triggering_actor.*",
    "github.event.workflow_run.head_repository.*",
];

/// Those that conditions ask for, and that otherwise only say which pull request is meant.
const WHICH: &[&str] = &["github.event.pull_request.head.ref", "github.event.workflow_run.head_branch", "github.head_ref"];

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let events = cx.unit.events().and(ABOUT_PULL_REQUESTS);
    if events.is_empty() || !can_write(cx, job) {
        return;
    }
    let found: Vec<_> = cx.unit.steps_of(job).iter().filter_map(|step| Some((step, merges(cx, step)?))).collect();
    let Some((_, first)) = found.first() else { return };
    if only_by_label(cx) || is_checked(cx, job) {
        return;
    }
    let (place, does) = found.iter().map(|(_, one)| one).find(|(_, does)| *does == "approves").unwrap_or(first).clone();
    let finding = RuleFinding::new(
        place,
        format!("the job `{}` {does} pull requests, and nothing looks at who opened them", job.id()),
        "add a condition on who opened it, such as `github.event.pull_request.user.login == 'dependabot[bot]'`, and leave others to \
         reviewers",
        job.id(),
    );
    let weighed = reach(cx, Some(job)).weigh(Severity::Medium, Severity::Low..=Severity::High, Attack::ByStarter);
    out.found(finding.weighed(weighed, Confidence::Medium).attribute("job", job.id()));
}

// The job's own token may, or another one that it has.
fn can_write<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    cx.reach(Some(job)).power.is_some_and(|power| power.token != Token::Reads || power.secret.is_some())
}

fn merges<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> Option<(Place<'u>, &'static str)> {
    if let Some((uses, remote)) = step.remote() {
        if remote.is("actions/github-script") {
            let script = step.input("script")?;
            let text = script.text()?;
            let (call, does) = CALLS.iter().find(|(call, _)| contains(text, call))?;
            let start = text.find(call)?;
            return Some((Place::text(script, start..start + call.len(), does.to_owned()), does));
        }
        let (_, does) = ACTIONS.iter().find(|(action, _)| remote.is(action))?;
        return Some((Place::node(uses, does.to_owned()), does));
    }
    let run = step.run()?;
    if !contains(run.text()?, "gh pr ") {
        return None;
    }
    let script = cx.unit.script(step)?;
    script.commands().find_map(|command| {
        let tool = tool(command).filter(|tool| tool.is_any(&["gh"]))?;
        let does = if tool.does(&["pr", "merge"]) && !tool.has_option(&["--disable-auto"]) {
            "merges"
        } else if tool.does(&["pr", "review"]) && tool.has_option(&["--approve", "-a"]) {
            "approves"
        } else {
            return None;
        };
        let span = command.span();
        Some((Place::text(run, span.start as usize..span.end as usize, does.to_owned()), does))
    })
}

// Only who may triage sets labels.
fn only_by_label(cx: &Cx<'_>) -> bool {
    let mut triggers = cx.unit.workflow().into_iter().flat_map(|workflow| workflow.triggers());
    triggers.all(|trigger| {
        !ABOUT_PULL_REQUESTS.has(trigger.event) || {
            let mut types = trigger.types().texts().peekable();
            types.peek().is_some() && types.all(|activity| activity == "labeled")
        }
    })
}

// Whether anything in the job, or in the conditions of the jobs that it needs, looks at who it was.
fn is_checked<'u>(cx: &Cx<'u>, job: &'u Job<'u>) -> bool {
    let steps = cx.unit.steps_of(job);
    let within = cx.unit.sites_between(job.node().id(), job.node().end());
    let conditions = steps.iter().map(Step::condition).chain(std::iter::once(job.condition()));
    within.iter().filter_map(|site| site.expression.as_ref().ok()).any(|expression| names(expression, WHO))
        || conditions.flatten().any(condition_names_who)
        || steps.iter().any(looks)
        || needed(cx, job).any(|needed| needed.condition().is_some_and(condition_names_who))
}

fn needed<'u>(cx: &Cx<'u>, job: &'u Job<'u>) -> impl Iterator<Item = &'u Job<'u>> {
    let (unit, budget) = (cx.unit, cx.budget);
    let jobs = move |id: &'u str| unit.jobs().iter().filter(move |_| budget.spend(1)).find(move |other| other.id() == id);
    job.needs().texts().filter_map(jobs)
}

fn condition_names_who(node: Ref<'_>) -> bool {
    match node.text().map(condition) {
        Some(Condition::Expression { expression, .. }) => names(&expression, WHO) || names(&expression, WHICH),
        // Expressions within a text are sites of the job.
        _ => false,
    }
}

fn names(expression: &Expression<'_>, patterns: &[&str]) -> bool {
    let mut paths = expression.ids().filter_map(|id| expression.path(id));
    paths.any(|path| patterns.iter().any(|pattern| path.matches(pattern)))
}

// A step that checks, makes the pull request itself, or asks for the author in its script.
fn looks(step: &Step<'_>) -> bool {
    if let Some((_, remote)) = step.remote() {
        return CHECKS.iter().any(|action| remote.is(action))
            || step.input("script").and_then(Ref::text).is_some_and(|script| script.contains("user.login"));
    }
    let script = step.run().and_then(Ref::text).unwrap_or("");
    ["gh pr create", "author", "GITHUB_ACTOR", "user.login"].iter().any(|said| script.contains(said))
}

const DOCS: &str = r#"
A pull request starts a job that approves it, merges it or lets GitHub merge it, and nothing in the job looks at who opened it. What
was meant for the updates of a bot then holds for everyone's pull request: the approval of the job counts as a review, and the code
goes in unseen.

**Mend it:** add a condition on who opened the pull request, `github.event.pull_request.user.login == 'dependabot[bot]'`, or begin
with `dependabot/fetch-metadata`.

**How bad:** medium; high where anyone can start it with a token that can write, as by `pull_request_target`; low where only members
can, since the token of a fork's run cannot write.

**It does not see:** what branch protection asks for before it lets GitHub merge, whether the condition is a good one, and checks
within actions. A job that opens the pull request itself is not reported, nor one that only a label starts.

```yaml bad
on: pull_request_target
permissions:
  contents: write
  pull-requests: write
jobs:
  merge:
    runs-on: ubuntu-latest
    steps:
      - run: gh pr merge --auto --squash "$URL" # <-
        env:
          URL: ${{ github.event.pull_request.html_url }}
          GH_TOKEN: ${{ github.token }}
```

```yaml bad
on: pull_request_target
jobs:
  approve:
    permissions:
      pull-requests: write
    runs-on: ubuntu-latest
    steps:
      - uses: hmarr/auto-approve-action@8f929096a962e83ccdfa8afcf855f39f12d4dac7 # <-
```

```yaml good
on: pull_request_target
permissions:
  contents: write
  pull-requests: write
jobs:
  merge:
    if: github.event.pull_request.user.login == 'dependabot[bot]'
    runs-on: ubuntu-latest
    steps:
      - run: gh pr merge --auto --squash "$URL"
        env:
          URL: ${{ github.event.pull_request.html_url }}
          GH_TOKEN: ${{ github.token }}
```

```yaml good
on: pull_request
permissions:
  contents: write
  pull-requests: write
jobs:
  merge:
    runs-on: ubuntu-latest
    steps:
      - uses: dependabot/fetch-metadata@08eff52bf64351f401fb50d4972fa95b9f2c2d1b
      - run: gh pr merge --auto --squash "$URL"
        env:
          URL: ${{ github.event.pull_request.html_url }}
          GH_TOKEN: ${{ github.token }}
```

```yaml good
on: schedule
permissions:
  contents: write
  pull-requests: write
jobs:
  update:
    runs-on: ubuntu-latest
    steps:
      - run: |
          gh pr create --fill
          gh pr merge --auto --squash
        env:
          GH_TOKEN: ${{ github.token }}
```

```yaml good
on: pull_request_target
permissions:
  pull-requests: read
jobs:
  view:
    runs-on: ubuntu-latest
    steps:
      - run: gh pr review --approve "$URL"
        env:
          URL: ${{ github.event.pull_request.html_url }}
          GH_TOKEN: ${{ github.token }}
```
"#;
