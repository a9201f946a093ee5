use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::Dependabot;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "dependency-update-runs-code",
    meta: Meta {
        title: "code of dependencies runs while they are updated",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/dependabot-execution"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Dependabot(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, dependabot: Dependabot<'u>, out: &mut Out<'u>) {
    for update in dependabot.updates() {
        let Some(setting) = update.external_code_execution().filter(|node| node.value() == Some("allow")) else { continue };
        let ecosystem = update.ecosystem().and_then(Ref::value).unwrap_or("");
        let finding = RuleFinding::new(
            Place::node(setting, "lets code of packages run"),
            format!("code of `{ecosystem}` packages runs while Dependabot looks for updates, beside what it reads registries with"),
            "write `deny`, and give Dependabot a manifest that it can read without running code",
            ecosystem,
        );
        let edits = vec![Edit::Set { node: setting.id(), value: "deny".into() }];
        let fix = ProposedFix { title: "run no code of packages".to_owned(), safety: Safety::Unsafe, edits };
        out.found(finding.rated(Severity::High, Confidence::High).attribute("ecosystem", ecosystem).fixed(Some(fix)));
    }
}

const DOCS: &str = r#"
`insecure-external-code-execution: allow` lets Dependabot run what manifests and packages bring along: `setup.py`, `Gemfile`,
`mix.exs`, plugins. Any release of any dependency, however deep, then runs code that can read the credentials of your private
registries and change what Dependabot proposes.

**Mend it:** write `deny`, or remove the line where no `registries` are named: then `deny` is the default. Describe the package in a
manifest that is only data (`pyproject.toml` instead of `setup.py`).

**It does not see:** ecosystems whose updates run code anyway, and whether the registries that the code could read are worth it.

```yaml bad
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: pip
    directory: /
    schedule:
      interval: weekly
    insecure-external-code-execution: allow # <-
```

```yaml fixed
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: pip
    directory: /
    schedule:
      interval: weekly
    insecure-external-code-execution: deny
```

```yaml good
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: pip
    directory: /
    schedule:
      interval: weekly
    insecure-external-code-execution: deny
```

```yaml good
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: pip
    directory: /
    schedule:
      interval: weekly
```

Outside of an update, it is no setting of Dependabot.

```yaml good
# file: .github/dependabot.yml
version: 2
insecure-external-code-execution: allow
updates:
  - package-ecosystem: pip
    directory: /
    schedule:
      interval: weekly
      insecure-external-code-execution: allow
```
"#;
