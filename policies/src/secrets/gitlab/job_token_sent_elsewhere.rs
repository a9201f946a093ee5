use policy_core::model::gitlab::{Job, JobScript};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Command, Program, Word};

use crate::held_secret::{InScript, Secrets};

pub(crate) static RULE: Rule = Rule {
    id: "job-token-sent-elsewhere",
    meta: Meta {
        title: "the job's token is sent to a server that is not GitLab",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &["glsec/gl004"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

const TOKEN: &str = "CI_JOB_TOKEN";

/// Programs that send what they are given to a server.
const SENDERS: &[&str] = &["curl", "http", "https", "wget", "xh"];

/// Options whose value is text that is sent, or a file, and not where to.
const TEXTS: &[&str] = &[
    "--data",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "--form",
    "--header",
    "--json",
    "--output",
    "--proxy",
    "--referer",
    "--user-agent",
    "-A",
    "-F",
    "-H",
    "-O",
    "-d",
    "-e",
    "-o",
    "-x",
];

/// Servers that are surely no GitLab of anyone's own, with what lies below them.
const OTHERS: &[&str] = &[
    "amazonaws.com",
    "azure.com",
    "bitbucket.org",
    "codeberg.org",
    "discord.com",
    "docker.com",
    "docker.io",
    "ghcr.io",
    "github.com",
    "githubusercontent.com",
    "googleapis.com",
    "npmjs.org",
    "pypi.org",
    "quay.io",
    "slack.com",
    "webhook.site",
];

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let secrets = Secrets::of(cx, job);
    for script in cx.unit.gitlab_scripts(job).filter(|script| script.script.text().contains(TOKEN)) {
        let Some(inside) = InScript::new(cx, &secrets, script.script) else { return };
        for command in script.script.commands() {
            if !cx.budget.spend(1 + command.words().len()) {
                return;
            }
            if let Some(finding) = command.program().and_then(|program| finding(&script, &inside, command, &program)) {
                out.found(finding);
            }
        }
    }
}

fn finding<'u>(
    script: &JobScript<'u>,
    inside: &InScript<'_, 'u>,
    command: Command<'u>,
    program: &Program<'u>,
) -> Option<RuleFinding<'u>> {
    let holds = |word: &Word<'u>| inside.word(*word).is_some_and(|held| held.name == TOKEN);
    let token = program.arguments.iter().find(holds)?;
    let host = if program.is_any(SENDERS) {
        // These are how GitLab takes it, on whatever host it runs.
        let text = command.text();
        let for_gitlab = ["/api/v4", "gitlab-ci-token", "JOB-TOKEN", "job-token"].iter().any(|known| text.contains(known));
        if for_gitlab { None } else { receiver(program) }
    } else {
        program.is("git").then(|| host_of(token).filter(|_| !token.text().contains("gitlab-ci-token")))?
    };
    let host = host.filter(|host| host.contains('.') && !host.contains("gitlab"))?;
    let below = |known: &str| host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    let (confidence, what) = match OTHERS.iter().any(|known| below(known)) {
        true => (Confidence::High, "which is not GitLab"),
        false => (Confidence::Low, "which does not look like GitLab"),
    };
    let message = format!("`{TOKEN}` is sent to `{host}`, {what}, and works for whoever has it while the job runs");
    let help = "send a token that this server gave out, or one of `id_tokens` with this server as its audience";
    let finding = RuleFinding::new(script.own_place(token.span().range(), "the job's token")?, message, help, host);
    Some(finding.rated(Severity::Medium, confidence).attribute("host", host))
}

// The server that a program talks to.
fn receiver<'u>(program: &Program<'u>) -> Option<&'u str> {
    let mut before: Option<Word<'u>> = None;
    program.arguments.iter().find_map(|word| {
        let text = before.replace(word).is_some_and(|before| TEXTS.iter().any(|option| before.is(option)));
        let joined = word.starts_with("-") && !word.starts_with("--url=");
        if text || joined { None } else { host_of(word) }
    })
}

// The host of an address; none where a variable decides it.
fn host_of(word: Word<'_>) -> Option<&str> {
    let (_, rest) = word.text().split_once("://")?;
    let place = rest.split(['/', '?', '"', '\'']).next()?;
    let host = place.rsplit('@').next()?.split(':').next()?;
    (!host.contains(['$', '{', '('])).then_some(host)
}

const DOCS: &str = r#"
`CI_JOB_TOKEN` lets whoever has it do what the job may do at GitLab, as long as the job runs: read the repository and those of other
projects that allow it, push packages, images and releases. Only GitLab has to see it. A server that is given it can use it within
minutes, and may keep it in its own logs.

**Mend it:** use a token that this server gave out. Where the server wants to know which job it is, use `id_tokens` with that server
as the audience.

**How bad:** medium, since it ends with the job.

**It does not see:** which server your GitLab is: a host with `gitlab` in its name is taken for it, a well-known other service is
surely none, and for the rest confidence is low, and nothing is said where the command is in the form that GitLab takes
(`JOB-TOKEN`, `gitlab-ci-token`, `/api/v4`). A host that a variable gives, and tokens that programs send by themselves, are not
seen.

```yaml bad
notify:
  script:
    - 'curl --header "Authorization: Bearer $CI_JOB_TOKEN" https://hooks.slack.com/services' # <-
    - curl --data "token=${CI_JOB_TOKEN}" "https://deploy.example/start?ref=$CI_COMMIT_SHA" # <-
    - git clone "https://ci:$CI_JOB_TOKEN@github.com/group/project.git" # <-
```

```yaml good
fetch:
  script:
    - 'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" https://code.example/api/v4/projects/1/packages'
    - git clone "https://gitlab-ci-token:$CI_JOB_TOKEN@code.example/group/project.git"
```

```yaml good
fetch:
  script:
    - 'curl --header "PRIVATE: $CI_JOB_TOKEN" "$CI_SERVER_URL/file"'
    - 'curl --header "PRIVATE: $CI_JOB_TOKEN" https://gitlab.example/file'
    - 'curl --header "PRIVATE: $OTHER_TOKEN" https://github.com/file'
```

```yaml good
fetch:
  script:
    - git config url."https://ci:$CI_JOB_TOKEN@gitlab.example/".insteadOf "https://github.com/"
    - 'curl --header "Token: $CI_JOB_TOKEN" --data "https://github.com/a/b" http://backend:8080/start'
```
"#;
