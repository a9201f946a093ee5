use policy_core::model::gitlab::{Job, JobScript, Value};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::sinks::remote_code;
use policy_core::text::is_digest;

use crate::pipeline::{Asked, power};
use crate::remote::{LABEL, remote};

pub(crate) static RULE: Rule = Rule {
    id: "remote-script-in-job",
    meta: Meta {
        title: "a job downloads a script and executes it unseen",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["glsec/gl011", "glsec/gl020", "poutine/unverified_script_exec"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    for script in cx.unit.gitlab_scripts(job) {
        let spend = || cx.budget.spend(script.script.text().len() / 8 + 1);
        if script.remember(Asked::Downloads as u32, || spend() && !remote_code(script.script).is_empty()) && spend() {
            of_script(cx, job, &script, out);
        }
    }
}

fn of_script<'u>(cx: &Cx<'u>, job: &Job<'u>, script: &JobScript<'u>, out: &mut Out<'u>) {
    for found in remote_code(script.script) {
        let place = script.own_place(found.download.span().range(), LABEL);
        let (Some(at), Some(remote)) = (place, remote(&found, |name| holds_digest(job, name))) else { continue };
        if is_of_this_instance(found.url.as_deref(), &found.download) {
            continue;
        }
        let has = power(cx, job);
        let severity = if has.is_some() { remote.usual } else { remote.least };
        let help = "take an image that has it, or download a fixed version, compare its checksum with one that stands in the \
                    repository, and then execute it";
        let finding = RuleFinding::new(at, remote.message, help, remote.from).rated(severity, remote.confidence);
        out.found(RuleFinding { reason: has, ..finding });
    }
}

fn holds_digest(job: &Job<'_>, name: &str) -> bool {
    matches!(name, "CI_COMMIT_SHA" | "CI_COMMIT_BEFORE_SHA") || job.variable(name).is().and_then(Value::text).is_some_and(is_digest)
}

// What this instance of GitLab serves is as much its own as the pipeline.
fn is_of_this_instance(url: Option<&str>, download: &policy_core::shell::Command<'_>) -> bool {
    const OWN: &[&str] = &["CI_API_V4_URL", "CI_SERVER_URL", "CI_PROJECT_URL", "CI_PAGES_URL", "CI_SERVER_HOST", "CI_SERVER_FQDN"];
    let short = url.is_none_or(|url| url.ends_with("://"));
    short && download.words().iter().any(|word| word.variables().next().is_some_and(|first| OWN.contains(&first)))
}

const DOCS: &str = r#"
`curl https://… | sh` executes whatever the server answers at that moment. Who owns the server, its domain or the account that the
script lies in, or takes one of them over, runs code in your job, with its token and the variables that the project gives it, and
nothing in the repository changes. This is how the uploader of Codecov read the secrets of thousands of pipelines in 2021.

**Mend it:** take an image that has the tool, or a package manager with a lock file. Or download a fixed version to a file, compare
it with a checksum that stands in the repository (`sha256sum -c`), and execute it then.

**How bad:** medium where the files show that the job has something worth taking (an environment, an identity, a secret), low
otherwise. Over `http://`, where anyone on the way can answer, high, or medium where the job has nothing. With medium confidence
where the address is not told.

**It does not see:** a script that is saved to a file and executed later; wrappers of `curl`; what a downloaded script downloads; what
the settings of the project give to all jobs. An address with a whole commit id or a SHA-256 digest in it, by itself or by a variable
of the files, is taken for fixed; so is one of the machine itself. What this instance of GitLab serves (`$CI_API_V4_URL`,
`$CI_SERVER_URL`, `$CI_PROJECT_URL`) is not reported, nor are scripts of templates and other projects.

```yaml bad
test:
  before_script:
    - curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- -y # <-
  script:
    - make test
    - bash <(curl -s https://codecov.example/bash) # <-
  after_script:
    - eval "$(wget -qO- http://install.example/setup.sh)" # <-
```

```yaml bad
deploy:
  environment: production
  tags: [windows]
  script:
    - irm https://get.example/install.ps1 | iex # <-
```

```yaml good
test:
  script:
    - curl -fsSLo install.sh https://install.example/v1.2.3/install.sh
    - echo "$CHECKSUM  install.sh" | sha256sum -c
    - sh install.sh
```

```yaml good
variables:
  COMMIT: c43f4fb416c34c1c4b3997373689d8d4c0fb9b36
test:
  script:
    - curl -sSf https://example.com/tool/c43f4fb416c34c1c4b3997373689d8d4c0fb9b36/install.sh | sh
    - curl -sSf "https://example.com/tool/$COMMIT/install.sh" | sh
    - curl -sSf "$CI_SERVER_URL/tools/$CI_COMMIT_SHA/install.sh" | sh
```

```yaml good
test:
  script:
    - curl -s https://api.example/version | python3 -m json.tool
    - curl -s https://api.example/version | jq -r .version
    - echo "curl https://install.example | sh"
    - curl -s https://install.example/setup.sh.asc | gpg --decrypt | sh
    - curl -s "$CI_API_V4_URL/projects/1/packages/generic/setup/1/setup.sh" | sh
```
"#;
