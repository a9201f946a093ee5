use policy_core::model::gitlab::Job;
use policy_core::model::gitlab::condition::Truth;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::deploy::deployment;
use crate::runs::{BRANCH, REQUEST, runs_in};

pub(crate) static RULE: Rule = Rule {
    id: "review-app-left-running",
    meta: Meta {
        title: "nothing stops the environments of branches and merge requests",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Info,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-7"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Some(deployment) = deployment(cx, job).filter(|found| found.is_review() && !found.is_fixed()) else { return };
    let lives = ["auto_stop_in", "on_stop"].iter().all(|key| deployment.environment.get(key) == Read::Absent);
    if !lives || !deployment.name.origin().is_own() || [BRANCH, REQUEST].iter().all(|run| runs_in(job, *run) == Truth::False) {
        return;
    }
    let stops = |other: &Job<'u>| {
        let environment = other.environment().is().filter(|environment| environment.action() == Read::Is("stop"));
        environment.and_then(|found| found.name_value().is()).is_some_and(|name| name.text() == Some(deployment.text))
    };
    if job.pipeline().is_open() || job.pipeline().jobs().take_while(|_| cx.budget.spend(1)).any(|other| stops(&other)) {
        return;
    }
    let finding = RuleFinding::new(
        deployment.name.place("stays"),
        format!("nothing stops the environments `{}`: they have neither `on_stop` nor `auto_stop_in`", deployment.text),
        "name a job that takes the environment down as `on_stop`, and say `auto_stop_in`",
        job.name(),
    );
    out.found(finding.rated(Severity::Info, Confidence::High).attribute("job", job.name()));
}

const DOCS: &str = r#"
A job deploys an environment for each branch or merge request, and says neither what stops it (`on_stop`) nor when (`auto_stop_in`).
The environments stay when the branch is gone: old versions of the program, with their known holes, data and credentials, which
nobody looks at and somebody pays for.

**Mend it:** write a job that takes the environment down, with `action: stop`, name it as `on_stop`, and set `auto_stop_in`.

**How bad:** info.

Not reported: environments with a fixed name; jobs that run neither for merge requests nor for branches in general; a pipeline where
some job stops environments of that name; pipelines with files that are not here.

**It does not see:** whether the cluster or something else takes them down.

```yaml bad
review:
  stage: deploy
  script: ./deploy "$CI_COMMIT_REF_SLUG"
  environment:
    name: review/$CI_COMMIT_REF_SLUG # <-
    url: https://$CI_COMMIT_REF_SLUG.example.com
```

```yaml good
include:
  - project: group/ci
    ref: v1.0.0
    file: stop.yml
review:
  stage: deploy
  script: ./deploy
  environment: review/$CI_COMMIT_REF_SLUG
```

```yaml good
review:
  stage: deploy
  script: ./deploy
  environment:
    name: review/$CI_MERGE_REQUEST_IID
    auto_stop_in: 1 week
```

```yaml good
review:
  stage: deploy
  script: ./deploy
  environment:
    name: review/$CI_COMMIT_REF_SLUG
    on_stop: stop
stop:
  stage: deploy
  script: ./undeploy
  environment:
    name: review/$CI_COMMIT_REF_SLUG
    action: stop
  when: manual
```

```yaml good
deploy:
  stage: deploy
  script: ./deploy
  environment: $CI_COMMIT_BRANCH
  only: [main, staging]
test:
  stage: deploy
  script: ./deploy
  environment: review
cluster:
  stage: deploy
  script: ./deploy
  environment: production/$REGION
```

```yaml good
review:
  stage: deploy
  script: ./deploy
  environment: review/$CI_COMMIT_REF_SLUG
stop:
  stage: deploy
  script: ./undeploy
  environment:
    name: review/$CI_COMMIT_REF_SLUG
    action: stop
  when: manual
```
"#;
