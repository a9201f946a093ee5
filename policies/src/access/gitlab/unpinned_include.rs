use policy_core::model::gitlab::{Include, Pipeline, Target, Value, component};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::pipeline::is_own_project;
use crate::remote::has_digest;
use crate::version::Version;

pub(crate) static RULE: Rule = Rule {
    id: "unpinned-include",
    meta: Meta {
        title: "an included file is not pinned to what it was",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-3", "CICD-SEC-8"],
        aliases: &["glsec/gl003", "glsec/gl041", "plumber/includesMustNotUseForbiddenVersions"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

/// Names of refs that move by their meaning: branches, and tags that follow the newest version.
const MOVING: &[&str] = &[
    "canary",
    "dev",
    "develop",
    "edge",
    "head",
    "latest",
    "main",
    "master",
    "nightly",
    "production",
    "stable",
    "staging",
    "trunk",
    "~latest",
];

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    for include in pipeline.includes() {
        // What other projects include is for them to pin.
        if !cx.budget.spend(1) || !include.value.origin().is_own() {
            continue;
        }
        let Some(named) = include.named() else { continue };
        match include.target {
            Target::Project => of_project(cx, &include, named, out),
            Target::Remote => of_remote(&include, named, out),
            Target::Component => of_component(named, out),
            // A template belongs to the version of GitLab that runs it, a local file to the commit.
            Target::Local | Target::Template | Target::Artifact | Target::Unknown => {}
        }
    }
}

fn of_project<'u>(cx: &Cx<'u>, include: &Include<'u>, named: Value<'u>, out: &mut Out<'u>) {
    let project = named.text().unwrap_or("");
    let (at, message) = match include.get("ref") {
        _ if is_own_project(cx, project) => return,
        Read::Absent => {
            (named.place("no `ref`"), format!("`{project}` is included without `ref`: at whatever its default branch holds"))
        }
        Read::Is(git_ref) => match git_ref.read() {
            Read::Is(name) if moves(name) => {
                (git_ref.place("moves"), format!("`{project}` is included at `{name}`, which moves to other code"))
            }
            // A variable decides, or a tag or commit is named.
            Read::Absent | Read::Is(_) | Read::Dynamic | Read::Wrong => return,
        },
        Read::Dynamic | Read::Wrong => return,
    };
    let help = "give `ref` a whole commit id of that project";
    out.found(RuleFinding::new(at, message, help, project).rated(Severity::High, Confidence::High).attribute("project", project));
}

fn of_remote<'u>(include: &Include<'u>, named: Value<'u>, out: &mut Out<'u>) {
    // What lies at a commit does not change.
    if include.get("integrity") != Read::Absent || named.text().is_some_and(has_digest) {
        return;
    }
    let finding = RuleFinding::new(
        named.place("no `integrity`"),
        "a file of another server is included without `integrity`: whoever holds the server writes this pipeline",
        "set `integrity` to `sha256-` and the base64 digest of the file, or keep a copy in this project",
        "remote",
    );
    out.found(finding.rated(Severity::High, Confidence::High));
}

fn of_component<'u>(named: Value<'u>, out: &mut Out<'u>) {
    let Some(written) = named.text() else { return };
    let Some((_, name, version)) = component(written) else { return };
    let commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let whole = Version::parse(version).is_some_and(|version| version.is_whole());
    if commit || whole || version.contains('$') {
        return;
    }
    let start = written.len() - version.len();
    let finding = RuleFinding::new(
        named.place_of(start..written.len(), "moves"),
        format!("the component `{name}` is included at `{version}`, which moves to other code"),
        "name a whole version, as in `@1.2.3`, or better a whole commit id",
        name,
    );
    out.found(finding.rated(Severity::Medium, Confidence::High).attribute("version", version));
}

/// Whether a ref of this name moves by its meaning.
pub(super) fn moves(name: &str) -> bool {
    MOVING.iter().any(|moving| moving.eq_ignore_ascii_case(name))
}

const DOCS: &str = r#"
The pipeline includes a file of another project, of another server or of the CI/CD catalogue, and does not say which state of it.
Who can change that file writes jobs into your pipeline, which run with your variables and your token, from the next run on and
without a change in your project.

**Mend it:** give `include:project` a `ref` with a whole commit id, `include:remote` the digest of the file as `integrity`, and a
component a whole version or a commit id.

**How bad:** high for files of other projects and servers; medium for components, whose versions only their project publishes.

Not reported: addresses that name a whole commit id.

**It does not see:** whether a tag of another project is protected there; a `ref` that a variable gives. Templates that come with
GitLab belong to its version, and local files to the commit: neither is reported. What an included file of another project includes
itself is for that project to pin.

```yaml bad
include:
  - project: platform/pipelines # <-
    file: /build.yml
build:
  script: make
```

```yaml bad
include:
  - project: platform/pipelines
    ref: main # <-
    file: [/build.yml, /test.yml]
  - remote: https://example.com/ci/deploy.yml # <-
  - component: $CI_SERVER_FQDN/platform/scan/sast@~latest # <-
  - component: gitlab.com/platform/scan/secrets@1.2 # <-
  - component: gitlab.com/platform/scan/images@main # <-
build:
  script: make
```

```yaml bad
include: ci/more.yml
build:
  script: make
# file: ci/more.yml
include:
  - https://example.com/ci/lint.yml # <-
```

```yaml good
include:
  - project: platform/pipelines
    ref: 8f152de45cc393bb48ce5d89d36b731f54556e65
    file: /build.yml
  - project: platform/pipelines
    ref: v3.1.0
    file: /test.yml
build:
  script: make
```

```yaml good
include:
  - remote: https://example.com/ci/deploy.yml
    integrity: sha256-L3/GAoKaw0Arw6hDCKeKQlV1QPEgHYxGBHsH4zG1IY8=
  - template: Jobs/SAST.gitlab-ci.yml
  - https://gitlab.com/platform/pipelines/-/raw/8f152de45cc393bb48ce5d89d36b731f54556e65/lint.yml
build:
  script: make
```

```yaml good
include:
  - component: $CI_SERVER_FQDN/platform/scan/sast@2.0.1
  - component: $CI_SERVER_FQDN/platform/scan/sast@8f152de45cc393bb48ce5d89d36b731f54556e65
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/self@$CI_COMMIT_SHA
build:
  script: make
```

```yaml good
include:
  - local: ci/main.yml
  - project: platform/pipelines
    ref: $PIPELINES_REF
    file: build.yml
  - project: $CI_PROJECT_PATH
    file: ci/other.yml
build:
  script: make
# file: ci/main.yml
test:
  script: make test
```
"#;
