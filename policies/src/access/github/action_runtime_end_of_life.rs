use policy_core::model::github::{self, Action};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "action-runtime-end-of-life",
    meta: Meta {
        title: "an action asks for a Node.js that runners no longer have",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &["actionlint/action"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Action(check)],
    docs: crate::docs(DOCS),
};

/// What GitHub has taken out of its runners.
const ENDED: &[&str] = &["node12", "node16", "node20"];

fn check<'u>(_: &Cx<'u>, action: Action<'u>, out: &mut Out<'u>) {
    let Some(node) = action.using() else { return };
    let Read::Is(using) = github::text(Some(node)) else { return };
    let Some(runtime) = ENDED.iter().find(|ended| ended.eq_ignore_ascii_case(using)) else { return };
    let finding = RuleFinding::new(
        Place::node(node, "has reached its end"),
        format!("this action asks for `{runtime}`, which has reached its end and which GitHub's runners no longer have"),
        "build and test the action on Node.js 24, and write `using: node24`",
        *runtime,
    );
    out.found(finding.rated(Severity::Medium, Confidence::High).attribute("runtime", *runtime));
}

const DOCS: &str = r#"
The description of an action in JavaScript names the Node.js that runs it. GitHub has taken `node12`, `node16` and `node20` out of
its runners, the last of them on 2026-09-16. An action that names one of them runs on a newer Node.js that nobody may have tested
it with, or, on a runner of your own that still has the old one, on one whose defects nobody mends.

**Mend it:** build and test the action on Node.js 24 and write `using: node24`. People who host their runners need version 2.327.1
or newer for it.

**It does not see:** what actions of other repositories ask for; what a composite action or a container brings along.

```yaml bad
# file: action.yml
name: greets
description: says hello
runs:
  using: node20 # <-
  main: dist/index.js
```

```yaml bad
# file: setup/action.yaml
name: greets
description: says hello
runs:
  using: 'Node12' # <-
  main: index.js
```

```yaml good
# file: action.yml
name: greets
description: says hello
runs:
  using: node24
  main: dist/index.js
```

```yaml good
# file: action.yml
name: greets
description: says hello
runs:
  using: composite
  steps:
    - run: echo node20
      shell: bash
```

```yaml good
# file: action.yml
name: greets
description: says hello
runs:
  using: docker
  image: Dockerfile
```
"#;
