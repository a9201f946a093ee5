//! In which pipelines a job of GitLab runs, as far as its rules, `only`, `except` and `workflow` tell. Source: "CI/CD job rules",
//! "CI/CD workflow" and "Deprecated keywords" of the GitLab documentation.

use std::borrow::Cow;

use policy_core::document::Ref;
use policy_core::document::edit::{Edit, Value as Written};
use policy_core::model::gitlab::condition::{Known, Truth, parse};
use policy_core::model::gitlab::{Job, Rule, Value};
use policy_core::read::Read;
use policy_core::rule::{ProposedFix, Safety};

/// A pipeline that could come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    source: &'static str,
    branch: Option<&'static str>,
    tag: Option<&'static str>,
    default: &'static str,
    // Whether a merge request of the branch is open, where that is known.
    requested: Option<bool>,
}

impl Run {
    /// Whether it is that of a merge request.
    pub(crate) fn is_request(self) -> bool {
        self.source == REQUEST.source
    }
}

/// A name that no condition names.
const ANY: &str = "\u{fffd}";

/// A name that could be any.
const UNKNOWN: &str = "";

const fn push(branch: &'static str, default: &'static str) -> Run {
    Run { source: "push", branch: Some(branch), tag: None, default, requested: None }
}

/// A push to some branch of which nothing is known.
pub(crate) const BRANCH: Run = push(ANY, "main");

/// A push to a branch that could have any name.
pub(crate) const SOME_BRANCH: Run = push(UNKNOWN, UNKNOWN);

/// A push to some branch of which nothing is known, while a merge request of it is open.
pub(crate) const REQUESTED_BRANCH: Run = Run { requested: Some(true), ..BRANCH };

/// A merge request.
pub(crate) const REQUEST: Run =
    Run { source: "merge_request_event", branch: None, tag: None, default: "main", requested: Some(true) };

/// A push of a tag.
pub(crate) const TAG: Run = Run { source: "push", branch: None, tag: Some("v1.2.3"), default: "main", requested: None };

/// A push of a tag that could have any name.
pub(crate) const SOME_TAG: Run = Run { tag: Some(UNKNOWN), ..TAG };

/// A schedule.
pub(crate) const SCHEDULE: Run = Run { source: "schedule", ..push("main", "main") };

/// The pipelines that changes bring about.
pub(crate) const CHANGES: &[Run] =
    &[push("main", "main"), push("master", "master"), push("develop", "main"), push("production", "main"), TAG, BRANCH, REQUEST];

/// How a job may run in a pipeline: each `when` that is possible, `never` among them. None where that is not known here.
pub(crate) fn fates<'u>(job: &Job<'u>, run: Run) -> Option<Vec<&'u str>> {
    if job.pipeline().is_child() {
        return None;
    }
    let workflow = match job.pipeline().workflow_rules() {
        Read::Is(rules) => of_rules(job, rules.into_iter().map(|value| Rule { value }), run, Read::Is("always"))?,
        Read::Absent => vec!["always"],
        // A file that is not here could keep the whole pipeline from running.
        Read::Dynamic => vec!["always", "never"],
        Read::Wrong => return None,
    };
    if workflow.iter().all(|when| *when == "never") {
        return Some(workflow);
    }
    let mut fates = match job.rules() {
        Read::Is(rules) => of_rules(job, rules.into_iter(), run, job.when())?,
        Read::Absent => of_refs(job, run)?,
        Read::Dynamic | Read::Wrong => return None,
    };
    if workflow.contains(&"never") {
        fates.push("never");
    }
    Some(fates)
}

/// Whether a job runs in a pipeline.
pub(crate) fn runs_in(job: &Job<'_>, run: Run) -> Truth {
    let Some(fates) = fates(job, run) else { return Truth::Unknown };
    let never = fates.iter().filter(|when| **when == "never").count();
    match never {
        0 => Truth::True,
        _ if never == fates.len() => Truth::False,
        _ => Truth::Unknown,
    }
}

/// Whether a change runs the job only if somebody starts it by hand.
pub(crate) fn is_by_hand(job: &Job<'_>) -> bool {
    let mut runs = CHANGES.iter().filter_map(|run| fates(job, *run)).flatten().filter(|when| *when != "never").peekable();
    runs.peek().is_some() && runs.all(|when| when == "manual")
}

fn of_rules<'u>(job: &Job<'u>, rules: impl Iterator<Item = Rule<'u>>, run: Run, usual: Read<&'u str>) -> Option<Vec<&'u str>> {
    let mut fates = Vec::new();
    for rule in rules {
        let truth = truth_of(job, &rule, run);
        if truth == Truth::False {
            continue;
        }
        let when = if rule.when() == Read::Absent { usual } else { rule.when() };
        fates.push(when.is()?);
        if truth == Truth::True {
            return Some(fates);
        }
    }
    fates.push("never");
    Some(fates)
}

fn truth_of<'u>(job: &Job<'u>, rule: &Rule<'u>, run: Run) -> Truth {
    let condition = match rule.value.get("if") {
        Read::Absent => Truth::True,
        Read::Is(value) => {
            value.text().and_then(parse).map_or(Truth::Unknown, |parsed| parsed.evaluate(&|name| known(job, name, run)))
        }
        Read::Dynamic | Read::Wrong => Truth::Unknown,
    };
    // Which files are there, and which have changed, is not known.
    let of_files = ["changes", "exists"].iter().any(|key| rule.value.get(key) != Read::Absent);
    condition.and(if of_files { Truth::Unknown } else { Truth::True })
}

fn known<'u>(job: &Job<'u>, name: &str, run: Run) -> Known<'u> {
    let of = |text: Option<&'static str>| match text {
        None => Known::Null,
        Some(UNKNOWN) => Known::Unknown,
        Some(text) => Known::Text(Cow::Borrowed(text)),
    };
    let requested = run.is_request();
    match name {
        "CI_PIPELINE_SOURCE" => of(Some(run.source)),
        "CI_COMMIT_BRANCH" => of(run.branch),
        "CI_COMMIT_TAG" => of(run.tag),
        "CI_COMMIT_REF_NAME" | "CI_COMMIT_REF_SLUG" => of(run.branch.or(run.tag).or(Some(ANY))),
        "CI_DEFAULT_BRANCH" => of(Some(run.default)),
        "CI_COMMIT_REF_PROTECTED" if run.branch == Some(ANY) => of(Some("false")),
        "CI_MERGE_REQUEST_ID" | "CI_MERGE_REQUEST_IID" if requested => of(Some("1")),
        "CI_OPEN_MERGE_REQUESTS" if run.requested.is_some() => of(run.requested.and_then(|open| open.then_some("a/b!1"))),
        "CI_DEPLOY_FREEZE" | "CI_PIPELINE_TRIGGERED" => Known::Null,
        _ if name.starts_with("CI_MERGE_REQUEST_") && !requested => Known::Null,
        _ => match job.variable(name).and_then(Value::read) {
            Read::Is(text) => Known::Text(Cow::Borrowed(text)),
            // The project's settings may set it.
            Read::Absent | Read::Dynamic | Read::Wrong => Known::Unknown,
        },
    }
}

// What `only` and `except` say; without them, branches and tags, and all that `workflow` lets in.
fn of_refs<'u>(job: &Job<'u>, run: Run) -> Option<Vec<&'u str>> {
    let only = match job.own("only") {
        Read::Absent if job.pipeline().workflow_rules() != Read::Absent => Truth::True,
        Read::Absent => Truth::of(!run.is_request()),
        Read::Is(only) => listed(only, run, Truth::of(!run.is_request())),
        Read::Dynamic | Read::Wrong => return None,
    };
    let except = match job.own("except") {
        Read::Absent => Truth::False,
        Read::Is(except) => listed(except, run, Truth::False),
        Read::Dynamic | Read::Wrong => return None,
    };
    let when = job.when().is()?;
    Some(match only.and(except.not()) {
        Truth::True => vec![when],
        Truth::False => vec!["never"],
        Truth::Unknown => vec![when, "never"],
    })
}

fn listed(value: Value<'_>, run: Run, usual: Truth) -> Truth {
    let of_list = |list: Value<'_>| list.flat().into_iter().fold(Truth::False, |truth, item| truth.or(names(item, run)));
    if value.text().is_some() || value.items().next().is_some() {
        return of_list(value);
    }
    let refs = match value.get("refs") {
        Read::Is(refs) => of_list(refs),
        Read::Absent => usual,
        Read::Dynamic | Read::Wrong => Truth::Unknown,
    };
    let further = ["changes", "kubernetes", "variables"].iter().any(|key| value.get(key) != Read::Absent);
    match (further, refs) {
        // All keys of `only` must hold, and one of `except` is enough: neither is known with these.
        (true, _) => Truth::Unknown,
        (false, refs) => refs,
    }
}

/// Whether a name in `only` or `except` is a kind of pipelines rather than a branch or a tag.
pub(crate) fn is_kind(name: &str) -> bool {
    of_kind(name, BRANCH).is_some()
}

// Whether a pipeline is of a kind that `only` and `except` know; none for names that are no kinds.
fn of_kind(name: &str, run: Run) -> Option<Truth> {
    Some(Truth::of(match name {
        "branches" => run.branch.is_some(),
        "tags" => run.tag.is_some(),
        "merge_requests" => run.is_request(),
        "pushes" => run.source == "push",
        "schedules" => run.source == SCHEDULE.source,
        "api" | "chat" | "external" | "external_pull_requests" | "pipelines" | "triggers" | "web" => false,
        _ => return None,
    }))
}

fn names(item: Value<'_>, run: Run) -> Truth {
    let Read::Is(name) = item.read() else { return Truth::Unknown };
    if let Some(truth) = of_kind(name, run) {
        return truth;
    }
    match run.branch.or(run.tag) {
        _ if run.is_request() => Truth::False,
        Some(UNKNOWN) => Truth::Unknown,
        of_run => match name.strip_prefix('/') {
            Some(_) => parse(&format!("$REF =~ {name}"))
                .map_or(Truth::Unknown, |parsed| parsed.evaluate(&|_| Known::Text(of_run.unwrap_or(ANY).into()))),
            // `main@group/project`
            None if name.contains('@') => Truth::Unknown,
            None => Truth::of(of_run == Some(name)),
        },
    }
}

/// The mapping of a job in the file that has the last word on it, without what it extends.
pub(crate) fn written<'u>(job: &Job<'u>) -> Option<Ref<'u>> {
    job.key().parent()?.get(job.name())
}

/// A fix that gives a job a key that it does not have, where its mapping is written out in its file.
pub(crate) fn giving(job: &Job<'_>, key: &str, value: impl Into<Written>, title: impl Into<String>) -> Option<ProposedFix> {
    let map = written(job).filter(|map| map.get(key).is_none())?;
    let edits = vec![Edit::Insert { map: map.id(), before: None, key: key.to_owned(), value: value.into() }];
    Some(ProposedFix { title: title.into(), safety: Safety::Unsafe, edits })
}

/// A fix that takes a key from a job, if it is its own.
pub(crate) fn taking(job: &Job<'_>, value: Value<'_>, key: &str, title: impl Into<String>) -> Option<ProposedFix> {
    written(job)?.get(key).filter(|node| *node == value.at())?;
    let edits = vec![Edit::Remove { entry: value.at().id() }];
    Some(ProposedFix { title: title.into(), safety: Safety::Unsafe, edits })
}
