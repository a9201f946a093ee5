use policy_core::model::gitlab::condition::Truth;
use policy_core::model::gitlab::{Job, Pipeline};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::deploy::deployment;
use crate::runs::{CHANGES, fates, is_by_hand, runs_in};
use crate::scan_jobs::{passing, scans};

pub(crate) static RULE: Rule = Rule {
    id: "deploy-beside-scan",
    meta: Meta {
        title: "production does not wait for a scan of the same pipeline",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

/// A job with a scan that stops the pipeline if it finds something.
struct Gate<'u> {
    job: Job<'u>,
    tool: &'static str,
    place: Place<'u>,
}

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    let gates: Vec<Gate<'u>> = pipeline.jobs().filter_map(|job| gate(cx, job)).collect();
    let Some(graph) = pipeline.graph().filter(|_| !gates.is_empty()) else { return };
    for job in pipeline.jobs().take_while(|_| cx.budget.spend(1)) {
        let Some(found) = deployment(cx, &job).filter(|found| found.is_production() && !found.is_review()) else { continue };
        let before = graph.before(job.index());
        let waits = |gate: &Gate<'u>| graph.holds(&before, gate.job.index());
        let jumped = gates.iter().find(|gate| {
            let beside = waits(gate) == Truth::False && together(&gate.job, &job);
            // Another scan by the same tool may be the one that it waits for.
            beside && !gates.iter().any(|other| other.tool == gate.tool && waits(other) != Truth::False)
        });
        let Some(gate) = jumped.filter(|_| found.name.origin().is_own() && cx.budget.spend(gates.len())) else { continue };
        let own =
            ["needs", "stage"].into_iter().find_map(|key| job.value().entry(key)).filter(|entry| entry.value.origin().is_own());
        let at = own.map_or(job.key(), |entry| entry.key_at);
        let how = if job.own("needs") == Read::Absent { "its stage comes no earlier" } else { "`needs` passes it by" };
        let finding = RuleFinding::new(
            Place::node(at, "does not wait for it"),
            format!("`{}` is deployed to without waiting for the scan by `{}`: {how}", found.text, gate.tool),
            "name the scan in `needs` of the job that deploys, or put it into an earlier stage",
            job.name(),
        );
        let severity = if is_by_hand(&job) { Severity::Low } else { Severity::Medium };
        out.found(finding.related(gate.place.clone()).rated(severity, Confidence::High).attribute("job", job.name()));
    }
}

fn gate<'u>(cx: &Cx<'u>, job: Job<'u>) -> Option<Gate<'u>> {
    let found = scans(cx, job);
    // A cluster is scanned once something runs in it.
    let scan = found.iter().find(|scan| scan.can_fail && scan.ignored.is_none() && !scan.command.text().contains(" k8s"))?;
    let counts = job.own("allow_failure") == Read::Absent || job.allow_failure() == Read::Is(false);
    let by_itself = job.when() == Read::Is("on_success");
    // Who scans what is about to be deployed does it for that deployment alone.
    if !counts || !by_itself || deployment(cx, &job).is_some() || passing(&job).is_some() || scan.tool == "kubescape" {
        return None;
    }
    let script = cx.unit.gitlab_script(&job)?;
    let place = script.place(scan.command.span().range(), "the scan")?;
    Some(Gate { job, tool: scan.tool, place })
}

// Whether some pipeline has both for certain, and the scan runs by itself in it.
fn together(scan: &Job<'_>, deploy: &Job<'_>) -> bool {
    let by_itself = |run| fates(scan, run).is_some_and(|fates| fates.iter().all(|when| *when == "on_success"));
    CHANGES.iter().any(|run| by_itself(*run) && runs_in(deploy, *run) == Truth::True)
}

const DOCS: &str = r#"
The pipeline scans, and the scan would stop it; but the job that deploys to production does not wait for that: its `needs` passes the
scan by, or its stage comes no later. What the scan finds is known when it is already deployed.

**Mend it:** name the scan in the `needs` of the job that deploys, or put it into an earlier stage and remove `needs`.

**How bad:** medium; low where somebody starts the deployment by hand, and could look at the scan first.

A scan counts if its command is known, fails for what it finds, and its job may not fail. Both jobs must be in the same pipeline, as
far as their rules tell: a push to a branch with a usual name, a tag or a merge request.

Not reported: scans that may fail, or only report; a deployment that waits for another scan by the same tool; scans of clusters; jobs
that run in different pipelines; deployments to other environments.

**It does not see:** scans of GitLab's templates, which only report; and whether the same commit was scanned in another pipeline
before.

```yaml bad
stages: [build, scan, deploy]
build:
  stage: build
  script: make
scan:
  stage: scan
  script: gitleaks git
deploy:
  stage: deploy
  needs: [build] # <-
  script: ./deploy
  environment: production
```

```yaml bad
stages: [deploy, scan]
deploy:
  stage: deploy # <-
  script: ./deploy
  environment: production
scan:
  stage: scan
  script: trivy image --exit-code 1 app
```

```yaml good
stages: [scan, deploy]
scan:
  stage: scan
  script: gitleaks git
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml good
stages: [build, scan, deploy]
build:
  stage: build
  script: make
allowed:
  stage: scan
  script: gitleaks git
  allow_failure: true
reports:
  stage: scan
  script: trivy image app
ignored:
  stage: scan
  script: npm audit || true
hand:
  stage: scan
  script: pip-audit
  when: manual
deploy:
  stage: deploy
  needs: [build]
  script: ./deploy
  environment: production
```

```yaml good
stages: [build, scan, deploy]
build:
  stage: build
  script: make
scan:
  stage: scan
  script: gitleaks git
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
deploy:
  stage: deploy
  needs: [build]
  script: ./deploy
  environment: production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
staging:
  stage: deploy
  needs: []
  script: ./deploy
  environment: staging
```

```yaml good
stages: [build, scan, deploy, after]
scan:
  stage: scan
  script: semgrep ci
deploy:
  stage: deploy
  needs: [scan]
  script: ./deploy
  environment: production
again:
  stage: after
  script: semgrep ci
cluster:
  stage: after
  script: trivy k8s --exit-code 1 cluster
```
"#;
