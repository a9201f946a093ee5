use policy_core::document::Ref;
use policy_core::model::github::Step;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Command, Part, PartKind};

use crate::printed::{Follower, How, MAX_VARIABLES, Printed, Taint, is_variable};
use crate::secret_text::secrets_of;

pub(crate) static RULE: Rule = Rule {
    id: "secret-printed",
    meta: Meta {
        title: "a script prints a secret",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-10"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// A variable of `env` that holds a secret.
struct Variable<'u> {
    name: &'u str,
    taint: Taint<'u>,
}

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some((run, script)) = step.run().zip(cx.unit.script(step)) else { return };
    let Some(variables) = given(cx, step) else { return };
    let pasted = cx.unit.sites_of(run).iter().any(|site| !secrets_of(site).is_empty());
    if variables.is_empty() && !pasted {
        return;
    }
    let named = |name: &'u str| {
        let known = variables.iter().rev().find(|variable| is_variable(script.language(), variable.name, name));
        known.map(|variable| variable.taint)
    };
    let given = |part: Part<'u>| match part.kind() {
        PartKind::Expression => expression(cx, run, part),
        _ => named(part.name()),
    };
    let all = variables.first().map(|variable| variable.taint);
    for printed in Follower::new(script, &given, &named, all).printed(cx.budget) {
        out.found(finding(run, &printed));
    }
}

// The secret of an expression in a script.
fn expression<'u>(cx: &Cx<'u>, run: Ref<'u>, part: Part<'u>) -> Option<Taint<'u>> {
    let at = part.span().start as usize;
    let sites = cx.unit.sites_of(run);
    let site = sites.get(sites.partition_point(|site| site.outer.start < at)).filter(|site| site.outer.start == at)?;
    let secret = secrets_of(site).into_iter().next()?;
    Some(Taint { secret: secret.name, derived: secret.derived })
}

// The variables of `env` that hold secrets; the innermost of a name counts. None when the work is spent.
fn given<'u>(cx: &Cx<'u>, step: &Step<'u>) -> Option<Vec<Variable<'u>>> {
    let all = cx.unit.envs(step);
    let mut found: Vec<Variable<'u>> = Vec::new();
    for (at, env) in all.iter().enumerate() {
        for (key, value) in env.iter().flat_map(|env| env.entries()) {
            if found.len() == MAX_VARIABLES {
                return Some(found);
            }
            if !cx.budget.spend(8) {
                return None;
            }
            let (Some(name), sites) = (key.text(), cx.unit.sites_of(value)) else { continue };
            let Some(secret) = sites.iter().find_map(|site| secrets_of(site).into_iter().next()) else { continue };
            let mut inner = all.iter().take(at).flatten();
            if !inner.any(|env| env.get(name).is_some()) {
                found.push(Variable { name, taint: Taint { secret: secret.name, derived: secret.derived } });
            }
        }
    }
    Some(found)
}

fn finding<'u>(run: Ref<'u>, printed: &Printed<'u>) -> RuleFinding<'u> {
    let span = |command: Command<'_>| command.span().range();
    let secret = printed.taint.secret;
    let (severity, form, masked) = match printed.taint.derived {
        true => (Severity::High, "a text made of the secret", ", in a form that masking misses"),
        false => (Severity::Medium, "the secret", ", and masking alone hides it"),
    };
    let how = match printed.how {
        How::Alone => "is printed",
        How::Listed => "is printed with all other variables",
        How::Traced(_) => "is shown, since `set -x` shows every command",
    };
    let name = if secret == "*" { String::new() } else { format!(" `{secret}`") };
    let mut finding = RuleFinding::new(
        Place::text(run, span(printed.command), "printed into the log"),
        format!("{form}{name} {how}{masked}"),
        "do not print it: ask whether it is set, or hand it on by a pipe or a file",
        secret,
    );
    if let How::Traced(shown) = printed.how {
        finding = finding.related(Place::text(run, span(shown), "shown with the secret"));
    }
    finding.rated(severity, Confidence::Medium).attribute("secret", secret)
}

const DOCS: &str = r#"
Logs can be read by everyone who can read the repository, and are kept for months. GitHub hides the value of a secret in them, but only
that value: not what `base64`, `rev`, `sed` or `jq` make of it, not a part of it, and not a value that a run only makes.

Reported are commands whose output reaches the log and holds a secret, from an expression or from a variable that `env` fills or
the script sets; lists of all variables (`env`, `printenv`); and `set -x` before a command with a secret.

**Mend it:** do not print it. To see whether it is set, print `${NAME:+set}`.

**How bad:** high for a form that masking misses, otherwise medium. Confidence is medium, since the value may be no secret at all.

**It does not see:** what programs print by themselves; output that goes through files, functions' arguments or loops; variables that
other steps set. Output into a file or into a program is not printed. `::add-mask::` is a command to the runner, and is not printed.

```yaml bad
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - env:
          API_KEY: ${{ secrets.API_KEY }}
        run: |
          echo "the key is $API_KEY" # <-
          echo "$API_KEY" | base64 # <-
          printenv # <-
      - run: echo ${{ secrets.API_KEY }} # <-
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - env:
          API_KEY: ${{ secrets.API_KEY }}
        run: |
          echo "$API_KEY" | docker login --password-stdin registry.example
          echo "$API_KEY" | base64 -d > key.json
          echo "::add-mask::$API_KEY"
          echo "the key is ${API_KEY:+set}, and has ${#API_KEY} characters"
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - env:
          API_KEY: ${{ secrets.API_KEY }}
        run: |
          CODED=$(echo -n "$API_KEY" | base64)
          ./deploy "$CODED" > /dev/null
          echo "done" | base64
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      API_KEY: ${{ secrets.API_KEY }}
    steps:
      - run: echo "$API_KEY, $API_URL"
        env:
          API_KEY: not a secret
          API_URL: ${{ vars.API_URL }}
      - run: |
          echo '$API_KEY' ${{ secrets.API_KEY != '' }}
          env API_KEY= ./deploy
```
"#;
