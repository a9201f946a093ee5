use policy_core::model::gitlab::{Job, JobScript};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Program, Word};

use crate::held_secret::{Held, InScript, Secrets};

pub(crate) static RULE: Rule = Rule {
    id: "secret-in-build-argument",
    meta: Meta {
        title: "a secret is built into an image",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Programs that build images.
const BUILDERS: &[&str] = &["buildah", "buildctl", "docker", "docker-compose", "executor", "img", "nerdctl", "podman"];

/// The option by which they take arguments of the build.
const OPTION: &str = "--build-arg";

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let secrets = Secrets::of(cx, job);
    for script in cx.unit.gitlab_scripts(job).filter(|script| script.script.text().contains(OPTION)) {
        let Some(inside) = InScript::new(cx, &secrets, script.script) else { return };
        for command in script.script.commands() {
            if !cx.budget.spend(1 + command.words().len()) {
                return;
            }
            if let Some(program) = command.program().filter(|program| program.is_any(BUILDERS)) {
                of_build(&script, &secrets, &inside, &program, out);
            }
        }
    }
}

fn of_build<'u>(
    script: &JobScript<'u>,
    secrets: &Secrets<'u>,
    inside: &InScript<'_, 'u>,
    program: &Program<'u>,
    out: &mut Out<'u>,
) {
    let mut behind = false;
    for word in program.arguments.iter() {
        let joined = word.starts_with("--build-arg=");
        if (behind || joined)
            && let Some(held) = given(secrets, inside, word, joined)
            && let Some(at) = script.own_place(word.span().range(), "stays in the image")
        {
            out.found(finding(at, held, &program.name));
        }
        behind = word.is(OPTION);
    }
}

// The secret in `NAME=$VALUE`, or of `NAME` alone, which takes the variable of this name.
fn given<'u>(secrets: &Secrets<'u>, inside: &InScript<'_, 'u>, word: Word<'u>, joined: bool) -> Option<Held<'u>> {
    let text = word.text().trim_matches(['"', '\'']);
    let argument = if joined { text.strip_prefix("--build-arg=")? } else { text };
    inside.word(word).or_else(|| secrets.get(argument).filter(|_| !argument.contains('=')))
}

fn finding<'u>(at: policy_core::rule::Place<'u>, held: Held<'u>, program: &str) -> RuleFinding<'u> {
    let message = format!("`{program}` is given `{}` as an argument of the build, which the history of the image keeps", held.name);
    let help = "hand it over by `--secret id=NAME,env=NAME`, and read it by `RUN --mount=type=secret,id=NAME`";
    let severity = if held.of_job { Severity::Low } else { Severity::Medium };
    RuleFinding::new(at, message, help, held.name).rated(severity, Confidence::Medium).attribute("secret", held.name)
}

const DOCS: &str = r#"
Arguments of a build are written into the history of the image, beside every `RUN` that comes after them: `docker history` shows
them to everyone who can pull the image, and what the build keeps as its provenance shows them too.

**Mend it:** hand the secret over as one: `--secret id=NAME,env=NAME`, and in the Dockerfile `RUN --mount=type=secret,id=NAME`. It
is then a file for that one command.

**How bad:** medium; low for credentials that end with the job.

**It does not see:** the Dockerfile: arguments of a stage that is not part of the image stay in the cache of the build alone.
Whether what is named like a secret (`…_TOKEN`, `…_PASSWORD`) is one.

```yaml bad
build:
  script:
    - docker build --build-arg NPM_TOKEN=$NPM_TOKEN --tag "$IMAGE" . # <-
    - docker build --build-arg NPM_TOKEN . # <-
    - /kaniko/executor --context . --build-arg="TOKEN=${DEPLOY_TOKEN}" # <-
```

```yaml good
build:
  script:
    - docker build --secret id=NPM_TOKEN,env=NPM_TOKEN --tag "$IMAGE" .
    - docker build --build-arg VERSION=$CI_COMMIT_TAG --build-arg CACHE_KEY .
```

```yaml good
variables:
  NPM_TOKEN: anonymous
build:
  script:
    - docker build --build-arg NPM_TOKEN=$NPM_TOKEN .
```

```yaml good
build:
  script:
    - echo --build-arg NPM_TOKEN=$NPM_TOKEN > arguments.txt
    - docker build --build-arg NPM_TOKEN=none --label "$NPM_TOKEN" .
```
"#;
