use std::borrow::Cow;

use policy_core::document::Ref;
use policy_core::model::github::Step;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Command, Word, Words};

pub(crate) static RULE: Rule = Rule {
    id: "adhoc-package",
    meta: Meta {
        title: "a package is installed outside of a lockfile",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/adhoc-packages"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

struct Manager {
    program: &'static str,
    // The first words of commands that add what is named to what is installed.
    adds: &'static [&'static [&'static str]],
    // Options that take the next word.
    valued: &'static [&'static str],
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "bundle",
        adds: &[&["add"]],
        valued: &["--version", "-v", "--group", "-g", "--source", "-s", "--require", "-r"],
    },
    Manager {
        program: "gem",
        adds: &[&["install"], &["i"]],
        valued: &[
            "--version",
            "-v",
            "--install-dir",
            "-i",
            "--bindir",
            "-n",
            "--source",
            "-s",
            "--platform",
            "--trust-policy",
            "-P",
        ],
    },
    Manager {
        program: "npm",
        adds: &[&["install"], &["i"], &["add"]],
        valued: &["--prefix", "--registry", "--workspace", "-w", "--cache", "--tag", "--omit", "--include", "--loglevel", "-C"],
    },
    Manager {
        program: "pnpm",
        adds: &[&["add"], &["install"], &["i"]],
        valued: &["--dir", "-C", "--filter", "-F", "--registry", "--store-dir"],
    },
    Manager { program: "yarn", adds: &[&["add"], &["global", "add"]], valued: &["--cwd", "--registry", "--modules-folder"] },
];

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some(node) = step.run() else { return };
    let Some(script) = cx.unit.script(step) else { return };
    if !MANAGERS.iter().any(|manager| script.may_name(manager.program)) {
        return;
    }
    for command in script.commands() {
        check_command(node, command, out);
    }
}

fn check_command<'u>(node: Ref<'u>, command: Command<'u>, out: &mut Out<'u>) {
    let Some(program) = command.program() else { return };
    let Some(manager) = MANAGERS.iter().find(|manager| program.is(manager.program)) else { return };
    let Some(package) = added(manager, program.arguments).and_then(|mut words| words.find_map(package)) else { return };
    let (shown, confidence) = match &package {
        Package::Named { name, .. } => (format!("`{name}`"), Confidence::High),
        Package::Address => ("a package from an address".to_owned(), Confidence::High),
        Package::Unknown => ("a package".to_owned(), Confidence::Low),
    };
    let versioned = program.arguments.iter().any(|word| gives_version(manager.program, &word));
    let program = manager.program;
    let what = match &package {
        Package::Named { open: true, .. } if !versioned => "it, and what it depends on, is",
        _ => "what it depends on is",
    };
    let finding = RuleFinding::new(
        Place::text(node, command.span().range(), "no lockfile holds it"),
        format!("`{program}` installs {shown} outside of a lockfile, so {what} what the registry gives that day"),
        "write it into the manifest with a lockfile, and install from that",
        match package {
            Package::Named { name, .. } => format!("{program} {name}"),
            Package::Address | Package::Unknown => program.to_owned(),
        },
    );
    out.found(finding.rated(Severity::Low, confidence).attribute("program", program));
}

// The words behind the command that adds, without options, if it is one.
fn added<'s>(manager: &'static Manager, arguments: Words<'s>) -> Option<impl Iterator<Item = Word<'s>>> {
    let mut words = operands(manager, arguments);
    let first = words.next()?;
    let adds = manager.adds.iter().find(|adds| adds.first().is_some_and(|add| first.is(add)))?;
    let rest_fits = adds.iter().skip(1).all(|add| words.next().is_some_and(|word| word.is(add)));
    rest_fits.then_some(words)
}

fn operands<'s>(manager: &'static Manager, arguments: Words<'s>) -> impl Iterator<Item = Word<'s>> {
    let mut valued = false;
    arguments.iter().filter(move |word| {
        let is_value = std::mem::take(&mut valued);
        valued = !is_value && manager.valued.iter().any(|option| word.is(option));
        !is_value && !word.starts_with("-")
    })
}

// `-v 1.2`, `--version=1.2` of `gem` and `bundle`; elsewhere these are other options.
fn gives_version(program: &str, word: &Word<'_>) -> bool {
    matches!(program, "gem" | "bundle") && (word.starts_with("-v") || word.starts_with("--version"))
}

// `name@1.2`, `name:1.2`, or what a variable may give; not `name@latest`.
fn holds_version(word: &Word<'_>) -> bool {
    let text = word.text().trim_matches(['"', '\'']);
    let version = text.get(1..).and_then(|text| text.split_once(['@', ':'])).map_or("", |(_, version)| version);
    version.bytes().any(|byte| !byte.is_ascii_alphabetic())
}

enum Package<'s> {
    /// `open` where no version stands behind the name.
    Named {
        name: Cow<'s, str>,
        open: bool,
    },
    Address,
    Unknown,
}

// What a word names, unless it is a file or folder of the workspace.
fn package(word: Word<'_>) -> Option<Package<'_>> {
    let text = word.leading();
    let is_path = text.starts_with(['.', '/', '~', '\\']) || text.starts_with("file:") || text.starts_with("link:");
    let is_file = [".tgz", ".tar.gz", ".gem"].iter().any(|end| word.text().trim_matches(['"', '\'']).ends_with(end));
    let is_address = text.contains("://");
    if is_path || is_file && !is_address {
        return None;
    }
    if is_address {
        return Some(Package::Address);
    }
    if text.is_empty() {
        return Some(Package::Unknown);
    }
    Some(Package::Named { name: without_version(text), open: !holds_version(&word) })
}

// `name@1.2`, `@scope/name@1.2`, `name:1.2`.
fn without_version(text: Cow<'_, str>) -> Cow<'_, str> {
    let end = text.char_indices().skip(1).find(|(_, letter)| matches!(letter, '@' | ':')).map_or(text.len(), |(at, _)| at);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

const DOCS: &str = r#"
A package that a script installs by name stands in no lockfile. Which version comes, if the script does not say, and which versions
of all that it depends on, is what the registry gives on the day of the run. A package that was taken over an hour ago is then
installed, and run, with what the job has.

**Mend it:** write the package into a manifest (`package.json`, `Gemfile`) with a lockfile, and install from that (`npm ci`,
`bundle install`). For a tool that belongs to CI alone, a folder with a manifest of its own does.

**How bad:** low. With low confidence where a variable says what is installed.

**It does not see:** package managers other than `npm`, `pnpm`, `yarn`, `gem` and `bundle`; tools that fetch and run a package in
one go (`npx`); scripts that are called by this one.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: npm install -g typescript # <-
      - run: |
          npm ci
          sudo gem install rake -v 13.0.6 # <-
          yarn global add @scope/tool@1.2.3 # <-
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: npm ci && npm install --prefix tools
      - run: bundle install
      - run: yarn install --immutable
      - run: gem build some.gemspec
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      # What is built here does not come from a registry.
      - run: npm install ./packages/tool
      - run: gem install pkg/tool-1.0.gem
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo npm install -g typescript
      - run: |
          # npm install -g typescript
          npm run install typescript
```
"#;
