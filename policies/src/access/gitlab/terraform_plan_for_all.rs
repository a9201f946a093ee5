use policy_core::document::edit::{Edit, Value as Written};
use policy_core::model::gitlab::Job;
use policy_core::read::Truth;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::job_artifact::Artifacts;

pub(crate) static RULE: Rule = Rule {
    id: "terraform-plan-for-all",
    meta: Meta {
        title: "everyone can fetch a plan or state of Terraform",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-6", "CICD-SEC-9"],
        aliases: &["glsec/gl073"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Endings of files that hold a plan or a state.
const ENDINGS: &[&str] = &[".tfplan", ".tfstate", ".tfstate.backup", "/tfplan", "/plan.cache"];

fn check<'u>(_: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Some(artifacts) = Artifacts::of(job).filter(|artifacts| artifacts.is_for_all() == Truth::True) else { return };
    for (value, path) in &artifacts.paths {
        let named = format!("/{path}");
        if !ENDINGS.iter().any(|ending| named.ends_with(ending)) {
            continue;
        }
        let what = if named.contains(".tfstate") { "state" } else { "plan" };
        let finding = RuleFinding::new(
            value.place("anyone who sees the pipeline can fetch it"),
            format!("a {what} of Terraform holds all values in clear, and everyone who sees the pipeline can fetch this one"),
            "set `artifacts:access` to `developer`, or to `none` where only later jobs need it",
            what,
        );
        out.found(finding.rated(Severity::Medium, Confidence::Medium).fixed(fix(&artifacts)));
    }
}

fn fix(artifacts: &Artifacts<'_>) -> Option<ProposedFix> {
    let map = artifacts.value;
    // GitLab takes `access` or `public`, not both. A mapping that was merged is not written in one place.
    let replaced = map.entry("access").or_else(|| map.entry("public"));
    let here = map.entries().all(|entry| entry.key_at.parent() == Some(map.at()));
    let edits = match replaced {
        Some(entry) if entry.key == "public" => {
            vec![Edit::Set { node: entry.value.at().id(), value: Written::Plain("false".to_owned()) }]
        }
        Some(entry) => vec![Edit::Set { node: entry.value.at().id(), value: "developer".into() }],
        None => vec![Edit::Insert { map: map.at().id(), before: None, key: "access".to_owned(), value: "developer".into() }],
    };
    let fix = ProposedFix { title: "let only developers fetch it".to_owned(), safety: Safety::Unsafe, edits };
    here.then_some(fix)
}

const DOCS: &str = r#"
A plan and a state of Terraform hold the values of all resources, and passwords, keys and tokens among them, also those that are
marked as sensitive: that mark is for the screen. As an artifact, they can be fetched by everyone who can see the pipeline, in a
public project by anyone, since `artifacts:access` is `all` unless the job says something else.

**Mend it:** set `artifacts:access: developer`, or `none` where only later jobs need the file; they get it anyway. Keep the state in
a backend. The templates of GitLab for Terraform do the same by `public: false`.

**How bad:** medium. Confidence is medium, since the project may be private, and the plan without secrets.

**It does not see:** who can see the pipelines of the project; plans of other names. `plan.json` is not reported: by custom it is
the report for merge requests, in which there are only numbers.

```yaml bad
plan:
  script: terraform plan -out=plan.tfplan
  artifacts:
    paths:
      - infra/plan.tfplan # <-
state:
  script: terraform apply
  artifacts:
    public: true
    paths: [terraform.tfstate] # <-
```

```yaml fixed
plan:
  script: terraform plan -out=plan.tfplan
  artifacts:
    paths:
      - infra/plan.tfplan
    access: developer
state:
  script: terraform apply
  artifacts:
    public: false
    paths: [terraform.tfstate]
```

```yaml good
plan:
  script: terraform plan -out=plan.cache
  artifacts:
    access: none
    paths: [plan.cache]
```

```yaml good
plan:
  script: terraform plan -out=plan.cache
  artifacts:
    public: false
    paths: [plan.cache]
```

```yaml good
plan:
  script: terraform plan -out=plan.cache
  artifacts:
    access: $PLAN_ACCESS
    paths: [plan.cache]
report:
  script: make
  artifacts:
    paths: [plan.json, docs/tfplan/, my-tfplan]
    reports:
      terraform: plan.json
```
"#;
