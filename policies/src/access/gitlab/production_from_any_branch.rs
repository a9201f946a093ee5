use policy_core::model::gitlab::Job;
use policy_core::model::gitlab::condition::Truth;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::deploy::deployment;
use crate::runs::{BRANCH, REQUEST, Run, fates, runs_in};

pub(crate) static RULE: Rule = Rule {
    id: "production-from-any-branch",
    meta: Meta {
        title: "every branch or merge request can reach production",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1", "CICD-SEC-5"],
        aliases: &["glsec/gl013"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Some(deployment) = deployment(cx, job) else { return };
    if !deployment.is_production() || deployment.is_review() || !deployment.name.origin().is_own() {
        return;
    }
    let reached = [(BRANCH, "every branch"), (REQUEST, "every merge request")].into_iter().find(|(run, _)| reaches(job, *run));
    let Some((run, from)) = reached.filter(|_| !asks_itself(cx, job)) else { return };
    let by_hand = fates(job, run).is_some_and(|fates| fates.iter().all(|when| *when == "manual"));
    let (severity, who) = if by_hand { (Severity::Low, ", by hand") } else { (Severity::Medium, "") };
    let finding = RuleFinding::new(
        deployment.name.place("reached without a rule on the branch"),
        format!(
            "`{}` is deployed to from {from}{who}: no rule asks for the default branch, a protected one or a tag",
            deployment.text
        ),
        "give the job a rule such as `if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH`, and protect the environment",
        job.name(),
    );
    out.found(finding.rated(severity, Confidence::Medium).attribute("job", job.name()));
}

// Whether the job runs for sure, and all that it needs.
fn reaches(job: &Job<'_>, run: Run) -> bool {
    let needed = match job.needs() {
        Read::Is(needs) => needs.iter().filter(|need| need.is_local() && need.is_optional() == Read::Is(false)).all(|need| {
            let needed = need.job().is().and_then(|name| job.pipeline().job(name));
            needed.is_some_and(|needed| runs_in(&needed, run) == Truth::True)
        }),
        Read::Absent => true,
        Read::Dynamic | Read::Wrong => false,
    };
    needed && runs_in(job, run) == Truth::True
}

// Whether its script looks at the branch.
fn asks_itself<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    let Some(script) = cx.unit.gitlab_script(job) else { return true };
    let names = ["CI_COMMIT_BRANCH", "CI_COMMIT_REF", "CI_COMMIT_TAG", "CI_DEFAULT_BRANCH"];
    let asks = |text: &str| names.iter().any(|name| text.contains(name));
    !cx.budget.spend(1 + script.script.text().len() / 8)
        || script.script.commands().any(|command| {
            let tests = ["[ ", "[[ ", "test ", "case "].iter().any(|name| command.text().starts_with(name));
            tests && asks(command.text())
        })
}

const DOCS: &str = r#"
A job deploys to production, and nothing in the pipeline asks which branch it runs for: it is part of the pipeline of every branch
that somebody pushes, or of every merge request. What was neither reviewed nor merged is deployed.

**Mend it:** let the job run for the default branch, a protected branch or tags only, by a rule such as
`if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH`, and protect the environment, so that GitLab asks too.

**How bad:** medium; low where somebody has to start the job by hand.

Not reported: jobs with a rule of which only a run can tell what it comes to; jobs that need another job which does not run for every
branch; scripts that look at the branch themselves; child pipelines, which the job that starts them may hold back.

**It does not see:** protected environments, and runners and variables that only protected branches get.

```yaml bad
deploy:
  script: ./deploy
  environment: production # <-
```

```yaml bad
deploy:
  script: ./deploy
  environment:
    name: customers # <-
    deployment_tier: production
  rules:
    - if: $CI_COMMIT_TAG
      when: never
    - when: manual
```

```yaml bad
deploy:
  script: ./deploy
  environment: live # <-
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
```

```yaml good
workflow:
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
deploy:
  script: ./deploy
  environment: production
```

```yaml good
tagged:
  script: ./deploy
  environment: production
  only: [tags]
protected:
  script: ./deploy
  environment: production
  rules:
    - if: $CI_COMMIT_REF_PROTECTED == "true"
decides:
  script: ./deploy
  environment: production
  rules:
    - if: $DEPLOY == "yes"
files:
  script: ./deploy
  environment: production
  rules:
    - changes: [VERSION]
```

```yaml good
build:
  stage: build
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
deploy:
  needs: [build]
  script: ./deploy
  environment: production
```

```yaml good
deploy:
  script:
    - if [ "$CI_COMMIT_BRANCH" != main ]; then exit 0; fi
    - ./deploy
  environment: production
staging:
  script: ./deploy
  environment: staging
review:
  script: ./deploy
  environment: production/review-$CI_COMMIT_REF_SLUG
```
"#;
