use policy_core::document::Ref;
use policy_core::model::github::{Event, Events, Job, Step};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

use crate::deploy::{deploying, leads_off_the_machine, takes_down, tries};

pub(crate) static RULE: Rule = Rule {
    id: "deploy-without-environment",
    meta: Meta {
        title: "a job deploys without an environment that could stop it",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-1", "CICD-SEC-5"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check)],
    docs: crate::docs(DOCS),
};

/// Actions that deploy: always, or where an input says one of these texts.
const ACTIONS: &[(&str, Option<Says>)] = &[
    ("akhileshns/heroku-deploy", None),
    ("amondnet/vercel-action", Some(Says { input: "vercel-args", one_of: &["--prod"], or_is_absent: false })),
    ("aws-actions/amazon-ecs-deploy-task-definition", None),
    ("aws-actions/aws-cloudformation-github-deploy", None),
    ("azure/container-apps-deploy-action", None),
    ("azure/functions-action", None),
    ("azure/k8s-deploy", None),
    ("azure/webapps-deploy", None),
    ("burnett01/rsync-deployments", None),
    ("cloudflare/wrangler-action", Some(Says { input: "command", one_of: &["deploy", "publish"], or_is_absent: true })),
    ("digitalocean/app_action/deploy", None),
    ("easingthemes/ssh-deploy", None),
    ("firebaseextended/action-hosting-deploy", Some(Says { input: "channelId", one_of: &["live"], or_is_absent: false })),
    ("google-github-actions/deploy-appengine", None),
    ("google-github-actions/deploy-cloud-functions", None),
    ("google-github-actions/deploy-cloudrun", None),
    ("nwtgck/actions-netlify", Some(Says { input: "production-deploy", one_of: &["true"], or_is_absent: false })),
    ("pulumi/actions", Some(Says { input: "command", one_of: &["up", "update"], or_is_absent: false })),
    ("samkirkland/ftp-deploy-action", None),
    ("serverless/github-action", Some(Says { input: "args", one_of: &["deploy"], or_is_absent: false })),
    ("superfly/flyctl-actions", Some(Says { input: "args", one_of: &["deploy"], or_is_absent: false })),
];

/// What an input has to say.
struct Says {
    input: &'static str,
    one_of: &'static [&'static str],
    or_is_absent: bool,
}

const BY_PULL_REQUESTS: Events = Events::of(&[Event::PullRequest, Event::PullRequestReview, Event::PullRequestReviewComment]);

fn check<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let has_environment = !matches!(job.environment(), Read::Absent | Read::Is(""));
    if has_environment || cx.unit.events().without(BY_PULL_REQUESTS).is_empty() || !can_enter(cx, job) {
        return;
    }
    let steps = cx.unit.steps_of(job);
    let Some((place, what)) = steps.iter().find_map(|step| deploys(cx, step)) else { return };
    if is_trial(job) || !leads_elsewhere(cx, job, &what) || steps.iter().any(|step| destroys(cx, step)) {
        return;
    }
    let finding = RuleFinding::new(
        place,
        format!("the job `{}` deploys by `{what}`, and has no environment", job.id()),
        "give the job an `environment`, and ask there for reviewers and for the branches that may be deployed",
        job.id(),
    );
    out.found(finding.rated(Severity::Medium, Confidence::Medium).attribute("job", job.id()).attribute("deploys", what));
}

// Without a secret, an identity or a machine that knows one, there is nothing to deploy to.
fn can_enter<'u>(cx: &Cx<'u>, job: &Job<'u>) -> bool {
    cx.reach(Some(job)).power.is_some_and(|power| power.secret.is_some() || power.identity || power.self_hosted)
}

fn deploys<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> Option<(Place<'u>, String)> {
    if let Some((uses, remote)) = step.remote() {
        let (action, says) = ACTIONS.iter().find(|(action, _)| remote.is(action))?;
        let does = says.as_ref().is_none_or(|says| match step.input_text(says.input) {
            Read::Absent => says.or_is_absent,
            Read::Is(text) => text.split_whitespace().any(|word| says.one_of.contains(&word)),
            // An expression may say it: then the text around it does not count.
            Read::Dynamic => {
                step.input(says.input).and_then(Ref::text).is_some_and(|text| says.one_of.iter().any(|say| text.contains(say)))
            }
            Read::Wrong => false,
        });
        return does.then(|| (Place::node(uses, "deploys"), (*action).to_owned()));
    }
    let run = step.run()?;
    let script = cx.unit.script(step).filter(|script| cx.budget.spend(1 + script.text().len() / 8))?;
    let (command, what) = deploying(script)?;
    let span = command.span();
    Some((Place::text(run, span.start as usize..span.end as usize, "deploys"), what))
}

fn is_trial(job: &Job<'_>) -> bool {
    tries(job.id()) || job.name().is().is_some_and(tries) || job.workflow().name().is().is_some_and(tries)
}

// Whether what it deploys to does not live on the runner, and is told how to get there if it is a cluster.
fn leads_elsewhere<'u>(cx: &Cx<'u>, job: &Job<'u>, what: &str) -> bool {
    let span = job.node().span();
    if !cx.budget.spend(span.range().len() / 8) {
        return false;
    }
    let text = job.node().source().text().get(span.range()).unwrap_or("");
    leads_off_the_machine(text, what, cx.reach(Some(job)).power.is_some_and(|power| power.self_hosted))
}

// What the same job takes down again was there to be tried.
fn destroys<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> bool {
    if !step.run().and_then(Ref::text).is_some_and(|script| script.contains("destroy")) {
        return false;
    }
    cx.unit.script(step).is_some_and(takes_down)
}

const DOCS: &str = r#"
A job deploys, and names no environment. An environment is where GitHub lets you ask for reviewers, hold the deployment back, say
which branches may be deployed, and keep the secrets that only deployments get. Without one, whoever can push to a branch that the
workflow runs on, or start it by hand, deploys alone.

A job deploys if it runs an action or a command that is known to: `kubectl apply`, `helm upgrade`, `terraform apply`,
`aws s3 sync` to a bucket, `gcloud run deploy`, `flyctl deploy`, `wrangler deploy`, `vercel --prod` and their like.

**Mend it:** give the job an `environment`, and set up in the repository's settings what it asks for.

**It does not see:** deployments by scripts of yours, and whether an environment asks for anything. Not reported are: jobs that have
neither a secret nor an identity and run on GitHub's machines; jobs that only pull requests start; rehearsals (`--dry-run`); clusters
on the runner (kind, minikube, k3d, k3s, localstack), and those that nothing in the job leads to; what the same job destroys; and
jobs and workflows whose names say that they test something or show a preview.

```yaml bad
on:
  push:
    branches: [main]
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "$KUBECONFIG_CONTENT" > "$HOME/.kube/config"
          kubectl apply -f deploy/ # <-
        env:
          KUBECONFIG_CONTENT: ${{ secrets.KUBECONFIG }}
  website:
    permissions:
      id-token: write
    runs-on: ubuntu-latest
    steps:
      - uses: google-github-actions/deploy-cloudrun@2028e2d7d30a78c6910e0632e48dd561b064884d # <-
        with:
          service: website
```

```yaml good
on:
  push:
    branches: [main]
jobs:
  deploy:
    environment: production
    runs-on: ubuntu-latest
    steps:
      - run: kubectl apply -f deploy/
        env:
          KUBECONFIG_CONTENT: ${{ secrets.KUBECONFIG }}
```

```yaml good
on: push
jobs:
  charts:
    runs-on: ubuntu-latest
    steps:
      - uses: helm/kind-action@a1b0e391336a6ee6713a0583f8c6240d70863de3
      - run: helm upgrade --install product charts/product
        env:
          LICENSE: ${{ secrets.LICENSE }}
```

```yaml good
on: push
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - run: |
          terraform plan
          kubectl apply --dry-run=server -f deploy/
        env:
          TOKEN: ${{ secrets.TOKEN }}
```

```yaml good
on: push
jobs:
  e2e:
    runs-on: ubuntu-latest
    steps:
      - run: kubectl apply -f deploy/
        env:
          KUBECONFIG_CONTENT: ${{ secrets.KUBECONFIG_OF_TESTS }}
```
"#;
