use policy_core::model::github::Step;
use policy_core::reach::Attack;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::sinks::remote_code;
use policy_core::text::is_digest;

use crate::outsider::reach_of;
use crate::remote::{LABEL, remote};

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

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let (Some(run), Some(script)) = (step.run(), cx.unit.script(step)) else { return };
    for found in remote_code(script) {
        let Some(remote) = remote(&found, |name| holds_digest(cx, step, name)) else { continue };
        let weighed = reach_of(cx, step).weigh(remote.usual, remote.least..=remote.usual, Attack::ByThirdParty);
        let at = Place::text(run, found.download.span().range(), LABEL);
        let help = "install it by an action that is pinned to a commit, or download a fixed version, compare its checksum with one \
                    that stands in the repository, and then execute it";
        out.found(RuleFinding::new(at, remote.message, help, remote.from).weighed(weighed, remote.confidence));
    }
}

fn holds_digest<'u>(cx: &Cx<'u>, step: &Step<'u>, variable: &str) -> bool {
    let name = variable.split_once(':').map_or(variable, |(_, name)| name);
    let envs = cx.unit.envs(step).into_iter();
    let value = envs.flatten().filter(|env| cx.budget.spend(env.len())).find_map(|env| env.get(name));
    name == "GITHUB_SHA" || value.and_then(|value| value.text()).is_some_and(is_digest)
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
