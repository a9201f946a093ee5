use policy_core::document::Ref;
use policy_core::model::github::Step;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Command, Kind, Language, PartKind, Script, Word};

use crate::printing::{End, Expanded, assigned, assignments, end, expanded, input, passes, prints_arguments};
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

/// The most variables of a script that are followed.
const MAX_VARIABLES: usize = 64;

/// A secret that a word of the script gives.
#[derive(Clone, Copy)]
struct Taint<'u> {
    secret: &'u str,
    /// Whether its text is another one than the secret.
    derived: bool,
}

/// A variable that holds a secret.
struct Variable<'u> {
    name: &'u str,
    taint: Taint<'u>,
    /// Whether it is in the environment, and not of the script alone.
    given: bool,
}

struct Checked<'c, 'u> {
    cx: &'c Cx<'u>,
    run: Ref<'u>,
    script: &'u Script<'u>,
    variables: Vec<Variable<'u>>,
    /// The command that switched on that all commands are shown.
    traced: Option<Command<'u>>,
}

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some((run, script)) = step.run().zip(cx.unit.script(step)) else { return };
    let Some(variables) = given(cx, step) else { return };
    let pasted = cx.unit.sites_of(run).iter().any(|site| !secrets_of(site).is_empty());
    if variables.is_empty() && !pasted {
        return;
    }
    let mut checked = Checked { cx, run, script, variables, traced: None };
    for command in script.commands() {
        if !cx.budget.spend(1 + command.words().len()) {
            return;
        }
        checked.command(command, out);
    }
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
                let taint = Taint { secret: secret.name, derived: secret.derived };
                found.push(Variable { name, taint, given: true });
            }
        }
    }
    Some(found)
}

impl<'u> Checked<'_, 'u> {
    fn command(&mut self, command: Command<'u>, out: &mut Out<'u>) {
        self.assign(command);
        self.trace(command, out);
        if let Some((taint, how)) = self.source(command) {
            match end(command, self.cx.budget) {
                End::Printed(derived) => {
                    let taint = Taint { derived: taint.derived || derived, ..taint };
                    out.found(self.finding(command, taint, how));
                }
                End::Assigned(word, derived) => self.set(word, Taint { derived: taint.derived || derived, ..taint }),
                End::Elsewhere => {}
            }
        }
    }

    fn assign(&mut self, command: Command<'u>) {
        for word in assignments(command) {
            if let Some(taint) = self.taint(word) {
                self.set(word, taint);
            }
        }
    }

    fn set(&mut self, word: Word<'u>, taint: Taint<'u>) {
        if let Some(name) = assigned(word).filter(|_| self.variables.len() < MAX_VARIABLES) {
            self.variables.push(Variable { name, taint, given: false });
        }
    }

    // The last of a name counts.
    fn variable(&self, name: &str) -> Option<&Variable<'u>> {
        let same = |known: &str| match self.script.language() {
            Language::Posix => known == name,
            Language::PowerShell => {
                name.get(..4).is_some_and(|scope| scope.eq_ignore_ascii_case("env:"))
                    && name.get(4..).is_some_and(|name| known.eq_ignore_ascii_case(name))
            }
            Language::Cmd => known.eq_ignore_ascii_case(name),
        };
        self.variables.iter().rev().find(|variable| same(variable.name))
    }

    // The first secret in a word, not those of commands within it.
    fn taint(&self, word: Word<'u>) -> Option<Taint<'u>> {
        word.parts().find_map(|part| match part.kind() {
            PartKind::Variable => {
                let variable = self.variable(part.name())?;
                let derived = match expanded(part.text(), part.name(), self.script.language()) {
                    Expanded::Same => variable.taint.derived,
                    Expanded::Derived => true,
                    Expanded::Nothing => return None,
                };
                Some(Taint { derived, ..variable.taint })
            }
            PartKind::Expression => {
                let at = part.span().start as usize;
                let sites = self.cx.unit.sites_of(self.run);
                let site = sites.get(sites.partition_point(|site| site.outer.start < at)).filter(|site| site.outer.start == at)?;
                let secret = secrets_of(site).into_iter().next()?;
                Some(Taint { secret: secret.name, derived: secret.derived })
            }
            _ => None,
        })
    }

    // The secret that a command prints, and how.
    fn source(&self, command: Command<'u>) -> Option<(Taint<'u>, &'static str)> {
        if command.kind() == Kind::Value && self.script.language() == Language::PowerShell {
            let alone = command.words().get(0).filter(|_| command.words().len() == 1 && command.assignments().is_empty())?;
            return self.taint(alone).map(|taint| (taint, "is printed"));
        }
        let program = command.program()?;
        if prints_arguments(command) {
            return program.arguments.iter().find_map(|word| self.taint(word)).map(|taint| (taint, "is printed"));
        }
        if let Some(derives) = passes(&program) {
            let taint = self.taint(input(command)?)?;
            return Some((Taint { derived: taint.derived || derives, ..taint }, "is printed"));
        }
        let first = program.arguments.get(0);
        if program.is("printenv")
            && let Some(named) = first.and_then(Word::literal)
        {
            return self.variable(&named).map(|variable| (variable.taint, "is printed"));
        }
        let all = self.variables.iter().find(|variable| variable.given)?;
        self.dumps(command).then_some((all.taint, "is printed with all other variables"))
    }

    fn dumps(&self, command: Command<'u>) -> bool {
        let Some(program) = command.program() else { return false };
        let first = program.arguments.get(0);
        match self.script.language() {
            Language::Posix => {
                let lists = first.is_some_and(|word| word.is("-p") || word.is("-x")) && program.arguments.len() == 1;
                (program.is_any(&["env", "printenv", "set", "export"]) && first.is_none())
                    || (program.is_any(&["export", "declare"]) && lists)
            }
            Language::PowerShell => {
                let drive = |word: Word<'_>| {
                    word.literal().is_some_and(|text| text.to_ascii_lowercase().trim_end_matches(['\\', '*', '/']) == "env:")
                };
                program.is_any(&["dir", "gci", "Get-ChildItem", "ls"]) && first.is_some_and(drive)
            }
            Language::Cmd => program.is("set") && first.is_none(),
        }
    }

    // After `set -x` the shell shows every command with the values in it.
    fn trace(&mut self, command: Command<'u>, out: &mut Out<'u>) {
        if self.script.language() != Language::Posix {
            return;
        }
        if let Some(program) = command.program().filter(|program| program.is("set")) {
            let mut words = program.arguments.iter().map(Word::leading);
            let option = |word: &str, sign: char| word.starts_with(sign) && !word.starts_with("--") && word.contains('x');
            if words.clone().any(|word| option(&word, '+')) {
                self.traced = None;
            } else if words.any(|word| option(&word, '-') || word == "xtrace") {
                self.traced = Some(command);
            }
            return;
        }
        let Some(traced) = self.traced else { return };
        let mut words = command.assignments().iter().chain(command.words().iter());
        if let Some(taint) = words.find_map(|word| self.taint(word)) {
            self.traced = None;
            let mut finding = self.finding(traced, taint, "is shown, since `set -x` shows every command");
            let span = command.span();
            finding = finding.related(Place::text(self.run, span.start as usize..span.end as usize, "shown with the secret"));
            out.found(finding);
        }
    }

    fn finding(&self, command: Command<'u>, taint: Taint<'u>, how: &str) -> RuleFinding<'u> {
        let span = command.span();
        let secret = taint.secret;
        let (severity, form, masked) = match taint.derived {
            true => (Severity::High, "a text made of the secret", ", in a form that masking misses"),
            false => (Severity::Medium, "the secret", ", and masking alone hides it"),
        };
        let name = if secret == "*" { String::new() } else { format!(" `{secret}`") };
        let finding = RuleFinding::new(
            Place::text(self.run, span.start as usize..span.end as usize, "printed into the log"),
            format!("{form}{name} {how}{masked}"),
            "do not print it: ask whether it is set, or hand it on by a pipe or a file",
            secret,
        );
        finding.rated(severity, Confidence::Medium).attribute("secret", secret)
    }
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
