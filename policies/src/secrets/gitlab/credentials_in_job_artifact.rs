use policy_core::model::gitlab::{Job, Value};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::Redirect;

use crate::credential::{CREDENTIAL_FILES, Sure, credential_file};
use crate::job_artifact::{Artifacts, is_whole};

pub(crate) static RULE: Rule = Rule {
    id: "credentials-in-job-artifact",
    meta: Meta {
        title: "a job keeps credentials as an artifact",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-9"],
        aliases: &["glsec/gl005", "glsec/gl028"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Some(artifacts) = Artifacts::of(job) else { return };
    for (value, path) in &artifacts.paths {
        if !cx.budget.spend(CREDENTIAL_FILES.len()) {
            return;
        }
        if is_whole(path) {
            of_project(cx, job, &artifacts, *value, out);
        } else if matches!(path.trim_end_matches('/'), ".git" | ".git/config" | ".git/**" | ".git/*") {
            out.found(of_git(*value, "`.git`"));
        } else if let Some((name, sure)) = credential_file(path.trim_end_matches(['/', '*'])).filter(|_| !artifacts.excludes(path))
        {
            out.found(of_file(*value, name, sure));
        }
    }
    let untracked = artifacts.value.entry("untracked").filter(|entry| entry.value.origin().is_own());
    if let Some(entry) = untracked.filter(|entry| entry.value.boolean() == Read::Is(true))
        && let Some((name, sure)) = written(cx, job, &artifacts)
    {
        out.found(of_file(entry.value, name, sure));
    }
}

// The whole folder: with the credential that the job writes into it, or with that of the checkout.
fn of_project<'u>(cx: &Cx<'u>, job: &Job<'u>, artifacts: &Artifacts<'u>, value: Value<'u>, out: &mut Out<'u>) {
    if let Some((name, sure)) = written(cx, job, artifacts) {
        out.found(of_file(value, name, sure));
        return;
    }
    let strategy = job.variable("GIT_STRATEGY").and_then(Value::read);
    let without = matches!(strategy, Read::Is("none" | "empty") | Read::Dynamic) || artifacts.excludes(".git/config");
    // `**/*` passes over names that begin with a dot.
    let hidden = !value.text().unwrap_or("").contains('*');
    if !without && hidden {
        out.found(of_git(value, "the whole folder of the project"));
    }
}

// A file with a credential that a script of the job writes below the folder of the project.
fn written<'u>(cx: &Cx<'u>, job: &Job<'u>, artifacts: &Artifacts<'u>) -> Option<(&'static str, Sure)> {
    let script = cx.unit.gitlab_script(job)?.script;
    let paid = cx.budget.spend(script.text().len() / 8 + 1);
    let targets =
        script.commands().filter(|_| paid).flat_map(|command| command.redirects()).filter(|redirect| redirect.takes_output());
    let named = |redirect: Redirect<'u>| {
        let target = redirect.target().literal()?;
        let below = !target.starts_with(['/', '~']) && !artifacts.excludes(&target);
        credential_file(&target).filter(|_| below)
    };
    targets.filter_map(named).next()
}

fn of_file<'u>(value: Value<'u>, name: &str, sure: Sure) -> RuleFinding<'u> {
    let (severity, confidence, holds) = match sure {
        Sure::Credential => (Severity::High, Confidence::Medium, "holds"),
        Sure::Perhaps => (Severity::Medium, Confidence::Low, "can hold"),
    };
    let message = format!("the job keeps `{name}` as an artifact, which {holds} credentials");
    let help = "keep only the files that are needed, and leave this one out by `artifacts:exclude`";
    RuleFinding::new(value.place("kept, and given out"), message, help, name).rated(severity, confidence)
}

fn of_git<'u>(value: Value<'u>, what: &str) -> RuleFinding<'u> {
    let message = format!("the job keeps {what} as an artifact, with the job's token in `.git/config`");
    let help = "name the files that are needed, or leave `.git/**/*` out by `artifacts:exclude`";
    let finding = RuleFinding::new(value.place("kept, and given out"), message, help, ".git");
    finding.rated(Severity::Low, Confidence::Medium)
}

const DOCS: &str = r#"
Artifacts can be fetched by everyone who can see the pipeline, in a public project by anyone, unless `artifacts:access` says less.
They outlast the job by weeks. A file with a credential in one of them is given out.

Reported are paths that name files which hold credentials (`.docker/config.json`, `kubeconfig`, `id_rsa`, `.env`), also where
`untracked: true` or a path for the whole project takes a file of such a name that the job's script writes; and paths that take
`.git` along, in whose `config` the runner stores the token of the job.

**Mend it:** name the files that are needed, or leave these out by `artifacts:exclude`. Hand credentials on as variables.

**How bad:** high. Medium, and with low confidence, for files that can be harmless, such as `.env` and `*.pem`; low for `.git`,
since the token ends with the job.

**It does not see:** what a file holds; what is behind variables and patterns in the middle of a path. `**/*` passes over names that
begin with a dot, `GIT_STRATEGY: none` leaves no `.git`; what is excluded, and a `dotenv` report of such a name, is not reported.

```yaml bad
build:
  script: make
  artifacts:
    paths:
      - dist/
      - $CI_PROJECT_DIR/.docker/config.json # <-
      - certificates/server.key # <-
      - .git/ # <-
```

```yaml bad
build:
  script:
    - echo "$KUBE_CONFIG" > deploy/kubeconfig
  artifacts:
    untracked: true # <-
everything:
  script: make
  artifacts:
    paths: [.] # <-
```

```yaml good
build:
  script: make
  artifacts:
    paths: [dist/, .env.example, docs/keys.md, "**/*"]
    reports:
      dotenv: .env
```

```yaml good
build:
  script: make
  artifacts:
    paths: [., .docker/config.json]
    exclude: [.git/**/*, .docker/*]
```

```yaml good
build:
  variables:
    GIT_STRATEGY: none
  script: echo "$KUBE_CONFIG" > ~/.kube/config
  artifacts:
    paths: [./]
    untracked: true
```
"#;
