use std::borrow::Cow;

use policy_core::document::edit::Edit;
use policy_core::map::Set;
use policy_core::model::gitlab::condition::{Condition, Known, Operator, Term, Truth, parse};
use policy_core::model::gitlab::{Job, Pipeline, Value, variables};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::pipeline::{Ran, deploys};

pub(crate) static RULE: Rule = Rule {
    id: "constant-rule-condition",
    meta: Meta {
        title: "the condition of a rule always holds, or never",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl074"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check_job), Check::Pipeline(check_workflow)],
    docs: crate::docs(DOCS),
};

/// The most ways to fill the variables of a condition that are tried.
const MAX_WAYS: usize = 512;

/// A text that no condition compares with.
const OTHER: &str = "\u{1}";

fn check_job<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let set = |name: &str| job.variable(name).is().is_some();
    for rule in job.rules().is().unwrap_or_default() {
        let opens = deploys(job) && rule.when() != Read::Is("never");
        check(cx, rule.value, opens, &set, out);
    }
}

fn check_workflow<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    let set = |name: &str| pipeline.variables().and_then(|variables| variables.get(name)).is().is_some();
    pipeline.workflow_rules().is().unwrap_or_default().into_iter().for_each(|rule| check(cx, rule, false, &set, out));
}

fn check<'u>(cx: &Cx<'u>, rule: Value<'u>, opens: bool, set: &dyn Fn(&str) -> bool, out: &mut Out<'u>) {
    let Some(at) = rule.get("if").is().filter(|at| at.origin().is_own()) else { return };
    // A condition on an input is a constant in each file that it is filled into.
    let Some(text) = at.text().filter(|_| at.at().text().is_some_and(|raw| !raw.contains("$[["))) else { return };
    let Some(condition) = parse(text) else { return };
    let names = names(&condition);
    let comes_to = constant(cx, &condition, &names, set);
    let (word, severity) = match comes_to {
        Some((Truth::True, _)) => ("always", if opens { Severity::Medium } else { Severity::Low }),
        _ => ("never", Severity::Low),
    };
    let (place, message, fix) = match (quoted(&condition), comes_to) {
        (Some((name, range)), _) => {
            let message = format!("`{name}` in quotes is text, not the variable: the comparison comes to the same in every run");
            let edits = vec![Edit::Splice { scalar: at.at().id(), decoded: range.clone(), text: name.to_owned() }];
            let fix = ProposedFix { title: "compare the variable".to_owned(), safety: Safety::Unsafe, edits };
            (at.place_of(range, "text"), message, Some(fix))
        }
        (None, Some((_, by_kind))) => {
            let why = if by_kind { "for branches, tags and merge requests alike" } else { "whatever its variables are" };
            (at.place(format!("{word} holds")), format!("this condition {word} holds: {why}"), None)
        }
        (None, None) => return,
    };
    let help = "say what is meant: `&&` where both have to hold, `||` where one is enough, and variables without quotes";
    out.found(RuleFinding::new(place, message, help, word).rated(severity, Confidence::High).fixed(fix));
}

// The names in a condition.
fn names<'t>(condition: &Condition<'t>) -> Set<&'t str> {
    let of = |term: &Term<'t>| if let Term::Variable(name) = term { Some(*name) } else { None };
    let sides = condition.leaves().into_iter().flat_map(|leaf| match leaf {
        Condition::Term(term, _) => [of(term), None],
        Condition::Compare(left, _, right, _) => [of(left), of(right)],
        Condition::And(_) | Condition::Or(_) => [None, None],
    });
    let mut names = Set::new();
    names.extend(sides.flatten());
    names
}

// What the condition comes to in every pipeline, if that is always the same; and whether only because of what there is in which kind.
fn constant(cx: &Cx<'_>, condition: &Condition<'_>, names: &Set<&str>, set: &dyn Fn(&str) -> bool) -> Option<(Truth, bool)> {
    let names: Vec<Named<'_>> =
        names.iter().map(|name| Named { name, values: values(condition, name), is_set: set(name) }).collect();
    let ways =
        names.iter().try_fold(1_usize, |ways, named| ways.checked_mul(named.values.len()).filter(|ways| *ways <= MAX_WAYS))?;
    if !cx.budget.spend(ways * condition.leaves().len() / 4 + 1) {
        return None;
    }
    let of = |kinds: &[Option<Ran>]| {
        let mut all = None;
        for way in (0..ways).flat_map(|way| kinds.iter().map(move |kind| (way, *kind))) {
            let Some(filled) = fill(&names, way.0, way.1) else { continue };
            let lookup =
                |name: &str| filled.iter().find(|(known, _)| *known == name).map_or(Known::Unknown, |(_, value)| value.clone());
            let truth = condition.evaluate(&lookup);
            if truth == Truth::Unknown || all.is_some_and(|all| all != truth) {
                return None;
            }
            all = Some(truth);
        }
        all
    };
    let plain = of(&[None]).map(|truth| (truth, false));
    plain.or_else(|| of(&Ran::ALL.map(Some)).map(|truth| (truth, true)))
}

// A variable of a condition.
struct Named<'t> {
    name: &'t str,
    /// What it can be.
    values: Vec<Known<'t>>,
    /// Whether the files set it: then no kind of pipeline tells whether it is there.
    is_set: bool,
}

// One way to fill the variables; none if no pipeline of this kind has it.
fn fill<'t>(names: &[Named<'t>], mut way: usize, kind: Option<Ran>) -> Option<Vec<(&'t str, Known<'t>)>> {
    let mut filled = Vec::new();
    for Named { name, values, is_set } in names {
        let mut value = values.get(way % values.len().max(1))?.clone();
        way /= values.len().max(1);
        let kind = kind.filter(|_| !is_set);
        match (kind.and_then(|kind| kind.has(name)), &value) {
            // One value stands for all.
            (Some(false), Known::Null) => {}
            (Some(false), Known::Unknown) => value = Known::Null,
            (Some(false), Known::Text(_)) => return None,
            (Some(true), Known::Null) => return None,
            (Some(true), Known::Text(text)) if text.is_empty() => return None,
            _ => {}
        }
        if let (Some(kind), "CI_PIPELINE_SOURCE", Known::Text(text)) = (kind, *name, &value)
            && !kind.comes_from(text)
        {
            return None;
        }
        filled.push((*name, value));
    }
    Some(filled)
}

// What a variable can be, as far as the condition tells apart; not known where patterns or other variables are compared with it.
fn values<'t>(condition: &Condition<'t>, name: &str) -> Vec<Known<'t>> {
    let mut values = vec![Known::Null, Known::Text("".into()), Known::Text(OTHER.into())];
    for leaf in condition.leaves() {
        let Condition::Compare(left, operator, right, _) = leaf else { continue };
        let is = |term: &Term<'_>| *term == Term::Variable(name);
        let other = if is(left) { right } else { left };
        match (operator, other) {
            _ if !is(left) && !is(right) => {}
            (Operator::Equal | Operator::Unequal, Term::Text(text)) => {
                let value = Known::Text(Cow::Borrowed(*text));
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            (Operator::Equal | Operator::Unequal, Term::Null) => {}
            _ => return vec![Known::Unknown],
        }
    }
    values
}

// The first text that is a variable in quotes, compared with a text, and where it stands.
fn quoted<'t>(condition: &Condition<'t>) -> Option<(&'t str, std::ops::Range<usize>)> {
    condition.leaves().into_iter().find_map(|leaf| {
        let Condition::Compare(Term::Text(left), _, Term::Text(_) | Term::Pattern(..) | Term::Null, range) = leaf else {
            return None;
        };
        let whole = variables::first(left).is_some_and(|variable| variable.range == (0..left.len()));
        whole.then(|| (*left, range.start..range.start + left.len() + 2))
    })
}

const DOCS: &str = r#"
A condition that comes to the same in every pipeline decides nothing. Where it always holds, the job runs where it was not meant to;
where it never does, a job, a scan or an exception that someone relies on never comes to be. Common forms: `$X != "a" || $X != "b"`,
which is true of everything; a variable in quotes, which GitLab takes for text; and `$CI_COMMIT_BRANCH` beside
`merge_request_event`, although only pipelines of branches have that variable.

**Mend it:** say what is meant: `&&` where both have to hold, `||` where one is enough; variables without quotes; in pipelines of
merge requests, `$CI_MERGE_REQUEST_SOURCE_BRANCH_NAME` or `$CI_MERGE_REQUEST_TARGET_BRANCH_NAME`.

**How bad:** low; medium where a condition that always holds lets a job deploy.

**It does not see:** what patterns match; what follows from several rules, or from the values that the files give to variables, since
who starts the pipeline can give others. Conditions on inputs (`$[[ inputs.x ]]`) are constants by design, and not reported.

```yaml bad
deploy:
  environment: production
  script: ./deploy
  rules:
    - if: $CI_COMMIT_BRANCH != "main" || $CI_COMMIT_BRANCH != "develop" # <-
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_COMMIT_BRANCH == "main" # <-
    - if: $CI_COMMIT_TAG && $CI_COMMIT_BRANCH =~ /^release/ # <-
```

```yaml bad
workflow:
  rules:
    - if: '"$CI_COMMIT_BRANCH" == "main"' # <-
build:
  script: make
```

```yaml fixed
workflow:
  rules:
    - if: '$CI_COMMIT_BRANCH == "main"'
build:
  script: make
```

```yaml good
deploy:
  script: ./deploy
  rules:
    - if: $CI_COMMIT_BRANCH != "main" && $CI_COMMIT_BRANCH != "develop"
    - if: $CI_COMMIT_BRANCH == "main" || $CI_COMMIT_BRANCH == "develop"
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" || $CI_COMMIT_BRANCH == "main"
```

```yaml good
test:
  script: make test
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "main"
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
```

```yaml good
variables:
  CI_COMMIT_TAG: v0
test:
  script: make test
  rules:
    # The file itself sets one of them.
    - if: $CI_COMMIT_BRANCH && $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH =~ /^a/ && $CI_COMMIT_BRANCH !~ /^a/
```
"#;
