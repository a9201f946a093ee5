use policy_core::model::gitlab::{Job, Value};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::deploy::deployment;

pub(crate) static RULE: Rule = Rule {
    id: "retried-deploy",
    meta: Meta {
        title: "a deployment that fails is tried again by itself",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Info,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Read::Is(retry) = job.get("retry") else { return };
    if !retries_scripts(retry) {
        return;
    }
    let Some(deployment) = deployment(cx, job).filter(|deployment| deployment.is_fixed() && deployment.is_production()) else {
        return;
    };
    let inherits = job.own("retry") == Read::Absent;
    let at = if inherits { deployment.name } else { retry };
    if !at.origin().is_own() {
        return;
    }
    let finding = RuleFinding::new(
        at.place("tried again"),
        format!("a deployment to `{}` whose script fails is run again by itself: `retry`", deployment.text),
        "retry only for failures of the runner: `when: [runner_system_failure, stuck_or_timeout_failure]`",
        job.name(),
    );
    let finding = if inherits { finding.related(retry.place("set here")) } else { finding };
    out.found(finding.rated(Severity::Info, Confidence::High).attribute("job", job.name()));
}

// Whether it is tried again when the script fails: a number alone means every failure, as does `always`.
fn retries_scripts(retry: Value<'_>) -> bool {
    if retry.text().is_some() {
        return matches!(retry.number(), Read::Is(1..));
    }
    let every = match retry.get("when") {
        Read::Absent => retry.get("exit_codes") == Read::Absent,
        Read::Is(when) => when.flat().iter().any(|reason| matches!(reason.text(), Some("always" | "script_failure"))),
        Read::Dynamic | Read::Wrong => false,
    };
    every && matches!(retry.get("max").and_then(Value::number), Read::Is(1..))
}

const DOCS: &str = r#"
A job deploys to production, and `retry` starts it again when its script has failed. What the first attempt has done by then is still
there: a migration that is run twice, servers of which some are new. A person who looks at the failure first decides better.

**Mend it:** retry the job only for failures of the runner, with `retry:when`, or make the deployment such that it can be repeated,
and ignore this finding with that reason.

**How bad:** info: many deployments can be repeated.

Not reported: other environments than production, and those with variables in their names; retries for failures of the runner, or
for named exit codes.

**It does not see:** whether the script can be repeated without harm.

```yaml bad
deploy:
  script: ./deploy
  environment: production
  retry: 2 # <-
```

```yaml bad
default:
  retry:
    max: 1
    when: [runner_system_failure, script_failure]
deploy:
  script: ./deploy
  environment: production # <-
```

```yaml good
deploy:
  script: ./deploy
  environment: production
  retry:
    max: 2
    when: runner_system_failure
```

```yaml good
default:
  retry: 2
build:
  script: make
deploy:
  script: ./deploy
  environment: production
  retry: 0
```

```yaml good
deploy:
  script: ./deploy
  environment: staging
  retry: 2
regions:
  script: ./deploy
  environment: production/$REGION
  retry: 2
quick:
  script: ./deploy
  environment: production
  retry:
    max: 2
    exit_codes: [137]
```
"#;
