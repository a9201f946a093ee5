use policy_core::model::gitlab::{Job, JobScript};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Command, Word};

use crate::held_secret::{InScript, Secrets};
use crate::printing::{assigned, assignments};
use crate::tool::{Tool, tool};

pub(crate) static RULE: Rule = Rule {
    id: "cloud-entered-with-key",
    meta: Meta {
        title: "a job enters a cloud with a key that is stored",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-2"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

const AWS_VARIABLE: &str = "AWS_SECRET_ACCESS_KEY";

/// What a script that enters with a key says somewhere.
const NAMES: &[&str] = &[AWS_VARIABLE, "aws_secret_access_key", "activate-service-account", "service-principal"];

/// How a cloud is entered without a key.
const AWS_INSTEAD: &str = "`aws sts assume-role-with-web-identity` with a token of `id_tokens`";
const AZURE_INSTEAD: &str = "`az login --service-principal --federated-token` with a token of `id_tokens`";
const GOOGLE_INSTEAD: &str = "workload identity federation: `gcloud auth login --cred-file` with a token of `id_tokens`";

/// A key that is used.
struct Entered<'u> {
    at: Place<'u>,
    cloud: &'static str,
    secret: Option<&'u str>,
    instead: &'static str,
}

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let secrets = Secrets::of(cx, job);
    let elsewhere = goes_elsewhere(cx, job);
    let variable = job.variables().into_iter().find(|entry| entry.key == AWS_VARIABLE && entry.value.origin().is_own());
    // Set by another variable of the settings; that a text stands here is another rule's matter.
    let by_variable = variable.filter(|entry| entry.value.text().is_some_and(|text| text.contains('$')));
    if let Some((entry, held)) = by_variable.and_then(|entry| Some((entry, secrets.get(AWS_VARIABLE)?))).filter(|_| !elsewhere) {
        let at = Place::node(entry.key_at, "a stored key");
        out.found(finding(Entered { at, cloud: "AWS", secret: Some(held.name), instead: AWS_INSTEAD }));
    }
    let may = |text: &str| NAMES.iter().any(|name| text.contains(name));
    for script in cx.unit.gitlab_scripts(job).filter(|script| may(script.script.text())) {
        let Some(inside) = InScript::new(cx, &secrets, script.script) else { return };
        for command in script.script.commands() {
            if !cx.budget.spend(1 + command.words().len()) {
                return;
            }
            let found = entered(&script, &inside, command).filter(|found| found.cloud != "AWS" || !elsewhere);
            found.into_iter().for_each(|found| out.found(finding(found)));
        }
    }
}

fn entered<'u>(script: &JobScript<'u>, inside: &InScript<'_, 'u>, command: Command<'u>) -> Option<Entered<'u>> {
    let at = || script.own_place(command.span().range(), "enters with a key");
    let set = assignments(command).find(|word| assigned(*word) == Some(AWS_VARIABLE)).and_then(|word| inside.word(word));
    if let Some(held) = set {
        return Some(Entered { at: at()?, cloud: "AWS", secret: Some(held.name), instead: AWS_INSTEAD });
    }
    let tool = tool(command)?;
    if let Some(words) = tool.behind(&["configure", "set"]).filter(|_| tool.is_any(&["aws"])) {
        let key = words.get(0).filter(|word| word.is("aws_secret_access_key")).and_then(|_| words.get(1))?;
        let held = inside.word(key)?;
        return Some(Entered { at: at()?, cloud: "AWS", secret: Some(held.name), instead: AWS_INSTEAD });
    }
    if tool.is_any(&["gcloud"]) && tool.does(&["auth", "activate-service-account"]) && tool.has_option(&["--key-file"]) {
        let secret = value(&tool, &["--key-file"]).and_then(|word| inside.word(word)).map(|held| held.name);
        return Some(Entered { at: at()?, cloud: "Google Cloud", secret, instead: GOOGLE_INSTEAD });
    }
    if tool.is_any(&["az"]) && tool.does(&["login"]) && tool.has_option(&["--service-principal"]) {
        let held = value(&tool, &["--password", "-p"]).and_then(|word| inside.word(word))?;
        return Some(Entered { at: at()?, cloud: "Azure", secret: Some(held.name), instead: AZURE_INSTEAD });
    }
    None
}

fn value<'s>(tool: &Tool<'s>, names: &[&str]) -> Option<Word<'s>> {
    tool.option(names).map(|(word, _)| word)
}

// Storage of others that speaks the protocol of S3 knows no id tokens: an endpoint is named somewhere.
fn goes_elsewhere<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    let named = |text: &str| text.contains("ENDPOINT") || text.contains("endpoint");
    let spend = |text: &str| cx.budget.spend(1 + text.len() / 8);
    cx.unit.gitlab_scripts(job).any(|script| !spend(script.script.text()) || named(script.script.text()))
        || job.variables().iter().any(|entry| named(entry.key))
}

fn finding(entered: Entered<'_>) -> RuleFinding<'_> {
    let Entered { at, cloud, secret, instead } = entered;
    let key = secret.map_or_else(|| "a key file".to_owned(), |name| format!("the key in `{name}`"));
    let message = format!("the job enters {cloud} with {key}: it is stored, and works from everywhere");
    let help = format!("let the job prove who it is, by {instead}, and delete the key");
    let finding = RuleFinding::new(at, message, help, secret.unwrap_or(cloud));
    finding.rated(Severity::Medium, Confidence::Medium).attribute("cloud", cloud)
}

const DOCS: &str = r#"
A job enters a cloud with a key that is stored in the settings. The key works from everywhere, for whoever has it, until someone
thinks of replacing it or, in Azure, for months. AWS, Azure and Google Cloud take the identity that GitLab gives to each job by
`id_tokens` instead: nothing is stored, the credential lasts for the job, and the cloud can ask for the project, the branch or the
environment.

Reported are `gcloud auth activate-service-account` with a key file, `az login --service-principal` with a password, and
`AWS_SECRET_ACCESS_KEY`, or `aws configure set`, with a secret that was stored.

**Mend it:** give the job `id_tokens`, trust them in the cloud, enter with them, and delete the key.

**How bad:** medium.

**It does not see:** keys in the settings that no file names, and keys that programs other than these take. A key that the job was
given for itself, by `aws sts` say, is none, and a job that names an endpoint is not reported for AWS: storage of others that speaks
the protocol of S3 takes keys only. `gcloud auth login --cred-file` and `--federated-token` need no key.

```yaml bad
deploy:
  variables:
    AWS_SECRET_ACCESS_KEY: $PRODUCTION_SECRET_KEY # <-
  script:
    - aws s3 sync dist s3://website
other:
  script:
    - export AWS_SECRET_ACCESS_KEY=$PRODUCTION_SECRET_KEY # <-
    - aws configure set aws_secret_access_key "$PRODUCTION_SECRET_KEY" # <-
```

```yaml bad
deploy:
  script:
    - gcloud auth activate-service-account --key-file=/tmp/key.json # <-
    - az login --service-principal -u "$AZURE_ID" -p "$AZURE_SECRET" --tenant "$AZURE_TENANT" # <-
```

```yaml good
deploy:
  id_tokens:
    CLOUD_TOKEN: { aud: sts.amazonaws.com }
  script:
    - CREDENTIALS=$(aws sts assume-role-with-web-identity --web-identity-token "$CLOUD_TOKEN" --role-arn "$ROLE")
    - export AWS_SECRET_ACCESS_KEY=$(echo "$CREDENTIALS" | jq -r .Credentials.SecretAccessKey)
    - az login --service-principal -u "$AZURE_ID" --federated-token "$CLOUD_TOKEN" --tenant "$AZURE_TENANT"
    - gcloud auth login --cred-file=identity.json
```

```yaml good
deploy:
  variables:
    AWS_SECRET_ACCESS_KEY: $SPACES_SECRET_KEY
  script:
    - aws s3 sync dist s3://website --endpoint-url https://fra1.digitaloceanspaces.com
  after_script:
    - echo done
```

```yaml good
test:
  variables:
    AWS_SECRET_ACCESS_KEY: local
  script:
    - aws configure set region eu-central-1
    - aws configure set aws_secret_access_key local
    - gcloud auth activate-service-account
```
"#;
