use policy_core::model::gitlab::Job;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::pipeline::{Piece, chosen, is_limited, pieces};

pub(crate) static RULE: Rule = Rule {
    id: "environment-named-by-branch",
    meta: Meta {
        title: "a branch can take the name of any environment",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1", "CICD-SEC-5"],
        aliases: &["glsec/gl052"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Read::Is(environment) = job.environment() else { return };
    let Read::Is(name) = environment.name_value() else { return };
    let Some(text) = name.text().filter(|_| name.origin().is_own() && environment.action() == Read::Is("start")) else { return };
    // Text around the variable keeps the name apart from others.
    let pieces = pieces(job, text);
    let [Piece::Variable(variable)] = pieces.as_slice() else { return };
    if chosen(variable).is_none() || is_limited(job, variable, begins_with_text) {
        return;
    }
    let finding = RuleFinding::new(
        name.place("any name"),
        format!("the environment is named by `{variable}` alone, so a branch or tag called `production` deploys to `production`"),
        "put a fixed text before the variable: `review/$CI_COMMIT_REF_SLUG`",
        *variable,
    );
    out.found(finding.rated(Severity::Medium, Confidence::Medium).attribute("variable", *variable));
}

// `^review\/` keeps the names that pass apart from others.
fn begins_with_text(pattern: &str) -> bool {
    pattern.strip_prefix('^').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphanumeric()))
        && !pattern.contains('|')
}

const DOCS: &str = r#"
An environment has its own variables, and may be protected. Where the name of the branch or tag is the whole name of the environment,
someone who pushes a branch `production` starts a deployment to `production`: with the variables that the settings give to this
environment, unless it is protected, and in its list of deployments.

**Mend it:** put a fixed text before the variable, `review/$CI_COMMIT_REF_SLUG`, and protect the environments that matter. Or let
rules run the job only for the names that are meant.

**How bad:** medium. With medium confidence: environments may be protected, and names of branches reserved.

**It does not see:** variables that the settings of the project or who starts the pipeline set. Names with any text beside the
variable are not reported, jobs that stop an environment or only look at it neither, nor jobs whose rules compare the name with a
text, with a pattern that begins with one, or that run on protected branches only.

```yaml bad
deploy:
  environment: $CI_COMMIT_REF_SLUG # <-
  script: ./deploy
```

```yaml bad
variables:
  TARGET: ${CI_COMMIT_BRANCH}
deploy:
  environment:
    name: $TARGET # <-
    url: https://example.com
  script: ./deploy
```

```yaml good
review:
  environment:
    name: review/$CI_COMMIT_REF_SLUG
    on_stop: stop
  script: ./deploy
stop:
  environment:
    name: $CI_COMMIT_REF_SLUG
    action: stop
  script: ./stop
```

```yaml good
deploy:
  environment: $CI_COMMIT_REF_NAME
  script: ./deploy
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
    - if: $CI_COMMIT_REF_NAME =~ /^review\//
```

```yaml good
deploy:
  environment: $CI_COMMIT_REF_NAME
  script: ./deploy
  only: [staging, production]
named:
  environment: $TARGET
  script: ./deploy
protected:
  environment: $CI_COMMIT_REF_NAME
  script: ./deploy
  rules:
    - if: $CI_COMMIT_REF_PROTECTED != "true"
      when: never
    - when: manual
```
"#;
