use policy_core::document::Ref;
use policy_core::model::github::{ActionReference, Job, Step, Workflow};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::text::contains;

use crate::secret_text::{SecretText, secrets_of};

pub(crate) static RULE: Rule = Rule {
    id: "secret-at-workflow-scope",
    meta: Meta {
        title: "steps that do not use a secret get it too",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &["ghalint/workflow_secrets", "ghalint/job_secrets"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check_workflow), Check::Job(check_job)],
    docs: crate::docs(DOCS),
};

fn check_workflow<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    let Some(env) = workflow.env() else { return };
    // Jobs that call a workflow do not get the variables.
    let jobs = cx.unit.jobs().iter().filter(|job| !cx.unit.steps_of(job).is_empty()).count();
    let end = cx.unit.jobs().last().map_or(0, |_| cx.unit.steps().len() - cx.unit.steps_of_action().len());
    if jobs > 1
        && let Some(steps) = cx.unit.steps().get(..end)
    {
        check(cx, env, steps, &format!("all {jobs} jobs"), out);
    }
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let Some(env) = job.env() else { return };
    let steps = cx.unit.steps_of(job);
    if steps.len() > 1 {
        check(cx, env, steps, "", out);
    }
}

// `jobs` is empty for the variables of one job.
fn check<'u>(cx: &Cx<'u>, env: Ref<'u>, steps: &'u [Step<'u>], jobs: &str, out: &mut Out<'u>) {
    for (key, value) in env.entries() {
        let Some(secret) = cx.unit.sites_of(value).iter().find_map(|site| secrets_of(site).into_iter().next()) else { continue };
        // Every action can read the token of its job anyway.
        if secret.is_job_token() && jobs.is_empty() {
            continue;
        }
        let Some(others) = others(cx, key.text().unwrap_or(""), steps) else { return };
        if others.count > 0 {
            out.found(finding(key, &secret, &others, steps.len(), jobs));
        }
    }
}

/// Steps that get a variable and do not name it.
#[derive(Default)]
struct Others<'u> {
    count: usize,
    foreign: Option<(Ref<'u>, &'u str)>,
}

// None when the work is spent.
fn others<'u>(cx: &Cx<'u>, variable: &str, steps: &'u [Step<'u>]) -> Option<Others<'u>> {
    let mut others = Others::default();
    for step in steps {
        let text = step.node().source().slice(step.node().span());
        if !cx.budget.spend(1 + text.len() / 32) {
            return None;
        }
        if !variable.is_empty() && contains(text, variable) {
            continue;
        }
        others.count += 1;
        if others.foreign.is_none() {
            others.foreign = foreign(cx, step);
        }
    }
    Some(others)
}

// Code of neither the repository nor the maker of the platform.
fn foreign<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> Option<(Ref<'u>, &'u str)> {
    match step.uses() {
        Read::Is((node, ActionReference::Repository(remote))) => {
            let own = cx.options.repository.as_deref().is_some_and(|slug| remote.is_of(slug));
            let platform = ["actions", "github"].iter().any(|owner| owner.eq_ignore_ascii_case(remote.owner()));
            (!own && !platform).then(|| (node, remote.name()))
        }
        Read::Is((node, ActionReference::Docker { image })) => Some((node, image)),
        _ => None,
    }
}

fn finding<'u>(key: Ref<'u>, secret: &SecretText<'u>, others: &Others<'u>, steps: usize, jobs: &str) -> RuleFinding<'u> {
    let name = secret.name;
    let of = if jobs.is_empty() { "of the job".to_owned() } else { format!("of {jobs}") };
    let foreign = others.foreign.map_or_else(String::new, |(_, name)| format!(", `{name}` among them"));
    let those = match others.count {
        count if count == steps => "none of them names it".to_owned(),
        1 => "1 of them does not name it".to_owned(),
        count => format!("{count} of them do not name it"),
    };
    let message = format!("the secret `{name}` is given to all {steps} steps {of}, and {those}{foreign}");
    let severity = if others.foreign.is_some() && !secret.is_job_token() { Severity::Medium } else { Severity::Low };
    let help = "move it to the `env` of the steps that use it";
    let mut finding = RuleFinding::new(Place::node(key, "for every step"), message, help, name);
    if let Some((node, _)) = others.foreign {
        finding = finding.related(Place::node(node, "gets it without use"));
    }
    finding.rated(severity, Confidence::Medium).attribute("secret", name)
}

const DOCS: &str = r#"
A variable in the `env` of a workflow or of a job stands in the environment of every step in it: also of actions, build tools and
packages that have nothing to do with the secret. Each of them can read it, and one that is taken over sends it away.

Reported is a secret in the `env` of a workflow with more than one job of its own, or of a job with more than one step, if at least
one of these steps does not name the variable.

**Mend it:** move the secret to the `env` of the steps that use it.

**How bad:** medium if an action of others is among the steps that do not name it, otherwise low. The token that every job has is
reported at the workflow alone, as low, since every action can read it anyway. Confidence is medium, since a program may read the
variable without being told its name.

**It does not see:** which steps read a variable that they do not name.

```yaml bad
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    env:
      NPM_TOKEN: ${{ secrets.NPM_TOKEN }} # <-
    steps:
      - uses: some-org/setup@8f152de45cc393bb48ce5d89d36b731f54556e65
      - run: npm publish --//registry.npmjs.org/:_authToken="$NPM_TOKEN"
```

```yaml bad
on: push
env:
  NPM_TOKEN: ${{ secrets.NPM_TOKEN }} # <-
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: npm publish --//registry.npmjs.org/:_authToken="$NPM_TOKEN"
```

```yaml good
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: some-org/setup@8f152de45cc393bb48ce5d89d36b731f54556e65
      - run: npm publish --//registry.npmjs.org/:_authToken="$NPM_TOKEN"
        env:
          NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
```

```yaml good
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    env:
      TOKEN: ${{ secrets.NPM_TOKEN }}
      HAS_TOKEN: ${{ secrets.NPM_TOKEN != '' }}
      GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}
    steps:
      - run: ./first "$TOKEN"
      - uses: some-org/publish@8f152de45cc393bb48ce5d89d36b731f54556e65
        with:
          token: ${{ env.TOKEN }}
```

```yaml good
on: push
env:
  NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: npm ci
      - run: npm publish
  call:
    uses: ./.github/workflows/other.yml
```

```yaml good
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    env:
      NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
    steps:
      - run: npm publish
```
"#;
