use policy_core::model::gitlab::{Job, KeyValue, Pipeline, Target, Value};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::scanners::is_template_job;

pub(crate) static RULE: Rule = Rule {
    id: "scan-disabled-by-variable",
    meta: Meta {
        title: "a variable switches off a scan that the pipeline includes",
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

/// What the name of a template or component that scans holds, in lower case and with dashes, and the variables that switch the scan
/// off or say what it leaves out.
const SCANS: &[(&str, &[&str])] = &[
    ("api-fuzzing", &["API_FUZZING_DISABLED"]),
    ("container-scanning", &["CONTAINER_SCANNING_DISABLED"]),
    ("coverage-fuzzing", &["COVFUZZ_DISABLED"]),
    ("dast", &["DAST_API_DISABLED", "DAST_DISABLED"]),
    ("dependency-scanning", &["DEPENDENCY_SCANNING_DISABLED", "DS_EXCLUDED_PATHS"]),
    ("sast", &["SAST_DISABLED", "SAST_EXCLUDED_PATHS"]),
    ("secret-detection", &["SECRET_DETECTION_DISABLED", "SECRET_DETECTION_EXCLUDED_PATHS"]),
];

/// Patterns that every path matches.
const ALL: &[&str] = &["*", "**", "**/*", "**/**"];

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let (mut included, mut confidence) = (Vec::new(), Confidence::High);
    for include in pipeline.includes().take_while(|_| cx.budget.spend(1)) {
        let name = plain(include.named().and_then(Value::text).unwrap_or(""));
        match include.target {
            Target::Template if include.value.origin().is_own() => included.push(name),
            Target::Component if include.value.origin().is_own() && name.contains("/components/") => included.push(name),
            // Their files may give the scan rules that do not ask.
            Target::Project | Target::Remote | Target::Unknown => confidence = Confidence::Medium,
            _ => {}
        }
    }
    let jobs: Vec<Job<'u>> = pipeline.jobs().filter(|job| is_template_job(job.name()) && cx.budget.spend(1)).collect();
    let global = pipeline.variables().is().into_iter().flat_map(Value::entries);
    let of_jobs = jobs.iter().filter_map(|job| job.own("variables").is()).flat_map(Value::entries);
    for entry in global.chain(of_jobs).filter(|entry| entry.value.origin().is_own()) {
        let Some((scan, _)) = SCANS.iter().find(|(_, variables)| variables.contains(&entry.key)) else { continue };
        let includes = included.iter().any(|name| name.contains(scan) || name.starts_with("auto-devops."));
        // Rules that replace those of the template do not ask for the variable that switches it off.
        let replaced = jobs.iter().any(|job| plain(job.name()).contains(scan) && job.value().entry("rules").is_some());
        if includes && !(replaced && entry.key.ends_with("_DISABLED")) {
            out_of(&entry, scan).into_iter().for_each(|found| out.found(found.rated(Severity::Medium, confidence)));
        }
    }
}

fn out_of<'u>(entry: &KeyValue<'u>, scan: &str) -> Option<RuleFinding<'u>> {
    let value = entry.value.of_variable().is()?;
    let Read::Is(text) = value.read() else { return None };
    let name = entry.key;
    let (message, help) = if name.ends_with("_DISABLED") {
        let fact = format!("`{name}` switches off `{scan}`, which this pipeline includes");
        matches!(text, "1" | "true").then_some((fact, "remove the variable, or the include if the scan is not wanted"))?
    } else {
        let all = text.split(',').any(|pattern| ALL.contains(&pattern.trim()));
        let fact = format!("`{name}` leaves out every file from `{scan}`, which this pipeline includes");
        all.then_some((fact, "name the folders that are not to be scanned"))?
    };
    let finding = RuleFinding::new(value.place("nothing is scanned"), message, help, name);
    Some(finding.attribute("scan", scan))
}

const DOCS: &str = r#"
The pipeline includes a scan of GitLab, and sets a variable by which that scan does not run, or looks at no file. Who reads the
includes believes that there is a scan; policies that ask for its findings hear of none.

**Mend it:** remove the variable. If the scan is not wanted, remove the include and say so where others look for it. If it was too
slow or too loud, name the paths and the rules that it should leave out.

**How bad:** medium; the less sure, the more files of other projects could give the scan rules that do not ask for the variable.

Reported are `SAST_DISABLED`, `SECRET_DETECTION_DISABLED`, `DEPENDENCY_SCANNING_DISABLED`, `CONTAINER_SCANNING_DISABLED`,
`DAST_DISABLED`, `DAST_API_DISABLED`, `API_FUZZING_DISABLED` and `COVFUZZ_DISABLED` with `true` or `1`, and `SAST_EXCLUDED_PATHS`,
`DS_EXCLUDED_PATHS` and `SECRET_DETECTION_EXCLUDED_PATHS` with a pattern that every path matches, beside the template or component
that reads them. Not reported is a variable beside a job of the scan that has rules of its own here: they do not ask for it.

**It does not see:** variables of the project's settings, of schedules and of rules; scans that files of other projects include; and
whether another scanner does the work.

```yaml bad
include:
  - template: Jobs/SAST.gitlab-ci.yml
  - template: Jobs/Secret-Detection.gitlab-ci.yml
  - component: gitlab.com/components/dependency-scanning/main@1.0.0
variables:
  SAST_DISABLED: "true" # <-
  SECRET_DETECTION_EXCLUDED_PATHS: "docs, **/*" # <-
  DEPENDENCY_SCANNING_DISABLED:
    value: "1" # <-
    description: Not now.
```

```yaml bad
include:
  - template: Auto-DevOps.gitlab-ci.yml
variables:
  CONTAINER_SCANNING_DISABLED: "true" # <-
  CODE_QUALITY_DISABLED: "true"
```

```yaml good
include:
  - template: Jobs/SAST.gitlab-ci.yml
variables:
  SAST_DISABLED: "false"
  SAST_EXCLUDED_PATHS: "spec, test, tests, tmp, **/*.min.js"
  SAST_EXCLUDED_ANALYZERS: "spotbugs"
```

```yaml good
include:
  - template: Jobs/SAST.gitlab-ci.yml
variables:
  DAST_DISABLED: "true"
```

```yaml good
include:
  - component: ${CI_SERVER_FQDN}/components/dependency-scanning/main@1.0.0
variables:
  DEPENDENCY_SCANNING_DISABLED: "true"
dependency-scanning:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
```

```yaml good
include:
  - template: Jobs/SAST.gitlab-ci.yml
variables:
  SAST_DISABLED: $SKIP
downstream:
  trigger: group/project
  variables:
    SAST_DISABLED: "true"
```
"#;
