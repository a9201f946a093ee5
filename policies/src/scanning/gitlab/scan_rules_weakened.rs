use policy_core::model::gitlab::{Job, Origin, Value};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::runs::{REQUEST, Run, SCHEDULE, SOME_BRANCH, SOME_TAG, fates};
use crate::scanners::is_template_job;

pub(crate) static RULE: Rule = Rule {
    id: "scan-rules-weakened",
    meta: Meta {
        title: "a scan that the pipeline includes no longer runs by itself for changes",
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
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// What the rules come to, and what to say at the place.
const NEVER: &str = "it runs for no change";
const MANUAL: (&str, &str) = ("it waits for somebody to start it", "nothing is scanned until then");

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    if !is_template_job(job.name()) || !cx.budget.spend(16) || !is_from_template(job) {
        return;
    }
    let rules = job.own("rules").is().filter(|rules| rules.origin().is_own());
    let when = job.own("when").is().filter(|when| when.origin().is_own());
    let Some(at) = rules.or(when) else { return };
    // What takes hours and needs a running system is tried at night.
    let slow = |fact: &str| fact != NEVER && fact != MANUAL.0 && ["dast", "fuzz"].iter().any(|part| job.name().contains(part));
    let Some((fact, label)) = (if rules.is_some() { by_rules(job) } else { by_when(job) }) else { return };
    if slow(fact) {
        return;
    }
    let finding = RuleFinding::new(
        at.place(label),
        format!("the rules of a scan are replaced here, and {fact}"),
        "let the scan run for changes of the default branch and for merge requests, or remove it and say why",
        job.name(),
    );
    // Each of several analyzers can be spared, and what was scanned last night is known today.
    let whole = !job.name().ends_with("-sast") && matches!(fact, NEVER) || fact == MANUAL.0;
    let severity = if whole { Severity::Medium } else { Severity::Low };
    out.found(finding.rated(severity, Confidence::High).attribute("job", job.name()));
}

// What GitLab's templates or components say of the job is not here; what it runs would be.
fn is_from_template(job: &Job<'_>) -> bool {
    let scans = job.pipeline().includes().any(|include| {
        let name = include.named().and_then(Value::text).unwrap_or("").to_ascii_lowercase();
        ["sast", "secret", "scanning", "dast", "fuzzing", "auto-devops"].iter().any(|part| name.contains(part))
    });
    let runs = ["script", "run", "trigger"].iter().any(|key| job.value().entry(key).is_some());
    let of_gitlab = job.own("script").is().is_some_and(|script| matches!(script.origin(), Origin::Template | Origin::Component));
    scans && (!runs || of_gitlab)
}

fn by_rules(job: &Job<'_>) -> Option<(&'static str, &'static str)> {
    // Other jobs of the template extend these, and have rules of their own.
    if ["dependency_scanning", "sast"].contains(&job.name()) {
        return None;
    }
    let changes = [SOME_BRANCH, SOME_TAG, REQUEST];
    let only = |run: &Run, whens: &[&str]| fates(job, *run).is_some_and(|fates| fates.iter().all(|when| whens.contains(when)));
    if changes.iter().all(|run| only(run, &["never"])) {
        return Some(match only(&SCHEDULE, &["never"]) {
            true => (NEVER, "nothing is scanned"),
            false => ("it runs for no change, only on schedules", "no change is scanned"),
        });
    }
    changes.iter().all(|run| only(run, &["manual", "never"])).then_some(MANUAL)
}

// Rules of the template that say no `when` take that of the job.
fn by_when(job: &Job<'_>) -> Option<(&'static str, &'static str)> {
    (job.when() == Read::Is("manual")).then_some(MANUAL)
}

const DOCS: &str = r#"
The pipeline includes a scan, and replaces its rules by such that it never runs for a change, only on schedules, or only when
somebody
starts it. Who reads the includes believes that changes are scanned before they are merged; they are not.

**Mend it:** let the scan run for the default branch and for merge requests. To spare an analyzer that has nothing to do here, name
it in `SAST_EXCLUDED_ANALYZERS`.

**How bad:** medium where the scan runs for no change or waits for somebody; low for one of several analyzers, and where schedules
still run it.

Reported are jobs with the names that they have in GitLab's templates, beside an include of a template or component that scans. Not
reported are: rules of the base jobs `sast` and `dependency_scanning`, which those that run do not take; dynamic scans and fuzzers
that run on schedules; rules of which only a run can tell what they come to.

**It does not see:** rules that other projects wrote, and whether another scanner does the work.

```yaml bad
include:
  - template: Jobs/Secret-Detection.gitlab-ci.yml
  - template: Jobs/SAST.gitlab-ci.yml
  - template: Jobs/Container-Scanning.gitlab-ci.yml
secret_detection:
  rules:
    - when: never # <-
semgrep-sast:
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule" # <-
container_scanning:
  when: manual # <-
```

```yaml good
include:
  - template: Jobs/Secret-Detection.gitlab-ci.yml
  - template: Jobs/SAST.gitlab-ci.yml
secret_detection:
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
semgrep-sast:
  rules:
    - if: $CI_COMMIT_BRANCH =~ /^release/
```

```yaml good
include:
  - template: Jobs/SAST.gitlab-ci.yml
  - template: Security/DAST.gitlab-ci.yml
sast:
  rules:
    - when: never
dast:
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
```

```yaml good
include:
  - template: Jobs/SAST.gitlab-ci.yml
eslint-sast:
  script: npx eslint .
  when: manual
semgrep-sast:
  rules:
    - if: $SCAN == "yes"
    - when: never
```

```yaml good
build:
  script: make
secret_detection:
  script: gitleaks git
  when: manual
```
"#;
