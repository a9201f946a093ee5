use policy_core::document::Ref;
use policy_core::flow::Spot;
use policy_core::model::github::{Event, Job, Step, boolean};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{PartKind, Word};
use policy_core::text::contains;

use crate::credential::{Given, given, of_sites, variable};
use crate::publisher::{PUBLISHERS, Publisher};
use crate::tool::{Tool, tool};
use crate::version::Version;

pub(crate) static RULE: Rule = Rule {
    id: "static-publish-token",
    meta: Meta {
        title: "a package is published with a stored token",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-2"],
        aliases: &["zizmor/use-trusted-publishing"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

/// An action that publishes: the input with the token, those that name the registry, the registry that knows identities, and the first
/// version that publishes by identity where older ones insist on the token, with what else it takes.
struct Publishes {
    action: &'static str,
    token: &'static str,
    registry: &'static [&'static str],
    host: &'static str,
    since: Option<(u32, &'static str)>,
}

/// What npm publishes by identity from: https://docs.npmjs.com/trusted-publishers.
const NPM: &str = "npm 11.5.1 or newer";

const ACTIONS: &[Publishes] = &[
    Publishes {
        action: "pypa/gh-action-pypi-publish",
        token: "password",
        registry: &["repository-url", "repository_url"],
        host: "pypi.org",
        since: None,
    },
    Publishes {
        action: "rubygems/configure-rubygems-credentials",
        token: "api-token",
        registry: &["gem-server"],
        host: "rubygems.org",
        since: None,
    },
    Publishes {
        action: "js-devtools/npm-publish",
        token: "token",
        registry: &["registry"],
        host: "registry.npmjs.org",
        since: Some((4, NPM)),
    },
];

/// How sure it is that the registry is a public one that knows identities.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Registry {
    Public,
    Unknown,
    Other,
}

/// The credential that is seen.
enum Token {
    Secret(String),
    /// None is seen: it must come from somewhere else.
    Unseen,
    /// One that is no stored secret.
    Fresh,
}

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    if let Some((uses, remote)) = step.remote() {
        if let Some(known) = ACTIONS.iter().find(|known| remote.is(known.action)) {
            check_action(cx, step, remote.git_ref(), known, out);
        }
        if remote.is("rubygems/release-gem") {
            check_release_gem(cx, step, uses, out);
        }
        return;
    }
    let Some(run) = step.run() else { return };
    check_script(cx, step, run, out);
}

fn check_action<'u>(cx: &Cx<'u>, step: &'u Step<'u>, git_ref: &str, known: &'static Publishes, out: &mut Out<'u>) {
    let Some(value) = step.input(known.token) else { return };
    let registry = known.registry.iter().fold(Registry::Public, |registry, input| match step.input_text(input) {
        Read::Absent => registry,
        Read::Is(text) if text.is_empty() || text.contains(known.host) => registry,
        Read::Is(_) => Registry::Other,
        Read::Dynamic | Read::Wrong => Registry::Unknown,
    });
    let Given::Secret(secret) = given(cx, Spot::of_step(cx.unit, step), value) else { return };
    let confidence = match registry {
        Registry::Public => Confidence::High,
        Registry::Unknown => Confidence::Low,
        Registry::Other => return,
    };
    let at = Place::node(value.key().unwrap_or(value), "a stored token");
    let message = format!("`{}` publishes with the token in the secret `{secret}`", known.action);
    out.found(
        RuleFinding::new(at, message, help(cx, step, &needed(known, git_ref)), secret)
            .rated(Severity::Low, confidence)
            .attribute("publishes", known.action),
    );
}

// What comes first: a version that takes no token, unless the tag says that it is one, and what that takes.
fn needed(known: &Publishes, git_ref: &str) -> String {
    match known.since {
        Some((first, tool)) if Version::parse(git_ref).is_some_and(|version| version.major() >= first) => format!("use {tool}, "),
        Some((first, tool)) => {
            format!("use version {first} or newer of the action, since older ones insist on a token, and {tool}, ")
        }
        None => String::new(),
    }
}

// A job that can prove who it is needs no further permission.
fn help<'u>(cx: &Cx<'u>, step: &Step<'u>, needed: &str) -> String {
    let job = cx.unit.job_of(step);
    let can = job.is_some() && cx.reach(job).power.is_some_and(|power| power.identity);
    let permission = if can { "" } else { "give the job `id-token: write`, " };
    format!("make this workflow a trusted publisher of the package in the registry, {permission}{needed}and delete the token")
}

fn check_release_gem<'u>(cx: &Cx<'u>, step: &Step<'u>, uses: Ref<'u>, out: &mut Out<'u>) {
    let setting = step.input("setup-trusted-publisher");
    if let (Some(value), Read::Is(false)) = (setting, boolean(setting)) {
        let at = Place::node(value.key().unwrap_or(value), "a stored key is used instead");
        let message = "`rubygems/release-gem` is told not to prove who it is to the registry";
        let finding =
            RuleFinding::new(at, message, help(cx, step, ""), "rubygems/release-gem").related(Place::node(uses, "publishes"));
        out.found(finding.rated(Severity::Low, Confidence::High).attribute("publishes", "rubygems/release-gem"));
    }
}

fn check_script<'u>(cx: &Cx<'u>, step: &'u Step<'u>, run: Ref<'u>, out: &mut Out<'u>) {
    let (Some(script), Some(job)) = (cx.unit.script(step), cx.unit.job_of(step)) else { return };
    if !PUBLISHERS.iter().flat_map(|publisher| publisher.names).any(|name| script.may_name(name)) {
        return;
    }
    for command in script.commands() {
        let Some(tool) = tool(command) else { continue };
        let Some(publisher) = PUBLISHERS.iter().find(|publisher| publisher.publishes(&tool)) else { continue };
        if !cx.budget.spend(cx.unit.steps_of(job).len()) {
            return;
        }
        let registry = registry(cx, job, step, &tool, publisher);
        let token = token(cx, job, step, run, &tool, publisher);
        let Some((said, severity, confidence)) = judged(cx, job, registry, &token) else { continue };
        let span = command.span();
        let object = if let Token::Secret(secret) = &token { secret.as_str() } else { tool.name() };
        let finding = RuleFinding::new(
            Place::text(run, span.start as usize..span.end as usize, "a stored token"),
            format!("`{}` publishes {said}", tool.name()),
            help(cx, step, &if tool.name() == "npm" { format!("use {NPM}, ") } else { String::new() }),
            object,
        );
        out.found(finding.rated(severity, confidence).attribute("publishes", tool.name()));
    }
}

fn judged<'u>(cx: &Cx<'u>, job: &Job<'u>, registry: Registry, token: &Token) -> Option<(String, Severity, Confidence)> {
    match (token, registry) {
        (Token::Fresh, _) | (_, Registry::Other) => None,
        (Token::Secret(name), registry) => {
            let confidence = if registry == Registry::Public { Confidence::High } else { Confidence::Low };
            Some((format!("with the token in the secret `{name}`"), Severity::Low, confidence))
        }
        (Token::Unseen, Registry::Unknown) => None,
        (Token::Unseen, Registry::Public) => {
            // Of a called workflow that sets no permissions, the caller decides whether it can prove who it is.
            let caller_decides = cx.unit.events().has(Event::WorkflowCall) && job.effective_permissions().is_none();
            let can = caller_decides || cx.reach(Some(job)).power.is_some_and(|power| power.identity);
            let said = "with a stored credential, since this job cannot prove who it is (`id-token`)".to_owned();
            (!can).then_some((said, Severity::Info, Confidence::Medium))
        }
    }
}

fn registry<'u>(cx: &Cx<'u>, job: &Job<'u>, step: &'u Step<'u>, tool: &Tool<'_>, publisher: &Publisher) -> Registry {
    let named =
        |text: &str| if publisher.public.iter().any(|host| is_host(text, host)) { Registry::Public } else { Registry::Other };
    if let Some((word, start)) = tool.option(publisher.registry_options) {
        return word.literal().map_or(Registry::Unknown, |text| named(text.get(start..).unwrap_or("")));
    }
    for name in publisher.registry_variables {
        if let Some((_, value)) = variable(cx, Some(job), step, name) {
            let dynamic = !cx.unit.sites_of(value).is_empty();
            return if dynamic { Registry::Unknown } else { named(value.text().unwrap_or("")) };
        }
    }
    if !publisher.by_default {
        return Registry::Unknown;
    }
    if publisher.token_variables.contains(&"NODE_AUTH_TOKEN") { of_npm(cx, step, tool) } else { Registry::Public }
}

// `pypi` is a name and stands alone; a host stands somewhere in an address.
fn is_host(text: &str, host: &str) -> bool {
    text == host || (host.contains('.') && contains(text, host))
}

// What `setup-node` and the package itself say of the registry. npm refuses to publish what is private.
fn of_npm<'u>(cx: &Cx<'u>, step: &'u Step<'u>, tool: &Tool<'_>) -> Registry {
    let mut registry = Registry::Public;
    for before in cx.unit.steps_before(step).iter().filter(|before| before.runs_action("actions/setup-node")) {
        registry = match before.input_text("registry-url") {
            Read::Absent => continue,
            Read::Is(url) if url.contains("registry.npmjs.org") => Registry::Public,
            Read::Is(_) => Registry::Other,
            Read::Dynamic | Read::Wrong => Registry::Unknown,
        };
    }
    let Some(behind) = tool.behind(&["npm", "publish"]).or_else(|| tool.behind(&["publish"])) else { return registry };
    let elsewhere = behind.get(0).is_some_and(|word| !word.starts_with("-"))
        || tool.has_option(&[
            "-w",
            "--workspace",
            "--workspaces",
            "-r",
            "--recursive",
            "--filter",
            "-F",
            "-C",
            "--dir",
            "--prefix",
        ])
        || step.run().and_then(Ref::text).is_some_and(|script| script.contains("cd ") || script.contains("pushd "));
    let manifest = if elsewhere { Read::Dynamic } else { cx.unit.manifest(step) };
    let Read::Is(manifest) = manifest else { return registry };
    let to = manifest.get("publishConfig").and_then(|config| config.get("registry")).and_then(Ref::text);
    if manifest.get("private").and_then(Ref::text) == Some("true") || to.is_some_and(|to| !to.contains("registry.npmjs.org")) {
        return Registry::Other;
    }
    registry
}

fn token<'u>(cx: &Cx<'u>, job: &'u Job<'u>, step: &'u Step<'u>, run: Ref<'u>, tool: &Tool<'_>, publisher: &Publisher) -> Token {
    if let Some((word, _)) = tool.option(publisher.token_options) {
        return in_word(cx, job, step, run, word);
    }
    let mut given = publisher.token_variables.iter().filter_map(|name| variable(cx, Some(job), step, name));
    given.next().map_or(Token::Unseen, |(_, value)| in_variable(cx, step, value))
}

fn in_variable<'u>(cx: &Cx<'u>, step: &'u Step<'u>, value: Ref<'u>) -> Token {
    match given(cx, Spot::of_step(cx.unit, step), value) {
        Given::Secret(name) => Token::Secret(name),
        Given::JobToken | Given::Otherwise => Token::Fresh,
    }
}

// A token in an argument: pasted in by an expression, or from a variable of `env`.
fn in_word<'u>(cx: &Cx<'u>, job: &'u Job<'u>, step: &'u Step<'u>, run: Ref<'u>, word: Word<'_>) -> Token {
    for part in word.parts() {
        let found = match part.kind() {
            PartKind::Expression => {
                let at = part.span().start as usize;
                let sites = cx.unit.sites_of(run).iter().filter(|site| site.outer.contains(&at));
                of_sites(cx, Spot::of_step(cx.unit, step), sites)
            }
            PartKind::Variable => {
                let name = part.name().strip_prefix("env:").unwrap_or(part.name());
                let value = variable(cx, Some(job), step, name).map(|(_, value)| value);
                value.map_or(Given::Otherwise, |value| given(cx, Spot::of_step(cx.unit, step), value))
            }
            _ => Given::Otherwise,
        };
        if let Given::Secret(name) = found {
            return Token::Secret(name);
        }
    }
    Token::Fresh
}

const DOCS: &str = r#"
A package is published with a token that is stored as a secret. Who gets the token, by a compromised action or a log, publishes
under your name from anywhere, and the users of the package run it. crates.io, npm, NuGet, PyPI and RubyGems take the identity that
GitHub gives to each run instead: nothing is stored, and the registry asks for the repository, the workflow and the environment.

**Mend it:** make the workflow a trusted publisher of the package, give the job `id-token: write`, and delete the token. npm takes the
identity from 11.5.1 on, and `js-devtools/npm-publish` from version 4 on; before, it fails without a token.

**How bad:** low, where a secret is seen to be the token; info, where none is seen but the job cannot prove who it is, so that some
stored credential must be there. The confidence is low where an expression or a variable decides to which registry it goes.

**It does not see:** scripts of `package.json` and Makefiles, the settings of tools in files, and packages of a monorepo that are
private. What goes to another registry, as the package's `publishConfig` or a step of `setup-node` says, is not reported.

```yaml bad
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@76f52bc884231f62b9a034ebfe128415bbaabdfc
        with:
          password: ${{ secrets.PYPI_TOKEN }} # <-
      - run: cargo publish # <-
        env:
          CARGO_REGISTRY_TOKEN: ${{ secrets.CARGO_TOKEN }}
      - uses: actions/setup-node@v4
        with:
          registry-url: https://registry.npmjs.org
      - run: npm publish --access public # <-
        env:
          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}
```

```yaml good
on: push
permissions:
  id-token: write
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@76f52bc884231f62b9a034ebfe128415bbaabdfc
      - uses: rust-lang/crates-io-auth-action@b7e9a28eded4986ec6b1fa40eeee8f8f165559ec
        id: auth
      - run: cargo publish
        env:
          CARGO_REGISTRY_TOKEN: ${{ steps.auth.outputs.token }}
      - run: npm publish
```

```yaml good
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@76f52bc884231f62b9a034ebfe128415bbaabdfc
        with:
          password: ${{ secrets.TOKEN }}
          repository-url: https://pypi.example.com/upload
      - run: cargo publish --registry ours
        env:
          CARGO_REGISTRY_TOKEN: ${{ secrets.TOKEN }}
```

```yaml good
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-node@v4
        with:
          registry-url: https://npm.pkg.github.com
      - run: npm publish
        env:
          NODE_AUTH_TOKEN: ${{ secrets.GITHUB_TOKEN }}
      - run: cargo publish --dry-run
```
"#;
