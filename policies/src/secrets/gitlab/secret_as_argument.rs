use policy_core::document::edit::Edit;
use policy_core::model::gitlab::{Job, JobScript};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};
use policy_core::shell::{Command, Language, Link, Program, Word};

use crate::held_secret::{Held, InScript, Secrets};
use crate::tool::is_builtin;

pub(crate) static RULE: Rule = Rule {
    id: "secret-as-argument",
    meta: Meta {
        title: "a secret is given to a program as an argument",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-6"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Long options that take a secret, in whatever program.
const OPTIONS: &[&str] = &[
    "--access-token",
    "--api-key",
    "--auth-token",
    "--client-secret",
    "--pass",
    "--passphrase",
    "--passwd",
    "--password",
    "--secret",
    "--token",
];

/// Short options that take a secret: the programs, the subcommand if only that one takes it, the option.
const SHORT: &[(&[&str], &str, &str)] = &[
    (LOGIN, "login", "-p"),
    (&["curl"], "", "-u"),
    (&["curl"], "", "--user"),
    (&["mysql", "mysqladmin", "mysqldump", "mariadb"], "", "-p"),
    (&["sshpass"], "", "-p"),
    (&["twine"], "upload", "-p"),
];

/// Programs that log in to registries, and read the password from their input with `--password-stdin`.
const LOGIN: &[&str] = &["buildah", "crane", "docker", "helm", "nerdctl", "podman", "skopeo"];

/// A secret that a program is given.
struct Given<'u> {
    held: Held<'u>,
    /// The word that holds it.
    word: Word<'u>,
    /// The option before that word, or the beginning of the word; empty for an address.
    option: &'static str,
    /// Whether the option is a word of its own.
    apart: bool,
}

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let secrets = Secrets::of(cx, job);
    for script in cx.unit.gitlab_scripts(job).filter(|script| secrets.are_in(script)) {
        let Some(inside) = InScript::new(cx, &secrets, script.script) else { return };
        for command in script.script.commands() {
            if !cx.budget.spend(1 + command.words().len()) {
                return;
            }
            let Some(program) = command.program().filter(|program| !is_builtin(command, &program.name)) else { continue };
            let Some(given) = given(&inside, &program) else { continue };
            if let Some(finding) = finding(&script, command, &program, &given) {
                out.found(finding);
            }
        }
    }
}

// The first secret among the arguments that stands where the program has another way to get it.
fn given<'u>(inside: &InScript<'_, 'u>, program: &Program<'u>) -> Option<Given<'u>> {
    let short = SHORT.iter().filter(|(programs, subcommand, _)| {
        program.is_any(programs) && (subcommand.is_empty() || program.arguments.iter().any(|word| word.is(subcommand)))
    });
    let options: Vec<&'static str> = OPTIONS.iter().copied().chain(short.map(|(.., option)| *option)).collect();
    let mut before: Option<Word<'u>> = None;
    for word in program.arguments.iter() {
        let previous = before.replace(word);
        let Some(held) = inside.word(word) else { continue };
        let given = |option, apart| Some(Given { held, word, option, apart });
        if let Some(option) = previous.and_then(|previous| options.iter().find(|option| previous.is(option))) {
            return given(*option, true);
        }
        let start = word.leading();
        let joined = |option: &&&str| {
            start.strip_prefix(**option).is_some_and(|rest| if option.starts_with("--") { rest.starts_with('=') } else { true })
        };
        if let Some(option) = options.iter().find(joined) {
            return given(*option, false);
        }
        if in_address(word, held) {
            return given("", false);
        }
    }
    None
}

// `https://user:$TOKEN@host`: git keeps the address with the token in its settings.
fn in_address(word: Word<'_>, held: Held<'_>) -> bool {
    let text = word.text();
    let written = [format!("${}", held.name), format!("${{{}}}", held.name)];
    let address = text.contains("://") && written.iter().any(|name| text.contains(&format!("{name}@")));
    // This is how GitLab itself gives it to git, for as long as the job.
    address && !held.of_job
}

fn finding<'u>(script: &JobScript<'u>, command: Command<'u>, program: &Program<'u>, given: &Given<'u>) -> Option<RuleFinding<'u>> {
    let (secret, name) = (given.held.name, &program.name);
    let how = match given.option {
        "" => "within an address".to_owned(),
        option => format!("by `{option}`"),
    };
    let stores =
        program.is("git") && program.arguments.iter().any(|word| ["clone", "config", "remote"].iter().any(|known| word.is(known)));
    let kept = if given.option.is_empty() && stores { ", which stores it in its settings" } else { "" };
    let message = format!("`{name}` is given `{secret}` {how}{kept}: what runs beside it on the runner can read its arguments");
    let login = is_login(program);
    let help = match given.option {
        _ if login => "hand it over by a pipe: `--password-stdin`",
        "" => "leave it out of the address, and let git ask for it: `git config credential.helper`, or `GIT_ASKPASS`",
        _ => "give it to the program by its environment, its input or a file that only this user can read",
    };
    let at = script.own_place(given.word.span().range(), "an argument")?;
    let severity = if given.held.of_job { Severity::Info } else { Severity::Low };
    let finding = RuleFinding::new(at, message, help, secret).rated(severity, Confidence::Medium);
    let fix = if login { by_pipe(script, command, given) } else { None };
    Some(finding.attribute("secret", secret).attribute("program", name.as_ref()).fixed(fix))
}

fn is_login(program: &Program<'_>) -> bool {
    program.is_any(LOGIN) && program.arguments.iter().any(|word| word.is("login"))
}

// `docker login -p "$P" …` becomes `echo "$P" | docker login --password-stdin …`.
fn by_pipe(script: &JobScript<'_>, command: Command<'_>, given: &Given<'_>) -> Option<ProposedFix> {
    let (start, span) = (command.span().start, given.word.span());
    let reads = matches!(given.option, "--token") || command.link() == Link::Pipe || command.redirects().next().is_some();
    let whole = [format!("${}", given.held.name), format!("${{{}}}", given.held.name)];
    let written = given.word.text().trim_matches('"');
    if script.script.language() != Language::Posix || reads || !given.apart || !whole.iter().any(|text| text == written) {
        return None;
    }
    // The option is the word before.
    let before = script.script.text().get(..span.start as usize)?;
    let option = before.trim_end().len().checked_sub(given.option.len())?;
    let (value, at) = script.value_at(start as usize)?;
    if before.get(option..option + given.option.len()) != Some(given.option) {
        return None;
    }
    let from = at + option - start as usize;
    let scalar = value.at().id();
    let end = from + (span.end as usize - option);
    let edits = vec![
        Edit::Splice { scalar, decoded: at..at, text: format!("echo \"{written}\" | ") },
        Edit::Splice { scalar, decoded: from..end, text: "--password-stdin".to_owned() },
    ];
    Some(ProposedFix { title: "hand the password over by a pipe".to_owned(), safety: Safety::Unsafe, edits })
}

const DOCS: &str = r#"
The arguments of a program stand in the list of processes: on a runner without containers every job and user can read them, within a
container every process of the job. Some programs also write them down: git keeps an address with a token in it in `.git/config`.

Reported are variables that hold a secret behind options such as `--password` and `--token`, `docker login -p`, `curl -u` and
`sshpass -p`, and in addresses such as `https://user:$TOKEN@host`. A variable is a secret by its name (`…_TOKEN`, `…_PASSWORD`), by
`secrets` of the job, or since another one is set to it.

**Mend it:** give it to the program by its standard input (`--password-stdin`), its environment (`TWINE_PASSWORD`, `SSHPASS` with
`-e`) or a file. The fix does so for `docker login` and its like.

**How bad:** low, since it takes another program on the runner. Only worth knowing for credentials that end with the job.

**It does not see:** headers such as `curl --header "PRIVATE-TOKEN: …"`, which GitLab documents; whether a runner has containers;
what is named like a secret and is none. `CI_JOB_TOKEN` in an address is how GitLab hands it to git, and is not reported. The
shell's own commands, such as `echo` and `export`, have no arguments that others see.

```yaml bad
push:
  script:
    - docker login -u ci -p "$REGISTRY_PASSWORD" registry.example # <-
    - docker login -u "$CI_REGISTRY_USER" -p $CI_REGISTRY_PASSWORD $CI_REGISTRY && docker push "$IMAGE" # <-
    - |
      podman login --password ${REGISTRY_PASSWORD} registry.example # <-
```

```yaml fixed
push:
  script:
    - echo "$REGISTRY_PASSWORD" | docker login -u ci --password-stdin registry.example
    - echo "$CI_REGISTRY_PASSWORD" | docker login -u "$CI_REGISTRY_USER" --password-stdin $CI_REGISTRY && docker push "$IMAGE"
    - |
      echo "${REGISTRY_PASSWORD}" | podman login --password-stdin registry.example
```

```yaml bad
push:
  script:
    - curl -u "ci:$NEXUS_PASSWORD" --upload-file app.zip https://nexus.example/ # <-
    - git push "https://ci:${PUSH_TOKEN}@gitlab.example/group/project.git" # <-
    - sshpass -p "$SSH_PASS" ssh deploy@host.example # <-
    - kubectl config set-credentials ci --token="$KUBE_TOKEN" # <-
```

```yaml good
push:
  script:
    - echo "$REGISTRY_PASSWORD" | docker login -u ci --password-stdin registry.example
    - 'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/1"'
    - git clone "https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example/group/project.git"
```

```yaml good
variables:
  DB_PASSWORD: test
test:
  script:
    - ./migrate --password "$DB_PASSWORD"
    - cargo build -p "$CRATE"
    - ./deploy --token-file "$TOKEN_FILE" --password
```

```yaml good
test:
  script:
    - echo --token "$API_TOKEN" > arguments.txt
    - docker build -p "$API_TOKEN" .
    - test --password = "$API_TOKEN"
```
"#;
