use policy_core::model::gitlab::Job;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Safety, Severity, Status};

use crate::deploy::deployment;
use crate::runs::{giving, is_by_hand};

pub(crate) static RULE: Rule = Rule {
    id: "concurrent-deploys",
    meta: Meta {
        title: "two pipelines may deploy to production at the same time",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl019"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Tools that lock what they change.
const LOCKING: &[&str] = &["gitlab-terraform", "gitlab-tofu", "pulumi", "terraform", "terragrunt", "tofu"];

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    if job.own("resource_group") != Read::Absent || job.when() == Read::Is("never") {
        return;
    }
    let Some(deployment) = deployment(cx, job) else { return };
    let script = cx.unit.gitlab_script(job).map_or("", |script| script.script.text());
    let locks = LOCKING.iter().any(|tool| script.contains(tool)) || !cx.budget.spend(1 + script.len() / 8);
    if locks || !deployment.is_fixed() || !deployment.is_production() || !deployment.name.origin().is_own() {
        return;
    }
    let fix = giving(job, "resource_group", deployment.text, "deploy one after the other");
    let finding = RuleFinding::new(
        deployment.name.place("no `resource_group`"),
        format!("two pipelines may deploy to `{}` at the same time: the job has no `resource_group`", deployment.text),
        "give all jobs that deploy there the same `resource_group`",
        job.name(),
    );
    // Whoever starts two by hand sees them.
    let severity = if is_by_hand(job) { Severity::Info } else { Severity::Low };
    out.found(finding.rated(severity, Confidence::Medium).attribute("job", job.name()).fixed(fix));
}

const DOCS: &str = r#"
A job deploys to production, and no `resource_group` keeps it apart from itself: when two pipelines reach it at the same time, both
deploy. What is there in the end is a mixture, or the older of the two.

**Mend it:** give the job a `resource_group`, the same for all jobs that deploy to that environment. GitLab then runs one of them
at a
time.

**How bad:** low; info where somebody starts the job by hand.

Not reported: environments other than production, those with variables in their names, and scripts with `terraform`, `tofu` or
`pulumi`, which lock what they change.

**It does not see:** locks of other tools and of the environment itself, and runners that take one job at a time. "Prevent outdated
deployment jobs" of the project's settings is no lock: it keeps an older job from beginning after a newer one.

```yaml bad
deploy:
  script: ./deploy
  environment: production # <-
```

```yaml fixed
deploy:
  script: ./deploy
  environment: production
  resource_group: production
```

```yaml good
deploy:
  script: ./deploy
  environment:
    name: production
  resource_group: production
```

```yaml good
deploy:
  script: ./deploy
  environment: staging
review:
  script: ./deploy
  environment: production/$CI_COMMIT_REF_SLUG
```

```yaml good
deploy:
  script:
    - terraform apply -auto-approve
  environment: production
stop:
  script: ./undeploy
  environment:
    name: production
    action: stop
plan:
  script: ./plan
  environment: production
```
"#;
