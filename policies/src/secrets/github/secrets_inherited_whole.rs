use policy_core::document::edit::{Edit, Value};
use policy_core::document::{Document, Kind, Ref};
use policy_core::model::github::expression::{Expression, Segment, fences};
use policy_core::model::github::{ActionReference, Event, Job, Workflow};
use policy_core::reach::Attack;
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::outsider::reach;

pub(crate) static RULE: Rule = Rule {
    id: "secrets-inherited-whole",
    meta: Meta {
        title: "a called workflow gets every secret",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-6"],
        aliases: &["zizmor/secrets-inherit", "poutine/job_all_secrets"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

/// The most names that a message gives.
const MAX_NAMED: usize = 8;

/// The most secrets that a workflow is read for.
const MAX_SECRETS: usize = 100;

/// What a called workflow does with secrets.
#[derive(Default)]
struct Uses<'u> {
    /// Names that it declares or reads, those that it declares first.
    names: Vec<&'u str>,
    /// How many of them it declares.
    declared: usize,
    /// Whether there may be others: it hands all of them on, or picks one by an expression.
    open: bool,
}

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let Some(secrets) = job.secrets().filter(|secrets| secrets.value() == Some("inherit")) else { return };
    let Read::Is((node, reference)) = job.uses() else { return };
    let (called, own) = match reference {
        ActionReference::Local(path) => (path, true),
        ActionReference::Repository(remote) => {
            (remote.name(), cx.options.repository.as_deref().is_some_and(|slug| remote.is_of(slug)))
        }
        ActionReference::Docker { .. } => return,
    };
    let uses = cx.unit.called_workflow(job).is().and_then(|workflow| uses(cx, workflow));
    let mut weighed = reach(cx, Some(job)).weigh(
        if own { Severity::Low } else { Severity::Medium },
        Severity::Low..=Severity::Medium,
        Attack::ByThirdParty,
    );
    // Who has to approve first may look at what it gets them for.
    let waits = waits(cx, job);
    if waits {
        weighed.reason.push_str("; it waits for a job with an environment, which may ask for an approval");
    }
    let confidence = if waits { Confidence::Medium } else { Confidence::High };
    let told = uses.as_ref().map_or_else(String::new, said);
    let finding = RuleFinding::new(
        Place::node(secrets, "all secrets"),
        format!("`{called}` gets every secret that this workflow can read{told}"),
        "name the secrets that it needs, below `secrets:`",
        called,
    );
    let fix = uses.and_then(|uses| fix(job, secrets, &uses));
    out.found(finding.weighed(weighed, confidence).related(Place::node(node, "the called workflow")).fixed(fix));
}

fn waits<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    let mut needed = cx.unit.jobs().iter().filter(|other| job.needs().names(other.id()));
    job.needs().is_given() && cx.budget.spend(cx.unit.jobs().len()) && needed.any(|other| other.environment() != Read::Absent)
}

fn said(uses: &Uses<'_>) -> String {
    let more = if uses.open { ", and others that are not told here" } else { "" };
    if uses.names.is_empty() {
        return if uses.open { String::new() } else { ", and reads none".to_owned() };
    }
    let names: Vec<String> = uses.names.iter().take(MAX_NAMED).map(|name| format!("`{name}`")).collect();
    let rest = match uses.names.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    format!(", and reads or declares {}{rest}{more}", names.join(", "))
}

// None when the work is spent.
fn uses<'u>(cx: &Cx<'u>, workflow: Workflow<'u>) -> Option<Uses<'u>> {
    let document: &'u Document<'u> = workflow.node().document();
    if !cx.budget.spend(document.source().text().len() / 8) {
        return None;
    }
    let mut uses = Uses::default();
    let called = workflow.trigger(Event::WorkflowCall);
    called.iter().flat_map(|called| called.secrets()).filter_map(|(name, _)| name.text()).for_each(|name| uses.add(name));
    uses.declared = uses.names.len();
    for scalar in document.scalars().filter(|scalar| scalar.kind() == Kind::Scalar) {
        let text = scalar.text().unwrap_or("");
        let key = || scalar.key().and_then(Ref::text);
        uses.open |= text == "inherit" && key() == Some("secrets");
        let sites = fences(text).filter_map(Result::ok).filter_map(|fence| text.get(fence.inner));
        for expression in sites.filter_map(|inner| Expression::parse(inner).ok()) {
            uses.read(&expression);
        }
    }
    Some(uses)
}

impl<'u> Uses<'u> {
    fn add(&mut self, name: &'u str) {
        let known = |other: &&str| other.eq_ignore_ascii_case(name);
        if name.eq_ignore_ascii_case("github_token") || self.names.iter().any(known) {
            return;
        }
        if self.names.len() < MAX_SECRETS {
            self.names.push(name);
        } else {
            self.open = true;
        }
    }

    fn read(&mut self, expression: &Expression<'u>) {
        for id in expression.ids() {
            let Some(path) = expression.path(id) else { continue };
            match path.segments() {
                [Segment::Name(context), Segment::Name(name), ..] if context.eq_ignore_ascii_case("secrets") => self.add(name),
                [Segment::Name(context), Segment::Any, ..] if context.eq_ignore_ascii_case("secrets") => self.open = true,
                _ => {}
            }
        }
    }
}

// Only what is declared can be given by name.
fn fix(job: &Job<'_>, secrets: Ref<'_>, uses: &Uses<'_>) -> Option<ProposedFix> {
    if uses.open || uses.names.len() > uses.declared || job.node().entries().count() < 2 {
        return None;
    }
    let given = |name: &&str| ((*name).to_owned(), Value::from(format!("${{{{ secrets.{name} }}}}")));
    let (title, edit) = if uses.names.is_empty() {
        ("give it no secret", Edit::Remove { entry: secrets.id() })
    } else {
        let value = Value::Map(uses.names.iter().map(given).collect());
        ("give it the secrets that it declares", Edit::Set { node: secrets.id(), value })
    };
    Some(ProposedFix { title: title.to_owned(), safety: Safety::Unsafe, edits: vec![edit] })
}

const DOCS: &str = r#"
`secrets: inherit` gives a called workflow every secret that the calling one can read: those of the repository and of the
organisation, also those that it has no use for. Who can change that workflow, or a step in it, can take them all.

**Mend it:** name the secrets that the workflow needs. If it stands in the repository, the finding lists what it declares or reads, and
a fix writes that down where it declares all that it reads. The fix is unsafe, since a secret may be needed in a way that is not seen.

**How bad:** medium for a workflow of another repository, and where anyone can start this one; low for a workflow of the same
repository, which the same people review. Confidence is medium where the job waits for one with an environment, which may ask for an
approval.

**It does not see:** what a workflow of another repository reads; secrets that the called workflow hands on to a third one.

```yaml bad
on: push
jobs:
  deploy:
    uses: some-org/workflows/.github/workflows/deploy.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
    secrets: inherit # <-
```

```yaml bad
on: push
jobs:
  deploy:
    uses: ./.github/workflows/deploy.yml
    secrets: inherit # <-
  lint:
    secrets: inherit # <-
    uses: ./.github/workflows/lint.yml
# file: .github/workflows/deploy.yml
on:
  workflow_call:
    secrets:
      DEPLOY_KEY:
        required: true
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.DEPLOY_KEY }}
          TOKEN: ${{ secrets.GITHUB_TOKEN }}
# file: .github/workflows/lint.yml
on: workflow_call
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: ./lint
```

```yaml fixed
on: push
jobs:
  deploy:
    uses: ./.github/workflows/deploy.yml
    secrets: # <-
      DEPLOY_KEY: ${{ secrets.DEPLOY_KEY }}
  lint:
    uses: ./.github/workflows/lint.yml
# file: .github/workflows/deploy.yml
on:
  workflow_call:
    secrets:
      DEPLOY_KEY:
        required: true
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
        env:
          KEY: ${{ secrets.DEPLOY_KEY }}
          TOKEN: ${{ secrets.GITHUB_TOKEN }}
# file: .github/workflows/lint.yml
on: workflow_call
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: ./lint
```

```yaml good
on: push
jobs:
  deploy:
    uses: some-org/workflows/.github/workflows/deploy.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
    secrets:
      inherit: ${{ secrets.DEPLOY_KEY }}
```

```yaml good
on: push
jobs:
  deploy:
    uses: some-org/workflows/.github/workflows/deploy.yml@8f152de45cc393bb48ce5d89d36b731f54556e65
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy inherit
        env:
          secrets: inherit
```
"#;
