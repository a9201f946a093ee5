//! What deploys: the commands of tools that do, the environments of GitLab, and what shows that something is only tried out.

use policy_core::model::gitlab::{Environment, Job, Value, variables};
use policy_core::read::Read;
use policy_core::rule::Cx;
use policy_core::shell::{Command, Script};

use crate::tool::{Tool, is_run, tool};

/// What a tool does when it deploys: its names, what it is told, options without which it is a preview, options with which it is a
/// rehearsal.
type Deploys = (&'static [&'static str], &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const COMMANDS: &[Deploys] = &[
    (&["argocd"], &["app", "sync"], &[], &["--dry-run"]),
    (&["aws"], &["cloudformation", "deploy"], &[], &["--no-execute-changeset"]),
    (&["aws"], &["deploy", "create-deployment"], &[], &[]),
    (&["aws"], &["ecs", "update-service"], &[], &[]),
    (&["aws"], &["lambda", "update-function-code"], &[], &["--dry-run"]),
    (&["aws"], &["s3", "sync"], &[], &["--dryrun"]),
    (&["az"], &["containerapp", "up"], &[], &[]),
    (&["az"], &["containerapp", "update"], &[], &[]),
    (&["az"], &["webapp", "deploy"], &[], &[]),
    (&["az"], &["webapp", "up"], &[], &["--dryrun"]),
    (&["cdk"], &["deploy"], &[], &["--no-execute"]),
    (&["docker"], &["stack", "deploy"], &[], &[]),
    (&["eb"], &["deploy"], &[], &[]),
    (&["firebase"], &["deploy"], &[], &["--dry-run"]),
    (&["fly", "flyctl"], &["deploy"], &[], &["--build-only"]),
    (&["gcloud"], &["app", "deploy"], &[], &[]),
    (&["gcloud"], &["functions", "deploy"], &[], &[]),
    (&["gcloud"], &["run", "deploy"], &[], &[]),
    (&["helm"], &["install"], &[], &["--dry-run"]),
    (&["helm"], &["upgrade"], &[], &["--dry-run"]),
    (&["helmfile"], &["apply"], &[], &[]),
    (&["helmfile"], &["sync"], &[], &[]),
    (&["kubectl"], &["apply"], &[], &["--dry-run"]),
    (&["kubectl"], &["replace"], &[], &["--dry-run"]),
    (&["kubectl"], &["set", "image"], &[], &["--dry-run", "--local"]),
    (&["netlify"], &["deploy"], &["--prod", "-p"], &[]),
    (&["pulumi"], &["up"], &[], &[]),
    (&["sam"], &["deploy"], &[], &["--no-execute-changeset"]),
    (&["serverless", "sls", "sst"], &["deploy"], &[], &["--noDeploy"]),
    (&["terraform", "terragrunt", "tofu"], &["apply"], &[], &[]),
    (&["vercel"], &[], &["--prod"], &[]),
    (&["vercel"], &["deploy"], &["--prod"], &[]),
    (&["wrangler"], &["deploy"], &[], &["--dry-run"]),
    (&["wrangler"], &["pages", "deploy"], &[], &[]),
    (&["wrangler"], &["pages", "publish"], &[], &[]),
    (&["wrangler"], &["publish"], &[], &["--dry-run"]),
];

/// What tells of clusters and clouds that live on the runner, in actions, images, variables and scripts.
const LOCAL: &[&str] = &[
    "/kind",
    "envtest",
    "k3d",
    "k3s",
    "kind create",
    "kind load",
    "kind-",
    "kind_",
    "localstack",
    "make kind",
    "microk8s",
    "minikube",
    "swarm init",
    "vcluster",
];

/// What tells that a job is let into a cluster.
const INTO_CLUSTER: &[&str] = &[
    ".kube/config",
    "--server",
    "--token",
    "get-credentials",
    "get-gke-credentials",
    "kube-config",
    "kube_config",
    "kubeconfig",
    "kubelogin",
    "kubernetes cluster",
    "set-context",
];

/// Parts of names of jobs and workflows that try something out.
const TRIALS: &[&str] = &["test", "e2e", "conformance", "integration", "perf", "bench", "preview"];

/// Whether a script may deploy; most are told by this to do nothing of the kind.
pub(crate) fn may_deploy(script: &Script<'_>) -> bool {
    COMMANDS.iter().any(|(names, ..)| names.iter().any(|name| script.may_name(name)))
}

/// The first command of a script that deploys, and by what.
pub(crate) fn deploying<'s>(script: &'s Script<'_>) -> Option<(Command<'s>, String)> {
    if !may_deploy(script) {
        return None;
    }
    script.commands().find_map(|command| {
        let tool = tool(command)?;
        let (_, does, ..) = COMMANDS.iter().find(|known| does(&tool, known)).filter(|_| is_run(command))?;
        let what = std::iter::once(tool.name()).chain(does.iter().copied()).collect::<Vec<_>>().join(" ");
        Some((command, what))
    })
}

fn does(tool: &Tool<'_>, (names, words, needed, dry): &Deploys) -> bool {
    if !tool.is_any(names) || !(needed.is_empty() || tool.has_option(needed)) || tool.has_option(dry) {
        return false;
    }
    match tool.behind(words) {
        // What is copied to storage, not from it: something stands before the bucket.
        Some(behind) if *words == ["s3", "sync"] => {
            let mut paths = behind.iter().filter(|word| !word.starts_with("-"));
            paths.next().is_some_and(|from| !from.starts_with("s3://")) && paths.any(|to| to.starts_with("s3://"))
        }
        Some(behind) if words.is_empty() => behind.get(0).is_some_and(|word| word.starts_with("-")),
        behind => behind.is_some(),
    }
}

/// Whether a name says that something is tried out.
pub(crate) fn tries(name: &str) -> bool {
    holds(name, TRIALS)
}

/// Whether what is deployed by `what` does not live on the machine that the job runs on, and, if it is a cluster, whether the text of
/// the job says how to get there or the machine is one's own.
pub(crate) fn leads_off_the_machine(text: &str, what: &str, own_machine: bool) -> bool {
    let to_cluster = ["kubectl", "helm"].iter().any(|name| what.starts_with(name));
    let text = text.to_ascii_lowercase();
    let holds = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    !holds(LOCAL) && (!to_cluster || own_machine || holds(INTO_CLUSTER))
}

/// Whether a script takes down again what it has put up.
pub(crate) fn takes_down(script: &Script<'_>) -> bool {
    let mut tools = script.commands().filter_map(tool);
    tools.any(|tool| tool.is_any(&["cdk", "pulumi", "terraform", "terragrunt", "tofu"]) && tool.does(&["destroy"]))
}

fn holds(text: &str, parts: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    parts.iter().any(|part| text.contains(part))
}

/// What the name of a job or stage says if it deploys.
const SAYS_DEPLOY: &[&str] = &["deploy", "promote", "publish", "release", "rollout", "ship"];

/// What the name of a job says if it has an environment only for its variables.
const SAYS_OTHER: &[&str] = &[
    "approv", "artifact", "build", "check", "clean", "destroy", "diff", "gate", "lint", "notif", "plan", "prepare", "remove",
    "scan", "stop", "teardown", "undeploy", "validat", "verif", "wait",
];

/// A job of GitLab that deploys to an environment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment<'u> {
    /// Where to.
    pub(crate) environment: Environment<'u>,
    /// Its name, as a scalar.
    pub(crate) name: Value<'u>,
    /// Its name as it stands.
    pub(crate) text: &'u str,
}

/// The deployment that a job of GitLab is: it starts an environment, and a command that deploys, its name or its stage says what for.
/// Environments also give variables to jobs that only build or plan.
pub(crate) fn deployment<'u>(cx: &Cx<'u>, job: &Job<'u>) -> Option<Deployment<'u>> {
    let environment = job.environment().is()?;
    let name = environment.name_value().is()?;
    let text = name.text().filter(|text| !text.is_empty())?;
    let says = || {
        let by_name = holds(job.name(), SAYS_DEPLOY)
            || job.stage().is().is_some_and(|stage| holds(stage, SAYS_DEPLOY) && !holds(stage, &["post"]));
        by_name && !holds(job.name(), SAYS_OTHER)
    };
    let does = || {
        cx.unit.gitlab_script(job).is_some_and(|script| {
            let worth = may_deploy(script.script) && cx.budget.spend(1 + script.script.text().len() / 8);
            worth && deploying(script.script).is_some() && !takes_down(script.script)
        })
    };
    let starts = environment.action() == Read::Is("start") && job.trigger() == Read::Absent;
    (starts && (says() || does())).then_some(Deployment { environment, name, text })
}

impl<'u> Deployment<'u> {
    /// Whether it is the one that users see: its tier or its name says so.
    pub(crate) fn is_production(&self) -> bool {
        match self.environment.get("deployment_tier").and_then(Value::read) {
            Read::Is(tier) => tier == "production",
            Read::Absent => is_production(self.text),
            Read::Dynamic | Read::Wrong => false,
        }
    }

    /// Whether all of its runs deploy to the same environment.
    pub(crate) fn is_fixed(&self) -> bool {
        self.environment.name().is().is_some()
    }

    /// Whether it is one of many that come and go with branches or merge requests.
    pub(crate) fn is_review(&self) -> bool {
        let of_branch = |name: &str| ["BRANCH", "MERGE_REQUEST", "REF_NAME", "REF_SLUG"].iter().any(|part| name.contains(part));
        variables::all(self.text).any(|variable| of_branch(variable.name)) || holds(self.text, &["review", "preview"])
    }
}

// What stands in variables is not known: only the text before them counts.
fn is_production(name: &str) -> bool {
    let known = variables::first(name).map_or(name, |variable| name.get(..variable.range.start).unwrap_or(""));
    let known = known.to_ascii_lowercase();
    let is_any = |words: &[&str]| known.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| words.contains(&part));
    is_any(&["live", "prd", "prod", "production"])
        && !is_any(&["dev", "like", "non", "not", "pre", "qa", "review", "shadow", "stage", "staging", "stg", "test", "uat"])
}

#[cfg(test)]
mod tests {
    use super::is_production;

    #[test]
    fn names_of_production() {
        for name in ["production", "Production", "prod/eu", "eu-prod", "live", "production/$REGION", "prd"] {
            assert!(is_production(name), "{name}");
        }
        for name in
            ["pre-production", "preprod", "nonprod", "non-prod", "delivery", "prod-like", "$PRODUCTION", "review/prod", "x/$PROD"]
        {
            assert!(!is_production(name), "{name}");
        }
    }
}
