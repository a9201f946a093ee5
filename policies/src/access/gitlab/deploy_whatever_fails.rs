use policy_core::document::edit::Edit;
use policy_core::model::gitlab::condition::Truth;
use policy_core::model::gitlab::{Job, Value};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::deploy::deployment;
use crate::runs::taking;

pub(crate) static RULE: Rule = Rule {
    id: "deploy-whatever-fails",
    meta: Meta {
        title: "a deployment goes ahead although what it waits for has failed",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl012"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let always = always(job);
    if always.is_empty() || !waits(cx, job) {
        return;
    }
    let Some(deployment) = deployment(cx, job).filter(|deployment| !deployment.is_review()) else { return };
    let severity = if deployment.is_production() { Severity::Medium } else { Severity::Low };
    for (value, in_rule) in always {
        let fix = if in_rule { without_when(value) } else { taking(job, value, "when", "deploy only if all went well") };
        let finding = RuleFinding::new(
            value.place("whatever fails before it"),
            format!("`{}` is deployed to whatever fails before: `when: always`", deployment.text),
            "remove `when: always`: a rule that holds adds the job without it, and then the job waits for success",
            job.name(),
        );
        out.found(finding.rated(severity, Confidence::High).attribute("job", job.name()).fixed(fix));
    }
}

// Where `always` stands, and whether in a rule.
fn always<'u>(job: &Job<'u>) -> Vec<(Value<'u>, bool)> {
    let is_always = |value: &Value<'u>| value.text() == Some("always") && value.origin().is_own();
    let own = job.own("when").is().filter(is_always).map(|value| (value, false));
    let rules = job.rules().is().unwrap_or_default();
    let of_rules = rules.iter().filter_map(|rule| rule.value.get("when").is()).filter(is_always).map(|value| (value, true));
    own.into_iter().chain(of_rules).collect()
}

// Whether something runs before it that can fail and counts.
fn waits<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    let Some(graph) = job.pipeline().graph() else { return false };
    let before = graph.before(job.index());
    let counts = |other: &Job<'u>| {
        let optional = other.when() == Read::Is("manual") || matches!(other.allow_failure(), Read::Is(true) | Read::Dynamic);
        !optional && graph.holds(&before, other.index()) == Truth::True
    };
    job.pipeline().jobs().take_while(|_| cx.budget.spend(1)).any(|other| counts(&other))
}

// `on_success` is what a rule says that says nothing.
fn without_when(value: Value<'_>) -> Option<ProposedFix> {
    let rule = value.at().parent()?;
    let edits = vec![Edit::Remove { entry: rule.get("when")?.id() }];
    Some(ProposedFix { title: "deploy only if all went well".to_owned(), safety: Safety::Unsafe, edits })
}

const DOCS: &str = r#"
A job deploys with `when: always`: it also runs if the build, the tests or the scans before it have failed. In a rule, `when: always`
is often meant to say "add the job"; a rule that holds does so by itself, and `when` says what the job then waits for.

**Mend it:** remove `when: always`. The job then runs once all before it went well.

**How bad:** medium for production, low for other environments.

A job deploys if it starts an environment, and its name, its stage or a command says so. Not reported: jobs before which nothing
runs that can fail and counts, since `always` changes nothing there; jobs that stop, prepare or check an environment; review
environments; `on_failure`, which brings the old version back.

**It does not see:** jobs of files that are not here, and scripts that look at how the pipeline goes.

```yaml bad
stages: [test, deploy]
test:
  stage: test
  script: make test
deploy:
  stage: deploy
  script: ./deploy
  environment: production
  when: always # <-
```

```yaml fixed
stages: [test, deploy]
test:
  stage: test
  script: make test
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml bad
stages: [test, deploy]
test:
  stage: test
  script: make test
deploy:
  stage: deploy
  script: ./deploy
  environment:
    name: staging
  rules:
    - if: $CI_COMMIT_TAG
      when: manual
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: always # <-
```

```yaml fixed
stages: [test, deploy]
test:
  stage: test
  script: make test
deploy:
  stage: deploy
  script: ./deploy
  environment:
    name: staging
  rules:
    - if: $CI_COMMIT_TAG
      when: manual
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
```

```yaml good
stages: [test, deploy]
test:
  stage: test
  script: make test
  allow_failure: true
deploy:
  stage: deploy
  script: ./deploy
  environment: production
  when: always
```

```yaml good
stages: [test, deploy]
test:
  stage: test
  script: make test
deploy:
  stage: deploy
  needs: []
  script: ./deploy
  environment: production
  rules:
    - if: $CI_COMMIT_TAG
      when: always
```

```yaml good
stages: [deploy, stop]
deploy:
  stage: deploy
  script: ./deploy
  environment:
    name: production
    on_stop: stop
stop:
  stage: stop
  script: ./undeploy
  environment:
    name: production
    action: stop
  when: always
report:
  stage: stop
  script: ./report
  when: always
rollback:
  stage: stop
  script: ./deploy old
  environment: production
  when: on_failure
```

```yaml good
stages: [test, deploy]
test:
  stage: test
  script: make test
review:
  stage: deploy
  script: ./deploy
  environment: review/$CI_COMMIT_REF_SLUG
  when: always
```
"#;
