use policy_core::document::edit::Edit;
use policy_core::model::gitlab::condition::Truth;
use policy_core::model::gitlab::{Job, Value};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::deploy::deployment;

pub(crate) static RULE: Rule = Rule {
    id: "detached-downstream-pipeline",
    meta: Meta {
        title: "a pipeline goes on before the one that it started is done",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl034"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Read::Is(trigger) = job.trigger() else { return };
    let strategy = if trigger.text().is_some() { Read::Absent } else { trigger.get("strategy") };
    if strategy != Read::Absent || !trigger.origin().is_own() {
        return;
    }
    let Some((behind, place, severity)) = behind(cx, job, trigger) else { return };
    let map = trigger.at();
    let fix = map.entries().next().map(|_| ProposedFix {
        title: "wait for the pipeline that is started".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Insert { map: map.id(), before: None, key: "strategy".to_owned(), value: "depend".into() }],
    });
    let at = job.value().entry("trigger").map_or(job.key(), |entry| entry.key_at);
    let finding = RuleFinding::new(
        Place::node(at, "done as soon as the other pipeline exists"),
        format!("`{}` builds on a pipeline that is started here, and does not wait for how it ends: no `strategy`", behind.name()),
        "set `strategy: depend` in the trigger",
        job.name(),
    );
    out.found(finding.related(place).rated(severity, Confidence::High).attribute("job", job.name()).fixed(fix));
}

// A job that builds on the pipeline: one that needs it by name, or one that deploys in a later stage once a child has run.
fn behind<'u>(cx: &Cx<'u>, job: &Job<'u>, trigger: Value<'u>) -> Option<(Job<'u>, Place<'u>, Severity)> {
    let deploys = |other: &Job<'u>| deployment(cx, other).is_some_and(|found| !found.is_review());
    let mut by_stage = None;
    for other in job.pipeline().jobs().take_while(|_| cx.budget.spend(1)) {
        let needs = other.needs().is().unwrap_or_default();
        if let Some(need) = needs.iter().find(|need| need.is_local() && need.job() == Read::Is(job.name())) {
            let severity = if deploys(&other) { Severity::Medium } else { Severity::Low };
            return Some((other, need.value.place("needs it"), severity));
        }
        let waits = other.own("needs") == Read::Absent && job.pipeline().runs_before(job, &other) == Truth::True;
        if by_stage.is_none() && waits && deploys(&other) {
            by_stage = Some((other, Place::node(other.key(), "deploys in a later stage"), Severity::Low));
        }
    }
    // What another project does may well have nothing to do with it, nor what is started by hand or may fail.
    let counts = job.when() == Read::Is("on_success") && job.allow_failure() != Read::Is(true);
    by_stage.filter(|_| counts && trigger.entry("include").is_some())
}

const DOCS: &str = r#"
A job starts another pipeline, a child or one of another project, without `strategy`. For GitLab it is done as soon as that pipeline
exists; a job that needs it by name, or deploys in a later stage, does not wait for the builds, tests and scans of the other
pipeline, and goes ahead also if they fail.

**Mend it:** set `strategy: depend` in the `trigger`: the job is then as good as the pipeline that it starts.

**How bad:** medium where the job that needs it deploys, low elsewhere.

Not reported: a pipeline on which nothing is built; one of another project, or one that is started by hand or may fail, that only an
earlier stage starts.

**It does not see:** jobs that ask for the result themselves.

```yaml bad
stages: [test, deploy]
tests:
  stage: test
  trigger: # <-
    include:
      - project: group/ci
        ref: v1.0.0
        file: tests.yml
deploy:
  stage: deploy
  needs: [tests]
  script: ./deploy
  environment: production
```

```yaml fixed
stages: [test, deploy]
tests:
  stage: test
  trigger:
    include:
      - project: group/ci
        ref: v1.0.0
        file: tests.yml
    strategy: depend
deploy:
  stage: deploy
  needs: [tests]
  script: ./deploy
  environment: production
```

```yaml bad
stages: [test, deploy]
tests:
  stage: test
  trigger: # <-
    include:
      - artifact: tests.yml
        job: generate
generate:
  stage: .pre
  script: ./generate
  artifacts:
    paths: [tests.yml]
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml good
stages: [test, deploy]
tests:
  stage: test
  trigger:
    include: group-tests.yml
    strategy: mirror
deploy:
  stage: deploy
  needs: [tests]
  script: ./deploy
  environment: production
# file: group-tests.yml
test:
  script: make test
```

```yaml good
stages: [test, deploy, other]
downstream:
  stage: test
  trigger: group/project
hand:
  stage: test
  trigger:
    include:
      - project: group/ci
        ref: v1.0.0
        file: x.yml
  when: manual
deploy:
  stage: deploy
  script: ./deploy
  environment: production
last:
  stage: other
  trigger:
    project: group/other
```

```yaml good
stages: [test, deploy]
docs:
  stage: test
  trigger:
    project: group/docs
report:
  stage: deploy
  script: ./report
jumps:
  stage: deploy
  needs: []
  script: ./deploy
  environment: production
```
"#;
