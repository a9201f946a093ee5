use policy_core::document::Ref;
use policy_core::flow::{Source, Spot, origins};
use policy_core::model::github::expression::{Value, evaluate};
use policy_core::model::github::{Container, Job, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "hardcoded-container-password",
    meta: Meta {
        title: "the password of a container registry stands in the file",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &["zizmor/hardcoded-container-credentials", "actionlint/credentials"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some(container) = job.container() {
        check_container(cx, job, container, "the container", out);
    }
    for (name, container) in job.services() {
        check_container(cx, job, container, name.text().unwrap_or(""), out);
    }
}

fn check_container<'u>(cx: &Cx<'u>, job: &'u Job<'u>, container: Container<'u>, name: &str, out: &mut Out<'u>) {
    let Some(password) = container.password() else { return };
    let through = match text(Some(password)) {
        Read::Is(text) if !text.trim().is_empty() => None,
        Read::Dynamic => match constant(cx, job, password) {
            Some(through) => through,
            None => return,
        },
        Read::Is(_) | Read::Absent | Read::Wrong => return,
    };
    // The name of a service is shown as one.
    let of = if name == "the container" { name.to_owned() } else { format!("the service `{name}`") };
    let mut finding = RuleFinding::new(
        Place::node(password, "stands in the file"),
        format!("the password that the image of {of} is pulled with stands in the file"),
        "revoke it, store a new one as a secret, and read it: `${{ secrets.NAME }}`",
        name,
    );
    if let Some(place) = through {
        finding = finding.related(place);
    }
    out.found(finding.rated(Severity::High, Confidence::High));
}

// Whether an expression comes to a text that stands in the file, and where it does. A password may be made of several.
fn constant<'u>(cx: &Cx<'u>, job: &'u Job<'u>, password: Ref<'u>) -> Option<Option<Place<'u>>> {
    for site in cx.unit.sites_of(password) {
        let Ok(expression) = &site.expression else { continue };
        if let Some(Value::Text(text)) = evaluate(expression, expression.root(), &|_| None)
            && !text.is_empty()
        {
            return Some(None);
        }
        let from_file = origins(Spot::of_job(cx.unit, job), site, cx.budget);
        if let Some(mut origin) = from_file.into_iter().find(|origin| origin.source == Source::Constant) {
            return Some(origin.through.pop());
        }
    }
    None
}

const DOCS: &str = r#"
The password for a registry stands in the workflow as text. Everyone who can read the repository, now or later, and every fork and
backup of it, has it.

**Mend it:** revoke it at the registry, since history keeps it. Store a new one as a secret and read that.

**It does not see:** whether the password still works; passwords of `docker login` and of actions, which tokens of known forms are
found in; a text behind `||` that stands in for a secret that is not set. A user name is no secret, and is not reported.

```yaml bad
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    container:
      image: registry.example/tools@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
      credentials:
        username: ci
        password: not-a-real-one # <-
    services:
      database:
        image: registry.example/db@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
        credentials:
          username: ci
          password: ${{ 'not-a-real-one' }} # <-
    steps:
      - run: make
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    container:
      image: registry.example/tools@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
      credentials:
        username: ci
        password: ${{ secrets.REGISTRY_PASSWORD }}
    steps:
      - run: make
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    container:
      image: ghcr.io/some-org/tools@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
      credentials:
        username: ${{ github.actor }}
        password: ${{ github.token }}
    steps:
      - run: make
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    services:
      database:
        image: postgres@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
        env:
          POSTGRES_PASSWORD: only-for-this-test
    steps:
      - run: make
```
"#;
