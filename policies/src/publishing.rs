//! Which jobs publish something, by the events that start them or by a step, and what an expression comes to in such a run.

use std::borrow::Cow;

use policy_core::document::Ref;
use policy_core::model::github::expression::{
    Condition, ExprKind, Expression, Path, Segment, Value, condition, evaluate, truthiness,
};
use policy_core::model::github::{Event, Events, Job, List, Step, text};
use policy_core::read::Read;
use policy_core::rule::{Cx, Place};
use policy_core::shell::Command;
use policy_core::unit::Unit;

/// A run of a workflow, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// By a push of a tag.
    Tag,
    /// By a release.
    Release,
    /// By a push to a branch of releases.
    Branch,
    /// By another event.
    Other(Event),
}

/// A job that publishes something.
#[derive(Debug)]
pub(crate) struct Publishing<'u> {
    /// What shows it.
    pub(crate) at: Place<'u>,
    /// The step that publishes, where it is a step that shows it.
    step: Option<&'u Step<'u>>,
    /// The runs in which it does.
    runs: Vec<Run>,
    /// Runs of the same workflow that may publish too.
    others: Vec<Run>,
}

/// Actions that publish whenever they run.
const PUBLISHERS: &[&str] = &[
    "aws-actions/amazon-ecs-deploy-task-definition",
    "aws-actions/aws-cloudformation-github-deploy",
    "azure/aci-deploy",
    "azure/container-apps-deploy-action",
    "azure/functions-action",
    "azure/sql-action",
    "cloudflare/wrangler-action",
    "google-github-actions/deploy-appengine",
    "google-github-actions/deploy-cloud-functions",
    "google-github-actions/deploy-cloudrun",
    "googleapis/release-please-action",
    "goreleaser/goreleaser-action",
    "jreleaser/release-action",
    "pypa/gh-action-pypi-publish",
    "redhat-actions/push-to-registry",
    "release-drafter/release-drafter",
    "rubygems/release-gem",
    "softprops/action-gh-release",
];

/// Commands that publish: the program and the words behind it.
const COMMANDS: &[(&str, &[&str])] = &[
    ("cargo", &["publish"]),
    ("docker", &["push"]),
    ("gem", &["push"]),
    ("gh", &["release", "create"]),
    ("gh", &["release", "upload"]),
    ("npm", &["publish"]),
    ("pnpm", &["publish"]),
    ("poetry", &["publish"]),
    ("twine", &["upload"]),
    ("uv", &["publish"]),
];

/// Whether a job publishes something: the workflow is started by releases, tags or branches of releases, or a step of the job
/// publishes. Work is taken from the budget; past it, the answer is no.
pub(crate) fn publishing<'u>(cx: &Cx<'u>, job: &Job<'u>) -> Option<Publishing<'u>> {
    let unit = cx.unit;
    let events = unit.events();
    if events.has(Event::Release) || events.has(Event::Push) {
        let on = unit.workflow()?.node().get("on")?;
        if !cx.budget.spend(on.len()) {
            return None;
        }
        let mut runs = Vec::new();
        let mut at = None;
        for trigger in unit.workflow()?.triggers() {
            let run = match trigger.event {
                Event::Release => Some(Run::Release),
                Event::Push if takes_tags(trigger.tags(), trigger.tags_ignore()) => Some(Run::Tag),
                _ => None,
            };
            let branch = trigger.event == Event::Push && trigger.branches().texts().any(is_of_releases);
            let found = run.into_iter().chain(branch.then_some(Run::Branch));
            runs.extend(found.inspect(|_| at = at.or(Some(trigger.name))));
        }
        if let Some(at) = at {
            let others = events.without(Events::of(&[Event::Release, Event::PullRequest])).iter().map(Run::Other).collect();
            let label = match runs.iter().all(|run| *run == Run::Branch) {
                true => "branches of releases start this",
                false => "what is published is made in runs that this starts",
            };
            let at = Place::node(at, label);
            return Some(Publishing { at, step: None, runs, others });
        }
    }
    let step = publishing_step(cx, unit.steps_of(job))?;
    let node = step.uses().is().map(|(node, _)| node).or_else(|| step.run())?;
    let runs = events.iter().map(Run::Other).collect();
    Some(Publishing { at: Place::node(node, "published here"), step: Some(step), runs, others: Vec::new() })
}

/// The first of some steps that publishes. Work is taken from the budget; past it, there is none.
pub(crate) fn publishing_step<'u>(cx: &Cx<'u>, steps: &'u [Step<'u>]) -> Option<&'u Step<'u>> {
    let size = |step: &Step<'u>| cx.unit.script(step).map_or(1, |script| script.text().len() / 16 + 1);
    let paid = cx.budget.spend(steps.iter().map(size).sum());
    steps.iter().filter(|_| paid).find(|step| publishes(cx.unit, step))
}

fn takes_tags(tags: List<'_>, ignored: List<'_>) -> bool {
    tags.is_given() || (ignored.is_given() && !ignored.names("**"))
}

fn is_of_releases(branch: &str) -> bool {
    let word = b"release";
    !branch.starts_with('!') && branch.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

fn publishes<'u>(unit: &'u Unit<'u>, step: &Step<'u>) -> bool {
    if let Some((_, remote)) = step.remote() {
        let pushes = remote.is("docker/build-push-action")
            && step
                .input("push")
                .is_some_and(|push| !matches!(text(Some(push)), Read::Is(text) if !text.eq_ignore_ascii_case("true")));
        return pushes || PUBLISHERS.iter().any(|name| remote.is(name));
    }
    unit.script(step).is_some_and(|script| script.commands().any(is_publishing))
}

fn is_publishing(command: Command<'_>) -> bool {
    let Some(program) = command.program() else { return false };
    let words = program.arguments;
    let said = |wanted: &[&str]| wanted.iter().enumerate().all(|(at, word)| words.get(at).is_some_and(|given| given.is(word)));
    COMMANDS.iter().any(|(name, wanted)| program.is(name) && said(wanted)) && !words.iter().any(|word| word.is("--dry-run"))
}

impl<'u> Publishing<'u> {
    /// The first run that publishes, that a step is part of, and for which `holds`, as far as that can be told.
    pub(crate) fn run(&self, unit: &'u Unit<'u>, job: &Job<'u>, step: &Step<'u>, holds: impl Fn(Run) -> bool) -> Option<Run> {
        let takes_part = |run: &Run| {
            let pushes = self.step.is_none_or(|publisher| {
                let push = publisher.input("push").and_then(|push| text_in(unit, push, *run));
                may_hold(publisher.condition(), *run) && push.is_none_or(|push| push.eq_ignore_ascii_case("true"))
            });
            pushes && may_hold(job.condition(), *run) && may_hold(step.condition(), *run)
        };
        let first: Vec<Run> = self.runs.iter().copied().filter(takes_part).collect();
        let runs = if first.is_empty() { self.others.iter().copied().filter(takes_part).collect() } else { first };
        runs.into_iter().find(|run| holds(*run))
    }
}

/// The text of a scalar in a run, a condition as `true` or `false`; none where only the run can tell.
pub(crate) fn text_in<'u>(unit: &'u Unit<'u>, node: Ref<'u>, run: Run) -> Option<Cow<'u, str>> {
    match text(Some(node)) {
        Read::Is(text) => Some(Cow::Borrowed(text)),
        Read::Absent => Some(Cow::Borrowed("")),
        Read::Wrong => None,
        Read::Dynamic => {
            let [site] = unit.sites_of(node) else { return None };
            let whole = node.text().is_some_and(|text| site.outer == (0..text.len()));
            let expression = site.expression.as_ref().ok().filter(|expression| whole && !asks_for_name(expression))?;
            let lookup = |path: &Path<'_>| run.value(path);
            let value = evaluate(expression, expression.root(), &lookup);
            let truth = || truthiness(expression, expression.root(), &lookup);
            value.map(|value| value.to_text()).or_else(|| truth().map(|is| is.to_string())).map(Cow::Owned)
        }
    }
}

// Whether an `if` can hold in a run.
fn may_hold(node: Option<Ref<'_>>, run: Run) -> bool {
    match node.and_then(Ref::text).map(condition) {
        Some(Condition::Expression { expression, .. }) if !asks_for_name(&expression) => {
            truthiness(&expression, expression.root(), &|path| run.value(path)) != Some(false)
        }
        _ => true,
    }
}

// Whether an expression asks for more of the ref than whether it is a tag or a branch: the name itself is not known.
fn asks_for_name(expression: &Expression<'_>) -> bool {
    expression.ids().any(|id| match expression.kind(id) {
        ExprKind::Text => expression.text_literal(id).is_some_and(|text| {
            let name = text.strip_prefix("refs/tags/").or_else(|| text.strip_prefix("refs/heads/"));
            name.is_some_and(|name| !name.is_empty())
        }),
        ExprKind::Call => ["contains", "endsWith", "format"].iter().any(|name| expression.name(id).eq_ignore_ascii_case(name)),
        _ => false,
    })
}

impl Run {
    fn value(self, path: &Path<'_>) -> Option<Value> {
        let [Segment::Name(context), Segment::Name(name)] = path.segments() else { return None };
        if !context.eq_ignore_ascii_case("github") {
            return None;
        }
        let (event, kind) = match self {
            Self::Tag => ("push", Some("tag")),
            Self::Release => ("release", Some("tag")),
            Self::Branch => ("push", Some("branch")),
            Self::Other(event) => (event.name(), None),
        };
        let value = match name.to_ascii_lowercase().as_str() {
            "event_name" if event != Event::Other.name() => event,
            "ref_type" => kind?,
            // No ASCII text equals what stands for the name.
            "ref" if kind? == "tag" => "refs/tags/\u{fffd}",
            "ref" => "refs/heads/\u{fffd}",
            _ => return None,
        };
        Some(Value::Text(value.to_owned()))
    }
}
