use std::ops::Range;

use policy_core::document::edit::Edit;
use policy_core::model::gitlab::Job;
use policy_core::model::gitlab::condition::{Condition, Operator, Term};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};

use crate::pipeline::{deploys, power};

pub(crate) static RULE: Rule = Rule {
    id: "unanchored-ref-pattern",
    meta: Meta {
        title: "a pattern that decides who may deploy matches more names than it says",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &["glsec/gl043"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Names that users choose, and that conditions take for a proof.
const CHOSEN: &[&str] = &[
    "CI_COMMIT_BRANCH",
    "CI_COMMIT_REF_NAME",
    "CI_COMMIT_TAG",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "GITLAB_USER_EMAIL",
    "GITLAB_USER_LOGIN",
];

/// Names of branches that mean one branch, and no kind of branches.
const WHOLE: &[&str] = &["develop", "main", "master", "prod", "production", "stable", "staging", "trunk"];

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    let rules = job.rules().is().unwrap_or_default();
    for rule in rules.iter().filter(|rule| rule.when() != Read::Is("never")) {
        let Some(at) = rule.condition().filter(|at| at.origin().is_own()) else { continue };
        let (Some(text), Some(condition)) = (at.text(), rule.parsed()) else { continue };
        let mut found = Vec::new();
        patterns(&condition, &mut found);
        for (name, pattern, range) in found {
            let Some((what, mended)) = defect(pattern, name) else { continue };
            let Some(has) = power(cx, job) else { return };
            let severity = if deploys(job) { Severity::Medium } else { Severity::Low };
            let message = format!("`/{pattern}/` {what}, and whoever names it decides whether this job runs");
            let help = "put the pattern between `^` and `$`, alternatives in parentheses; or compare with `==`";
            let start = text.get(range.clone()).and_then(|leaf| leaf.find(&format!("/{pattern}/"))).map(|at| range.start + at + 1);
            let fix = start.map(|start| ProposedFix {
                title: "match whole names".to_owned(),
                safety: Safety::Unsafe,
                edits: vec![Edit::Splice { scalar: at.at().id(), decoded: start..start + pattern.len(), text: mended }],
            });
            let finding = RuleFinding::new(at.place_of(range, "matches more"), message, help, name);
            out.found(RuleFinding { reason: Some(has), ..finding.rated(severity, Confidence::Medium).fixed(fix) });
        }
    }
}

// The patterns whose match opens the condition: with nothing beside them that proves more.
fn patterns<'t>(condition: &Condition<'t>, found: &mut Vec<(&'t str, &'t str, Range<usize>)>) {
    match condition {
        Condition::And(parts) if parts.iter().any(proves) => {}
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| patterns(part, found)),
        Condition::Compare(Term::Variable(name), Operator::Match, Term::Pattern(pattern, _), range) if CHOSEN.contains(name) => {
            found.push((name, pattern, range.clone()));
        }
        Condition::Compare(..) | Condition::Term(..) => {}
    }
}

// Who starts the pipeline, or that the branch is protected or a certain one, is settled.
fn proves(condition: &Condition<'_>) -> bool {
    let Condition::Compare(left, Operator::Equal, right, _) = condition else { return false };
    let names = ["CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_COMMIT_REF_PROTECTED", "GITLAB_USER_LOGIN"];
    [left, right].into_iter().any(|term| matches!(term, Term::Variable(name) if names.contains(name)))
}

// What more a pattern matches, and a pattern that does not.
fn defect(pattern: &str, name: &str) -> Option<(&'static str, String)> {
    // Groups and classes may hold anything.
    if pattern.contains(['(', '[', '{']) {
        return None;
    }
    let parts: Vec<&str> = pattern.split('|').collect();
    let starts = |part: &str| part.starts_with('^');
    let ends = |part: &str| part.ends_with('$') && !part.ends_with("\\$");
    let bare: Vec<&str> = parts.iter().map(|part| part.trim_start_matches('^').trim_end_matches('$')).collect();
    let joined = bare.join("|");
    let wrap = |end: &str| if bare.len() > 1 { format!("^({joined}){end}") } else { format!("^{joined}{end}") };
    let all = |holds: &dyn Fn(&str) -> bool| parts.iter().all(|part| holds(part));
    let (first, last) = (parts.first()?, parts.last()?);
    if parts.len() > 1 && starts(first) && ends(last) && !(all(&starts) && all(&ends)) {
        return Some(("binds `^` to its first name and `$` to its last one only", wrap("$")));
    }
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let person = name.starts_with("GITLAB_USER");
    let whole = bare.iter().all(|part| WHOLE.contains(part) || (person && plain(part)));
    // A kind of names that anyone may choose one of, such as `feature/`, keeps no one out anyway.
    let kept = |part: &str| WHOLE.iter().chain(&["release"]).any(|name| part.starts_with(name)) || (person && plain(part));
    if parts.iter().any(|part| !starts(part) && kept(part.trim_end_matches('$'))) {
        return Some(("matches names that only contain it", wrap(if whole || all(&ends) { "$" } else { "" })));
    }
    (whole && !all(&ends)).then(|| ("matches names that only begin with it", wrap("$")))
}

const DOCS: &str = r#"
`=~` looks for the pattern anywhere in the text. `/main/` matches a branch `not-main`, `/^main/` a branch `main-2`, and
`/^main|develop$/` whatever begins with `main` or ends in `develop`. Where such a pattern decides whether a job deploys, whoever may
push a branch, or choose a name for themselves, gets past it.

**Mend it:** put the pattern between `^` and `$`, and alternatives in parentheses: `/^(main|develop)$/`. For one name, `==` is enough.
Protect the branches and environments that matter: names alone are no proof.

**How bad:** medium for jobs that deploy to an environment, low for others that have something worth taking. With medium confidence:
names may be protected, and the environment too.

**It does not see:** `only` and `except`; patterns in variables. Only rules that let a job run are looked at, and only of jobs for
which the files show something worth taking. A pattern that means a kind of names (`/^release\//`, `/-rc\d+$/`, `/feature-/`) is not reported, nor is
one beside a condition that settles the branch, the user, or that the branch is protected.

```yaml bad
deploy:
  environment: production
  script: ./deploy
  rules:
    - if: $CI_COMMIT_BRANCH =~ /main/ # <-
    - if: $CI_COMMIT_REF_NAME =~ /^production/ # <-
    - if: $CI_COMMIT_BRANCH =~ /^main|develop$/ # <-
    - if: $CI_COMMIT_TAG =~ /release-/ # <-
    - if: $CI_COMMIT_TAG =~ /release-1$/ # <-
    - if: $DEPLOY && $GITLAB_USER_LOGIN =~ /^some-admin/ # <-
```

```yaml fixed
deploy:
  environment: production
  script: ./deploy
  rules:
    - if: $CI_COMMIT_BRANCH =~ /^main$/
    - if: $CI_COMMIT_REF_NAME =~ /^production$/
    - if: $CI_COMMIT_BRANCH =~ /^(main|develop)$/
    - if: $CI_COMMIT_TAG =~ /^release-/
    - if: $CI_COMMIT_TAG =~ /^release-1$/
    - if: $DEPLOY && $GITLAB_USER_LOGIN =~ /^some-admin$/
```

```yaml good
deploy:
  environment: production
  script: ./deploy
  rules:
    - if: $CI_COMMIT_BRANCH =~ /^(main|develop)$/
    - if: $CI_COMMIT_BRANCH =~ /^release\//
    - if: $CI_COMMIT_TAG =~ /^v\d+/
    - if: $CI_COMMIT_TAG =~ /-rc\d+$/
    - if: $CI_COMMIT_BRANCH =~ /feature\/.+/
    - if: $CI_COMMIT_MESSAGE =~ /deploy/
```

```yaml good
deploy:
  environment: production
  script: ./deploy
  rules:
    - if: $CI_COMMIT_BRANCH =~ /wip/
      when: never
    - if: $CI_COMMIT_BRANCH =~ /main/ && $CI_COMMIT_REF_PROTECTED == "true"
    - if: $CI_COMMIT_BRANCH !~ /main/
```

```yaml good
test:
  script: make test
  rules:
    - if: $CI_COMMIT_BRANCH =~ /main/
```
"#;
