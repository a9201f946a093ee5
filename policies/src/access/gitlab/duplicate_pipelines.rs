use policy_core::model::gitlab::condition::Truth;
use policy_core::model::gitlab::{Job, Pipeline};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::runs::{REQUEST, REQUESTED_BRANCH, runs_in};

pub(crate) static RULE: Rule = Rule {
    id: "duplicate-pipelines",
    meta: Meta {
        title: "one push starts two pipelines with the same jobs",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Info,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1"],
        aliases: &["checkov/CKV_GITLABCI_2"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    let root = cx.unit.document().source().path().ends_with(".gitlab-ci.yml");
    if !root || pipeline.workflow_rules() != Read::Absent || !uses_requests(cx) {
        return;
    }
    let twice = |job: &Job<'u>| [REQUEST, REQUESTED_BRANCH].iter().all(|run| runs_in(job, *run) == Truth::True);
    let all: Vec<Job<'u>> = pipeline.jobs().take_while(|_| cx.budget.spend(4)).filter(twice).collect();
    let Some((first, at)) = all.iter().find_map(|job| {
        let keys = ["rules", "only"].into_iter();
        let entry = keys.filter_map(|key| job.value().entry(key)).find(|entry| entry.value.origin().is_own())?;
        Some((job, entry.key_at))
    }) else {
        return;
    };
    let finding = RuleFinding::new(
        Place::node(at, "holds in both"),
        "a push to a branch with an open merge request starts two pipelines: these rules hold in both, and `workflow` keeps none away",
        "set `workflow:rules` that let in merge requests, and branches only without an open one: `$CI_OPEN_MERGE_REQUESTS`",
        first.name(),
    );
    out.found(finding.rated(Severity::Info, Confidence::High).attribute("jobs", all.len().to_string()));
}

// A project whose conditions nowhere speak of merge requests may well have none, as a mirror of another platform.
fn uses_requests(cx: &Cx<'_>) -> bool {
    let mut files = cx.unit.included().iter().copied().chain([cx.unit.document()]).map(|file| file.source().text());
    files.any(|text| {
        cx.budget.spend(1 + text.len() / 16) && ["merge_request", "MERGE_REQUEST"].iter().any(|name| text.contains(name))
    })
}

const DOCS: &str = r#"
The rules of a job hold for a push to a branch and for a merge request of it, and no `workflow:rules` choose between the two: each
push
to a branch with an open merge request starts two pipelines. Jobs run twice, side by side, and a merge request shows two results, of
which one may be red.

**Mend it:** set `workflow:rules` as in GitLab's template `Workflows/MergeRequest-Pipelines.gitlab-ci.yml`, or ask for
`$CI_OPEN_MERGE_REQUESTS` in them to keep pipelines of branches without a merge request.

**How bad:** info: it costs time, and hides which result counts.

Reported is a pipeline once, at the first of these jobs, if its rules hold in both for certain.

Not reported: projects whose pipeline nowhere speaks of merge requests; pipelines with `workflow:rules`, or with files that are
not here, which could have them; rules of which only a run can
tell what they come to; child pipelines.

**It does not see:** whether the project's settings let merge requests be made.

```yaml bad
build:
  script: make
test:
  script: make test
  rules: # <-
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH
lint:
  script: make lint
  rules:
    - when: always
```

```yaml bad
test:
  script: make test
  only: [branches, merge_requests] # <-
```

```yaml good
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - if: $CI_COMMIT_BRANCH
test:
  script: make test
  rules:
    - when: on_success
```

```yaml good
build:
  script: make
test:
  script: make test
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
lint:
  script: make lint
  only: [merge_requests, tags, main]
```

```yaml good
test:
  script: make test
  rules:
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - when: on_success
docs:
  script: make docs
  rules:
    - changes: [docs/*]
chosen:
  script: make chosen
  rules:
    - if: $RUN == "yes"
```

```yaml good
mirror:
  script: make test
  rules:
    - when: on_success
```

```yaml good
# merge_request_event
workflow:
  name: tests
include:
  - project: group/ci
    ref: v1.0.0
    file: workflow.yml
test:
  script: make test
  rules:
    - when: on_success
```
"#;
