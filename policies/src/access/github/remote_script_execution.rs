use policy_core::model::github::Step;
use policy_core::reach::Attack;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::sinks::{RemoteCode, remote_code};
use policy_core::shell::{Command, Link, Part, Word};

use crate::outsider::reach_of;

pub(crate) static RULE: Rule = Rule {
    id: "remote-script-execution",
    meta: Meta {
        title: "a script is downloaded and executed unseen",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["poutine/unverified_script_exec", "scorecard/Pinned-Dependencies", "semgrep/curl-eval", "runner-guard/RGS-006"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// The most commands of a pipeline that are looked at behind a download.
const MAX_PIPELINE: usize = 16;

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let (Some(run), Some(script)) = (step.run(), cx.unit.script(step)) else { return };
    for remote in remote_code(script) {
        let span = remote.download.span();
        if !is_pinned(cx, step, &remote) && !is_verified(&remote) {
            out.found(finding(cx, step, &remote, Place::text(run, span.range(), "can give another script at any time")));
        }
    }
}

fn finding<'u>(cx: &Cx<'u>, step: &Step<'u>, remote: &RemoteCode<'_>, at: Place<'u>) -> RuleFinding<'u> {
    let url = remote.url.as_deref();
    let plain = url.is_some_and(|url| !starts_with(url, "https:"));
    let (usual, least, how) = match plain {
        true => (Severity::High, Severity::Medium, ", or whoever is on the way there,"),
        false => (Severity::Medium, Severity::Low, ""),
    };
    let by = remote.executes.program().map_or("the shell".into(), |program| format!("`{}`", program.name));
    let from = url.map_or("", shown);
    let more = if remote.fixed { "" } else { "…" };
    let (address, confidence) = match url {
        Some(_) => (format!("`{from}{more}`"), Confidence::High),
        None => ("an address that the script puts together".to_owned(), Confidence::Medium),
    };
    let weighed = reach_of(cx, step).weigh(usual, least..=usual, Attack::ByThirdParty);
    let message = format!("{by} executes what {address}{how} answers at that moment, and nobody has seen it before");
    let help = "install it by an action that is pinned to a commit, or download a fixed version, compare its checksum with one that \
                stands in the repository, and then execute it";
    RuleFinding::new(at, message, help, from).weighed(weighed, confidence)
}

// Without what may be secret: who logs in there, and what is asked.
fn shown(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let host = url.find("://").map_or(0, |at| at + 3);
    let authority = url.get(host..).and_then(|rest| rest.split('/').next()).unwrap_or("");
    authority.rfind('@').and_then(|at| url.get(host + at + 1..)).unwrap_or(url)
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_pinned<'u>(cx: &Cx<'u>, step: &Step<'u>, remote: &RemoteCode<'_>) -> bool {
    let host = remote.url.as_deref().and_then(|url| url.split("://").nth(1)).unwrap_or("");
    let own = ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let rest = if starts_with(host, name) { host.get(name.len()..) } else { None };
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    own || remote.download.words().iter().filter(|word| !word.starts_with("-")).any(|word| is_fixed(cx, step, word))
}

// A commit, or the digest of the file, stands in the address, by itself or by the variable that holds it.
fn is_fixed<'u>(cx: &Cx<'u>, step: &Step<'u>, word: Word<'_>) -> bool {
    let within = word.parts().flat_map(Part::commands).flat_map(|command| command.words().iter());
    std::iter::once(word).chain(within).any(|word| {
        let text = word.text();
        has_digest(text) || text.contains("github.sha") || word.variables().any(|name| holds_digest(cx, step, name))
    })
}

fn has_digest(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_digest)
}

fn is_digest(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn holds_digest<'u>(cx: &Cx<'u>, step: &Step<'u>, variable: &str) -> bool {
    let name = variable.split_once(':').map_or(variable, |(_, name)| name);
    let envs = cx.unit.envs(step).into_iter();
    let value = envs.flatten().filter(|env| cx.budget.spend(env.len())).find_map(|env| env.get(name));
    name == "GITHUB_SHA" || value.and_then(|value| value.text()).is_some_and(is_digest)
}

// The pipeline goes through a program that lets only signed text pass.
fn is_verified(remote: &RemoteCode<'_>) -> bool {
    let behind = std::iter::successors(remote.download.next(), |command| command.next()).take(MAX_PIPELINE);
    behind.take_while(|command| command.link() == Link::Pipe).any(verifies)
}

fn verifies(command: Command<'_>) -> bool {
    let Some(program) = command.program() else { return false };
    let asked = |option: &str| program.arguments.iter().any(|word| word.is(option));
    program.is_any(&["gpgv", "minisign"])
        || (program.is_any(&["gpg", "gpg2"]) && (asked("-d") || asked("--decrypt") || asked("--verify")))
        || (program.is("openssl") && asked("-verify"))
}

const DOCS: &str = r#"
`curl https://… | sh` executes whatever the server answers at that moment. Who owns the server, its domain or the account that the
script lies in, or takes one of them over, runs code in your job, with its token and its secrets, and nothing in the repository
changes. This is how the uploader of Codecov read the secrets of thousands of pipelines in 2021.

**Mend it:** install the tool by an action that is pinned to a commit, or by a package manager with a lock file. Or download a fixed
version to a file, compare it with a checksum that stands in the repository (`sha256sum -c`), and execute it then.

**How bad:** medium; low where the job has no secrets, and a token that can at most read. Over `http://`, where anyone on the way can
answer, high, or medium where the job has nothing. With medium confidence where the address is not told.

**It does not see:** a script that is saved to a file and executed later; wrappers of `curl`; what a downloaded script downloads.
An address with a whole commit id or a SHA-256 digest in it, by itself or by a variable of `env:`, is taken for fixed; so is one
of the machine itself.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- -y # <-
          bash <(curl -s https://codecov.example/bash) # <-
          eval "$(wget -qO- http://install.example/setup.sh)" # <-
```

```yaml bad
on: push
jobs:
  build:
    runs-on: windows-latest
    steps:
      - run: irm https://get.example/install.ps1 | iex # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl -fsSLo install.sh https://install.example/v1.2.3/install.sh
          echo "$CHECKSUM  install.sh" | sha256sum -c
          sh install.sh
```

```yaml good
on: push
env:
  COMMIT: c43f4fb416c34c1c4b3997373689d8d4c0fb9b36
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: curl -sSf https://raw.githubusercontent.com/some-org/tool/c43f4fb416c34c1c4b3997373689d8d4c0fb9b36/install.sh | sh
      - run: curl -sSf "https://raw.githubusercontent.com/some-org/tool/$COMMIT/install.sh" | sh
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl -s https://api.example/version | python3 -m json.tool
          curl -s https://api.example/version | jq -r .version
          echo "curl https://install.example | sh"
          curl -s https://install.example/setup.sh.asc | gpg --decrypt | sh
```
"#;

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        assert_eq!(shown("https://a.example/b"), "https://a.example/b");
        assert_eq!(shown("https://a.example/b?key=c#d"), "https://a.example/b");
        assert_eq!(shown("https://a.example/@b"), "https://a.example/@b");
        assert_eq!(shown("https://user:pass@a.example/b"), "a.example/b");
    }
}
