use policy_core::document::edit::{Edit, Value};
use policy_core::document::{Kind, Ref};
use policy_core::model::github::{Job, Remote, Step};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};
use policy_core::unit::Unit;

use crate::publishing::{Run, publishing, publishing_step, text_in};
use crate::version::Range;

pub(crate) static RULE: Rule = Rule {
    id: "cache-poisoning",
    meta: Meta {
        title: "what is published is built from a cache that other runs fill",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Low,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-9"],
        aliases: &["zizmor/cache-poisoning"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

/// What turns the cache of an action on or off.
#[derive(Clone, Copy)]
enum Control {
    /// Nothing: it is always on.
    Always,
    /// On unless this input is `false`, from this version on.
    On(&'static str, &'static str),
    /// On if this input is anything but `false`.
    Off(&'static str),
    /// On unless this input is `true`.
    Not(&'static str),
    /// On if this input names what to cache; and on unless the other one is `false`, from this version on.
    Named(&'static str, Option<(&'static str, &'static str)>),
    /// On if the second input is given and the first one is not `false`.
    Both(&'static str, &'static str),
}

use Control::{Always, Both, Named, Not, Off, On};

// Ranges are of versions that have no cache, or none without being asked. The empty one is of none.
const NONE: &str = "<0.0.0";

const CACHES: &[(&str, Control)] = &[
    ("actions/cache", Not("lookup-only")),
    ("actions/cache/restore", Not("lookup-only")),
    ("actions/setup-dotnet", Off("cache")),
    ("actions/setup-go", On("cache", "<4.0.0")),
    ("actions/setup-java", Named("cache", None)),
    ("actions/setup-node", Named("cache", Some(("package-manager-cache", "<5.0.0")))),
    ("actions/setup-python", Named("cache", None)),
    ("actions-rust-lang/setup-rust-toolchain", On("cache", NONE)),
    ("astral-sh/setup-uv", On("enable-cache", ">=10.0.0")),
    ("awalsh128/cache-apt-pkgs-action", Always),
    ("determinatesystems/magic-nix-cache-action", On("use-gha-cache", NONE)),
    ("docker/setup-buildx-action", Both("cache-binary", "version")),
    ("gradle/actions/setup-gradle", Not("cache-disabled")),
    ("graalvm/setup-graalvm", Named("cache", None)),
    ("jdx/mise-action", On("cache", NONE)),
    ("mlugg/setup-zig", On("use-cache", NONE)),
    ("mozilla-actions/sccache-action", Always),
    ("nix-community/cache-nix-action", Always),
    ("oven-sh/setup-bun", Not("no-cache")),
    ("pyo3/maturin-action", Off("sccache")),
    ("ramsey/composer-install", Not("ignore-cache")),
    ("ruby/setup-ruby", Off("bundler-cache")),
    ("swatinem/rust-cache", Not("lookup-only")),
];

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let mut caches = cx.unit.steps_of(job).iter().filter_map(|step| Some((step, cache_of(step)?))).peekable();
    if caches.peek().is_none() {
        return;
    }
    let Some(publishing) = publishing(cx, job) else { return };
    let shown = shown(cx, job);
    for (step, (uses, remote, control)) in caches {
        let on = |run| is_on(cx.unit, step, control, remote, run);
        if let Some(run) = publishing.run(cx.unit, job, step, on) {
            let finding = finding(step, uses, remote, control, place_of(shown, run));
            out.found(finding.rated(severity(shown, run), Confidence::Low).related(publishing.at.clone()));
        }
    }
}

/// What shows that a job has to do with what is published.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Only what starts it.
    Nothing,
    /// No step of the workflow publishes, but it hands over an artifact, or its token may write what is published.
    Something,
    /// Other jobs publish, and nothing of it is seen to reach them.
    Apart,
    /// Another job publishes, and needs it or may get an artifact of it.
    Reaches,
    /// A step of it publishes.
    Publishes,
}

fn shown<'u>(cx: &Cx<'u>, job: &'u Job<'u>) -> Shown {
    let unit = cx.unit;
    if publishing_step(cx, unit.steps_of(job)).is_some() {
        return Shown::Publishes;
    }
    let uploads = unit.steps_of(job).iter().any(|step| step.runs_action("actions/upload-artifact"));
    if publishing_step(cx, unit.steps()).is_some() {
        return if uploads || is_needed_to_publish(cx, job) { Shown::Reaches } else { Shown::Apart };
    }
    let writes = |scope: &&str| ["contents", "id-token", "packages"].contains(scope);
    let grant = job.effective_permissions().and_then(|permissions| permissions.grant().is());
    let may_write = grant.is_some_and(|grant| grant.writes().any(|scope| writes(&scope)));
    if may_write || uploads { Shown::Something } else { Shown::Nothing }
}

// Whether a job that publishes needs this one, or one that does. Past the budget, the answer is yes.
fn is_needed_to_publish<'u>(cx: &Cx<'u>, job: &'u Job<'u>) -> bool {
    let jobs = cx.unit.jobs();
    let mut behind = vec![job];
    let mut at = 0;
    while let Some(from) = behind.get(at) {
        if !cx.budget.spend(jobs.len() + behind.len()) {
            return true;
        }
        let known = |other: &&Job<'u>| behind.iter().any(|job| job.id() == other.id());
        let next: Vec<&Job<'u>> = jobs.iter().filter(|other| other.needs().names(from.id()) && !known(other)).collect();
        behind.extend(next);
        at += 1;
    }
    behind.into_iter().any(|job| publishing_step(cx, cx.unit.steps_of(job)).is_some())
}

fn severity(shown: Shown, run: Run) -> Severity {
    match (shown, run) {
        (Shown::Publishes, _) => Severity::High,
        (Shown::Apart, _) | (Shown::Nothing | Shown::Something, Run::Branch) => Severity::Info,
        (Shown::Reaches, Run::Branch) | (Shown::Nothing, _) => Severity::Medium,
        (Shown::Reaches | Shown::Something, _) => Severity::High,
    }
}

fn place_of(shown: Shown, run: Run) -> &'static str {
    match (shown, run) {
        (Shown::Publishes, _) => "a job that publishes",
        (Shown::Apart, _) => "a workflow that publishes, though nothing of this job is seen to reach what is published",
        (_, Run::Tag) => "runs of release tags",
        (_, Run::Release) => "runs of a release",
        (_, Run::Branch) => "runs of branches of releases",
        (_, Run::Other(_)) => "a workflow that releases start too",
    }
}

fn cache_of<'u>(step: &Step<'u>) -> Option<(Ref<'u>, Remote<'u>, Control)> {
    let (uses, remote) = step.remote()?;
    let (_, control) = CACHES.iter().find(|(name, _)| remote.is(name))?;
    Some((uses, remote, *control))
}

fn finding<'u>(step: &Step<'u>, uses: Ref<'u>, remote: Remote<'u>, control: Control, place: &str) -> RuleFinding<'u> {
    let action = remote.name();
    let finding = RuleFinding::new(
        Place::node(uses, "restores from a cache"),
        format!("`{action}` restores files that other runs of the repository put into its cache, in {place}"),
        help(control),
        action,
    );
    let finding = finding.attribute("action", action);
    let finding = match inputs(control).find_map(|input| step.input(input)) {
        Some(input) => finding.related(Place::node(input, "the cache is set here")),
        None => finding,
    };
    finding.fixed(fix(step, control))
}

fn inputs(control: Control) -> impl Iterator<Item = &'static str> {
    let (first, second) = match control {
        Always => (None, None),
        On(input, _) | Off(input) | Not(input) => (Some(input), None),
        Named(input, other) => (Some(input), other.map(|(input, _)| input)),
        Both(input, other) => (Some(input), Some(other)),
    };
    first.into_iter().chain(second)
}

// Whether the action restores its cache in a run. What only the run can tell counts as yes.
fn is_on<'u>(unit: &'u Unit<'u>, step: &Step<'u>, control: Control, remote: Remote<'u>, run: Run) -> bool {
    // None where the input is not given or empty, and the default decides.
    let says = |input: &str, expected: bool| {
        let node = step.input(input)?;
        let Some(said) = text_in(unit, node, run) else { return Some(true) };
        let is = |texts: &[&str]| texts.iter().any(|text| said.eq_ignore_ascii_case(text));
        (!said.is_empty()).then(|| if expected { !is(&["false"]) } else { !is(&["true", "yes", "1"]) })
    };
    let older = |range: &str| Range::parse(range).is_some_and(|range| range.affects(remote.git_ref(), None));
    match control {
        Always => true,
        On(input, without) => says(input, true).unwrap_or_else(|| !older(without)),
        Off(input) => says(input, true).unwrap_or(false),
        Not(input) => says(input, false).unwrap_or(true),
        Named(input, other) => {
            says(input, true).unwrap_or(false)
                || other.is_some_and(|(input, without)| says(input, true).unwrap_or_else(|| !older(without)))
        }
        Both(input, other) => says(input, true).unwrap_or(true) && says(other, true).unwrap_or(false),
    }
}

fn help(control: Control) -> String {
    match control {
        Always => "do without this action where you publish".to_owned(),
        On(input, _) | Off(input) | Both(input, _) | Named(_, Some((input, _))) => {
            format!("turn the cache off where you publish: `{input}: false`")
        }
        Not(input) => format!("turn the cache off where you publish: `{input}: true`"),
        Named(input, None) => format!("turn the cache off where you publish: remove `{input}`"),
    }
}

fn fix(step: &Step<'_>, control: Control) -> Option<ProposedFix> {
    let (name, off) = match control {
        Always => return None,
        On(input, _) | Off(input) | Both(input, _) | Named(_, Some((input, _))) => (input, Value::from(false)),
        Not(input) => (input, Value::from(true)),
        Named(input, None) => (input, Value::from("")),
    };
    let mut edits = Vec::new();
    if let Named(cache, Some(_)) = control {
        edits.extend(step.input(cache).map(|node| Edit::Set { node: node.id(), value: Value::from("") }));
    }
    edits.push(match (step.with(), step.input(name)) {
        (_, Some(node)) => Edit::Set { node: node.id(), value: off },
        (Some(with), None) if with.kind() == Kind::Mapping => {
            Edit::Insert { map: with.id(), before: None, key: name.to_owned(), value: off }
        }
        (Some(_), None) => return None,
        (None, None) => {
            let value = Value::Map(vec![(name.to_owned(), off)]);
            Edit::Insert { map: step.node().id(), before: None, key: "with".to_owned(), value }
        }
    });
    Some(ProposedFix { title: "turn the cache off".to_owned(), safety: Safety::Unsafe, edits })
}

const DOCS: &str = r#"
A job that publishes restores a cache. All runs of the default branch can write to that cache, also those that outsiders get to run
their code in (`pull_request_target`, `workflow_run`, a dependency of a test). What they leave there is built into what you
publish: this is how packages of `ultralytics` came to mine coins for others.

A job counts as publishing if its workflow starts with releases, pushed tags or pushes to branches of releases, or if a step of it
publishes: a known action, `docker/build-push-action` with `push`, or a command as `npm publish` or `gh release create`.

**How bad:** high where a step of the job publishes, where another job publishes and needs this one or this one uploads an artifact,
and, where no step is seen to publish but releases or tags start it, if the job uploads an artifact or its permissions let it write
contents or packages or prove an identity; medium where only the tag or the release shows that something is published, and where a
branch of releases starts what another job publishes. Informational where other jobs publish and nothing of this one is seen to reach
them, and where only a branch of releases speaks for it and no step publishes.

**Mend it:** build what you publish from scratch: turn the cache off there. If a workflow does both, let the event decide:
`cache: ${{ !startsWith(github.ref, 'refs/tags/') }}`. Such expressions are worked out for the events that publish.

**It does not see:** whether the cached files end up in what is published, and whether anything that outsiders run can write to the
cache: hence the low confidence. Nor caches of actions that it does not know, such as layers by `cache-from: type=gha`.

```yaml bad
on:
  push:
    tags: ['v*']
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-go@4b73464bb391d4059bd26b0524d20df3927bd417 # <-
        with:
          go-version: stable
      - uses: Swatinem/rust-cache@779680da715d629ac1d338a641029a2f4372abb5 # <-
      - uses: actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # <-
        with:
          cache: npm
```

```yaml fixed
on:
  push:
    tags: ['v*']
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-go@4b73464bb391d4059bd26b0524d20df3927bd417
        with:
          go-version: stable
          cache: false
      - uses: Swatinem/rust-cache@779680da715d629ac1d338a641029a2f4372abb5
        with:
          lookup-only: true
      - uses: actions/setup-node@820762786026740c76f36085b0efc47a31fe5020
        with:
          cache: ''
          package-manager-cache: false
```

```yaml bad
on: workflow_dispatch
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # <-
        with:
          path: target
          key: target
      - run: cargo publish
```

```yaml good
on:
  push:
    branches: [main]
    tags: ['v*']
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-go@4b73464bb391d4059bd26b0524d20df3927bd417
        with:
          cache: ${{ !startsWith(github.ref, 'refs/tags/') }}
```

```yaml good
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: Swatinem/rust-cache@779680da715d629ac1d338a641029a2f4372abb5
      - run: cargo test
```

```yaml good
on: [release, pull_request]
jobs:
  test:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    steps:
      - uses: Swatinem/rust-cache@779680da715d629ac1d338a641029a2f4372abb5
  publish:
    if: github.event_name == 'release'
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065
      - uses: pypa/gh-action-pypi-publish@76f52bc884231f62b9a034ebfe128415bbaabdfc
```
"#;
