use policy_core::flow::{Origin, Spot, origins_of_word};
use policy_core::model::github::Step;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::sinks::{Reread, rereads};
use policy_core::text::contains;

use crate::injection::{Rating, chosen_by_outsiders};

pub(crate) static RULE: Rule = Rule {
    id: "script-rereads-text",
    meta: Meta {
        title: "a script reads a variable that outsiders fill as code",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let (Some(run), Some(script)) = (step.run(), cx.unit.script(step)) else { return };
    // Text that outsiders choose comes in by expressions of `env`, or by what the runner sets.
    let filled = cx.unit.envs(step).into_iter().flatten().any(|env| !cx.unit.sites_between(env.id(), env.end()).is_empty());
    if !(filled || contains(script.text(), "HEAD_REF")) || !cx.budget.spend(script.text().len() / 8 + 1) {
        return;
    }
    for reread in rereads(script).into_iter().filter(|reread| !reread.code.is_constant()) {
        let (found, _) = origins_of_word(Spot::of_step(cx.unit, step), reread.code, cx.budget);
        // What is pasted in is code already before: that is `template-injection`.
        let by_variable = |origin: &Origin<'u>| origin.through.first().is_none_or(|place| place.node != run);
        for (at, origin) in found.iter().enumerate().filter(|(_, origin)| by_variable(origin)) {
            let known = found.iter().take(at).any(|other| by_variable(other) && other.path == origin.path);
            if let Some(rating) = chosen_by_outsiders(cx, step, origin).filter(|_| !known) {
                let place = Place::text(run, reread.code.span().range(), "read again as code");
                out.found(finding(place, &reread, origin, rating));
            }
        }
    }
}

fn finding<'u>(place: Place<'u>, reread: &Reread<'_>, origin: &Origin<'u>, rating: Rating) -> RuleFinding<'u> {
    let (path, by) = (&origin.path, reread.by);
    let finding = RuleFinding::new(
        place,
        format!("`{by}` reads text of `{path}` again as code, and {}", rating.who),
        "keep the text out of the code: hand it over as an argument, `bash -c 'echo \"$1\"' _ \"$TITLE\"`, or let the code read the \
         variable itself, in single quotes",
        path,
    );
    let finding = origin.through.iter().fold(finding, |finding, place| finding.related(place.clone()));
    rating.rate(finding).attribute("context", path).attribute("by", by)
}

const DOCS: &str = r#"
A shell does not read the value of a variable as code, so text of outsiders is safe in `"$TITLE"`. `eval "$TITLE"`, `bash -c "… $TITLE"`,
`node -e "… $TITLE"`, a here-document for an interpreter and `ssh host "… $TITLE"` undo that: the variable is expanded first, and the
result is read as code with the job's token and secrets.

**Mend it:** keep the text out of the code. Hand it over as an argument (`bash -c 'echo "$1"' _ "$TITLE"`), or put the code in single
quotes, so that it reads the variable itself (`bash -c 'echo "$TITLE"'`, `node -e 'console.log(process.env.TITLE)'`).

**How bad:** as for `template-injection`: high where outsiders can cause an event that runs with your token and secrets, and, with medium
confidence, in called workflows and composite actions; medium for `pull_request` and for commit messages of `push`; low where conditions
keep outsiders out.

**It does not see:** text that comes from files and programs; programs that take code in other ways, such as `make`; scripts of
`actions/github-script` and other languages.

```yaml bad
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    env:
      TITLE: ${{ github.event.issue.title }}
    steps:
      - run: eval "echo $TITLE" # <-
      - run: bash -c "echo $TITLE" # <-
      - run: |
          TEXT="new: $TITLE"
          node -e "console.log('$TEXT')" # <-
```

```yaml bad
on: pull_request_target
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: ssh host "deploy $GITHUB_HEAD_REF" # <-
      - shell: pwsh
        env:
          BODY: ${{ github.event.pull_request.body }}
        run: Invoke-Expression "Write-Host $env:BODY" # <-
```

```yaml good
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    env:
      TITLE: ${{ github.event.issue.title }}
    steps:
      - run: echo "$TITLE" && ./greet.sh "$TITLE"
      - run: bash -c 'echo "$1"' _ "$TITLE"
      - run: bash -c 'echo "$TITLE"' && node -e 'console.log(process.env.TITLE)'
```

```yaml good
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    env:
      NUMBER: ${{ github.event.issue.number }}
      AUTHOR: ${{ github.event.issue.user.login }}
    steps:
      - run: eval "echo $NUMBER $AUTHOR $HOME"
```

```yaml good
on: workflow_dispatch
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - env:
          TITLE: ${{ github.event.issue.title }}
        run: eval "echo $TITLE is empty here"
```
"#;
