use policy_core::model::gitlab::condition::Truth;
use policy_core::model::gitlab::{Job, Pipeline, Value};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::deploy::{deploying, deployment};
use crate::runs::{CHANGES, giving, runs_in};

pub(crate) static RULE: Rule = Rule {
    id: "optional-manual-gate",
    meta: Meta {
        title: "an approval by hand holds nothing back",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl071"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

/// Parts of names of jobs and stages that ask somebody.
const GATES: &[&str] = &["approval", "approve", "confirm", "confirmation", "gate", "gatekeeper", "signoff"];

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    for gate in pipeline.jobs().take_while(|_| cx.budget.spend(1)).filter(is_gate) {
        let Some(when) = manual(&gate) else { continue };
        let Some((deploy, optional)) =
            pipeline.jobs().find_map(|job| passes(cx, &gate, &job, is_optional(&gate)).map(|how| (job, how)))
        else {
            continue;
        };
        let (why, help) = match optional {
            true => {
                ("it may be left out, since it says no `allow_failure: false`", "set `allow_failure: false` for the job that asks")
            }
            false => ("what deploys does not need it", "name the job that asks in `needs` of the job that deploys"),
        };
        let fix = || match gate.own("allow_failure") {
            Read::Absent => giving(&gate, "allow_failure", false, "wait for the approval"),
            _ => None,
        };
        let finding = RuleFinding::new(
            when.place("holds nothing back"),
            format!("the approval by hand `{}` holds nothing back: {why}", gate.name()),
            help,
            gate.name(),
        );
        let finding = finding.related(Place::node(deploy.key(), "deploys without it")).attribute("job", gate.name());
        out.found(finding.rated(Severity::Medium, Confidence::High).fixed(if optional { fix() } else { None }));
    }
}

// Whether its name says that somebody is asked, and it deploys nothing itself.
fn is_gate(job: &Job<'_>) -> bool {
    let says = |name: &str| name.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|part| GATES.contains(&part));
    says(job.name()) && job.trigger() == Read::Absent
}

// The `when: manual` by which it waits; none if it also runs by itself.
fn manual<'u>(job: &Job<'u>) -> Option<Value<'u>> {
    let of_rules = match job.rules() {
        Read::Absent => return job.own("when").is().filter(|when| when.text() == Some("manual") && when.origin().is_own()),
        Read::Is(rules) => rules,
        Read::Dynamic | Read::Wrong => return None,
    };
    let mut runs = of_rules.iter().filter(|rule| rule.when() != Read::Is("never")).peekable();
    let first = runs.peek()?.value.get("when").is()?;
    (runs.all(|rule| rule.when() == Read::Is("manual")) && first.origin().is_own()).then_some(first)
}

// Outside of rules a job that waits for a person may fail, and so be left out; within rules it may not.
fn is_optional(job: &Job<'_>) -> bool {
    match (job.rules(), job.allow_failure()) {
        (Read::Absent, Read::Absent) | (_, Read::Is(true)) => true,
        (Read::Is(rules), _) => {
            rules.iter().any(|rule| rule.when() == Read::Is("manual") && rule.allow_failure() == Read::Is(true))
        }
        _ => false,
    }
}

// Whether a job deploys by itself although nobody has approved: the approval is optional and its stage comes first, or the job does
// not wait for it. Says whether it is the former.
fn passes<'u>(cx: &Cx<'u>, gate: &Job<'u>, job: &Job<'u>, optional: bool) -> Option<bool> {
    let rules = job.rules().is().unwrap_or_default();
    let by_hand = job.when() != Read::Is("on_success") || rules.iter().any(|rule| rule.when() == Read::Is("manual"));
    if by_hand || job.index() == gate.index() || !cx.budget.spend(8) {
        return None;
    }
    let stages = gate.pipeline().stages()?;
    let at = |job: &Job<'u>| job.stage().is().and_then(|stage| stages.iter().position(|known| known == stage));
    let jumps = gate.pipeline().runs_before(gate, job) == Truth::False;
    let passes = at(gate)? < at(job)? && if job.own("needs") == Read::Absent { optional } else { jumps };
    let together = || CHANGES.iter().any(|run| [gate, job].iter().all(|job| runs_in(job, *run) == Truth::True));
    let by_command = || cx.unit.gitlab_script(job).is_some_and(|script| deploying(script.script).is_some());
    let deploys = || deployment(cx, job).map_or_else(by_command, |found| !found.is_review());
    (passes && together() && deploys()).then_some(!jumps)
}

const DOCS: &str = r#"
A job of which the name says that somebody approves waits for a person, and what deploys later does not wait for it. Outside of
`rules`, a job with `when: manual` may fail unless it says otherwise, and a job that may fail holds no stage back; within `rules` it
is the other way round. A job with `needs` waits only for what it names.

**Mend it:** set `allow_failure: false` for the job that asks, and name it in the `needs` of the job that deploys if that has any. A
protected environment with approvals asks better: it knows who may say yes.

**How bad:** medium: people believe that nothing is deployed without their word.

A job asks if its name holds `approve`, `approval`, `confirm`, `gate` or `signoff` as a word. Reported is one that a later stage
passes
by: with a job that deploys by itself, in the same pipelines, as far as the rules tell.

Not reported: other jobs that are started by hand, since most are there to be left out; deployments that are themselves started by
hand, or to review environments.

**It does not see:** approvals that are asked for in other ways, and jobs of files that are not here.

```yaml bad
stages: [build, approve, deploy]
approve:
  stage: approve
  script: echo approved
  when: manual # <-
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml fixed
stages: [build, approve, deploy]
approve:
  stage: approve
  script: echo approved
  when: manual
  allow_failure: false
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml good
stages: [approve, deploy]
approve:
  stage: approve
  script: echo approved
  rules:
    - if: $CI_COMMIT_BRANCH
      when: manual
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml good
stages: [test, deploy]
benchmark:
  stage: test
  script: ./benchmark
  when: manual
api-gateway:
  stage: test
  script: ./test
  when: manual
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml good
stages: [approve, deploy]
approve:
  stage: approve
  script: echo approved
  when: manual
  allow_failure: false
deploy:
  stage: deploy
  script: ./deploy
  environment: production
```

```yaml good
stages: [approve, deploy]
approve:
  stage: approve
  script: echo approved
  when: manual
deploy:
  stage: deploy
  script: ./deploy
  environment: production
  when: manual
review:
  stage: deploy
  script: ./deploy
  environment: review/$CI_COMMIT_REF_SLUG
named:
  stage: deploy
  needs: [approve]
  script: ./deploy
  environment: staging
requests:
  stage: deploy
  script: ./deploy
  environment: testing
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
```
"#;
