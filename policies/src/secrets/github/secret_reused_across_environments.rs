use policy_core::facts::{Facts, JoinFinding, JoinOut, Secret, SecretUse, SharedSecret};
use policy_core::map::{Map, Set};
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};
use policy_core::sort::sorted;
use policy_core::source::Span;

pub(crate) static RULE: Rule = Rule {
    id: "secret-reused-across-environments",
    meta: Meta {
        title: "jobs of two environments use the same secret",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Join(check)],
    docs: crate::docs(DOCS),
};

/// The most environments that a finding names.
const MAX_NAMED: usize = 8;

fn check(facts: &Facts, out: &mut JoinOut) {
    let mut by_secret: Map<(&str, &Secret), Vec<&SecretUse>> = Map::new();
    for used in &facts.secret_uses {
        by_secret.get_or_default((&used.scope, &used.secret)).push(used);
    }
    for ((scope, secret), uses) in by_secret {
        let uses = sorted(uses, |a, b| place(a).cmp(&place(b)));
        // Names of environments do not depend on case.
        let mut seen = Set::new();
        let first_of: Vec<&SecretUse> =
            uses.into_iter().filter(|used| seen.insert(used.environment.to_ascii_lowercase())).collect();
        if let [first, others @ ..] = first_of.as_slice()
            && !others.is_empty()
        {
            out.found(finding(facts, scope, secret, first, others));
        }
    }
}

fn place(used: &SecretUse) -> (&str, Span, &str) {
    (&used.place.location.path, used.place.location.span, &used.job)
}

fn finding(facts: &Facts, scope: &str, secret: &Secret, first: &SecretUse, others: &[&SecretUse]) -> JoinFinding {
    let mut names: Vec<String> =
        std::iter::once(&first).chain(others).take(MAX_NAMED).map(|used| format!("`{}`", used.environment)).collect();
    if others.len() >= MAX_NAMED {
        names.push(format!("{} more", others.len() + 1 - MAX_NAMED));
    }
    let environments = match names.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.join(", "),
    };
    let related = others
        .iter()
        .take(MAX_NAMED)
        .map(|used| (used.place.location.clone(), format!("and here, in `{}` of environment `{}`", used.job, used.environment)));
    let (severity, confidence, message, help, object) = match secret {
        Secret::Literal { kind, example, .. } => (
            Severity::High,
            if *example { Confidence::Low } else { Confidence::High },
            format!("the same {kind} stands in jobs of the environments {environments}"),
            "revoke it, and give each environment a secret of its own".to_owned(),
            format!("a {kind} in the file"),
        ),
        Secret::Reference { name } => {
            // A job without an environment cannot read an environment's secret: so one of this name is set for all.
            let shared = facts.shared_secrets.contains(&SharedSecret { scope: scope.to_owned(), name: name.clone() });
            let evidence = if shared { ", and jobs without an environment read it too: one value serves all" } else { "" };
            (
                if shared { Severity::Medium } else { Severity::Low },
                if shared { Confidence::Medium } else { Confidence::Low },
                format!("`secrets.{name}` is read by jobs of the environments {environments}{evidence}"),
                format!("set `{name}` in each of the environments, each with a value of its own, and not for the whole repository"),
                name.clone(),
            )
        }
    };
    JoinFinding {
        at: first.place.clone(),
        label: format!("read in `{}` of environment `{}`", first.job, first.environment),
        related: related.collect(),
        severity,
        confidence,
        message,
        help,
        object,
        attributes: vec![("environments", names.join(", ").replace('`', ""))],
    }
}

const DOCS: &str = r#"
Jobs of two environments use one secret. Who learns it in the weaker environment, where more people and more code can reach it,
holds the key of the stronger one too.

Reported are a token that stands in the files of jobs of two environments, and a reference `secrets.NAME` that jobs of two
environments read.

**Mend it:** give each environment a secret of its own. In GitHub that is an environment secret: the same name, another value.

**How sure:** a token in the file is the same token: high. A reference may stand for a different value in each environment, since
environment secrets go before those of the repository: low, unless a job without an environment reads the same name. Such a job
can only get a secret of the whole repository or organisation, so one is set: medium.

**It does not see:** environments that an expression chooses (`${{ matrix.target }}`), secrets handed to a called workflow, values
in the settings of the repository. Workflows of a folder that is no repository are not held against each other.

```yaml bad
on: push
jobs:
  staging:
    runs-on: ubuntu-latest
    environment: staging
    env:
      PASSWORD: ${{ secrets.DATABASE_PASSWORD }} # <-
    steps:
      - run: ./deploy
  production:
    runs-on: ubuntu-latest
    environment:
      name: production
    steps:
      - env:
          PASSWORD: ${{ secrets.database_password }}
        run: ./deploy
```

```yaml bad
# file: .github/workflows/production.yml
on: push
env:
  KEY: ${{ secrets['DEPLOY_KEY'] }} # <-
jobs:
  production:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: ./deploy
# file: .github/workflows/staging.yml
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - run: ./check
        env:
          KEY: ${{ secrets.DEPLOY_KEY }}
  staging:
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.DEPLOY_KEY }}
```

```yaml good
on: push
jobs:
  staging:
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.STAGING_KEY }}
          TOKEN: ${{ secrets.GITHUB_TOKEN }}
  production:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.PRODUCTION_KEY }}
          TOKEN: ${{ secrets.GITHUB_TOKEN }}
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    environment: Production
    steps:
      - run: ./build
        env:
          KEY: ${{ secrets.KEY }}
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.KEY }}
```

```yaml good
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: ./test
        env:
          KEY: ${{ secrets.KEY }}
  deploy:
    runs-on: ubuntu-latest
    environment: ${{ github.ref_name }}
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.KEY }}
  production:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.KEY }}
```
"#;
