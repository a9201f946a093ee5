use policy_core::document::Ref;
use policy_core::flow::Spot;
use policy_core::model::github::{Job, Step, Workflow};
use policy_core::reach::Attack;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::credential::{Given, given};
use crate::outsider::reach;
use crate::tool::tool;

pub(crate) static RULE: Rule = Rule {
    id: "static-cloud-key",
    meta: Meta {
        title: "a job enters a cloud with a key that does not expire",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Github],
        severity: Severity::High,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CICD-SEC-2"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Workflow(check_workflow), Check::Job(check_job), Check::Step(check_step)],
    docs: crate::docs(DOCS),
};

/// Inputs of actions that take a key: the action, the input, the cloud, what to give instead.
const INPUTS: &[(&str, &str, &str, &str)] = &[
    ("aws-actions/configure-aws-credentials", "aws-secret-access-key", AWS, "`role-to-assume`"),
    ("azure/login", "creds", "Azure", "`client-id`, `tenant-id` and `subscription-id`"),
    ("google-github-actions/auth", "credentials_json", "Google Cloud", "`workload_identity_provider`"),
];

/// The input by which Google Cloud is entered without a key.
const PROVIDER: &str = "workload_identity_provider";

const AWS: &str = "AWS";
const AWS_VARIABLE: &str = "AWS_SECRET_ACCESS_KEY";

/// Programs that enter AWS with what stands in the variable.
const AWS_TOOLS: &[&str] = &[
    "aws",
    "cdk",
    "copilot",
    "eb",
    "eksctl",
    "packer",
    "pulumi",
    "sam",
    "serverless",
    "sls",
    "sst",
    "terraform",
    "terragrunt",
    "tofu",
];
const AWS_ACTIONS: &[&str] = &["jakejarvis/s3-sync-action", "pulumi/actions", "reggionick/s3-deploy", "serverless/github-action"];

fn check_step<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let Some(job) = cx.unit.job_of(step) else { return };
    if let Some(env) = step.env() {
        check_variable(cx, env, Spot::of_step(cx.unit, step), &[(job, std::slice::from_ref(step))], out);
    }
    let Some((_, remote)) = step.remote() else { return };
    let Some((action, input, cloud, instead)) = INPUTS.iter().find(|(action, ..)| remote.is(action)) else { return };
    let Some(value) = step.input(input) else { return };
    let Given::Secret(secret) = given(cx, Spot::of_step(cx.unit, step), value) else { return };
    if *cloud == AWS && goes_elsewhere(cx, job, cx.unit.steps_of(job)) {
        return;
    }
    let at = Place::node(value.key().unwrap_or(value), "a key that does not expire");
    if !matches!(step.input_text(PROVIDER), Read::Absent | Read::Is("")) {
        let message = format!("`{action}` may enter {cloud} with the key in the secret `{secret}`, though `{PROVIDER}` is given");
        let help = format!("drop `{input}`, since `{PROVIDER}` does without a key, and delete the key");
        let finding = RuleFinding::new(at, message, help, secret).rated(Severity::Low, Confidence::Low);
        out.found(finding.attribute("cloud", *cloud).attribute("job", job.id()));
        return;
    }
    let message = format!("`{action}` enters {cloud} with the key in the secret `{secret}`");
    let help =
        format!("let the job prove who it is: give `id-token: write` to the job and {instead} to the action, and delete the key");
    out.found(finding(cx, job, RuleFinding::new(at, message, help, secret), cloud));
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    if let Some(env) = job.env() {
        check_variable(cx, env, Spot::of_job(cx.unit, job), &[(job, cx.unit.steps_of(job))], out);
    }
}

fn check_workflow<'u>(cx: &Cx<'u>, workflow: Workflow<'u>, out: &mut Out<'u>) {
    if let Some(env) = workflow.env() {
        let jobs: Vec<_> = cx.unit.jobs().iter().map(|job| (job, cx.unit.steps_of(job))).collect();
        check_variable(cx, env, Spot { unit: cx.unit, job: None, step: None }, &jobs, out);
    }
}

// One finding for the variable, in the job of the first step that uses it.
fn check_variable<'u>(cx: &Cx<'u>, env: Ref<'u>, spot: Spot<'u>, within: &[(&'u Job<'u>, &'u [Step<'u>])], out: &mut Out<'u>) {
    let Some((key, value)) = env.entry(AWS_VARIABLE) else { return };
    let Given::Secret(secret) = given(cx, spot, value) else { return };
    let uses = |(job, steps): &&(&'u Job<'u>, &'u [Step<'u>])| {
        steps.iter().any(|step| uses_aws(cx, step)) && !goes_elsewhere(cx, job, steps)
    };
    let Some((job, _)) = within.iter().find(uses) else { return };
    let at = Place::node(key, "a key that does not expire");
    let message = format!("the job `{}` enters AWS with the key in the secret `{secret}`", job.id());
    let help = "let the job prove who it is: give it `id-token: write`, run `aws-actions/configure-aws-credentials` with \
                `role-to-assume`, and delete the key";
    out.found(finding(cx, job, RuleFinding::new(at, message, help, secret), AWS));
}

fn finding<'u>(cx: &Cx<'u>, job: &Job<'u>, finding: RuleFinding<'u>, cloud: &str) -> RuleFinding<'u> {
    let weighed = reach(cx, Some(job)).weigh(Severity::Medium, Severity::Low..=Severity::High, Attack::ByThirdParty);
    finding.weighed(weighed, Confidence::Medium).attribute("cloud", cloud).attribute("job", job.id())
}

fn uses_aws<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> bool {
    if let Some((_, remote)) = step.remote() {
        return AWS_ACTIONS.iter().any(|action| remote.is(action));
    }
    let Some(script) = cx.unit.script(step).filter(|script| cx.budget.spend(1 + script.text().len() / 8)) else { return false };
    AWS_TOOLS.iter().any(|name| script.text().contains(name))
        && script.commands().any(|command| tool(command).is_some_and(|tool| tool.is_any(AWS_TOOLS)))
}

// Storage of others that speaks the protocol of S3 knows no OIDC: an endpoint is named somewhere.
fn goes_elsewhere<'u>(cx: &Cx<'u>, job: &Job<'u>, steps: &'u [Step<'u>]) -> bool {
    let named = |mapping: Ref<'u>| {
        mapping.entries().any(|(key, _)| key.text().is_some_and(|key| key.contains("ENDPOINT") || key.contains("endpoint")))
    };
    let outer = [job.env(), job.workflow().env()];
    outer.into_iter().flatten().any(named)
        || steps.iter().any(|step| {
            let script = step.run().and_then(Ref::text).unwrap_or("");
            !cx.budget.spend(1 + script.len() / 8)
                || script.contains("--endpoint")
                || [step.env(), step.with()].into_iter().flatten().any(named)
        })
}

const DOCS: &str = r#"
A job enters a cloud with a key that is stored as a secret. The key works from everywhere, for whoever has it, until someone thinks
of replacing it. AWS, Azure and Google Cloud take the identity that GitHub gives to each run instead: nothing is stored, the
credential lasts for the job, and the cloud can ask for the repository, the branch or the environment.

**Mend it:** give the job `id-token: write`, trust the identity in the cloud, name the role in place of the key, and delete the key.

**How bad:** medium; high where anyone can start the job. Low, and with low confidence, where `workload_identity_provider` is given
beside the key: one of the two may be left from before.

**It does not see:** keys that scripts write to files, keys that a caller gives to a called workflow, and clouds other than these. The
variable `AWS_SECRET_ACCESS_KEY` counts where a step runs a tool of AWS or one that is known to deploy there. A job that names an
endpoint is not reported: storage of others that speaks the protocol of S3 takes keys only.

```yaml bad
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }} # <-
          aws-region: eu-central-1
      - uses: google-github-actions/auth@ba79af03959ebeac9769e648f473a284504d9193
        with:
          credentials_json: ${{ secrets.GOOGLE_KEY }} # <-
      - uses: google-github-actions/auth@ba79af03959ebeac9769e648f473a284504d9193
        with:
          credentials_json: ${{ secrets.GOOGLE_KEY }} # <-
          workload_identity_provider: projects/1/locations/global/workloadIdentityPools/github/providers/github
      - uses: azure/login@a65d910e8af852a8061c627c456678983e180302
        with:
          creds: ${{ secrets.AZURE_CREDENTIALS }} # <-
```

```yaml bad
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }} # <-
    steps:
      - run: aws s3 sync dist s3://website
```

```yaml good
on: push
permissions:
  id-token: write
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy
          aws-region: eu-central-1
      - run: aws s3 sync dist s3://website
```

```yaml good
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.SPACES_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.SPACES_KEY }}
    steps:
      - run: aws s3 sync dist s3://website --endpoint-url https://fra1.digitaloceanspaces.com
```

```yaml good
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
        env:
          AWS_ACCESS_KEY_ID: local
          AWS_SECRET_ACCESS_KEY: ${{ secrets.CACHE_KEY }}
```

```yaml good
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 ls
        env:
          AWS_SECRET_ACCESS_KEY: local
```
"#;
