use policy_core::model::gitlab::{Job, JobScript, Value};
use policy_core::read::Truth;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Command, Word};

use crate::held_secret::{Held, InScript, Secrets};
use crate::job_artifact::Artifacts;
use crate::printed::lists_variables;
use crate::printing::{input, prints_arguments};

pub(crate) static RULE: Rule = Rule {
    id: "secret-in-artifact-file",
    meta: Meta {
        title: "a job writes secrets into a file that it keeps",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-9"],
        aliases: &["glsec/gl014"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Programs that hand on what they read in lines.
const PASSING: &[&str] = &["sort", "tee", "uniq", "cat"];

/// The most pipes that are followed back.
const MAX_PIPES: usize = 8;

/// What is written.
enum Written<'u> {
    Everything,
    Secret(Held<'u>),
}

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let Some(artifacts) = Artifacts::of(job).filter(|artifacts| artifacts.all().next().is_some()) else { return };
    let secrets = Secrets::of(cx, job);
    for script in cx.unit.gitlab_scripts(job) {
        let Some(inside) = InScript::new(cx, &secrets, script.script) else { return };
        for command in script.script.commands() {
            if !cx.budget.spend(1 + command.words().len()) {
                return;
            }
            let Some(written) = written(&inside, command) else { continue };
            let Some((target, kept)) = targets(command).find_map(|target| Some((target, artifacts.keeping(unquoted(target))?)))
            else {
                continue;
            };
            if let Some(finding) = finding(&script, &artifacts, command, &written, (target, kept)) {
                out.found(finding);
            }
        }
    }
}

fn written<'u>(inside: &InScript<'_, 'u>, command: Command<'u>) -> Option<Written<'u>> {
    let from = source(command);
    if lists_variables(from) {
        return Some(Written::Everything);
    }
    let text = input(from).filter(|_| from.program().is_some_and(|program| program.is_any(PASSING)));
    let mut words = from.words().iter().filter(|_| prints_arguments(from)).chain(text);
    words.find_map(|word| inside.word(word)).map(Written::Secret)
}

// The command whose output a command hands on; itself, if it makes its own.
fn source(command: Command<'_>) -> Command<'_> {
    let mut at = command;
    for _ in 0..MAX_PIPES {
        let passes = at.program().is_some_and(|program| program.is_any(PASSING));
        match at.piped_from().filter(|_| passes) {
            Some(before) => at = before,
            None => break,
        }
    }
    at
}

// The files that the output of a command goes to.
fn targets<'u>(command: Command<'u>) -> impl Iterator<Item = Word<'u>> {
    let tee = command.program().filter(|program| program.is("tee"));
    let arguments = tee.into_iter().flat_map(|program| program.arguments.iter().filter(|word| !word.starts_with("-")));
    command.redirects().filter(|redirect| redirect.takes_output()).map(|redirect| redirect.target()).chain(arguments)
}

fn unquoted(word: Word<'_>) -> &str {
    word.text().trim_matches(['"', '\''])
}

fn finding<'u>(
    script: &JobScript<'u>,
    artifacts: &Artifacts<'u>,
    command: Command<'u>,
    written: &Written<'u>,
    (target, kept): (Word<'u>, Value<'u>),
) -> Option<RuleFinding<'u>> {
    let file = unquoted(target);
    let (what, object, of_job) = match written {
        Written::Everything => ("all variables of the job are".to_owned(), "variables", false),
        Written::Secret(held) => (format!("`{}` is", held.name), held.name, held.of_job),
    };
    let severity = match artifacts.is_for_all() {
        _ if of_job => Severity::Low,
        Truth::False => Severity::Medium,
        Truth::True | Truth::Unknown => Severity::High,
    };
    let message = format!("{what} written to `{file}`, which the job keeps as an artifact");
    let help = "write only what later jobs need: what is a variable of the project is one in these jobs too";
    let finding = RuleFinding::new(script.own_place(command.span().range(), "written here")?, message, help, object);
    Some(finding.rated(severity, Confidence::Medium).related(kept.place("kept here")).attribute("file", file))
}

const DOCS: &str = r#"
An artifact, and a `dotenv` report too, is a file that stays for weeks, and that everyone who can see the pipeline can fetch, in a
public project anyone. Masking is for logs: in files the values stand as they are.

Reported are commands that write all variables (`env > build.env`, `printenv`, `export -p`) or a secret
(`echo "TOKEN=$TOKEN" >> build.env`) to a file that `artifacts:paths` or `artifacts:reports:dotenv` keeps. A variable is a secret by
its name (`…_TOKEN`, `…_PASSWORD`), by `secrets` or `id_tokens` of the job, or since another one is set to it.

**Mend it:** write only the values that later jobs need. Variables of the project are there in later jobs anyway.

**How bad:** high; medium where `artifacts:access` or `artifacts:public` keeps them from those who only read; low for credentials
that end with the job.

**It does not see:** files that programs write, and names of files that are put together; whether what is named like a secret is
one. A list of variables that `grep` picks from, and files that are excluded or not kept, are not reported.

```yaml bad
build:
  script:
    - env > build.env # <-
    - echo "REGISTRY_TOKEN=$REGISTRY_TOKEN" >> build.env # <-
  artifacts:
    reports:
      dotenv: build.env
```

```yaml bad
build:
  script:
    - mkdir out
    - printenv | sort | tee out/variables.txt # <-
    - |
      cat > "$CI_PROJECT_DIR/out/settings.yml" <<END # <-
      password: $DB_PASSWORD
      END
  artifacts:
    paths: [out/]
```

```yaml good
build:
  script:
    - env > build.env
    - echo "VERSION=$CI_COMMIT_TAG" > version.env
  artifacts:
    reports:
      dotenv: version.env
```

```yaml good
build:
  script:
    - env | grep '^CI_COMMIT_' > out/commit.env
    - echo "$DEPLOY_TOKEN" > /tmp/out/token
    - echo "$DEPLOY_TOKEN" | ./sign > out/signature
  artifacts:
    paths: [out]
```

```yaml good
build:
  script:
    - echo "$DEPLOY_TOKEN" > out/token
    - echo "${DEPLOY_TOKEN:+set}" > out/state
  artifacts:
    paths: [out]
    exclude: [out/token]
```
"#;
