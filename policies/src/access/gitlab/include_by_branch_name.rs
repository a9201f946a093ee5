use policy_core::model::gitlab::{Include, Pipeline, Target, Value, variables};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::pipeline::{chosen, is_limited_by, is_whole_pattern};

pub(crate) static RULE: Rule = Rule {
    id: "include-by-branch-name",
    meta: Meta {
        title: "the name of a branch or tag chooses what the pipeline includes",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4", "CICD-SEC-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    for include in pipeline.includes() {
        if !cx.budget.spend(1) || !include.value.origin().is_own() {
            continue;
        }
        // What is local belongs to the same commit as this file.
        let elsewhere = matches!(include.target, Target::Project | Target::Remote | Target::Component);
        if elsewhere && !is_own(cx, &include) {
            let all = [include.named(), include.get("ref").is(), include.get("file").is()];
            all.into_iter().flatten().flat_map(Value::flat).for_each(|value| of_value(&include, value, out));
        }
    }
}

// Files of this project, or a component of it, at the same commit or branch.
fn is_own(cx: &Cx<'_>, include: &Include<'_>) -> bool {
    let named = include.named().and_then(Value::text).unwrap_or("");
    variables::all(named).any(|variable| variable.name == "CI_PROJECT_PATH")
        || cx.options.repository.as_deref().is_some_and(|own| named.contains(own))
}

fn of_value<'u>(include: &Include<'u>, value: Value<'u>, out: &mut Out<'u>) {
    let text = value.text().unwrap_or("");
    for variable in variables::all(text).filter(|variable| !variable.is_input) {
        let (name, range) = (variable.name, variable.range);
        let limited = include.get("rules").is().is_some_and(|rules| is_limited_by(rules, name, is_whole_pattern));
        if chosen(name).is_none() || limited {
            continue;
        }
        let git_ref = include.get("ref") == Read::Is(value);
        let what = if git_ref { "at the ref that" } else { "from where" };
        let finding = RuleFinding::new(
            value.place_of(range, "chosen by a user"),
            format!("jobs are included {what} `{name}` says, which whoever pushes here chooses"),
            "name what is included in the file, with a whole commit id",
            name,
        );
        out.found(finding.rated(Severity::Medium, Confidence::Medium).attribute("variable", name));
    }
}

const DOCS: &str = r#"
Variables in `include` are replaced before the pipeline is made. Where the name of the branch or tag is part of the project, the `ref`
or the address, whoever pushes a branch of the right name makes this pipeline include other jobs: those of an old or half-done branch
of another project, which nobody of that project meant to be used.

**Mend it:** name project, file and address in the file, and a whole commit id as `ref`.

**How bad:** medium. With medium confidence: names of branches may be reserved, and what there is elsewhere is not known here.

**It does not see:** variables that the settings or who starts the pipeline set. Local files belong to the same commit, and are not
reported, whatever names them; nor are files and components of the same project, and what rules include only where the variable is
compared with a text or a whole pattern.

```yaml bad
include:
  - project: platform/pipelines
    ref: $CI_COMMIT_REF_NAME # <-
    file: build.yml
build:
  script: make
```

```yaml bad
include:
  - remote: https://example.com/$CI_COMMIT_BRANCH/ci.yml # <-
  - project: platform/$CI_COMMIT_REF_SLUG # <-
    ref: 8f152de45cc393bb48ce5d89d36b731f54556e65
    file: build.yml
build:
  script: make
```

```yaml good
include:
  - project: platform/pipelines
    ref: $PIPELINES_REF
    file: build.yml
build:
  script: make
```

```yaml good
include:
  - project: $CI_PROJECT_PATH
    ref: $CI_COMMIT_REF_NAME
    file: build.yml
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/self@$CI_COMMIT_TAG
  - project: platform/pipelines
    ref: $CI_COMMIT_TAG
    file: build.yml
    rules:
      - if: $CI_COMMIT_TAG =~ /^v\d+$/
build:
  script: make
```

```yaml good
include:
  - local: ci/build.yml
  - project: platform/pipelines
    ref: $CI_COMMIT_SHA
    file: build.yml
build:
  script: make
# file: ci/build.yml
test:
  script: make test
```
"#;
