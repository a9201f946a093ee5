use policy_core::document::Kind;
use policy_core::document::edit::{Edit, Value};
use policy_core::model::github::{Action, Job, Step};
use policy_core::reach::{Token, Weighed};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};
use policy_core::text::find;

use crate::checkout::{Credential, Kept, Left, carries, credential, hidden_files, keeps, kept, patterns};
use crate::tool::tool;

pub(crate) static RULE: Rule = Rule {
    id: "checkout-keeps-credentials",
    meta: Meta {
        title: "a checkout leaves a credential for all later steps",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-6"],
        aliases: &["zizmor/artipacked"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Action(check_action)],
    docs: crate::docs(DOCS),
};

/// Actions that push with the credential that a checkout left.
const PUSHING_ACTIONS: &[&str] = &["anothrnick/github-tag-action", "endbug/add-and-commit", "stefanzweifel/git-auto-commit-action"];

/// Actions that push with a token that they are given, and the inputs that give it.
const PUSHING_BY_INPUT: &[(&str, &[&str])] = &[
    ("ad-m/github-push-action", &["github_token"]),
    ("jamesives/github-pages-deploy-action", &["ssh-key", "token"]),
    ("peaceiris/actions-gh-pages", &["deploy_key", "github_token", "personal_token"]),
    ("peter-evans/create-pull-request", &["token"]),
];

/// Commands that push by git: a tool, and what it is told to do.
const PUSHING_TOOLS: &[(&str, &[&str])] = &[
    ("git", &["push"]),
    ("gh-pages", &[]),
    ("lerna", &["publish"]),
    ("lerna", &["version"]),
    ("mike", &["deploy"]),
    ("mkdocs", &["gh-deploy"]),
    ("mvn", &["release:prepare"]),
    ("release-it", &[]),
    ("semantic-release", &[]),
];

/// What a later step does with the credential.
struct Later<'l, 'u> {
    /// What needs it, and where.
    pushes: Option<&'l (String, Place<'u>)>,
    /// An action that pushes without it, and the input that gives it a token.
    by_input: Option<(&'u str, &'static str)>,
    /// What publishes it.
    uploads: Option<Place<'u>>,
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    check(cx, cx.unit.steps_of(job), out);
}

fn check_action<'u>(cx: &Cx<'u>, _: Action<'u>, out: &mut Out<'u>) {
    check(cx, cx.unit.steps_of_action(), out);
}

// From the last step to the first, so that what comes behind a checkout is looked at once.
fn check<'u>(cx: &Cx<'u>, steps: &'u [Step<'u>], out: &mut Out<'u>) {
    if !steps.iter().any(keeps) {
        return;
    }
    let mut pushing: Option<(String, Place<'u>)> = None;
    let mut by_input = None;
    let mut uploading: Vec<&'u Step<'u>> = Vec::new();
    for step in steps.iter().rev() {
        if let Some(found) = pushes(cx, step) {
            pushing = Some(found);
        }
        by_input = pushes_by_input(step).or(by_input);
        if step.runs_action("actions/upload-artifact") {
            uploading.push(step);
        }
        // Who writes `true` has decided it; where it does harm, others say so.
        let Some(kept) = kept(step).filter(|kept| kept.told != Read::Is(true)) else { continue };
        let later = Later {
            pushes: pushing.as_ref(),
            by_input,
            uploads: uploading.iter().rev().find_map(|upload| uploads(cx, &kept, step, upload)),
        };
        out.found(finding(cx, &kept, step, later));
    }
}

fn finding<'u>(cx: &Cx<'u>, kept: &Kept<'u>, step: &'u Step<'u>, later: Later<'_, 'u>) -> RuleFinding<'u> {
    let credential = credential(cx, step);
    let (severity, confidence) = rated(cx, kept, step, &credential, &later);
    let what = credential.named();
    let place = match kept.left {
        Left::InFolder => "in `.git/config`",
        Left::InTemporary => "in a file below `RUNNER_TEMP`",
        Left::Unknown => "in a file of the runner",
    };
    let whether = if kept.told == Read::Dynamic { ", unless an expression says no" } else { "" };
    let used = later.pushes.map_or_else(String::new, |(by, _)| format!("; `{by}` needs it"));
    let help = match (later.pushes, later.by_input) {
        (Some(_), _) => {
            "set `persist-credentials: false`, and give the token to the step that pushes alone, or push from a job of its own"
                .to_owned()
        }
        (None, Some((action, input))) => {
            format!("set `persist-credentials: false`, since `{action}` pushes with the token that it has by its input `{input}`")
        }
        (None, None) => "set `persist-credentials: false`, since nothing here is seen to push with it".to_owned(),
    };
    let mut finding = RuleFinding::new(
        Place::node(kept.uses, "leaves a credential"),
        format!("`actions/checkout` leaves {what} {place}, where every later step can read it{whether}{used}"),
        help,
        "actions/checkout",
    );
    let fix = if later.pushes.is_none() { fix(step) } else { None };
    for place in later.pushes.map(|(_, place)| place.clone()).into_iter().chain(later.uploads) {
        finding = finding.related(place);
    }
    let reason = reason(cx, step, &credential);
    finding.weighed(Weighed { severity, reason }, confidence).fixed(fix)
}

fn rated(cx: &Cx<'_>, kept: &Kept<'_>, step: &Step<'_>, credential: &Credential, later: &Later<'_, '_>) -> (Severity, Confidence) {
    if later.uploads.is_some() {
        return (Severity::High, Confidence::Medium);
    }
    let harder = kept.left == Left::InTemporary && *credential == Credential::JobToken;
    let low = harder || credential.only_reads(cx, step) || later.pushes.is_some() || kept.told == Read::Dynamic;
    (if low { Severity::Low } else { Severity::Medium }, Confidence::Low)
}

fn reason(cx: &Cx<'_>, step: &Step<'_>, credential: &Credential) -> String {
    if *credential != Credential::JobToken {
        return "what it was given may outlive the job".to_owned();
    }
    match cx.reach_of(step).power.map(|power| power.token) {
        Some(Token::Writes(scope)) => format!("the token can write `{scope}`"),
        Some(Token::Reads) => "the token can at most read".to_owned(),
        Some(Token::Default) => "the settings of the repository may let the token write".to_owned(),
        Some(Token::Caller) => "what calls this workflow may let the token write".to_owned(),
        None => "what the token may do depends on the job that uses this action".to_owned(),
    }
}

fn pushes<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> Option<(String, Place<'u>)> {
    if let Some((uses, remote)) = step.remote() {
        let pushes = PUSHING_ACTIONS.iter().any(|action| remote.is(action));
        return pushes.then(|| (remote.name().to_owned(), Place::node(uses, "pushes with it")));
    }
    let run = step.run()?;
    let text = run.text()?;
    if !cx.budget.spend(text.len() / 16) {
        return None;
    }
    let Some(script) = cx.unit.script(step) else {
        let at = find(text, "git push")?;
        return Some(("git push".to_owned(), Place::text(run, at..at + "git push".len(), "pushes with it")));
    };
    if !PUSHING_TOOLS.iter().any(|(tool, _)| script.may_name(tool)) {
        return None;
    }
    script.commands().find_map(|command| {
        let tool = tool(command)?;
        let (name, words) = PUSHING_TOOLS.iter().find(|(name, words)| tool.name() == *name && tool.does(words))?;
        let span = command.span();
        let by = std::iter::once(name).chain(*words).copied().collect::<Vec<_>>().join(" ");
        Some((by, Place::text(run, span.start as usize..span.end as usize, "pushes with it")))
    })
}

fn pushes_by_input<'u>(step: &Step<'u>) -> Option<(&'u str, &'static str)> {
    let (_, remote) = step.remote()?;
    let (_, inputs) = PUSHING_BY_INPUT.iter().find(|(action, _)| remote.is(action))?;
    let input = inputs.iter().find(|input| step.input(input).is_some_and(|given| !given.is_null()))?;
    Some((remote.name(), input))
}

fn uploads<'u>(cx: &Cx<'u>, kept: &Kept<'u>, checkout: &Step<'u>, step: &'u Step<'u>) -> Option<Place<'u>> {
    let input = step.input("path")?;
    if !cx.budget.spend(64 + input.text().map_or(0, str::len) / 8) {
        return None;
    }
    let hidden = hidden_files(step);
    let takes = |pattern: &str| carries(kept, checkout, pattern, hidden) == Read::Is(true);
    let (at, pattern) = patterns(input).find(|(_, pattern)| takes(pattern))?;
    Some(Place::text(input, at..at + pattern.len(), "uploads it"))
}

fn fix(step: &Step<'_>) -> Option<ProposedFix> {
    let (key, value) = ("persist-credentials", || Value::from(false));
    let edit = match (step.input(key), step.with()) {
        (Some(setting), _) if setting.is_null() => Edit::Set { node: setting.id(), value: value() },
        (Some(_), _) => return None,
        (None, Some(with)) if with.kind() == Kind::Mapping => {
            Edit::Insert { map: with.id(), before: None, key: key.to_owned(), value: value() }
        }
        (None, Some(with)) if with.is_null() => Edit::Set { node: with.id(), value: Value::Map(vec![(key.to_owned(), value())]) },
        (None, Some(_)) => return None,
        (None, None) => Edit::Insert {
            map: step.node().id(),
            before: None,
            key: "with".to_owned(),
            value: Value::Map(vec![(key.to_owned(), value())]),
        },
    };
    Some(ProposedFix { title: format!("set `{key}: false`"), safety: Safety::Unsafe, edits: vec![edit] })
}

const DOCS: &str = r#"
`actions/checkout` stores the token that it fetches with, so that later steps can push. Unless `persist-credentials: false` is set,
every later step of the job can read it: each action, each tool, each script of a dependency that runs while packages are installed.
What uploads the folder publishes it.

**Mend it:** set `persist-credentials: false`. Where a step pushes, give the token to that step alone.

**How bad:** medium. Low where the token can only read, from version 6 on, which stores it outside of the folder, where an expression
decides, and where a later step pushes and so needs it: the finding then says which. High where a later step uploads what holds
it. A token of your own, or an SSH key, that is given to the checkout outlives the job, whatever the version. Confidence is low,
since a script that is not in the file may push; medium with an upload. The fix is unsafe for that reason.

**It does not see:** a push within scripts of the repository, or by tools that it does not know. `persist-credentials: true` is a
decision and is not reported here; `credentials-in-artifact` says where it does harm. The version of a commit is taken from the
comment behind it, and without one it counts as an older one.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2 # <-
      - name: with inputs
        uses: actions/checkout@v6 # <-
        with:
          path: other
      - run: npm ci
```

```yaml fixed
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - name: with inputs
        uses: actions/checkout@v6
        with:
          path: other
          persist-credentials: false
      - run: npm ci
```

```yaml bad
on: push
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4 # <-
      - run: |
          git commit -am "new version"
          git push
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
```

```yaml good
on: push
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: true
      - run: git push
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: 'False'
      - uses: actions/setup-node@v4
      - uses: some-org/checkout@v4
```
"#;
