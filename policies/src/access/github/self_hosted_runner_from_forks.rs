use policy_core::document::Ref;
use policy_core::model::github::expression::{ExprKind, Expression, Path, Segment, Value, evaluate};
use policy_core::model::github::{Event, Events, Job};
use policy_core::reach::Attack;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::outsider::{Outsider, job_keeps_out, known, reach};

pub(crate) static RULE: Rule = Rule {
    id: "self-hosted-runner-from-forks",
    meta: Meta {
        title: "pull requests of forks run on a self-hosted machine",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-7"],
        aliases: &["zizmor/self-hosted-runner", "poutine/pr_runs_on_self_hosted", "octoscan/runner-label"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

const FROM_FORKS: Events =
    Events::of(&[Event::PullRequest, Event::PullRequestReview, Event::PullRequestReviewComment, Event::PullRequestTarget]);

const SELF_HOSTED: &str = "self-hosted";

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let events = cx.unit.events().and(FROM_FORKS);
    let Some(runs_on) = job.runs_on().filter(|_| !events.is_empty()) else { return };
    let open = || events.iter().filter(|event| !job_keeps_out(cx, job, *event, Outsider::Starter));
    for label in runs_on.labels() {
        let sure = if label.text().is_some_and(is_self_hosted) {
            Some((label, Confidence::Medium))
        } else if cx.unit.sites_of(label).is_empty() {
            None
        } else {
            let of_fork = |event| !job_keeps_out(cx, job, event, Outsider::Starter);
            events.iter().find_map(|event| expanded(cx, job, label, event).filter(|_| of_fork(event)))
        };
        if let Some((from, confidence)) = sure
            && let Some(event) = open().next()
        {
            let mut found = finding(cx, job, Place::node(label, "a machine of your own"), event);
            if from != label {
                found = found.related(Place::node(from, "the matrix has it here"));
            }
            out.found(RuleFinding { confidence, ..found });
            return;
        }
    }
    let group = runs_on.node().get("group").filter(|_| !matches!(runs_on.group(), Read::Absent | Read::Wrong));
    // Larger machines of GitHub's stand in groups too, and are mostly named as its other ones.
    let hosted = group.is_some() && runs_on.labels().filter_map(Ref::text).any(is_like_hosted);
    if let Some(group) = group.filter(|_| !hosted)
        && let Some(event) = open().next()
    {
        let finding = RuleFinding::new(
            Place::node(group, "machines of your own, or larger ones of GitHub"),
            format!("`{}` of a fork runs this job in a group of runners, which may be self-hosted machines", event.name()),
            HELP,
            job.id(),
        );
        out.found(finding.rated(Severity::Low, Confidence::Low));
    }
}

fn is_like_hosted(label: &str) -> bool {
    ["ubuntu", "windows", "macos"]
        .iter()
        .any(|system| label.get(..system.len()).is_some_and(|start| start.eq_ignore_ascii_case(system)))
}

const HELP: &str = "run what forks bring on hosted machines, or on ones that are made for one job and thrown away";

fn finding<'u>(cx: &Cx<'u>, job: &Job<'u>, place: Place<'u>, event: Event) -> RuleFinding<'u> {
    let weighed = reach(cx, Some(job)).weigh(Severity::High, Severity::Medium..=Severity::High, Attack::ByStarter);
    let finding = RuleFinding::new(
        place,
        format!("`{}` of a fork runs this job on a self-hosted machine, which keeps what it leaves behind", event.name()),
        HELP,
        job.id(),
    );
    finding.weighed(weighed, Confidence::Medium)
}

fn is_self_hosted(label: &str) -> bool {
    label.eq_ignore_ascii_case(SELF_HOSTED)
}

// Where an expression gives the label, if it does.
fn expanded<'u>(cx: &Cx<'u>, job: &Job<'u>, label: Ref<'u>, event: Event) -> Option<(Ref<'u>, Confidence)> {
    let [site] = cx.unit.sites_of(label) else { return None };
    let expression = site.expression.as_ref().ok()?;
    if let Some(value) = from_matrix(job, expression) {
        return Some((value, Confidence::Medium));
    }
    let lookup = |path: &Path<'_>| known(path, event, Outsider::Starter, None, "NONE");
    match evaluate(expression, expression.root(), &lookup) {
        Some(Value::Text(label)) => is_self_hosted(&label).then_some(Confidence::Medium),
        Some(Value::Array(labels)) => {
            let is = |value: &Value| matches!(value, Value::Text(label) if is_self_hosted(label));
            labels.iter().any(is).then_some(Confidence::Medium)
        }
        Some(_) => None,
        None => names_self_hosted(expression).then_some(Confidence::Low),
    }
    .map(|confidence| (label, confidence))
}

fn from_matrix<'u>(job: &Job<'u>, expression: &Expression<'_>) -> Option<Ref<'u>> {
    let path = expression.path(expression.root())?;
    let names: Vec<&str> = path
        .segments()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Name(name) => Some(*name),
            Segment::Any => None,
        })
        .collect();
    let ("matrix", names) = names.split_first().map(|(first, rest)| (*first, rest))? else { return None };
    let values = job.strategy()?.matrix()?.values(names);
    let has = |value: &Ref<'u>| {
        value.text().is_some_and(is_self_hosted) || value.items().any(|item| item.text().is_some_and(is_self_hosted))
    };
    values.known.into_iter().find(has)
}

// One of the texts that an expression chooses from.
fn names_self_hosted(expression: &Expression<'_>) -> bool {
    let mut texts = expression.ids().filter(|id| expression.kind(*id) == ExprKind::Text);
    texts.any(|id| expression.name(id).contains(SELF_HOSTED))
}

const DOCS: &str = r#"
A machine of your own lives on after a job. Whoever opens a pull request from a fork chooses what the job executes, for
`pull_request` also the workflow itself, and can leave something behind for the jobs to come, or look around in your network.

**Mend it:** use hosted machines for pull requests, or self-hosted ones that are made for one job and thrown away, in a network of
their own.

**How bad:** high where the run also has the repository's token and secrets (`pull_request_target`), medium for `pull_request`.
Low for a group without a label: larger machines of GitHub's stand in groups too. Confidence is medium, since settings may ask for an
approval first, or keep the repository from the machines; low for groups, and for expressions that only the run can tell.

**It does not see:** labels of your own without `self-hosted`, and those that an input, a variable or an output gives; whether the
repository is public; whether the machine outlives the job. A condition that keeps forks out counts as enough, although a
fork can change it for `pull_request`: only a setting holds there.

```yaml bad
on: pull_request
jobs:
  build:
    runs-on: [self-hosted, linux] # <-
    steps:
      - run: make
  each:
    strategy:
      matrix:
        runner: [ubuntu-latest, self-hosted]
    runs-on: ${{ matrix.runner }} # <-
    steps:
      - run: make
```

```yaml bad
on: pull_request_target
jobs:
  build:
    runs-on:
      group: builders # <-
    steps:
      - run: make
  other:
    runs-on: ${{ github.repository == 'some-org/product' && 'self-hosted' || 'ubuntu-latest' }} # <-
    steps:
      - run: make
```

```yaml good
on: push
jobs:
  build:
    runs-on: self-hosted
    steps:
      - run: make
```

```yaml good
on: [pull_request, push]
jobs:
  build:
    if: github.event_name == 'push' || github.event.pull_request.head.repo.full_name == github.repository
    runs-on: self-hosted
    steps:
      - run: make
```

```yaml good
on: [pull_request, push]
jobs:
  build:
    runs-on: ${{ github.event_name == 'pull_request' && 'ubuntu-latest' || 'self-hosted' }}
    steps:
      - run: make
```
"#;
