use policy_core::document::Ref;
use policy_core::model::github::{CODEOWNERS_PATHS, Codeowners, Owned, codeowners_place};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "workflows-without-owner",
    meta: Meta {
        title: "workflows change without review by an owner",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1", "CICD-SEC-4"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Codeowners(check)],
    docs: crate::docs(DOCS),
};

/// Names that no pattern has in mind: whoever adds a workflow chooses its name.
const WORKFLOWS: &[&str] = &[".github/workflows/any-new-workflow.yml", ".github/workflows/any-new-workflow.yaml"];

fn check<'u>(cx: &Cx<'u>, owners: Codeowners<'u>, out: &mut Out<'u>) {
    let Some(root) = cx.unit.document().root() else { return };
    // Every pattern is held against three paths.
    if !cx.budget.spend(3 * root.len()) {
        return;
    }
    let own = CODEOWNERS_PATHS.get(codeowners_place(cx.unit.document().source().path())).copied();
    let of_workflows = WORKFLOWS.iter().find_map(|path| unowned(owners, root, path));
    if let Some(at) = of_workflows {
        let message = match WORKFLOWS.iter().all(|path| unowned(owners, root, path).is_some()) {
            true => "a new workflow in `.github/workflows/` has no owner who has to review it",
            false => {
                "a new workflow has no owner who has to review it if its name ends in `.yaml` instead of `.yml`, or the reverse"
            }
        };
        let help = "name who reviews workflows: `/.github/ @organisation/team`";
        out.found(RuleFinding::new(at, message, help, "workflows").rated(Severity::Medium, Confidence::Medium));
    }
    if let Some((path, at)) = own.and_then(|path| Some((path, unowned(owners, root, path)?))) {
        let message = format!("`{path}` itself has no owner: who changes it chooses who reviews everything else");
        let help = format!("name who reviews it: `/{path} @organisation/team`");
        out.found(RuleFinding::new(at, message, help, "owners").rated(Severity::Low, Confidence::Medium));
    }
}

// Where it shows that a path has no owner; none if it has one.
fn unowned<'u>(owners: Codeowners<'u>, root: Ref<'u>, path: &str) -> Option<Place<'u>> {
    match owners.deciding(path) {
        Some(line) if line.owners().next().is_some() => None,
        Some(line) => Some(Place::node(line.pattern()?, "takes the owners away")),
        None => Some(Place::node(owners.lines().find_map(Owned::pattern).unwrap_or(root), "no line from here on is about it")),
    }
}

const DOCS: &str = r#"
What stands in `.github/workflows/` runs with the token and the secrets of the repository. `CODEOWNERS` is how GitHub asks the right
people before that changes. Here no line is about a new workflow, or the one that decides, which is the last that matches, names
nobody.

**Mend it:** name an owner for `/.github/`, below all patterns that match it too. Ask for reviews of code owners in the protection
of your branches, or the file does nothing.

**How bad:** medium for workflows; low where the file of owners can itself be changed without an owner.

**It does not see:** whether your branches ask for the review, whether the owners exist and may write, and repositories that have no
`CODEOWNERS` at all.

```yaml bad
# file: .github/CODEOWNERS
*.rs @core # <-
/docs/ @writers
```

```yaml bad
# file: CODEOWNERS
* @core
/.github/workflows/ # <-
```

```yaml good
# file: .github/CODEOWNERS
*.rs @core
/.github/ @platform
```

```yaml good
# file: CODEOWNERS
* @core
/docs/
```

Of several files GitHub reads the first alone.

```yaml good
# file: .github/CODEOWNERS
* @core
# file: docs/CODEOWNERS
*.rs @core
```
"#;
