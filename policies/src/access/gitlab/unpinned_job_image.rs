use policy_core::model::gitlab::{Image, Job, Value, variables};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::images::{HELP, MAX_IMAGE, OPEN, Pin, fact, pin, untagged};
use crate::pipeline::{Piece, pieces, power};

pub(crate) static RULE: Rule = Rule {
    id: "unpinned-job-image",
    meta: Meta {
        title: "the image of a job or a service has no version, or the newest one",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Variables that begin the names of images of this project and of this instance of GitLab.
const OWN: &[&str] = &["CI_REGISTRY", "CI_REGISTRY_IMAGE", "CI_SERVER_HOST", "CI_SERVER_FQDN", "CI_TEMPLATE_REGISTRY_HOST"];

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let image = job.image().is();
    let services = job.services();
    let named = |image: &Image<'u>| image.name_value().is().filter(|name| name.origin().is_own());
    let image = image.as_ref().and_then(named).and_then(|name| Some((name, written(cx, job, name)?)));
    let mut held = None;
    if let Some((at, (name, sure))) = image {
        let has = power(cx, job);
        let pin = pin(&name);
        let severity = match (pin, &has) {
            (Pin::Latest | Pin::Missing, Some(_)) => Some(Severity::Medium),
            (Pin::Latest | Pin::Missing, None) => Some(Severity::Low),
            (Pin::Tagged, Some(_)) if !name.contains(OPEN) => Some(Severity::Low),
            _ => None,
        };
        // What jobs make of one text by their own variables is said once.
        let text = at.text().unwrap_or("");
        let own = job.own("variables").is();
        let varies = variables::all(text).any(|used| own.is_some_and(|own| own.entry(used.name).is_some()));
        let said = if pin == Pin::Tagged && varies { text } else { &name };
        held = severity.map(|severity| RuleFinding { reason: has, ..finding(at, said, pin).rated(severity, sure) });
    }
    held.into_iter().for_each(|finding| out.found(finding));
    for at in services.iter().filter_map(named) {
        let Some((name, sure)) = written(cx, job, at) else { continue };
        let pin = pin(&name);
        if matches!(pin, Pin::Latest | Pin::Missing) {
            out.found(finding(at, &name, pin).rated(Severity::Low, sure));
        }
    }
}

// The name as far as the files tell, and how sure it is; none for images that belong to this project or are not named here.
fn written<'u>(cx: &Cx<'u>, job: &Job<'u>, name: Value<'u>) -> Option<(String, Confidence)> {
    let text = name.text().filter(|text| text.len() <= MAX_IMAGE)?;
    let pieces = pieces(job, text);
    let first = match pieces.first()? {
        Piece::Variable(first) => first,
        Piece::Text(_) | Piece::Open => "",
    };
    let own = cx.options.repository.as_deref().is_some_and(|own| text.contains(own));
    if own || OWN.contains(&first) || pieces.iter().any(|piece| matches!(piece, Piece::Variable("CI_PROJECT_PATH"))) {
        return None;
    }
    let mut whole = String::new();
    for piece in &pieces {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Variable(_) | Piece::Open => whole.push(OPEN),
        }
    }
    // The proxy hands on what Docker Hub has under the same name.
    let proxy = first.starts_with("CI_DEPENDENCY_PROXY");
    let elsewhere = matches!(pieces.first(), Some(Piece::Variable(_) | Piece::Open)) && !proxy;
    let set = name.read() == Read::Dynamic && !proxy;
    (whole.len() <= MAX_IMAGE && !elsewhere).then_some((whole, if set { Confidence::Medium } else { Confidence::High }))
}

fn finding<'u>(at: Value<'u>, name: &str, pin: Pin) -> RuleFinding<'u> {
    let name = name.trim().replace(OPEN, "…");
    let (label, message) = fact(&name, pin);
    RuleFinding::new(at.place(label), message, HELP, untagged(&name)).attribute("image", name.as_str())
}

const DOCS: &str = r#"
An image without a tag, or with the tag `latest`, is whatever was pushed last. Whoever can push to that name decides what your next
job is made of, and so does whoever takes the name over. The job hands the image its code, its token, and every variable that the
settings of the project give it.

**Mend it:** write the tag and the digest, `name:tag@sha256:…`. Renovate keeps both fresh.

**How bad:** medium where the files show that the job has something worth taking: it deploys to an environment, has an identity
(`id_tokens`) or `secrets`, or its script uses a variable that is named as a secret is. Low for other jobs and for services. An
image with another tag, but without a digest, is reported as low, and only for jobs that have something. With medium confidence where
a variable of the files is part of the name, since who starts the pipeline can set it.

**It does not see:** what the settings of the project give to all jobs; whether a registry lets tags be moved; images that scripts
pull or build. Images of the project's own registry, and names that a variable begins which no file sets, are not reported; nor is
what templates and files of other projects name.

```yaml bad
deploy:
  image: alpine # <-
  environment: production
  script: ./deploy
test:
  image: node:latest # <-
  services:
    - name: redis # <-
  script: npm test
```

```yaml bad
variables:
  IMAGE: golang
release:
  image: golang:1.26 # <-
  script: ./release --token "$RELEASE_TOKEN"
build:
  image: ${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/$IMAGE:latest # <-
  script: make
```

```yaml good
deploy:
  image: alpine:3.22@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d
  environment: production
  script: ./deploy
```

```yaml good
test:
  # A tag alone is not reported where there is nothing to take.
  image: node:24
  services: ["postgres:18"]
  script: npm test
```

```yaml good
test:
  image: $CI_REGISTRY_IMAGE/build:latest
  script: make test
lint:
  image: $LINT_IMAGE
  script: make lint
chosen:
  parallel:
    matrix:
      - VERSION: ["1", latest]
  image: node:$VERSION
  script: make
```
"#;
