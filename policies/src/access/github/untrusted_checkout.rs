use policy_core::document::Ref;
use policy_core::flow::{Origin, Source, Spot, origins, origins_of_word};
use policy_core::model::github::{ActionReference, Event, Events, Step};
use policy_core::reach::{Attack, Reach, Starter};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Command, Word};
use policy_core::text::contains;

use crate::living_off::{executes, step_executes};
use crate::outsider::{Outsider, is_kept_out, step_keeps_out};
use crate::uses::commented_version;
use crate::version::Range;

pub(crate) static RULE: Rule = Rule {
    id: "untrusted-checkout",
    meta: Meta {
        title: "the code of a pull request is checked out with the repository's rights",
        pillar: Pillar::Access,
        platforms: &[Platform::Github],
        severity: Severity::Critical,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &[
            "poutine/untrusted_checkout_exec",
            "scorecard/Dangerous-Workflow",
            "octoscan/dangerous-checkout",
            "kics/unpinned-pull-request-target",
        ],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Step(check)],
    docs: crate::docs(DOCS),
};

use Event::{IssueComment, PullRequestTarget, WorkflowRun};

/// Events that are about pull requests, and that run with the repository's token and secrets for outsiders.
const PRIVILEGED: Events = Events::of(&[IssueComment, PullRequestTarget, WorkflowRun]);

/// What a value says of the pull request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// A commit: whatever repository is asked gives the outsider's.
    Commit,
    /// The name of a branch: the outsider's code only in the outsider's repository.
    Branch,
    /// The outsider's repository.
    Repository,
    /// Its number: a commit by `refs/pull/…`.
    Number,
}

const VALUES: &[(&str, Event, Says)] = &[
    ("github.head_ref", PullRequestTarget, Says::Branch),
    ("github.event.pull_request.head.sha", PullRequestTarget, Says::Commit),
    ("github.event.pull_request.merge_commit_sha", PullRequestTarget, Says::Commit),
    ("github.event.pull_request.head.ref", PullRequestTarget, Says::Branch),
    ("github.event.pull_request.head.repo.full_name", PullRequestTarget, Says::Repository),
    ("github.event.pull_request.head.repo.clone_url", PullRequestTarget, Says::Repository),
    ("github.event.pull_request.head.repo.git_url", PullRequestTarget, Says::Repository),
    ("github.event.pull_request.head.repo.html_url", PullRequestTarget, Says::Repository),
    ("github.event.pull_request.head.repo.ssh_url", PullRequestTarget, Says::Repository),
    ("github.event.pull_request.number", PullRequestTarget, Says::Number),
    ("github.event.number", PullRequestTarget, Says::Number),
    ("github.event.issue.number", IssueComment, Says::Number),
    ("github.event.workflow_run.head_sha", WorkflowRun, Says::Commit),
    ("github.event.workflow_run.head_commit.id", WorkflowRun, Says::Commit),
    ("github.event.workflow_run.head_branch", WorkflowRun, Says::Branch),
    ("github.event.workflow_run.head_repository.full_name", WorkflowRun, Says::Repository),
    ("github.event.workflow_run.head_repository.html_url", WorkflowRun, Says::Repository),
];

/// What a script asks for that looks up a pull request, and parts of the names of actions that do.
const LOOKUPS: &[&str] = &["gh pr view", "/pulls/", "pulls.get", "headRef", "head.sha", "pullRequest("];
const LOOKUP_ACTIONS: &[&str] = &["pull-request-comment-branch", "resolve-pr-refs", "get-workflow-origin", "pr-commit", "get-pr"];

/// Versions of `actions/checkout` that refuse the code of forks for `pull_request_target` and `workflow_run`, unless told otherwise. A
/// tag of fewer numbers is moved to the newest of them.
const REFUSING: &[&str] = &[">=7.0.0", ">=6.1.0,<7.0.0", ">=5.1.0,<6.0.0", ">=4.4.0,<5.0.0", ">=3.7.0,<4.0.0"];

const CHECKS_OUT: &str = "checks out";

/// The pull request's code that a step takes.
struct Taken<'u> {
    place: Place<'u>,
    what: String,
    // What a step does with it.
    verb: &'static str,
    event: Event,
    says: Says,
    // Whether the file alone shows that it is the pull request's.
    sure: bool,
}

fn check<'u>(cx: &Cx<'u>, step: &'u Step<'u>, out: &mut Out<'u>) {
    let events = cx.unit.events().and(PRIVILEGED);
    if events.is_empty() {
        return;
    }
    let taken = if step.runs_action("actions/checkout") { by_action(cx, step) } else { by_script(cx, step, events) };
    if let Some(taken) = taken {
        out.found(finding(cx, step, taken));
    }
}

fn finding<'u>(cx: &Cx<'u>, step: &'u Step<'u>, taken: Taken<'u>) -> RuleFinding<'u> {
    let executed = execution(cx, step);
    let gate = gate(cx, step, &taken);
    let (starter, most) = match gate {
        Some(Gate { by_member: true, .. }) => (Starter::Member, Severity::High),
        _ => (Starter::Anyone(taken.event), Severity::Critical),
    };
    let reach = Reach { starter, ..cx.reach_of(step) };
    let bounds = match (taken.says, &executed) {
        (Says::Branch, _) => Severity::Low..=Severity::Low,
        (_, Some(_)) => Severity::Medium..=most,
        _ => Severity::Medium..=Severity::High,
    };
    let usual = if starter == Starter::Member && executed.is_some() { Severity::Critical } else { Severity::High };
    let mut weighed = reach.weigh(usual, bounds, Attack::ByStarter);
    if let Some(Gate { by_condition: Some(whose), .. }) = gate {
        let what = reach.power.and_then(|power| power.named()).map_or_else(String::new, |what| format!(", {what}"));
        weighed.reason = format!("only whom the {whose}'s `if` lets through starts it{what}");
    }
    let confidence = match (taken.says, &executed) {
        (Says::Branch, _) => Confidence::Medium,
        (_, None) => Confidence::Low,
        (_, Some(_)) if taken.sure && gate.is_none() => Confidence::High,
        (_, Some(_)) => Confidence::Medium,
    };
    let mut message = message(&taken, executed.is_some());
    message.push_str(gate.map_or("", |gate| gate.but));
    let finding = RuleFinding::new(
        taken.place,
        message,
        "run the code of pull requests by `pull_request`, and handle only its results, as data, in this workflow",
        taken.what,
    );
    let finding = finding.weighed(weighed, confidence);
    match executed {
        Some(place) => finding.related(place),
        None => finding,
    }
}

fn message(taken: &Taken<'_>, executed: bool) -> String {
    let Taken { what, verb, .. } = taken;
    match (taken.says, executed) {
        (Says::Branch, _) => format!("`{what}` {verb} whichever branch of this repository an outsider names"),
        (_, true) => format!("`{what}` {verb} the code of a pull request, which runs with the repository's rights here"),
        (_, false) => format!(
            "`{what}` {verb} the code of a pull request, which is brought into a job with the repository's rights; nothing here is seen \
             to execute it"
        ),
    }
}

/// What asks someone first. That helps little, unless what is taken is a commit, since the code can change once it was asked.
struct Gate {
    but: &'static str,
    by_member: bool,
    // Whose condition asks, if one does.
    by_condition: Option<&'static str>,
}

fn gate<'u>(cx: &Cx<'u>, step: &Step<'u>, taken: &Taken<'u>) -> Option<Gate> {
    let event = taken.event;
    let job = cx.unit.job_of(step)?;
    let conditions = [step.condition(), job.condition()].into_iter().flatten().filter_map(Ref::text);
    let types = cx.unit.workflow().and_then(|workflow| workflow.trigger(event)).map(|trigger| trigger.types());
    let labelled = types.is_some_and(|types| types.is_given() && types.texts().all(|kind| kind == "labeled"));
    if labelled || conditions.clone().any(|text| text.contains("label")) {
        return Some(Gate {
            but: "; a label does not help, since the code can change behind it",
            by_member: labelled,
            by_condition: None,
        });
    }
    if step_keeps_out(cx, step, event, Outsider::Starter) {
        let own = is_kept_out(cx, step.condition(), event, Outsider::Starter);
        let condition = if own { step.condition() } else { job.condition() };
        // Other conditions name accounts, of which the file does not say that they are members.
        let but = match condition.and_then(Ref::text) {
            Some(text) if text.contains("author_association") => "; a member has to start it, but the code can change meanwhile",
            _ if own => "; only whom the step's `if` lets through starts it, but the code can change meanwhile",
            _ => "; only whom the job's `if` lets through starts it, but the code can change meanwhile",
        };
        return Some(Gate { but, by_member: true, by_condition: Some(if own { "step" } else { "job" }) });
    }
    let but = match taken.sure && is_commit(&taken.what) {
        true => "; the environment may ask for an approval, which must be a review of that commit",
        false => "; the environment may ask for an approval, but the code can change behind it",
    };
    (job.environment() != Read::Absent).then_some(Gate { but, by_member: false, by_condition: None })
}

// Whether a value was set to one commit when the event came: the run keeps it while it waits.
fn is_commit(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    name == "sha" || name.ends_with("_sha") || path.to_ascii_lowercase().ends_with("head_commit.id")
}

fn is_open<'u>(cx: &Cx<'u>, step: &Step<'u>, event: Event) -> bool {
    cx.unit.events().has(event) && !step_keeps_out(cx, step, event, Outsider::Author)
}

fn by_action<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> Option<Taken<'u>> {
    let repository = step.input("repository").and_then(|scalar| said(cx, step, scalar, true));
    let by_ref = step.input("ref").and_then(|scalar| said(cx, step, scalar, false));
    let taken = match (by_ref, repository) {
        (Some(by_ref), Some(repository)) if by_ref.says == Says::Branch => Taken { says: repository.says, ..by_ref },
        (Some(by_ref), _) => by_ref,
        (None, repository) => repository?,
    };
    let refused = taken.event != IssueComment && taken.says != Says::Branch && taken.sure && refuses(step);
    (!refused).then_some(taken)
}

// Whether the version of the checkout refuses the code of forks.
fn refuses(step: &Step<'_>) -> bool {
    let told = !matches!(step.input_text("allow-unsafe-pr-checkout"), Read::Absent | Read::Is("false"));
    let Some((node, remote)) = step.remote().filter(|_| !told) else { return false };
    let version = if ActionReference::is_commit(remote.git_ref()) { commented_version(node) } else { Some(remote.git_ref()) };
    version.is_some_and(|version| {
        let major = version.trim_start_matches('v');
        let floating = REFUSING.iter().any(|range| range.get(2..3) == Some(major));
        floating
            || version == "main"
            || REFUSING.iter().filter_map(|range| Range::parse(range)).any(|range| range.affects(version, None))
    })
}

// What an input of the checkout says of the pull request.
fn said<'u>(cx: &Cx<'u>, step: &'u Step<'u>, scalar: Ref<'u>, names_repository: bool) -> Option<Taken<'u>> {
    let by_number = contains(scalar.text()?, "pull/");
    let spot = Spot::of_step(cx.unit, step);
    cx.unit.sites_of(scalar).iter().find_map(|site| {
        let (origin, event, says, sure) = first_of(cx, step, origins(spot, site, cx.budget), scalar.text()?)?;
        let says = match says {
            Says::Number if !by_number => return None,
            Says::Number => Says::Commit,
            other => other,
        };
        if names_repository != (says == Says::Repository) && sure {
            return None;
        }
        let place = Place::text(scalar, site.outer.clone(), "the pull request's code");
        Some(Taken { place, what: origin.path, verb: CHECKS_OUT, event, says, sure })
    })
}

fn first_of<'u>(cx: &Cx<'u>, step: &'u Step<'u>, found: Vec<Origin<'u>>, named: &str) -> Option<(Origin<'u>, Event, Says, bool)> {
    found.into_iter().find_map(|origin| {
        let known = VALUES.iter().find(|(path, event, _)| origin.path.eq_ignore_ascii_case(path) && is_open(cx, step, *event));
        if let Some((_, event, says)) = known {
            return Some((origin, *event, *says, true));
        }
        let event = PRIVILEGED.iter().find(|event| is_open(cx, step, *event))?;
        (origin.source == Source::Output && is_looked_up(cx, &origin.path, named)).then_some((origin, event, Says::Commit, false))
    })
}

// Whether an output comes from a step that looks up a pull request, and what is taken of it is named as its head.
fn is_looked_up<'u>(cx: &Cx<'u>, path: &str, named: &str) -> bool {
    let named = named.to_ascii_lowercase();
    let is_head = ["head", "sha", "ref", "branch"].iter().any(|part| named.contains(part)) && !named.contains("base");
    let mut names = path.split('.');
    let (Some("steps"), Some(id), Some("outputs")) = (names.next(), names.next(), names.next()) else { return false };
    let looks_up = |from: &Step<'u>| {
        let mut texts = [from.run(), from.input("script"), from.input("route")].into_iter().flatten().filter_map(Ref::text);
        let by_action = from.remote().is_some_and(|(_, remote)| LOOKUP_ACTIONS.iter().any(|part| remote.name().contains(part)));
        by_action || texts.any(|text| LOOKUPS.iter().any(|call| text.contains(call)))
    };
    // The output of another job may stand behind one of this job.
    let steps = if is_head && cx.budget.spend(cx.unit.steps().len()) { cx.unit.steps() } else { &[] };
    steps.iter().any(|other| other.id().is_some_and(|other| other.eq_ignore_ascii_case(id)) && looks_up(other))
}

fn by_script<'u>(cx: &Cx<'u>, step: &'u Step<'u>, events: Events) -> Option<Taken<'u>> {
    let run = step.run()?;
    let text = run.text().filter(|text| text.contains("pr checkout") || text.contains("git "))?;
    let script = cx.unit.script(step).filter(|_| cx.budget.spend(text.len() / 8 + 1))?;
    let event = events.iter().find(|event| is_open(cx, step, *event))?;
    let moves = script.commands().any(moves_there);
    script.commands().find_map(|command| {
        let (word, what, event) = taken_by(cx, step, command, event, moves)?;
        let (verb, label) = match command.is("git") {
            true => ("fetches", "fetches the pull request's code"),
            false => (CHECKS_OUT, "the pull request's code"),
        };
        let place = Place::text(run, word.span().range(), label);
        Some(Taken { place, what, verb, event, says: Says::Commit, sure: true })
    })
}

// `gh pr checkout`, and git where it is told to take what the pull request brings.
fn taken_by<'u>(
    cx: &Cx<'u>,
    step: &'u Step<'u>,
    command: Command<'u>,
    event: Event,
    moves: bool,
) -> Option<(Word<'u>, String, Event)> {
    let program = command.program()?;
    let is = |at: usize, name: &str| program.arguments.get(at).is_some_and(|word| word.is(name));
    if program.is("gh") && is(0, "pr") && is(1, "checkout") {
        return Some((program.arguments.get(1)?, "gh pr checkout".to_owned(), event));
    }
    if !program.is("git") {
        return None;
    }
    let verb = program.arguments.iter().map(Word::leading).find(|word| matches!(&**word, "fetch" | "pull" | "clone" | "remote"))?;
    let goes_there = matches!(&*verb, "pull" | "clone") || moves;
    program.arguments.iter().filter(|_| goes_there).find_map(|word| {
        let chosen = !word.is_constant() || word.text().contains('*');
        if verb != "remote" && word.text().contains("pull/") && chosen {
            return Some((word, "git".to_owned() + " " + &verb + " pull/…", event));
        }
        let (origin, event, says, _) =
            first_of(cx, step, origins_of_word(Spot::of_step(cx.unit, step), word, cx.budget).0, word.text())?;
        matches!(says, Says::Commit | Says::Repository).then_some((word, origin.path, event))
    })
}

fn moves_there(command: Command<'_>) -> bool {
    let verbs = ["checkout", "switch", "reset", "merge", "rebase", "cherry-pick", "worktree", "restore"];
    command
        .program()
        .is_some_and(|program| program.is("git") && program.arguments.iter().any(|word| verbs.iter().any(|verb| word.is(verb))))
}

// Where what was checked out is executed: later in the script, or in a later step.
fn execution<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> Option<Place<'u>> {
    const LABEL: &str = "executes what was checked out";
    if let (Some(script), Some(run)) = (cx.unit.script(step), step.run()) {
        let behind = script.commands().skip_while(|command| !is_git(*command));
        if let Some(command) = behind.filter(|command| !is_git(*command)).find(|command| executes(*command)) {
            return Some(Place::text(run, command.span().range(), LABEL));
        }
    }
    let within = step.input_text("path").is();
    let later = cx.unit.steps_after(step).iter().find(|later| step_executes(later, cx.unit.script(later), within))?;
    let at = later.run().or_else(|| later.uses().is().map(|(node, _)| node))?;
    Some(Place::node(at, LABEL))
}

fn is_git(command: Command<'_>) -> bool {
    command.program().is_some_and(|program| program.is("git") || program.is("gh"))
}

const DOCS: &str = r#"
`pull_request_target`, `workflow_run` and `issue_comment` run with the repository's token and secrets, also for pull requests of forks.
A step that checks out the code of the pull request puts an outsider's build files, hooks and settings there, and the next `make`, `npm
install` or local action executes them with all that the run has.

**Mend it:** run the code of pull requests by `pull_request`, which has no secrets, and hand its results, as data, to a workflow that
has. Or let only pull requests of this repository pass: `github.event.pull_request.head.repo.full_name == github.repository`.

**How bad:** critical where a later command or action executes what was checked out and the job has secrets or a token that writes;
high where nothing is seen to execute it, which is of low confidence, or where the repository's settings decide what the token may;
medium where it can at most read. One lower where only a member can start it.
A branch's name alone (`github.head_ref` without `repository`) is low: it names a branch of this repository. A label, an approval and a
command of a member lower the confidence, and do not excuse: the code can change between the look and the checkout. Where the event
says which commit is checked out, an approval holds as far as it was a review of that commit.
`actions/checkout` of version 7, and 3.7, 4.4, 5.1 and 6.1, refuses the code of forks for `pull_request_target` and `workflow_run` unless
`allow-unsafe-pr-checkout` is set: with it, or with the tag of such a version, nothing is reported.

**It does not see:** called workflows and composite actions, whose events are not known; artifacts with code in them; what actions
execute, but for a few. The version behind a commit is believed as its comment says.

```yaml bad
on: pull_request_target
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          ref: ${{ github.event.pull_request.head.sha }} # <-
      - run: npm ci && npm test
        env:
          TOKEN: ${{ secrets.TOKEN }}
```

```yaml bad
on: issue_comment
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: |
          gh pr checkout ${{ github.event.issue.number }} # <-
          make test
```

```yaml good
on: pull_request_target
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          ref: ${{ github.event.pull_request.base.sha }}
      - run: make greet
```

```yaml good
on: pull_request_target
jobs:
  test:
    runs-on: ubuntu-latest
    if: github.event.pull_request.head.repo.full_name == github.repository
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: make test
```

```yaml good
on: pull_request
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: make test
```

```yaml good
on: pull_request_target
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: make test
```
"#;
