use policy_core::document::edit::Edit;
use policy_core::model::gitlab::condition::Truth;
use policy_core::model::gitlab::{Job, Pipeline, Value};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::deploy::deployment;
use crate::runs::{REQUEST, SOME_BRANCH, giving, runs_in, written};

pub(crate) static RULE: Rule = Rule {
    id: "interruptible-deploy",
    meta: Meta {
        title: "a newer pipeline may cancel a deployment halfway",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl049"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Read::Is(interruptible) = job.get("interruptible") else { return };
    if interruptible.boolean() != Read::Is(true) || !is_cancelled(cx, job) {
        return;
    }
    // A tag is not pushed again.
    if [SOME_BRANCH, REQUEST].iter().all(|run| runs_in(job, *run) == Truth::False) {
        return;
    }
    let Some(deployment) = deployment(cx, job).filter(|found| !found.is_review() && (found.is_fixed() || found.is_production()))
    else {
        return;
    };
    let own = written(job).and_then(|map| map.get("interruptible")).filter(|node| *node == interruptible.at());
    let (at, fix) = match own {
        Some(node) => (interruptible, Some(vec![Edit::Set { node: node.id(), value: false.into() }])),
        None => (deployment.name, None),
    };
    if !at.origin().is_own() {
        return;
    }
    let title = "let the deployment end";
    let fix = match fix {
        Some(edits) => Some(ProposedFix { title: title.to_owned(), safety: Safety::Unsafe, edits }),
        None => giving(job, "interruptible", false, title),
    };
    let finding = RuleFinding::new(
        at.place("may end halfway"),
        format!(
            "a newer pipeline of the same branch may cancel the deployment to `{}` halfway: `interruptible: true`",
            deployment.text
        ),
        "set `interruptible: false` for the job",
        job.name(),
    );
    let finding = if own.is_none() { finding.related(interruptible.place("set here")) } else { finding };
    out.found(finding.rated(Severity::Low, Confidence::Medium).attribute("job", job.name()).fixed(fix));
}

// Whether pipelines are still cancelled when the job runs: by themselves only until a job has begun that says nothing or no.
fn is_cancelled<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    let pipeline = job.pipeline();
    match mode(pipeline) {
        // A file that is not here could set it.
        Read::Absent if pipeline.is_open() => return false,
        Read::Is("interruptible") => return true,
        Read::Absent | Read::Is("conservative") => {}
        Read::Is(_) | Read::Dynamic | Read::Wrong => return false,
    }
    let Some(graph) = pipeline.graph() else { return false };
    let before = graph.before(job.index());
    let mut others = pipeline.jobs().take_while(|_| cx.budget.spend(1));
    !others.any(|other| {
        let stays = other.get("interruptible").and_then(Value::boolean) != Read::Is(true);
        stays && graph.holds(&before, other.index()) != Truth::False
    })
}

fn mode(pipeline: Pipeline<'_>) -> Read<&str> {
    let workflow = pipeline.value().get("workflow");
    workflow.and_then(|workflow| workflow.get("auto_cancel")).and_then(|cancel| cancel.get("on_new_commit")).and_then(Value::read)
}

const DOCS: &str = r#"
A job deploys and is `interruptible`. When a newer commit starts a pipeline, GitLab cancels older ones of the branch; a deployment
that
is cancelled leaves behind what it had done by then: half of the servers, a migration without its program, a lock that nobody
releases.

**Mend it:** set `interruptible: false` for the job that deploys. GitLab then also stops to cancel the pipeline once it has begun.

**How bad:** low: it needs a push at the wrong moment.

Not reported: environments whose names variables give, unless it is production; jobs that no push to a branch or merge request
starts; `workflow:auto_cancel:on_new_commit: none`;
a job before which, in the mode `conservative`, another job runs that is not interruptible, since nothing is cancelled then.

**It does not see:** whether the project's settings cancel redundant pipelines, which they do by default.

```yaml bad
deploy:
  script: ./deploy
  environment: production
  interruptible: true # <-
```

```yaml fixed
deploy:
  script: ./deploy
  environment: production
  interruptible: false
```

```yaml bad
default:
  interruptible: true
stages: [build, deploy]
build:
  stage: build
  script: make
deploy:
  stage: deploy
  script: ./deploy
  environment:
    name: staging # <-
```

```yaml fixed
default:
  interruptible: true
stages: [build, deploy]
build:
  stage: build
  script: make
deploy:
  stage: deploy
  script: ./deploy
  environment:
    name: staging
  interruptible: false
```

```yaml good
stages: [build, deploy]
build:
  stage: build
  script: make
deploy:
  stage: deploy
  script: ./deploy
  environment: production
  interruptible: true
```

```yaml good
include:
  - project: group/ci
    ref: v1.0.0
    file: workflow.yml
deploy:
  script: ./deploy
  environment: production
  interruptible: true
```

```yaml good
workflow:
  auto_cancel:
    on_new_commit: none
deploy:
  script: ./deploy
  environment: production
  interruptible: true
```

```yaml good
stages: [test, deploy]
default:
  interruptible: true
review:
  script: ./deploy
  environment: review/$CI_MERGE_REQUEST_IID
build:
  script: make
shown:
  stage: deploy
  script: ./deploy
  environment: preview
  needs: []
given:
  script: ./deploy
  environment: $WHERE
release:
  script: ./deploy
  environment: production
  rules:
    - if: $CI_COMMIT_TAG
deploy:
  script: ./deploy
  environment: production
  interruptible: false
```
"#;
