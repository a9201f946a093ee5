use policy_core::document::edit::Edit;
use policy_core::model::gitlab::{Pipeline, Target};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "include-over-http",
    meta: Meta {
        title: "a file is included over a connection that anyone on the way can change",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

/// What an address begins with.
const PLAIN: &str = "http://";

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    for include in pipeline.includes() {
        let remote = include.target == Target::Remote && include.value.origin().is_own();
        if !cx.budget.spend(1) || !remote || include.get("integrity") != Read::Absent {
            continue;
        }
        let Some(named) = include.named() else { continue };
        let plain = named.text().and_then(|url| url.get(..PLAIN.len())).is_some_and(|start| start.eq_ignore_ascii_case(PLAIN));
        if plain {
            let at = named.place_of(0..PLAIN.len(), "not encrypted");
            let edit = Edit::Splice { scalar: named.at().id(), decoded: 0..PLAIN.len(), text: "https://".to_owned() };
            let fix = ProposedFix { title: "include it over https".to_owned(), safety: Safety::Unsafe, edits: vec![edit] };
            let finding = RuleFinding::new(
                at,
                "a file is included over `http://`: whoever is on the way between GitLab and the server writes this pipeline",
                "include it over `https://`, with `integrity`",
                "remote",
            );
            out.found(finding.rated(Severity::High, Confidence::High).fixed(Some(fix)));
        }
    }
}

const DOCS: &str = r#"
A file that is included over `http://` comes as anyone on the way between GitLab and the server wants it to. It is part of the
pipeline: it can add jobs, and change what the others do, with the variables and the token of the project.

**Mend it:** include it over `https://`, and set `integrity` to its digest.

**How bad:** high.

**It does not see:** addresses that variables give. With `integrity`, a file that was changed is refused, and nothing is reported.
Whether a file of another server is pinned is `unpinned-include`.

```yaml bad
include:
  - remote: http://example.com/ci/deploy.yml # <-
build:
  script: make
```

```yaml fixed
include:
  - remote: https://example.com/ci/deploy.yml
build:
  script: make
```

```yaml bad
include: http://example.com/ci.yml # <-
build:
  script: make
```

```yaml fixed
include: https://example.com/ci.yml
build:
  script: make
```

```yaml good
include:
  - remote: https://example.com/ci/deploy.yml
build:
  script: make
```

```yaml good
include:
  - remote: http://example.com/ci/deploy.yml
    integrity: sha256-L3/GAoKaw0Arw6hDCKeKQlV1QPEgHYxGBHsH4zG1IY8=
build:
  script: make
```

```yaml good
build:
  script: curl http://example.com/data.json -o data.json
  environment:
    name: production
    url: http://example.com
```
"#;
