use policy_core::document::edit::{Edit, Value as Written};
use policy_core::model::gitlab::{Job, KeyValue, Value};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::held_secret::Secrets;
use crate::pipeline::is_own_project;

pub(crate) static RULE: Rule = Rule {
    id: "secret-forwarded-downstream",
    meta: Meta {
        title: "a pipeline of another project is given secrets",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-6", "CICD-SEC-2"],
        aliases: &["glsec/gl010", "glsec/gl018", "glsec/gl037"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Some(trigger) = job.trigger().is() else { return };
    let named = if trigger.text().is_some() { Read::Is(trigger) } else { trigger.get("project") };
    // A child pipeline is one of this project, and has its variables anyway.
    let Some(project) = named.is().and_then(Value::text) else { return };
    if is_own_project(cx, project) {
        return;
    }
    let forward = if trigger.text().is_some() { Read::Absent } else { trigger.get("forward") };
    let says = |key: &str| forward.and_then(|forward| forward.get(key));
    if let Read::Is(all) = says("pipeline_variables")
        && all.boolean() == Read::Is(true)
        && all.origin().is_own()
    {
        out.found(of_pipeline(all, project));
    }
    if !matches!(says("yaml_variables").and_then(Value::boolean), Read::Absent | Read::Is(true)) {
        return;
    }
    let secrets = Secrets::of(cx, job);
    for entry in job.variables() {
        if !cx.budget.spend(4) {
            return;
        }
        if let Some(finding) = of_variable(&secrets, &entry, project) {
            out.found(finding);
        }
    }
}

fn of_pipeline<'u>(all: Value<'u>, project: &str) -> RuleFinding<'u> {
    let message = format!(
        "`pipeline_variables: true` gives `{project}` all variables that somebody starts a pipeline with, secrets among them"
    );
    let help = "leave it out, and give the variables that are needed by `variables` of this job";
    let edits = vec![Edit::Set { node: all.at().id(), value: Written::Plain("false".to_owned()) }];
    let fix = ProposedFix { title: "hand on no variables of the pipeline".to_owned(), safety: Safety::Unsafe, edits };
    let finding = RuleFinding::new(all.place("all of them"), message, help, project);
    finding.rated(Severity::Low, Confidence::Medium).fixed(Some(fix)).attribute("project", project)
}

fn of_variable<'u>(secrets: &Secrets<'u>, entry: &KeyValue<'u>, project: &str) -> Option<RuleFinding<'u>> {
    let value = entry.value.of_variable().is()?;
    // Set to a text here, it is no secret of the settings; that it stands in the file is another rule's matter.
    let held = secrets.get(entry.key).filter(|_| value.text().is_some_and(|text| text.contains('$')) && value.origin().is_own())?;
    let message = format!(
        "the variable `{}` gives the secret `{}` to the pipeline of `{project}`, which does not mask it",
        entry.key, held.name
    );
    let help = "let that project have a secret of its own, and keep this one to the jobs that use it";
    let severity = if held.of_job { Severity::Low } else { Severity::Medium };
    let finding = RuleFinding::new(value.place("handed on"), message, help, held.name).rated(severity, Confidence::Medium);
    Some(finding.attribute("secret", held.name).attribute("project", project))
}

const DOCS: &str = r#"
A job with `trigger` gives the pipeline that it starts all variables of the file: its own, and those at the top level. Where one of
them is set to a secret, people of the other project have it: they can print it, its logs show it, since masking does not go along
with the value, and its unprotected branches get it too. `forward:pipeline_variables: true` gives away, besides, whatever somebody
starts a pipeline with, by hand, by a schedule or by the API.

**Mend it:** give the other project a secret of its own. Move the variable from the top level to the jobs that use it, or set
`inherit:variables: false`, or `forward:yaml_variables: false`, at the job that starts the pipeline.

**How bad:** medium; low for credentials that end with the job, and for `pipeline_variables`.

**It does not see:** who may see the other project; whether what is named like a secret (`…_TOKEN`, `…_PASSWORD`) is one. Child
pipelines belong to the same project, have its variables anyway, and are not reported.

```yaml bad
deploy:
  trigger:
    project: operations/deploy
    forward:
      pipeline_variables: true # <-
```

```yaml fixed
deploy:
  trigger:
    project: operations/deploy
    forward:
      pipeline_variables: false
```

```yaml bad
variables:
  REGISTRY_PASSWORD: $PRODUCTION_PASSWORD # <-
deploy:
  variables:
    KEY: "key-$DEPLOY_TOKEN" # <-
  trigger: operations/deploy
```

```yaml good
variables:
  REGISTRY_PASSWORD: $PRODUCTION_PASSWORD
child:
  trigger:
    include: child.yml
    forward:
      pipeline_variables: true
deploy:
  inherit:
    variables: false
  variables:
    VERSION: $CI_COMMIT_TAG
    MODE_TOKEN: anonymous
  trigger: operations/deploy
# file: child.yml
build:
  script: make
```

```yaml good
variables:
  REGISTRY_PASSWORD: $PRODUCTION_PASSWORD
deploy:
  trigger:
    project: operations/deploy
    forward:
      yaml_variables: false
      pipeline_variables: false
```

```yaml good
again:
  variables:
    KEY: $DEPLOY_TOKEN
  trigger:
    project: $CI_PROJECT_PATH
    branch: main
```
"#;
