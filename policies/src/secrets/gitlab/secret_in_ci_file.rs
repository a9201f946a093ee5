use policy_core::document::Kind;
use policy_core::model::gitlab::{KeyValue, Pipeline, Value};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::secret::{Checksum, tokens};

use crate::held_secret::is_secret_name;
use crate::literal::{HALF, article, is_shown, password, private_key, real_tokens};
use crate::made::looks_made;

pub(crate) static RULE: Rule = Rule {
    id: "secret-in-ci-file",
    meta: Meta {
        title: "a secret stands in the file",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &["glsec/gl006", "glsec/gl036"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

/// How deep the pipeline is looked into: a script within lists within a job.
const MAX_DEPTH: usize = 12;

/// Beginnings of variables by which images of services are given a password that is good for the one job.
const SERVICES: &[&str] = &[
    "CLICKHOUSE_",
    "DATABASE_",
    "DB_",
    "ELASTIC_",
    "INFLUXDB_",
    "KEYCLOAK_",
    "MARIADB_",
    "MINIO_",
    "MONGO",
    "MYSQL_",
    "NEO4J_",
    "ORACLE_",
    "PG",
    "POSTGRES",
    "RABBITMQ_",
    "REDIS_",
    "SA_",
];

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    let mut open: Vec<(Value<'u>, usize)> = vec![(pipeline.value(), 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > MAX_DEPTH || !cx.budget.spend(1 + value.text().map_or(0, |text| text.len() / 16)) {
            continue;
        }
        if let Some(text) = value.text() {
            of_text(value, text, out);
        }
        open.extend(value.items().map(|item| (item, depth + 1)));
        for entry in value.entries() {
            open.push((entry.value, depth + 1));
            if entry.key == "variables" {
                entry.value.entries().for_each(|variable| of_variable(&variable, out));
            }
        }
    }
}

fn of_text<'u>(value: Value<'u>, text: &'u str, out: &mut Out<'u>) {
    if !value.origin().is_own() {
        return;
    }
    for token in real_tokens(text) {
        let (severity, what) = match HALF.contains(&token.kind) {
            true => (Severity::Low, ", which is half of a credential"),
            false => (Severity::High, ""),
        };
        let confidence = if token.checksum == Checksum::Holds { Confidence::High } else { Confidence::Medium };
        let at = value.place_of(token.range.clone(), "stands in the file");
        out.found(
            finding(at, format!("a token stands in the file: {}{what}", article(token.kind)), token.kind)
                .rated(severity, confidence),
        );
    }
    if let Some(head) = private_key(text) {
        let at = value.place_of(head, "stands in the file");
        out.found(finding(at, "a private key stands in the file", "private key").rated(Severity::High, Confidence::High));
    }
}

fn of_variable<'u>(variable: &KeyValue<'u>, out: &mut Out<'u>) {
    let (name, value) = (variable.key, variable.value);
    let long = value.kind() == Some(Kind::Mapping);
    let Some((value, text)) =
        value.of_variable().is().filter(|value| value.origin().is_own()).and_then(|value| Some((value, value.text()?)))
    else {
        return;
    };
    if tokens(text).next().is_some() {
        return;
    }
    let for_service = SERVICES.iter().any(|start| name.starts_with(start));
    let (at, what) = if is_secret_name(name) && !for_service && looks_made(text) {
        // In the long form, the name that hides the value in reports stands on the line of the key.
        let at =
            if long { Place::node(variable.key_at, "its value stands in the file") } else { value.place("stands in the file") };
        (at, "looks like a secret")
    } else if let Some(range) = password(text) {
        (value.place_of(range, "stands in the file"), "is an address with a password in it")
    } else {
        return;
    };
    if !is_shown(at.node, text) {
        out.found(
            finding(at, format!("the value of `{name}` stands in the file, and {what}"), name)
                .rated(Severity::High, Confidence::Medium),
        );
    }
}

fn finding<'u>(at: Place<'u>, message: impl Into<std::borrow::Cow<'static, str>>, object: &str) -> RuleFinding<'u> {
    let help = "revoke it, store a new one as a masked variable in the settings, and read it as `$NAME`";
    RuleFinding::new(at, message, help, object)
}

const DOCS: &str = r#"
A token, a private key or a password stands in the pipeline as text. Everyone who can read the repository, now or later, and every
fork and backup of it, has it.

Reported are tokens whose form says what they are, wherever they stand, private keys, and values of variables: those whose name says
secret (`…_TOKEN`, `…_PASSWORD`) and that look as if a machine had made them, and addresses with a password in them.

**Mend it:** revoke it, since history keeps it. Store a new one as a masked and protected variable in the settings of the project.

**How bad:** high; low for the id of an AWS key and for API keys of Google, which are no secret alone. Confidence is high where a
checksum within the token holds, and medium where its form or its name is all there is to it.

**It does not see:** passwords of plain words, which cannot be told from stand-ins; values that a report would show with their line,
since their names are none that it hides (`…_SSH_KEY`, `…_PASS`); whether a secret still works. A variable, a path, a stand-in such
as `changeme`, a token whose checksum fails, and passwords of the containers of tests (`POSTGRES_PASSWORD`) are not reported, and
neither is a password for a host of the job itself (`postgres://user:password@postgres`).

```yaml bad
variables:
  DEPLOY_PASSWORD: Zq7-not-A-real-1-42x # <-
deploy:
  variables:
    API_KEY: # <-
      value: 7Kd2-not-A-real-1-9z
      description: the key
    STORE: postgres://app:not-A-real-1@db.acme.io:5432/app # <-
  script: ./deploy
```

```yaml good
variables:
  DEPLOY_PASSWORD: $PRODUCTION_PASSWORD
  POSTGRES_PASSWORD: Zq7-not-A-real-1-42x
  ADMIN_PASSWORD: changeme-4711-qwz
deploy:
  script: ./deploy
```

```yaml good
variables:
  SIGNING_KEY: /secrets/Zq7-not-A-real-1-42x
  SECRET_NAME: Zq7-not-A-real-1-42x
  CACHE_KEY: Zq7-not-A-real-1-42x
  API_TOKEN: production-cluster-2
  STORE: postgres://app:not-A-real-1@postgres:5432/app
  OTHER_STORE: postgres://app:$STORE_PASSWORD@db.acme.io/app
deploy:
  script: ./deploy
```

```yaml good
deploy:
  script:
    - export DEPLOY_PASSWORD=Zq7-not-A-real-1-42x
    - echo "-----BEGIN RSA PRIVATE KEY-----" > head.txt
```
"#;
