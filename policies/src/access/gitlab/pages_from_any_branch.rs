use policy_core::model::gitlab::{Job, Value};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::runs::{BRANCH, fates};

pub(crate) static RULE: Rule = Rule {
    id: "pages-from-any-branch",
    meta: Meta {
        title: "every branch replaces the site of the project",
        pillar: Pillar::Access,
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

fn check<'u>(_: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    if !publishes(job) || job.is_open() || !job.value().origin().is_own() {
        return;
    }
    let Some(fates) = fates(job, BRANCH) else { return };
    // A person who starts it means it.
    if fates.is_empty() || !fates.iter().all(|when| matches!(*when, "on_success" | "always" | "delayed")) {
        return;
    }
    let finding = RuleFinding::new(
        Place::node(job.key(), "on every branch"),
        "this job publishes the site of the project, and runs for whatever branch is pushed",
        "let it run for the default branch: `rules: [{ if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH }]`",
        job.name(),
    );
    out.found(finding.rated(Severity::Medium, Confidence::High));
}

// A job of this name, or with this key, publishes its `public` folder. With a prefix it is a site beside the main one.
fn publishes(job: &Job<'_>) -> bool {
    let pages = job.own("pages");
    let beside = pages.and_then(|pages| pages.get("path_prefix"));
    match pages.and_then(Value::boolean) {
        Read::Is(publishes) => publishes,
        _ if pages == Read::Absent => job.name() == "pages" && job.trigger() == Read::Absent,
        _ => matches!(beside, Read::Absent | Read::Is(_)) && beside.and_then(Value::read) == Read::Absent,
    }
}

const DOCS: &str = r#"
The job named `pages` publishes what it keeps in `public` as the site of the project, and replaces what was there. Without a
condition it runs for each branch that somebody pushes: a draft goes out to all visitors, and who may push to any branch, though not
to the protected one, decides what the site shows and which scripts run in the browsers of those who read it.

**Mend it:** let it run for the default branch: `rules: [{ if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH }]`. To see a draft, give it
a place of its own by `pages:path_prefix`.

**How bad:** medium.

**It does not see:** who may push to branches, and who may read the site. Jobs that wait for a person, that run where a variable or
a changed file says so, or that need a file that is not here to know, are not reported.

```yaml bad
pages: # <-
  script: make site
  artifacts:
    paths: [public]
```

```yaml bad
site: # <-
  pages: true
  script: make site
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      when: never
    - when: on_success
```

```yaml good
pages:
  script: make site
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
```

```yaml good
pages:
  script: make site
  only: [main]
draft:
  script: make site
  pages:
    path_prefix: $CI_COMMIT_REF_SLUG
```

```yaml good
pages:
  script: make site
  when: manual
```

```yaml good
workflow:
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
pages:
  script: make site
```

```yaml good
pages:
  script: make site
  rules:
    - if: $PUBLISH
    - changes: [docs/**]
```
"#;
