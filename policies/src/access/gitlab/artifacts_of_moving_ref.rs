use policy_core::model::gitlab::Job;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::pipeline::{Piece, chosen, is_limited, is_own_project, is_whole_pattern, pieces, power};

pub(crate) static RULE: Rule = Rule {
    id: "artifacts-of-moving-ref",
    meta: Meta {
        title: "a job takes artifacts of another project from a branch that moves",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-9", "CICD-SEC-3"],
        aliases: &["glsec/gl072"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Read::Is(needs) = job.needs() else { return };
    for need in needs {
        let (Read::Is(project), Read::Is(git_ref)) = (need.get("project"), need.get("ref")) else { continue };
        let (Some(named), Some(text)) = (project.text(), git_ref.text()) else { continue };
        let none = need.get("artifacts").and_then(|artifacts| artifacts.boolean()) == Read::Is(false);
        if none || is_own_project(cx, named) || !git_ref.origin().is_own() {
            continue;
        }
        let pieces = pieces(job, text);
        let by_user = pieces.iter().find_map(|piece| match piece {
            Piece::Variable(name) => Some(*name).filter(|name| chosen(name).is_some() && !is_limited(job, name, is_whole_pattern)),
            Piece::Text(_) | Piece::Open => None,
        });
        let (message, label, confidence) = match (by_user, pieces.as_slice()) {
            (Some(name), _) => (
                format!(
                    "artifacts of `{named}` come from the branch or tag that `{name}` names, which whoever pushes one here chooses"
                ),
                "chosen by a user",
                Confidence::Medium,
            ),
            (None, [Piece::Text(name)]) if super::unpinned_include::moves(name) => {
                (format!("artifacts of `{named}` come from whatever ran last on `{name}` there"), "moves", Confidence::High)
            }
            _ => continue,
        };
        let has = power(cx, job);
        let severity = if has.is_some() { Severity::Medium } else { Severity::Low };
        let help = "name a protected tag of that project as `ref`, or take a released package and compare its checksum";
        let finding = RuleFinding::new(git_ref.place(label), message, help, named).rated(severity, confidence);
        out.found(RuleFinding { reason: has, ..finding.attribute("project", named) });
    }
}

const DOCS: &str = r#"
`needs:project` takes the artifacts of the newest job of a branch or tag of another project. From a branch, they are whatever its last
pipeline made: who can push there, or run a pipeline there, puts files into this job, and nothing here changes. Where the name of the
branch here is the `ref` there, whoever names a branch chooses which.

**Mend it:** name a protected tag of that project. Better, take a released package of it, and compare its checksum with one that
stands in this repository.

**How bad:** medium where the files show that the job has something worth taking (an environment, an identity, a secret); low
otherwise. With medium confidence where a variable names the branch.

**It does not see:** what the job does with the artifacts; whether a tag is protected there; branches whose names do not say that they
move. `artifacts: false` takes nothing. A `trigger` of another project runs what that project says, with its own variables, and is not
reported; files that `trigger:include` takes from it are `unpinned-include`.

```yaml bad
deploy:
  environment: production
  needs:
    - project: group/app
      job: build
      ref: main # <-
      artifacts: true
  script: ./deploy
```

```yaml bad
test:
  needs:
    - project: group/app
      job: build
      ref: $CI_COMMIT_REF_NAME # <-
      artifacts: true
  script: make test
```

```yaml good
test:
  needs:
    - project: group/app
      job: build
      ref: v1.2.3
      artifacts: true
    - project: group/app
      job: lint
      ref: main
      artifacts: false
  script: make test
```

```yaml good
test:
  needs:
    - project: $CI_PROJECT_PATH
      job: build
      ref: main
      artifacts: true
    - project: group/app
      job: build
      ref: $APP_VERSION
      artifacts: true
  script: make test
```

```yaml good
downstream:
  trigger:
    project: group/app
    branch: main
```
"#;
