use policy_core::map::Set;
use policy_core::model::gitlab::Pipeline;
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::runs::taking;
use crate::scan_jobs::{Scan, passing, scans};
use crate::scanners::{report_of, report_of_job};

pub(crate) static RULE: Rule = Rule {
    id: "scan-job-failure-ignored",
    meta: Meta {
        title: "a security scan of a pipeline passes whatever it finds",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl008", "glsec/gl039"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    let scans: Vec<Scan<'u>> = pipeline.jobs().flat_map(|job| scans(cx, job)).collect();
    // Many report first and then scan again to fail: what the same tool scans here, and counts, is no defect.
    let stops = |scan: &&Scan<'u>| {
        scan.can_fail && scan.ignored.is_none() && passing(&scan.job).is_none() && scan.job.own("allow_failure") != Read::Dynamic
    };
    let mut counting = Set::new();
    counting.extend(scans.iter().filter(stops).map(|scan| scan.tool));
    for scan in scans.iter().filter(|scan| !counting.contains(scan.tool)) {
        if let Some((place, how)) = &scan.ignored {
            let (severity, confidence, note) = match reader(cx, pipeline, scan) {
                true => (Severity::Low, Confidence::Medium, "; its report is read elsewhere, which may still stop a change"),
                false => (Severity::Medium, Confidence::High, ""),
            };
            let message = format!("`{}` scans, and {how}{note}", scan.tool);
            out.found(finding(scan, place.clone(), message).rated(severity, confidence));
        } else if let Some((key, value)) = passing(&scan.job).filter(|(_, value)| value.origin().is_own() && scan.can_fail) {
            let note = if report_of_job(&scan.job).is_some() { "; policies may still ask for its report" } else { "" };
            let message = format!("`{}` scans, and the pipeline passes although the job fails: `{key}`{note}", scan.tool);
            let fix = taking(&scan.job, value, key, "let the failure of the scan count");
            let place = value.place("its failure is a warning");
            out.found(finding(scan, place, message).rated(Severity::Low, Confidence::High).fixed(fix));
        }
    }
}

fn finding<'u>(scan: &Scan<'u>, place: Place<'u>, message: String) -> RuleFinding<'u> {
    let help = "let the scan fail, from the severity on that you do not accept, and list what you accept by name";
    RuleFinding::new(place, message, help, scan.tool).attribute("tool", scan.tool).attribute("job", scan.job.name())
}

// Whether something else reads the report: the rest of the script, another job, or GitLab.
fn reader<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, scan: &Scan<'u>) -> bool {
    if report_of_job(&scan.job).is_some() {
        return true;
    }
    let Some(report) = report_of(scan.command) else { return false };
    let names = |text: &str| cx.budget.spend(1 + text.len() / 16) && text.contains(report.as_ref());
    let behind = scan.command.script().text().get(scan.command.span().end as usize..);
    let mut others = pipeline.jobs().filter(|job| job.index() != scan.job.index());
    behind.is_some_and(names) || others.any(|job| cx.unit.gitlab_script(&job).is_some_and(|script| names(script.script.text())))
}

const DOCS: &str = r#"
A scan that cannot fail stops nothing: what it finds is a line in a log, and the pipeline passes. Here the project says so itself, by
`allow_failure` of the job, by `|| true` behind the command, by `set +e`, or by a setting of the scanner.

**Mend it:** let the scan fail. If it finds too much for that today, raise the severity from which it fails, or accept findings by
name, with a reason and a date, instead of all that will ever come.

**How bad:** medium where the job is green whatever it finds; low where `allow_failure` makes it a warning that people can see, and
where the rest of the script, another job or GitLab reads the report, which may still stop a change.

Not reported: a scan beside another one of the same tool in the pipeline that does fail; jobs of GitLab's own templates, which may
all fail, since there merge request approval policies decide; `exit_codes` that tell of other failures than findings; scanners that
only report unless they are told to fail; what other projects wrote. Linters and formatters are no scanners.

**It does not see:** pipes such as `trivy … | tee`, scans within scripts and make files, and settings in files of the scanner.

```yaml bad
secrets:
  script: gitleaks detect --redact
  allow_failure: true # <-
```

```yaml fixed
secrets:
  script: gitleaks detect --redact
```

```yaml bad
dependencies:
  script:
    - npm ci
    - npm audit || true # <-
container:
  script: trivy image --exit-code 0 app # <-
code:
  script:
    - semgrep ci
  rules:
    - if: $CI_COMMIT_TAG
      when: never
    - allow_failure: true # <-
licences:
  script: snyk test
  allow_failure:
    exit_codes: [1, 2] # <-
```

```yaml good
container:
  script:
    - trivy image --exit-code 0 --format template --output gl-container-scanning-report.json app
    - trivy image --exit-code 1 --severity CRITICAL app
```

```yaml good
include:
  - template: Jobs/SAST.gitlab-ci.yml
semgrep-sast:
  allow_failure: true
  variables:
    SAST_EXCLUDED_PATHS: docs
```

```yaml good
lint:
  script: flake8 . --exit-zero || true
  allow_failure: true
scan:
  script: if npm audit; then echo fine; else exit 1; fi
  allow_failure:
    exit_codes: 137
code:
  script: semgrep ci
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - allow_failure: true
```

```yaml good
container:
  script: trivy image app
  allow_failure: true
early:
  script: npm audit
  allow_failure: true
gate:
  script: npm audit --audit-level critical
```
"#;
