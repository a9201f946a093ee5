use policy_core::model::gitlab::condition::Truth;
use policy_core::model::gitlab::{Job, Value};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::deploy::{deploying, leads_off_the_machine, may_deploy, takes_down, tries};
use crate::runs::{BRANCH, CHANGES, SCHEDULE, runs_in};

pub(crate) static RULE: Rule = Rule {
    id: "deploy-job-without-environment",
    meta: Meta {
        title: "a job deploys without an environment that GitLab knows",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1", "CICD-SEC-5"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    if job.own("environment") != Read::Absent || tries(job.name()) || job.own("stage").is().and_then(Value::text).is_some_and(tries)
    {
        return;
    }
    let script = cx.unit.gitlab_script(job).filter(|script| may_deploy(script.script));
    let Some(script) = script.filter(|script| cx.budget.spend(1 + script.script.text().len() / 8)) else { return };
    let Some((command, what)) = deploying(script.script) else { return };
    let Some(place) = script.own_place(command.span().range(), "deploys") else { return };
    if takes_down(script.script) || !leads_elsewhere(job, script.script.text(), &what) || only_requests(job) {
        return;
    }
    // What only protected branches run, those may merge to them who may deploy.
    let severity = if runs_in(job, BRANCH) == Truth::True { Severity::Medium } else { Severity::Low };
    let finding = RuleFinding::new(
        place,
        format!("a job deploys by `{what}`, and has no `environment`"),
        "give the job an `environment`, and protect it in the project's settings",
        job.name(),
    );
    out.found(finding.rated(severity, Confidence::Medium).attribute("job", job.name()).attribute("deploys", what));
}

fn leads_elsewhere(job: &Job<'_>, script: &str, what: &str) -> bool {
    let tags = job.get("tags").is().map(|tags| tags.flat()).unwrap_or_default();
    let own_machine = tags.iter().any(|tag| tag.text().is_some_and(|tag| !tag.starts_with("saas-")));
    let variables = job.variables().iter().any(|entry| entry.key.to_ascii_lowercase().contains("kube"));
    let beside = job.services().iter().any(|service| {
        service
            .name_value()
            .is()
            .and_then(|name| name.text())
            .is_some_and(|name| ["k3s", "kind", "localstack", "minikube"].iter().any(|local| name.contains(local)))
    });
    let agent = script.contains("use-context") || script.contains("--kube");
    !beside && leads_off_the_machine(script, what, own_machine || variables || agent)
}

// What only merge requests start is a trial of them.
fn only_requests(job: &Job<'_>) -> bool {
    CHANGES.iter().filter(|run| !run.is_request()).chain([&SCHEDULE]).all(|run| runs_in(job, *run) == Truth::False)
}

const DOCS: &str = r#"
A job deploys, and names no environment. An environment is where GitLab lets you say who may deploy, ask for approvals, give
variables only to deployments, keep older jobs from running after newer ones, and see what is deployed where and how to go back.

A job deploys if it runs a command that is known to: `kubectl apply`, `helm upgrade`, `terraform apply`, `aws s3 sync` to a bucket,
`gcloud run deploy`, `flyctl deploy`, `wrangler deploy` and their like.

**Mend it:** give the job an `environment`, and protect it in the project's settings.

**How bad:** medium where every branch runs the job, low elsewhere: there, protected branches say who deploys.

**It does not see:** deployments by scripts of yours, and whether an environment asks for anything. Not reported are: jobs that only
merge requests start; rehearsals (`--dry-run`); clusters beside the job (kind, minikube, k3d, k3s, localstack), and those that
nothing
in the job leads to; what the same job destroys; jobs and stages whose names say that they test something or show a preview.

```yaml bad
deploy:
  script:
    - kubectl config use-context group/agents:main
    - kubectl apply -f deploy/ # <-
website:
  script: aws s3 sync public "s3://$BUCKET" # <-
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
```

```yaml good
deploy:
  environment: production
  script: aws s3 sync public "s3://$BUCKET"
```

```yaml good
charts:
  services: [rancher/k3s]
  script:
    - kubectl config use-context default
    - helm upgrade --install product charts/product
cluster:
  script:
    - kind create cluster --kubeconfig kubeconfig
    - kubectl apply -f deploy/
nothing:
  script: kubectl apply -f deploy/
```

```yaml good
plan:
  script: terraform plan
rehearsal:
  script: helm upgrade --dry-run --kubeconfig config product charts/product
tried:
  script:
    - terraform apply -auto-approve
    - terraform destroy -auto-approve
e2e:
  script: flyctl deploy
```

```yaml good
preview:
  script: flyctl deploy
request:
  script: flyctl deploy
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
```
"#;
