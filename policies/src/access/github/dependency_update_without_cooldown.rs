use policy_core::document::edit::{Edit, Value};
use policy_core::document::{Kind, Ref};
use policy_core::model::github::{Dependabot, Update};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "dependency-update-without-cooldown",
    meta: Meta {
        title: "new releases of dependencies are taken at once",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-3"],
        aliases: &["zizmor/dependabot-cooldown"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Dependabot(check)],
    docs: crate::docs(DOCS),
};

/// Most releases that carry someone else's code are found and taken down within it.
const DAYS: u32 = 7;

fn check<'u>(_: &Cx<'u>, dependabot: Dependabot<'u>, out: &mut Out<'u>) {
    dependabot.updates().filter(|update| update.open_pull_requests_limit() != Read::Is("0")).for_each(|update| {
        if let Some(finding) = find(update) {
            out.found(finding);
        }
    });
}

fn find(update: Update<'_>) -> Option<RuleFinding<'_>> {
    let ecosystem = update.ecosystem().and_then(Ref::value).unwrap_or("");
    let said = |place, message: String, severity, confidence, edit| {
        let help = format!("wait for a week: `cooldown` with `default-days: {DAYS}`");
        let title = format!("wait for {DAYS} days");
        let fix = ProposedFix { title, safety: Safety::Unsafe, edits: vec![edit] };
        let finding = RuleFinding::new(place, message, help, ecosystem).rated(severity, confidence);
        Some(finding.attribute("ecosystem", ecosystem).fixed(Some(fix)))
    };
    let days = Value::Plain(DAYS.to_string());
    let Some(cooldown) = update.cooldown() else {
        let place = Place::node(update.ecosystem().unwrap_or(update.node()), "no `cooldown` here");
        let message = format!("Dependabot proposes new releases of `{ecosystem}` packages as soon as they are out");
        let value = Value::Map(vec![("default-days".to_owned(), days)]);
        let edit = match update.node().get("cooldown") {
            Some(empty) => Edit::Set { node: empty.id(), value },
            None => Edit::Insert { map: update.node().id(), before: None, key: "cooldown".to_owned(), value },
        };
        return said(place, message, Severity::Medium, Confidence::High, edit);
    };
    match update.cooldown_days() {
        Read::Absent if cooldown.kind() == Kind::Mapping => {
            let message = format!("this `cooldown` of `{ecosystem}` has no `default-days`, and those are zero then");
            let edit = match cooldown.get("default-days") {
                Some(empty) => Edit::Set { node: empty.id(), value: days },
                None => Edit::Insert { map: cooldown.id(), before: None, key: "default-days".to_owned(), value: days },
            };
            said(Place::node(cooldown, "no `default-days` here"), message, Severity::Medium, Confidence::High, edit)
        }
        Read::Is((node, text)) if text.parse().is_ok_and(|days: u32| days < DAYS) => {
            let message = format!("Dependabot waits for {text} days before it proposes a new release, which is less than {DAYS}");
            let edit = Edit::Set { node: node.id(), value: days };
            said(Place::node(node, "too short"), message, Severity::Low, Confidence::Medium, edit)
        }
        Read::Absent | Read::Is(_) | Read::Dynamic | Read::Wrong => None,
    }
}

const DOCS: &str = r#"
Dependabot proposes a new release on the day that it comes out. Releases that someone else published with a stolen token are mostly
found within days; who takes every release at once is among those who find them.

**Mend it:** let Dependabot wait for a week, with `cooldown`. Updates that mend a known vulnerability do not wait.

**How bad:** medium without any waiting; low where it waits for less than a week, which may be enough for you.

**It does not see:** what else delays updates: a schedule, a review, a policy of the registry that packages come from.

```yaml bad
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: npm # <-
    directory: /
    schedule:
      interval: daily
  - package-ecosystem: cargo
    directory: /
    schedule:
      interval: weekly
    cooldown:
      default-days: 2 # <-
```

```yaml fixed
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: npm
    directory: /
    schedule:
      interval: daily
    cooldown:
      default-days: 7
  - package-ecosystem: cargo
    directory: /
    schedule:
      interval: weekly
    cooldown:
      default-days: 7
```

```yaml good
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: npm
    directory: /
    schedule:
      interval: daily
    cooldown:
      default-days: 7
```

With no pull requests for new versions, only vulnerabilities are mended, and they do not wait.

```yaml good
# file: .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: npm
    directory: /
    schedule:
      interval: daily
    open-pull-requests-limit: 0
```

```yaml good
# file: .github/dependabot.yml
version: 2
updates: []
```
"#;
