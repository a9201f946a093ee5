use policy_core::document::edit::Edit;
use policy_core::model::gitlab::{Job, Value};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::pipeline::deploys;

pub(crate) static RULE: Rule = Rule {
    id: "cache-without-protection",
    meta: Meta {
        title: "protected branches take a cache that any branch can fill",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-4", "CICD-SEC-9"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let deploys = deploys(job);
    for cache in job.get("cache").is().into_iter().flat_map(Value::flat) {
        let Some(entry) = cache.entry("unprotect").filter(|entry| entry.value.origin().is_own()) else { continue };
        if entry.value.boolean() != Read::Is(true) {
            continue;
        }
        let (severity, what) = match deploys {
            true => (Severity::High, ", and a job that deploys takes it"),
            false => (Severity::Medium, ""),
        };
        let finding = RuleFinding::new(
            entry.value.place("for all branches"),
            format!("`unprotect: true` gives protected branches the cache that any other branch can fill{what}"),
            "remove it: then protected branches have caches of their own",
            "unprotect",
        );
        let edits = vec![Edit::Remove { entry: entry.key_at.id() }];
        let fix = ProposedFix { title: "keep the caches of protected branches apart".to_owned(), safety: Safety::Unsafe, edits };
        out.found(finding.rated(severity, Confidence::Medium).fixed(Some(fix)));
    }
}

const DOCS: &str = r#"
GitLab keeps the caches of protected branches apart from those of all others, so that nobody who may only push to a branch of his
own puts files into builds of the protected ones. `cache:unprotect` takes that away for a cache: someone changes `.gitlab-ci.yml` in
a branch, lets a job store what he likes under the same key, and the next run of the default branch, with its protected variables,
works with those files.

**Mend it:** remove `unprotect`. The first run on a protected branch then fills a cache of its own.

**How bad:** medium; high where a job with an `environment` takes the cache. Confidence is medium, since the setting "Use separate
caches for protected branches" may be off for the project anyway, and who may push may be few.

**It does not see:** that setting. A `key` from a branch's name is no defect, as long as caches are kept apart; a `policy: push` or
`rules` in the file do not help, since the branch's own file counts.

```yaml bad
build:
  cache:
    key: gems
    paths: [vendor]
    unprotect: true # <-
  script: make
```

```yaml fixed
build:
  cache:
    key: gems
    paths: [vendor]
  script: make
```

```yaml bad
default:
  cache:
    - key: gems
      paths: [vendor]
    - key: npm
      paths: [node_modules]
      unprotect: true # <-
deploy:
  environment: production
  script: ./deploy
```

```yaml good
build:
  cache:
    key: $CI_COMMIT_REF_SLUG
    paths: [vendor]
  script: make
```

```yaml good
build:
  cache:
    key: gems
    paths: [vendor]
    unprotect: false
    policy: pull-push
  script: make
```

```yaml good
.unused:
  cache:
    key: gems
    unprotect: true
build:
  cache: []
  script: make
```
"#;
