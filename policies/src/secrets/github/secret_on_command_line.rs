use policy_core::model::github::Step;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::Script;

use crate::secret_text::{SecretText, secrets_of};
use crate::tool::{TESTS, is_builtin};

pub(crate) static RULE: Rule = Rule {
    id: "secret-on-command-line",
    meta: Meta {
        title: "a secret is pasted into a script",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// What becomes of the text of a secret.
enum Pasted<'s> {
    /// It is an argument of a program.
    Argument(std::borrow::Cow<'s, str>),
    /// It is asked whether it is set.
    Asked,
    /// It is text of the script, and no more.
    Text,
}

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some(run) = step.run() else { return };
    for site in cx.unit.sites_of(run) {
        for secret in secrets_of(site) {
            let named = run.text().and_then(|text| text.get(secret.range.clone())).unwrap_or("");
            // `github.token` is in the hands of every step anyway.
            if named.get(..7).is_none_or(|start| !start.eq_ignore_ascii_case("secrets")) {
                continue;
            }
            let script = cx.unit.script(step);
            if !cx.budget.spend(script.map_or(0, |script| script.text().len() / 8)) {
                return;
            }
            let pasted = script.map_or(Pasted::Text, |script| pasted(script, site.outer.start));
            let place = Place::text(run, secret.range.clone(), "pasted in before the script is read");
            out.found(finding(place, named, &secret, &pasted));
        }
    }
}

fn pasted<'s>(script: &'s Script<'_>, at: usize) -> Pasted<'s> {
    // A command within another one comes behind it.
    let Some(command) = script.commands().rfind(|command| command.span().range().contains(&at)) else {
        return Pasted::Text;
    };
    let is_word = command.words().iter().any(|word| word.span().range().contains(&at));
    let Some(program) = command.program().filter(|_| is_word) else { return Pasted::Text };
    if program.is_any(TESTS) {
        return Pasted::Asked;
    }
    if is_builtin(command, &program.name) { Pasted::Text } else { Pasted::Argument(program.name) }
}

fn finding<'u>(place: Place<'u>, named: &str, secret: &SecretText<'u>, pasted: &Pasted<'_>) -> RuleFinding<'u> {
    let (severity, how) = match pasted {
        Pasted::Argument(program) => {
            (Severity::Medium, format!(" and becomes an argument of `{program}`, which every process on the machine can read"))
        }
        Pasted::Asked => (Severity::Low, " to ask whether it is set".to_owned()),
        Pasted::Text => (Severity::Low, ", where the shell reads its characters as code".to_owned()),
    };
    let severity = if secret.is_job_token() { Severity::Low } else { severity };
    let message = format!("`{named}` is pasted into the script{how}");
    let help = match pasted {
        Pasted::Asked => "give the answer to the step through `env:`: `HAS_IT: ${{ secrets.NAME != '' }}`",
        _ => "give it to the step through `env:`, and to a program by its standard input or its environment",
    };
    RuleFinding::new(place, message, help, secret.name).rated(severity, Confidence::High).attribute("secret", secret.name)
}

const DOCS: &str = r#"
`${{ secrets.NAME }}` in a script is replaced before the shell reads it. The value then stands in a file on the runner, a `$` or a quote
in it is read as code, and as an argument of a program it can be seen in the list of processes, by every process on the machine.

**Mend it:** hand it over by `env:`. Give it to a program by its standard input (`--password-stdin`) or its environment, since
`"$NAME"` as an argument stands in the list of processes too.

**How bad:** medium as an argument of a program. Low where the shell itself takes it, in an assignment or by `echo`, where it is only
asked whether it is set, and for `GITHUB_TOKEN`, which ends with the job.

**It does not see:** variables that are given to programs as arguments; languages that are no shells, in which it says low.

```yaml bad
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl -H "Authorization: Bearer ${{ secrets.API_KEY }}" https://deploy.example # <-
          if [ -n "${{ secrets.OTHER_KEY }}" ]; then # <-
            KEY='${{ secrets.OTHER_KEY }}' ./deploy # <-
          fi
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
        env:
          API_KEY: ${{ secrets.API_KEY }}
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          ./deploy ${{ secrets.API_KEY != '' }} ${{ secrets.API_KEY && 'with' || 'without' }}
          echo "secrets.API_KEY is not read here"
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/deploy@8f152de45cc393bb48ce5d89d36b731f54556e65
        with:
          run: ./deploy ${{ secrets.API_KEY }}
      - run: ./deploy ${{ vars.API_URL }} ${{ github.token }}
```
"#;
