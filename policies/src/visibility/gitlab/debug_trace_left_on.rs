use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::gitlab::{Job, KeyValue, Pipeline, Value};
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

pub(crate) static RULE: Rule = Rule {
    id: "debug-trace-left-on",
    meta: Meta {
        title: "every run writes all variables into its log",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Gitlab],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-6", "CICD-SEC-10"],
        aliases: &["glsec/gl033", "poutine/debug_enabled"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check_pipeline), Check::GitlabJob(check_job)],
    docs: crate::docs(DOCS),
};

/// The switches, how bad, and what each of them writes into the log.
const SWITCHES: &[(&str, Severity, &str)] = &[
    ("CI_DEBUG_TRACE", Severity::High, "every command and every variable of the job, secrets among them"),
    ("CI_DEBUG_SERVICES", Severity::Medium, "whatever the containers beside the job print, such as passwords that they make"),
];

/// What the runner takes for "on": `strconv.ParseBool` of Go.
const TRUE: &[&str] = &["1", "t", "T", "TRUE", "true", "True"];

fn check_pipeline<'u>(_: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    check(pipeline.variables().is(), out);
}

fn check_job<'u>(_: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    check(job.own("variables").is(), out);
}

fn check<'u>(variables: Option<Value<'u>>, out: &mut Out<'u>) {
    let Some(variables) = variables else { return };
    for (name, severity, what) in SWITCHES {
        let Some(entry) = variables.entry(name).filter(|entry| entry.value.origin().is_own()) else { continue };
        let value = entry.value.of_variable().is();
        // A variable decides it anew for each run.
        let Some(value) = value.filter(|value| value.text().is_some_and(|text| TRUE.contains(&text))) else { continue };
        let finding = RuleFinding::new(
            Place::node(value.at(), "is on in every run"),
            format!("`{name}` writes into the log of every run {what}"),
            "remove it, and set it for a single run when you need that",
            *name,
        );
        out.found(finding.rated(*severity, Confidence::High).fixed(Some(removed(&entry))));
    }
}

fn removed(entry: &KeyValue<'_>) -> ProposedFix {
    let alone = entry.key_at.parent().filter(|map| map.entries().nth(1).is_none());
    let edits = vec![Edit::Remove { entry: alone.map_or(entry.key_at.id(), Ref::id) }];
    ProposedFix { title: "turn it off".to_owned(), safety: Safety::Unsafe, edits }
}

const DOCS: &str = r#"
With `CI_DEBUG_TRACE` the shell of a job shows each command as it runs, with all values filled in, and first of all the whole list
of variables. Masking hides only the values that are marked as masked, and only as they are. Who may read the log of a job then has
the secrets of all its variables. `CI_DEBUG_SERVICES` does the same for what the containers beside it print.

**Mend it:** remove the variable. To look into a run, start that pipeline by hand with the variable set, and delete the log.

**How bad:** high for `CI_DEBUG_TRACE`, medium for `CI_DEBUG_SERVICES`.

**It does not see:** the switches in the settings of a project or of a schedule; `set -x`, which is another rule's. A value that a
variable gives is not reported.

```yaml bad
variables:
  CI_DEBUG_TRACE: "true" # <-
test:
  variables:
    COLOR: always
    CI_DEBUG_SERVICES: true # <-
  script: make test
```

```yaml fixed
test:
  variables:
    COLOR: always
  script: make test
```

```yaml good
variables:
  CI_DEBUG_TRACE: "false"
test:
  script: make test
```

```yaml good
variables:
  CI_DEBUG_TRACE: $TRACE
  CI_DEBUG_SERVICES: ""
test:
  script: make test
```

```yaml good
test:
  variables:
    DEBUG: "true"
    CI_DEBUG_TRACE: "yes"
  script: CI_DEBUG_TRACE=true make test
```
"#;
