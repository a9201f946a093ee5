use policy_core::document::Ref;
use policy_core::flow::Spot;
use policy_core::model::github::{Remote, Step};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::leaves::{Leaf, leaves};
use crate::uses;

pub(crate) static RULE: Rule = Rule {
    id: "unpinned-tool",
    meta: Meta {
        title: "an action installs whatever version of a tool is the newest",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/unpinned-tools"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

struct Installer {
    action: &'static str,
    // The input that says which version, and what it says for the newest. So it is too where nothing is given.
    input: &'static str,
    newest: &'static str,
}

/// Actions that install a tool, as their descriptions (`action.yml`) say.
const INSTALLERS: &[Installer] = &[
    Installer { action: "1password/load-secrets-action", input: "version", newest: "latest" },
    Installer { action: "aquasecurity/setup-trivy", input: "version", newest: "latest" },
    Installer { action: "extractions/setup-crate", input: "version", newest: "*" },
    Installer { action: "extractions/setup-just", input: "just-version", newest: "*" },
];

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some((node, remote)) = step.remote() else { return };
    let Some(installer) = INSTALLERS.iter().find(|installer| remote.is_of(installer.action)) else { return };
    let (input, action) = (installer.input, remote.name());
    let given = step.input(input);
    match (step.input_text(input), given) {
        (Read::Absent, _) | (_, None) => {
            let place = uses::slug_place(node, remote, "installs the newest version");
            let message = format!("`{action}` installs the newest version of its tool, since `{input}` is not given");
            out.found(finding(place, message, remote, installer).rated(Severity::Medium, Confidence::High));
        }
        (Read::Is(version), Some(given)) if is_newest(version, installer) => {
            let message = format!("`{action}` installs the newest version of its tool, since `{input}` is `{version}`");
            let place = Place::node(given, "the newest version");
            out.found(finding(place, message, remote, installer).rated(Severity::Medium, Confidence::High));
        }
        (Read::Dynamic, Some(given)) => check_expression(cx, step, given, remote, installer, out),
        (Read::Is(_) | Read::Wrong, _) => {}
    }
}

fn check_expression<'u>(
    cx: &Cx<'u>,
    step: &'u Step<'u>,
    given: Ref<'u>,
    remote: Remote<'u>,
    installer: &Installer,
    out: &mut Out<'u>,
) {
    let (input, action) = (installer.input, remote.name());
    // Text around the expression makes a version of it.
    let [site] = cx.unit.sites_of(given) else { return };
    if given.text().is_none_or(|text| text.trim().len() != site.outer.len()) {
        return;
    }
    let found = leaves(cx, Spot::of_step(cx.unit, step), site);
    let newest = found.iter().find_map(|leaf| match leaf {
        Leaf::Text(text, from) if is_newest(text, installer) => Some(*from),
        Leaf::Text(..) | Leaf::Unknown(_) => None,
    });
    if let Some(from) = newest {
        let message = format!("`{action}` installs the newest version of its tool, since `{input}` can ask for it");
        let mut finding = finding(Place::node(given, "can be the newest version"), message, remote, installer);
        finding.related.extend(from.map(|from| Place::node(from, "asks for it")));
        out.found(finding.rated(Severity::Medium, Confidence::High));
    } else if found.iter().any(|leaf| matches!(leaf, Leaf::Unknown(_))) {
        let message = format!("`{action}` may install the newest version of its tool: the file does not say what `{input}` is");
        let place = Place::node(given, "may be the newest version");
        out.found(finding(place, message, remote, installer).rated(Severity::Medium, Confidence::Low));
    }
}

fn is_newest(version: &str, installer: &Installer) -> bool {
    version.trim().is_empty() || version.trim() == installer.newest
}

fn finding<'u>(place: Place<'u>, message: String, remote: Remote<'u>, installer: &Installer) -> RuleFinding<'u> {
    let help = format!("give `{}` a whole version in `with`", installer.input);
    RuleFinding::new(place, message, help, remote.name()).attribute("action", remote.name()).attribute("input", installer.input)
}

const DOCS: &str = r#"
The action is one thing, the tool that it downloads and runs is another. A pinned commit of the action holds nothing if the tool is
whatever its makers, or whoever has taken their place, released last.

**Mend it:** give the version of the tool as an input, and let a bot keep it fresh.

**How bad:** medium. With low confidence where the version comes from an input, a variable or an output.

**It does not see:** other actions than `1password/load-secrets-action`, `aquasecurity/setup-trivy`, `extractions/setup-crate` and
`extractions/setup-just`; ranges of versions (`1.x`); whether the action checks what it downloads.

```yaml bad
on: push
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: aquasecurity/setup-trivy@e6c2c5e321ed9123bda567646e2f96565e34abe1 # <-
      - uses: extractions/setup-just@53165ef7e734c5c07cb06b3c8e7b647c5aa16db3
        with:
          just-version: "*" # <-
```

```yaml bad
on: push
env:
  TRIVY_VERSION: latest
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: aquasecurity/setup-trivy@e6c2c5e321ed9123bda567646e2f96565e34abe1
        with:
          version: ${{ env.TRIVY_VERSION }} # <-
      - uses: aquasecurity/setup-trivy@e6c2c5e321ed9123bda567646e2f96565e34abe1
        with:
          version: ${{ vars.TRIVY_VERSION }} # <-
```

```yaml good
on: push
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: aquasecurity/setup-trivy@e6c2c5e321ed9123bda567646e2f96565e34abe1
        with:
          version: v0.69.3
```

```yaml good
on: push
env:
  JUST_VERSION: "1.43.0"
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: extractions/setup-just@53165ef7e734c5c07cb06b3c8e7b647c5aa16db3
        with:
          just-version: ${{ env.JUST_VERSION }}
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      # What this one means is a file in the repository.
      - uses: actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020
        with:
          version: latest
      - uses: ./aquasecurity/setup-trivy
```
"#;
