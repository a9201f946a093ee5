use policy_core::document::edit::Edit;
use policy_core::model::github::{ActionReference, Job};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "called-workflow-by-workspace-path",
    meta: Meta {
        title: "a called workflow is named as if it lay in the workspace",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Info,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-4"],
        aliases: &["zizmor/self-repository"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let Read::Is((node, ActionReference::Local(written))) = job.uses() else { return };
    let Some(path) = written.strip_prefix("./") else { return };
    let finding = RuleFinding::new(
        Place::node(node, "of this commit, not of the workspace"),
        format!("`{written}` is read from the repository, but written as what steps read from the workspace"),
        format!("write `$/{path}`: it says what is meant, in steps as in jobs"),
        written,
    );
    let fix = ProposedFix {
        title: format!("use `$/{path}`"),
        // GitHub Enterprise Server does not know `$/`.
        safety: Safety::Unsafe,
        edits: vec![Edit::Splice { scalar: node.id(), decoded: 0..1, text: "$".to_owned() }],
    };
    out.found(finding.rated(Severity::Info, Confidence::High).fixed(Some(fix)));
}

const DOCS: &str = r#"
A job calls a workflow of its own repository by `./path`. In a job that is the file at the commit that the run is of; in a step the
same form is a folder of the workspace, which other steps can change. `$/path` means the repository in both places, so a reader
need not know where it stands.

**Mend it:** write `$/path`.

**How bad:** it is no weakness; the two forms call the same workflow.

**It does not see:** GitHub Enterprise Server, which does not know `$/`. For steps there is `local-action-from-workspace`.

```yaml bad
on: push
jobs:
  call:
    uses: ./.github/workflows/build.yml # <-
```

```yaml fixed
on: push
jobs:
  call:
    uses: $/.github/workflows/build.yml
```

```yaml good
on: push
jobs:
  call:
    uses: $/.github/workflows/build.yml
```

```yaml good
on: push
jobs:
  call:
    uses: some-org/ci/.github/workflows/build.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
```

```yaml good
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/build
```
"#;
