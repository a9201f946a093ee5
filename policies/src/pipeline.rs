//! What rules over pipelines of GitLab share: variables that users fill, what conditions leave of them, and what a job has in hand.

use policy_core::model::gitlab::condition::{Condition, Operator, Term, parse};
use policy_core::model::gitlab::{Job, JobScript, Value, variables};
use policy_core::read::Read;
use policy_core::rule::Cx;

use crate::held_secret::is_secret_name;
use crate::runs::is_kind;

/// How often a variable of a variable is followed.
const MAX_DEPTH: usize = 4;

/// The most pieces that a text is taken apart into.
const MAX_PIECES: usize = 64;

/// What rules ask of a script once, however many jobs share it: see `JobScript::remember`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// Whether it executes what it downloads.
    Downloads,
    /// Whether it reads text again as code.
    Rereads,
    /// Whether it was looked at for containers with the rights of the machine.
    HostRights,
    /// Whether it was looked at for what it prints whatever the job holds.
    Log,
}

/// What a user can write into a predefined variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// The message of a commit that was merged, or its author: any text.
    Commit,
    /// Any text of who starts the pipeline, or of the merge request.
    Starter,
    /// The name of a branch or a tag: no white space, but `$(…)`, `;`, quotes and `|`.
    Name,
    /// The same, made harmless for domains: lower case letters, digits and `-`.
    Slug,
}

/// Predefined variables that users fill. Source: "Predefined CI/CD variables reference" of the GitLab documentation.
const CHOSEN: &[(&str, Chosen)] = &[
    ("CI_BUILD_REF_NAME", Chosen::Name),
    ("CI_BUILD_REF_SLUG", Chosen::Slug),
    ("CI_BUILD_TAG", Chosen::Name),
    ("CI_COMMIT_AUTHOR", Chosen::Commit),
    ("CI_COMMIT_BRANCH", Chosen::Name),
    ("CI_COMMIT_DESCRIPTION", Chosen::Commit),
    ("CI_COMMIT_MESSAGE", Chosen::Commit),
    ("CI_COMMIT_REF_NAME", Chosen::Name),
    ("CI_COMMIT_REF_SLUG", Chosen::Slug),
    ("CI_COMMIT_TAG", Chosen::Name),
    ("CI_COMMIT_TAG_MESSAGE", Chosen::Starter),
    ("CI_COMMIT_TITLE", Chosen::Commit),
    ("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME", Chosen::Name),
    ("CI_MERGE_REQUEST_DESCRIPTION", Chosen::Starter),
    ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", Chosen::Name),
    ("CI_MERGE_REQUEST_TITLE", Chosen::Starter),
    ("GITLAB_USER_EMAIL", Chosen::Starter),
    ("GITLAB_USER_NAME", Chosen::Starter),
];

/// What users can write into a variable of this name; none for others.
pub(crate) fn chosen(name: &str) -> Option<Chosen> {
    CHOSEN.iter().find(|(known, _)| *known == name).map(|(_, what)| *what)
}

/// A part of a text in which variables of the files are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'u> {
    /// Text as it stands.
    Text(&'u str),
    /// A variable that no file sets: predefined, of the settings, or of who starts the pipeline.
    Variable(&'u str),
    /// What cannot be told: an input, or a variable that a matrix or a rule sets.
    Open,
}

/// Whether a project that a pipeline names is its own: by its path, or by the variables that hold that.
pub(crate) fn is_own_project(cx: &Cx<'_>, named: &str) -> bool {
    const OWN: &[&[&str]] = &[&["", "CI_PROJECT_PATH"], &["", "CI_PROJECT_NAMESPACE", "/", "CI_PROJECT_NAME"]];
    let mut parts = Vec::new();
    let mut at = 0;
    for variable in variables::all(named).take(3) {
        parts.extend([named.get(at..variable.range.start).unwrap_or(""), variable.name]);
        at = variable.range.end;
    }
    let by_variables = at == named.len() && OWN.contains(&parts.as_slice());
    by_variables || cx.options.repository.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(named))
}

/// The pieces of a text of a job.
pub(crate) fn pieces<'u>(job: &Job<'u>, text: &'u str) -> Vec<Piece<'u>> {
    let mut found = Vec::new();
    add(job, text, 0, &mut found);
    found
}

fn add<'u>(job: &Job<'u>, text: &'u str, depth: usize, found: &mut Vec<Piece<'u>>) {
    let mut at = 0;
    for variable in variables::all(text) {
        if found.len() > MAX_PIECES {
            return;
        }
        found.extend(text.get(at..variable.range.start).filter(|text| !text.is_empty()).map(Piece::Text));
        at = variable.range.end;
        if variable.is_input || depth > MAX_DEPTH || is_set_by_run(job, variable.name) {
            found.push(Piece::Open);
            continue;
        }
        match job.variable(variable.name).is().and_then(Value::text) {
            // `A: $A` hands on what the pipeline was given.
            Some(value) if !variables::all(value).any(|inner| inner.name == variable.name) => add(job, value, depth + 1, found),
            _ => found.push(Piece::Variable(variable.name)),
        }
    }
    found.extend(text.get(at..).filter(|text| !text.is_empty()).map(Piece::Text));
}

// A matrix or one of the rules sets it.
fn is_set_by_run(job: &Job<'_>, name: &str) -> bool {
    let matrix = job.own("parallel").and_then(|parallel| parallel.get("matrix")).is();
    let of_matrix = matrix.is_some_and(|matrix| matrix.flat().into_iter().any(|row| row.entry(name).is_some()));
    let sets =
        |rule: &policy_core::model::gitlab::Rule<'_>| rule.value.get("variables").is().is_some_and(|set| set.entry(name).is_some());
    of_matrix || job.rules().is().is_some_and(|rules| rules.iter().any(sets))
}

/// What a job has that is worth taking, as a clause: a deployment, an identity, a secret. None where the files show nothing, although
/// the settings of the project may give every job more. Work is taken from the budget.
pub(crate) fn power<'u>(cx: &Cx<'u>, job: &Job<'u>) -> Option<String> {
    let given = [("id_tokens", "has an identity token"), ("secrets", "reads secrets of a vault")];
    let has = |key: &str| job.get(key).is().is_some_and(|value| value.entries().next().is_some());
    let what = if deploys(job) {
        match job.environment().and_then(|environment| environment.name()) {
            Read::Is(name) => format!("deploys to `{name}`"),
            _ => "deploys".to_owned(),
        }
    } else if let Some((_, clause)) = given.iter().find(|(key, _)| has(key)) {
        (*clause).to_owned()
    } else {
        format!("uses `{}`", cx.unit.gitlab_scripts(job).find_map(|script| secret_of(cx, job, &script))?)
    };
    Some(format!("the job `{}` {what}", job.name()))
}

/// Whether a job deploys to an environment, rather than stop it or look at it.
pub(crate) fn deploys(job: &Job<'_>) -> bool {
    job.environment().is().is_some_and(|environment| environment.action() == Read::Is("start"))
}

fn secret_of<'u>(cx: &Cx<'_>, job: &Job<'_>, script: &JobScript<'u>) -> Option<&'u str> {
    // All jobs have the token of the job.
    script
        .variables()
        .take_while(|_| cx.budget.spend(1))
        .find(|name| *name != "CI_JOB_TOKEN" && lets_in(name) && is_given(job, name))
}

// What a file sets is no secret, unless it hands one on.
fn is_given(job: &Job<'_>, name: &str) -> bool {
    match job.variable(name) {
        Read::Absent => true,
        Read::Is(value) => {
            let secret = |piece: &Piece<'_>| matches!(piece, Piece::Variable(name) if lets_in(name));
            pieces(job, value.text().unwrap_or("")).iter().any(secret)
        }
        Read::Dynamic | Read::Wrong => false,
    }
}

// Whether what is named so comes from the settings, and lets in who has it. Scripts name their own variables in small letters.
fn lets_in(name: &str) -> bool {
    let given = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    given && (is_secret_name(name) || name.ends_with("KUBECONFIG"))
}

/// Names of the same thing, of which a run has one or several: a condition on one says something of the others.
const REFS: &[&str] = &[
    "CI_BUILD_REF_NAME",
    "CI_COMMIT_BRANCH",
    "CI_COMMIT_REF_NAME",
    "CI_COMMIT_REF_SLUG",
    "CI_COMMIT_TAG",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
];

/// Whether every run of a job has passed a condition that leaves no free choice of a variable: it is compared with a text, or with a
/// pattern that is `enough`; of a branch, also that it is protected. Also true where the rules of the job are not known.
pub(crate) fn is_limited(job: &Job<'_>, name: &str, enough: fn(&str) -> bool) -> bool {
    let limit = Limit { name, enough };
    let rules = match job.rules() {
        Read::Is(rules) => limit.by_rules(rules.iter().map(|rule| rule.value)),
        Read::Absent => false,
        Read::Dynamic | Read::Wrong => true,
    };
    let workflow = job.pipeline().workflow_rules().is();
    rules || limit.by_only(job) || workflow.is_some_and(|rules| limit.by_rules(rules.into_iter()))
}

/// The same for rules of something else than a job, such as an `include`.
pub(crate) fn is_limited_by<'u>(rules: Value<'u>, name: &str, enough: fn(&str) -> bool) -> bool {
    Limit { name, enough }.by_rules(rules.flat().into_iter())
}

struct Limit<'a> {
    name: &'a str,
    enough: fn(&str) -> bool,
}

impl Limit<'_> {
    fn by_rules<'u>(&self, rules: impl Iterator<Item = Value<'u>>) -> bool {
        for rule in rules {
            let never = rule.get("when").and_then(Value::read) == Read::Is("never");
            let condition = rule.get("if").is().and_then(Value::text).and_then(parse);
            if never {
                let alone = rule.entries().all(|entry| matches!(entry.key, "if" | "when"));
                let always = rule.entry("if").is_none();
                if alone && (always || condition.is_some_and(|condition| self.negated(&condition))) {
                    return true;
                }
            } else if !condition.is_some_and(|condition| self.holds(&condition)) {
                return false;
            }
        }
        true
    }

    fn is_named(&self, name: &str) -> bool {
        name == self.name || (REFS.contains(&name) && REFS.contains(&self.name))
    }

    // Whether the condition leaves no choice where it holds.
    fn holds(&self, condition: &Condition<'_>) -> bool {
        match condition {
            Condition::And(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Or(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Compare(left, operator @ (Operator::Equal | Operator::Match), right, _) => self.pair(left, *operator, right),
            Condition::Compare(..) | Condition::Term(..) => false,
        }
    }

    // Whether it leaves none where it does not.
    fn negated(&self, condition: &Condition<'_>) -> bool {
        match condition {
            Condition::And(parts) => parts.iter().all(|part| self.negated(part)),
            Condition::Or(parts) => parts.iter().any(|part| self.negated(part)),
            Condition::Compare(left, Operator::Unequal, right, _) => self.pair(left, Operator::Equal, right),
            Condition::Compare(left, Operator::NoMatch, right, _) => self.pair(left, Operator::Match, right),
            Condition::Compare(..) | Condition::Term(..) => false,
        }
    }

    fn pair(&self, left: &Term<'_>, operator: Operator, right: &Term<'_>) -> bool {
        let (name, other) = match (left, right) {
            (Term::Variable(name), other) if self.is_named(name) || *name == "CI_COMMIT_REF_PROTECTED" => (*name, other),
            (other, Term::Variable(name)) if self.is_named(name) => (*name, other),
            _ => return false,
        };
        match other {
            _ if name == "CI_COMMIT_REF_PROTECTED" => REFS.contains(&self.name),
            Term::Text(_) | Term::Variable("CI_DEFAULT_BRANCH") => operator == Operator::Equal,
            Term::Pattern(pattern, _) => operator == Operator::Match && (self.enough)(pattern),
            Term::Variable(_) | Term::Null => false,
        }
    }

    fn by_only(&self, job: &Job<'_>) -> bool {
        let Read::Is(only) = job.own("only") else { return false };
        let refs = only.get("refs").is().unwrap_or(only).flat();
        !refs.is_empty()
            && REFS.contains(&self.name)
            && refs.iter().all(|name| name.text().is_some_and(|name| self.is_one_ref(name)))
    }

    fn is_one_ref(&self, name: &str) -> bool {
        match name.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
            Some((pattern, _)) => (self.enough)(pattern),
            None => !is_kind(name) && !name.contains('$'),
        }
    }
}

/// Whether a pattern matches only texts of letters, digits, `.`, `-`, `_`, `/` that it spells out from begin to end.
pub(crate) fn is_whole_pattern(pattern: &str) -> bool {
    let Some(inner) = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')) else { return false };
    let plain = inner.replace("\\.", "").replace("\\/", "").replace("\\-", "");
    let open = plain.contains(['.', '^', '$']) || ["\\S", "\\D", "\\W"].iter().any(|class| plain.contains(class));
    !open && !inner.ends_with('\\') && only_in_groups(inner)
}

// Whether alternatives stand in parentheses only.
fn only_in_groups(pattern: &str) -> bool {
    let mut depth = 0_u32;
    pattern.bytes().all(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        byte != b'|' || depth > 0
    })
}

/// What a pipeline runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// A merge request.
    Request,
}

impl Ran {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Branch, Self::Tag, Self::Request];

    /// Whether such a pipeline has a predefined variable; none where it may. Source: "Predefined CI/CD variables reference".
    pub(crate) fn has(self, name: &str) -> Option<bool> {
        match name {
            "CI_COMMIT_BRANCH" => Some(self == Self::Branch),
            "CI_COMMIT_TAG" => Some(self == Self::Tag),
            "CI_PIPELINE_SOURCE" => Some(true),
            "CI_MERGE_REQUEST_IID" | "CI_MERGE_REQUEST_ID" => Some(self == Self::Request),
            _ if name.starts_with("CI_MERGE_REQUEST_") && self != Self::Request => Some(false),
            _ => None,
        }
    }

    /// Whether the source of such a pipeline can be this.
    pub(crate) fn comes_from(self, source: &str) -> bool {
        source != "merge_request_event" || self == Self::Request
    }
}
