use policy_core::model::gitlab::{Image, Job, Value};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::images::MAX_IMAGE;
use crate::pipeline::{Chosen, Piece, chosen, is_limited, is_whole_pattern, pieces, power};

pub(crate) static RULE: Rule = Rule {
    id: "image-named-by-branch",
    meta: Meta {
        title: "the name of a branch, a tag or a commit chooses the image of a job",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &["glsec/gl007"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let image = job.image().is();
    for image in image.iter().chain(&job.services()) {
        if let Some(finding) = of_image(cx, job, image) {
            out.found(finding);
        }
    }
}

fn of_image<'u>(cx: &Cx<'u>, job: &Job<'u>, image: &Image<'u>) -> Option<RuleFinding<'u>> {
    let at = image.name_value().is().filter(|name| name.origin().is_own())?;
    let pieces = pieces(job, at.text().filter(|text| text.len() <= MAX_IMAGE)?);
    let tag = tag_begins(&pieces);
    let (place, name, what) = pieces.iter().enumerate().find_map(|(place, piece)| match piece {
        Piece::Variable(name) => chosen(name).map(|what| (place, *name, what)),
        Piece::Text(_) | Piece::Open => None,
    })?;
    // What a branch built for itself is tagged with its name in the project's own registry. A slug is no other path.
    let own = pieces.first().is_some_and(|first| matches!(first, Piece::Variable(name) if name.starts_with("CI_REGISTRY")));
    let in_tag = tag.is_some_and(|tag| place > tag);
    if (own && (in_tag || what == Chosen::Slug)) || is_limited(job, name, is_whole_pattern) {
        return None;
    }
    let has = power(cx, job);
    let severity = if in_tag || has.is_none() { Severity::Low } else { Severity::Medium };
    let part = if in_tag { "the tag of the image" } else { "the image" };
    let whole = format!("{part} is named by `{name}`, which {} chooses", who(what));
    let help = "name the image in the file, or compare the variable with the names that are meant in `rules:if`";
    let finding = RuleFinding::new(place_of(at, name), whole, help, name).rated(severity, Confidence::Medium);
    Some(RuleFinding { reason: has, ..finding }.attribute("variable", name))
}

fn who(what: Chosen) -> &'static str {
    match what {
        Chosen::Commit => "whoever writes a commit",
        Chosen::Starter => "whoever opens the merge request or starts the pipeline",
        Chosen::Name | Chosen::Slug => "whoever pushes a branch or a tag",
    }
}

// The piece in which the tag begins: the one with a colon behind the last slash, that of a port aside.
fn tag_begins(pieces: &[Piece<'_>]) -> Option<usize> {
    let has = |mark: char| pieces.iter().rposition(|piece| matches!(piece, Piece::Text(text) if text.contains(mark)));
    let slash = has('/');
    let colon = has(':')?;
    match pieces.get(colon)? {
        Piece::Text(text) if slash == Some(colon) => (text.rfind(':') > text.rfind('/')).then_some(colon),
        _ => (slash.is_none_or(|slash| slash < colon)).then_some(colon),
    }
}

fn place_of<'u>(at: Value<'u>, name: &str) -> policy_core::rule::Place<'u> {
    let here = at.text().and_then(|text| policy_core::model::gitlab::variables::all(text).find(|variable| variable.name == name));
    match here {
        Some(variable) => at.place_of(variable.range, "chosen by a user"),
        None => at.place("chosen by a user"),
    }
}

const DOCS: &str = r#"
GitLab puts variables into `image` and `services` before anything runs. Where such a variable is the name of a branch or a tag, a
commit's title or the like, whoever writes that text says which image the job runs in, and the image gets the code, the token and
the variables of the job.

**Mend it:** write the name of the image in the file. If the tag has to follow the branch, take images of the project's own registry,
or list the names that are meant in `rules:if`.

**How bad:** medium where the text is more than the tag and the files show that the job has something worth taking (an environment,
an identity, a secret); low otherwise. With medium confidence: the settings may keep everyone but maintainers from such names.

**It does not see:** variables that who starts the pipeline sets. Tags below `$CI_REGISTRY` and `$CI_REGISTRY_IMAGE`, where branches
keep what they built, are not reported; nor are jobs whose rules compare the name with a text or a whole pattern, or run on protected
branches only.

```yaml bad
test:
  image: registry.example.com/$CI_COMMIT_REF_NAME # <-
  script: make test
```

```yaml bad
variables:
  IMAGE: builds/app:$CI_COMMIT_TAG
deploy:
  image: $IMAGE # <-
  services:
    - name: $CI_COMMIT_BRANCH/db:1 # <-
  environment: production
  script: ./deploy
```

```yaml good
test:
  image: $CI_REGISTRY_IMAGE/build:$CI_COMMIT_REF_SLUG
  script: make test
```

```yaml good
test:
  image: builds/app:$CI_COMMIT_SHORT_SHA
  services: ["builds/db:$CI_PIPELINE_ID"]
  script: make test
```

```yaml good
release:
  image: builds/app:$CI_COMMIT_TAG
  rules:
    - if: $CI_COMMIT_TAG =~ /^v\d+\.\d+$/
  script: make release
main:
  image: builds/app:$CI_COMMIT_BRANCH
  only: [main]
  script: make
```
"#;
