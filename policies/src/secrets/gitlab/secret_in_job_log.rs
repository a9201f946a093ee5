use policy_core::model::gitlab::{Job, JobScript};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::Link;

use crate::held_secret::{InScript, Secrets};
use crate::pipeline::Asked;
use crate::printed::{Follower, How, Printed, Taint};

pub(crate) static RULE: Rule = Rule {
    id: "secret-in-job-log",
    meta: Meta {
        title: "a job prints a secret",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-10"],
        aliases: &["glsec/gl021", "glsec/gl062", "glsec/gl068"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let secrets = Secrets::of(cx, job);
    for script in cx.unit.gitlab_scripts(job) {
        // What it prints whatever the job holds is the same for all jobs.
        let mut first = false;
        script.remember(Asked::Log as u32, || {
            first = true;
            true
        });
        if !first && !script.script.may_name("printenv") && !secrets.are_in(&script) {
            continue;
        }
        let Some(inside) = InScript::new(cx, &secrets, script.script) else { return };
        let given = |part| inside.taint(part);
        let named = |name| secrets.get(name).map(|held| Taint { secret: held.name, derived: false });
        let all = Taint { secret: "", derived: false };
        for printed in Follower::new(script.script, &given, &named, Some(all)).printed(cx.budget) {
            if let Some(finding) = finding(&script, &secrets, &printed) {
                out.found(finding);
            }
        }
    }
}

fn finding<'u>(script: &JobScript<'u>, secrets: &Secrets<'u>, printed: &Printed<'u>) -> Option<RuleFinding<'u>> {
    let Taint { secret, derived } = printed.taint;
    let at = script.own_place(printed.command.span().range(), "printed into the log")?;
    if let How::Listed = printed.how {
        let message = "all variables are printed into the job's log, and GitLab hides only those that are masked";
        let finding = RuleFinding::new(at, message, "print the variables that are needed by their names", "variables");
        return Some(finding.rated(Severity::Low, Confidence::Medium));
    }
    let of_job = secrets.get(secret).is_some_and(|held| held.of_job);
    let severity = match (derived, of_job) {
        (true, false) => Severity::High,
        (false, true) => Severity::Low,
        _ => Severity::Medium,
    };
    let how = match printed.how {
        // Somebody asked for it, in this one run.
        How::Traced(_) if matches!(printed.command.link(), Link::And | Link::Or) => return None,
        How::Traced(_) => "is shown in the job's log, since `set -x` shows every command",
        _ => "is printed into the job's log",
    };
    let (form, masked) = match derived {
        true => ("a text made of ", ", in a form that masking misses"),
        false => ("", ", where only masking can hide it"),
    };
    let help = "do not print it: ask whether it is set, or hand it on by a pipe or a file";
    let mut finding = RuleFinding::new(at, format!("{form}`{secret}` {how}{masked}"), help, secret);
    if let How::Traced(shown) = printed.how {
        finding.related.extend(script.own_place(shown.span().range(), "shown with the secret"));
    }
    Some(finding.rated(severity, Confidence::Medium).attribute("secret", secret))
}

const DOCS: &str = r#"
Logs of jobs can be read by everyone who can see the pipelines, in a public project by anyone, and are kept for long. GitLab hides
the value of a variable in them only if it is marked as masked, and only that value: not what `base64`, `rev`, `sed` or `jq` make of
it, and not a part of it.

Reported are commands whose output reaches the log and holds a secret, lists of all variables (`env`, `printenv`), and `set -x`
before a command with a secret. A variable is a secret by its name (`…_TOKEN`, `…_PASSWORD`, `…_SECRET`, `…_API_KEY`), by
`id_tokens` and `secrets` of the job, or since another one is set to it.

**Mend it:** do not print it. To see whether it is set, print `${NAME:+set}`. Mark the variable as masked in the settings.

**How bad:** high for a form that masking misses; medium for the value; low for credentials of the job alone, which GitLab masks and
which end with it, and for lists of variables.

**It does not see:** whether a variable is masked, and whether what is named like a secret is one; what programs print by
themselves; values that a script fetches itself. Output into a file or a program is not printed. `set -x` behind `&&` or `||` is
taken as asked for, and a variable that the file or the script sets to a text is no secret.

```yaml bad
deploy:
  script:
    - echo "the key is $DEPLOY_TOKEN" # <-
    - echo "$DEPLOY_TOKEN" | base64 # <-
    - printenv | sort # <-
    - set -x # <-
    - ./deploy --key "$API_KEY"
```

```yaml bad
variables:
  KEY: $DEPLOY_TOKEN
deploy:
  id_tokens:
    CLOUD: { aud: https://cloud.example }
  script:
    - echo "$KEY" # <-
    - echo "$CLOUD" # <-
    - echo "${DEPLOY_TOKEN:0:4}" # <-
```

```yaml good
deploy:
  script:
    - echo "$DEPLOY_TOKEN" | docker login --username ci --password-stdin registry.example
    - echo "$DEPLOY_TOKEN" | base64 -d > key.json
    - echo "the key is ${DEPLOY_TOKEN:+set}, and has ${#DEPLOY_TOKEN} characters"
```

```yaml good
variables:
  DB_PASSWORD: test
test:
  script:
    - echo "$DB_PASSWORD"
    - TOKEN=anonymous
    - echo "$TOKEN $SECRET_NAME $CACHE_KEY"
    - env > variables.txt
```

```yaml good
test:
  script:
    - '[ "$DEBUG" != true ] || set -x'
    - ./deploy "$DEPLOY_TOKEN"
```

```yaml good
deploy:
  secrets:
    DEPLOY_TOKEN: { vault: production/deploy/token }
  script:
    - echo "$DEPLOY_TOKEN is where the secret is"
```
"#;
