//! Where the text of an expression comes from: variables, inputs, matrices and outputs are followed to the contexts that fill them.

use crate::budget::Budget;
use crate::document::{Kind, Ref};
use crate::model::github::expression::{Contribution, Expression, Path, Segment, contributions};
use crate::model::github::{Capability, Event, Events, Input, InputType, Job, Step, capability, chosen_by_outsiders};
use crate::read::Read;
use crate::rule::Place;
use crate::shell::sinks::{RunnerFile, file_writes};
use crate::shell::{Command, Language, Word};
use crate::unit::{Site, Unit};

mod words;

/// How many variables, inputs and outputs are followed one behind the other.
const MAX_STEPS: usize = 8;

/// What following one costs, beside a look at a node: they may lead to one another many times.
const FOLLOWING: usize = 64;

/// The most origins of one expression.
const MAX_ORIGINS: usize = 16;

/// Where a text comes from.
#[derive(Clone, Debug)]
pub struct Origin<'u> {
    /// What the expression that was asked about names: `env.TITLE`.
    pub named: String,
    /// The context that the text comes from in the end: `github.event.issue.title`.
    pub path: String,
    /// Of what kind it is.
    pub source: Source,
    /// What it can hold.
    pub capability: Capability,
    /// Whether a whole object is written out by `toJSON`.
    pub serialised: bool,
    /// The events in whose payload outsiders choose it.
    pub chosen_in: Events,
    /// The places that it came through, the first behind the expression first.
    pub through: Vec<Place<'u>>,
}

/// What fills a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `github.…`: the event and what GitHub says of the run.
    Github,
    /// `secrets.…`
    Secret,
    /// An input of the workflow or action: whoever starts or calls it gives it.
    Input,
    /// `vars.…`: who administers the repository.
    Variable,
    /// The output of a step, a job or a called workflow that cannot be followed.
    Output,
    /// A variable or a matrix that is only known when the run is there.
    Unknown,
    /// Text that stands in the file.
    Constant,
    /// `runner.…`, `job.…`, `strategy.…`: GitHub and the runner.
    Runner,
}

/// Where an expression stands: what its `env`, `matrix`, `steps` and `needs` mean depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'u> {
    /// The unit.
    pub unit: &'u Unit<'u>,
    /// The job; none in an action, or outside of jobs.
    pub job: Option<&'u Job<'u>>,
    /// The step, within a step.
    pub step: Option<&'u Step<'u>>,
}

impl<'u> Spot<'u> {
    /// Within a step.
    #[must_use]
    pub fn of_step(unit: &'u Unit<'u>, step: &'u Step<'u>) -> Self {
        Self { unit, job: unit.job_of(step), step: Some(step) }
    }

    /// Within a job, outside of its steps.
    #[must_use]
    pub fn of_job(unit: &'u Unit<'u>, job: &'u Job<'u>) -> Self {
        Self { unit, job: Some(job), step: None }
    }
}

/// All that can become text of an expression's result, each followed to where it comes from. Work is taken from the budget; past it,
/// what is left is not known.
#[must_use]
pub fn origins<'u>(spot: Spot<'u>, site: &'u Site<'u>, budget: &Budget) -> Vec<Origin<'u>> {
    let mut follower = Follower { budget, found: Vec::new(), through: Vec::new() };
    if let Ok(expression) = &site.expression {
        for contribution in contributions(expression) {
            follower.contribution(spot, expression, contribution);
        }
    }
    follower.found
}

/// The same for one part of an expression.
#[must_use]
pub fn origins_of<'u>(spot: Spot<'u>, expression: &'u Expression<'u>, part: Contribution, budget: &Budget) -> Vec<Origin<'u>> {
    let mut follower = Follower { budget, found: Vec::new(), through: Vec::new() };
    follower.contribution(spot, expression, part);
    follower.found
}

/// All that can become text of a word of a step's script, followed through the variables of the script, of `env`, and of the runner.
/// Also whether that is all: false if a part of the word, such as the output of a program, cannot be followed.
#[must_use]
pub fn origins_of_word<'u>(spot: Spot<'u>, word: Word<'u>, budget: &Budget) -> (Vec<Origin<'u>>, bool) {
    let mut follower = Follower { budget, found: Vec::new(), through: Vec::new() };
    let known = follower.word(spot, None, word, 0);
    (follower.found, known)
}

struct Follower<'b, 'u> {
    budget: &'b Budget,
    found: Vec<Origin<'u>>,
    through: Vec<Place<'u>>,
}

impl<'u> Follower<'_, 'u> {
    fn contribution(&mut self, spot: Spot<'u>, expression: &Expression<'u>, contribution: Contribution) {
        let Some(path) = expression.path(contribution.id) else { return };
        self.path(spot, &path, contribution.serialised);
    }

    fn say(&mut self, path: &Path<'_>, source: Source, capability: Capability, serialised: bool) {
        let chosen_in = if source == Source::Github { chosen_by_outsiders(path, serialised) } else { Events::default() };
        let path = path.to_string();
        // Many constants of a matrix are one, so that they hide nothing.
        let is_same = |known: &Origin<'u>| known.path == path && known.source == source && known.serialised == serialised;
        if self.found.len() < MAX_ORIGINS && !self.found.iter().any(is_same) {
            let through = self.through.clone();
            self.found.push(Origin { named: path.clone(), path, source, capability, serialised, chosen_in, through });
        }
    }

    // What was found since is said of the path that led there.
    fn rename(&mut self, path: Option<&Path<'_>>, from: usize) {
        if let Some(named) = path.map(Path::to_string) {
            self.found.iter_mut().skip(from).for_each(|origin| origin.named.clone_from(&named));
        }
    }

    fn path(&mut self, spot: Spot<'u>, path: &Path<'u>, serialised: bool) {
        let [Segment::Name(context), rest @ ..] = path.segments() else { return };
        let context = context.to_ascii_lowercase();
        match (context.as_str(), rest) {
            ("github", [Segment::Name(event), Segment::Name(inputs), Segment::Name(name)])
                if event.eq_ignore_ascii_case("event") && inputs.eq_ignore_ascii_case("inputs") =>
            {
                self.input(spot, path, name);
            }
            ("github", _) => self.say(path, Source::Github, capability(path, serialised), serialised),
            ("secrets", _) => self.say(path, Source::Secret, Capability::Arbitrary, serialised),
            ("vars", _) => self.say(path, Source::Variable, Capability::Unknown, serialised),
            ("runner" | "job" | "strategy", _) => self.say(path, Source::Runner, Capability::Fixed, serialised),
            ("inputs", [Segment::Name(name)]) => self.input(spot, path, name),
            ("env", [Segment::Name(name)]) => self.variable(spot, path, name),
            ("matrix", [Segment::Name(_), ..]) => self.matrix(spot, path, rest),
            ("steps", [Segment::Name(id), Segment::Name(field), ..]) => self.step(spot, path, id, field, rest.get(2)),
            ("needs", [Segment::Name(id), Segment::Name(field), ..]) => self.need(spot, path, id, field, rest.get(2)),
            ("steps" | "needs" | "jobs", _) => self.say(path, Source::Output, Capability::Unknown, serialised),
            ("inputs", _) => self.say(path, Source::Input, Capability::Arbitrary, serialised),
            _ => self.say(path, Source::Unknown, Capability::Unknown, serialised),
        }
    }

    fn input(&mut self, spot: Spot<'u>, path: &Path<'u>, name: &str) {
        let capability = match declared(spot.unit, name).map(Input::kind) {
            Some(Read::Is(InputType::Boolean | InputType::Number | InputType::Choice)) => Capability::Fixed,
            Some(Read::Is(InputType::Environment)) => Capability::Structured,
            Some(_) => Capability::Arbitrary,
            None => Capability::Unknown,
        };
        self.say(path, Source::Input, capability, false);
    }

    // The innermost `env` decides. What a step before wrote to GITHUB_ENV comes before the job's, if that step runs.
    fn variable(&mut self, spot: Spot<'u>, path: &Path<'u>, name: &str) {
        let outer = [spot.job.and_then(Job::env), spot.unit.workflow().and_then(|workflow| workflow.env())];
        let own = spot.step.and_then(Step::env).and_then(|env| env.entry_in_any_case(name));
        let before = match (own, spot.step, spot.job) {
            (Some(_), ..) | (_, None, None) => &[][..],
            (_, Some(step), _) => spot.unit.steps_before(step),
            // The outputs of a job are read behind its steps.
            (_, None, Some(job)) => spot.unit.steps_of(job),
        };
        let mut known = false;
        for step in before {
            known |= self.budget.spend(1) && self.written_to(spot.unit, path, step, RunnerFile::Env, name);
        }
        let set = own.or_else(|| outer.into_iter().flatten().find_map(|env| env.entry_in_any_case(name)));
        match set {
            Some((key, value)) => self.scalar(spot, Some(path), value, Place::node(key, "the variable is set here")),
            None if !known => self.say(path, Source::Unknown, Capability::Unknown, false),
            None => {}
        }
    }

    fn matrix(&mut self, spot: Spot<'u>, path: &Path<'u>, rest: &[Segment<'u>]) {
        let names: Vec<&str> = rest
            .iter()
            .map_while(|segment| match segment {
                Segment::Name(name) => Some(*name),
                Segment::Any => None,
            })
            .collect();
        let strategy = spot.job.and_then(Job::strategy);
        let Some(values) = strategy.and_then(|strategy| strategy.matrix()).map(|matrix| matrix.values(&names)) else {
            return self.say(path, Source::Unknown, Capability::Unknown, false);
        };
        if values.open {
            self.say(path, Source::Unknown, Capability::Unknown, false);
        }
        let mut has_constant = false;
        for value in values.known {
            // Constants of one matrix are one origin: what was said of the first is not put together again for each.
            let constant = value.kind() == Kind::Scalar && spot.unit.sites_of(value).is_empty();
            if constant && std::mem::replace(&mut has_constant, true) {
                continue;
            }
            self.scalar(spot, Some(path), value, Place::node(value, "the matrix has it here"));
        }
    }

    fn step(&mut self, spot: Spot<'u>, path: &Path<'u>, id: &str, field: &str, output: Option<&Segment<'u>>) {
        if !field.eq_ignore_ascii_case("outputs") {
            return self.say(path, Source::Runner, Capability::Fixed, false);
        }
        let steps = match (spot.step, spot.job) {
            (Some(step), _) => spot.unit.steps_beside(step),
            (None, Some(job)) => spot.unit.steps_of(job),
            (None, None) => spot.unit.steps_of_action(),
        };
        let named = |step: &&Step<'u>| step.id().is_some_and(|own| own.eq_ignore_ascii_case(id));
        match (steps.iter().find(named), output) {
            (Some(step), Some(Segment::Name(output))) => self.output(spot.unit, path, step, output),
            _ => self.say(path, Source::Output, Capability::Unknown, false),
        }
    }

    fn need(&mut self, spot: Spot<'u>, path: &Path<'u>, id: &str, field: &str, output: Option<&Segment<'u>>) {
        if !field.eq_ignore_ascii_case("outputs") {
            return self.say(path, Source::Runner, Capability::Fixed, false);
        }
        let job = spot.unit.jobs().iter().find(|job| job.id().eq_ignore_ascii_case(id));
        let value = match output {
            Some(Segment::Name(name)) => job.and_then(Job::outputs).and_then(|outputs| outputs.entry_in_any_case(name)),
            _ => None,
        };
        match (job, value) {
            (Some(job), Some((key, value))) => {
                self.scalar(Spot::of_job(spot.unit, job), Some(path), value, Place::node(key, "the job gives it here"));
            }
            _ => self.say(path, Source::Output, Capability::Unknown, false),
        }
    }

    fn output(&mut self, unit: &'u Unit<'u>, path: &Path<'u>, step: &'u Step<'u>, output: &str) {
        if !self.written_to(unit, path, step, RunnerFile::Output, output) {
            self.say(path, Source::Output, Capability::Unknown, false);
        }
    }

    // What a script writes to a file of the runner under a name: text of the file, expressions that are pasted in, variables. False
    // if it writes nothing under that name, as far as it says.
    fn written_to(&mut self, unit: &'u Unit<'u>, path: &Path<'u>, step: &'u Step<'u>, file: RunnerFile, name: &str) -> bool {
        let script = unit.script(step).filter(|script| self.budget.spend(script.text().len() / 8 + 1));
        let Some(script) = script.filter(|script| script.text().contains(name)) else { return false };
        let writes: Vec<_> = file_writes(script).into_iter().filter(|write| write.file == file).collect();
        let words = || writes.iter().flat_map(|write| write.written.iter().copied());
        let naming: Vec<(Word<'u>, bool)> = words().filter_map(|word| Some((word, writes_name(word, name)?))).collect();
        if naming.is_empty() {
            return false;
        }
        // What delimiters enclose may be written by other commands.
        let block = naming.iter().any(|(_, block)| *block);
        let named = |word: Word<'u>| naming.iter().take(MAX_ORIGINS).any(|(name, _)| name.command() == word.command());
        let (from, mut known) = (self.found.len(), true);
        let spot = Spot::of_step(unit, step);
        for word in words().filter(|word| block || named(*word)) {
            known &= word.command().is_some_and(is_printer) & self.word(spot, Some(path), word, 0);
        }
        if !known {
            self.say(path, Source::Output, Capability::Unknown, false);
        } else if self.found.len() == from {
            self.say(path, Source::Constant, Capability::Fixed, false);
        }
        true
    }

    fn scalar(&mut self, spot: Spot<'u>, path: Option<&Path<'u>>, value: Ref<'u>, place: Place<'u>) {
        let sites: Vec<&'u Site<'u>> = spot.unit.sites_of(value).iter().collect();
        if let Some(path) = path {
            if value.kind() != Kind::Scalar {
                return self.say(path, Source::Unknown, Capability::Unknown, true);
            }
            if sites.is_empty() {
                return self.say(path, Source::Constant, Capability::Fixed, false);
            }
        }
        self.follow(spot, path, &sites, place);
    }

    // Follows expressions that stand elsewhere; what they give is said of the path that led there.
    fn follow(&mut self, spot: Spot<'u>, path: Option<&Path<'u>>, sites: &[&'u Site<'u>], place: Place<'u>) {
        let from = self.found.len();
        let goes_on = self.through.len() < MAX_STEPS && self.budget.spend(FOLLOWING * sites.len());
        self.through.push(place);
        for site in sites.iter().filter(|_| goes_on) {
            let Ok(expression) = &site.expression else { continue };
            for contribution in contributions(expression) {
                self.contribution(spot, expression, contribution);
            }
        }
        self.through.pop();
        match path {
            Some(path) if !goes_on => self.say(path, Source::Unknown, Capability::Unknown, false),
            Some(path) if self.found.len() == from => self.say(path, Source::Constant, Capability::Fixed, false),
            _ => self.rename(path, from),
        }
    }
}

// Whether a word begins a value of that name: where one of its lines says so, and if so, whether the value stands
// between delimiters, outside of the word.
fn writes_name(word: Word<'_>, name: &str) -> Option<bool> {
    let text = word.text().trim_start_matches(['"', '\'']);
    text.lines().find_map(|line| match line.trim_start().strip_prefix(name)? {
        rest if rest.starts_with('=') => Some(false),
        rest if rest.starts_with("<<") => Some(true),
        _ => None,
    })
}

/// Whether what a command writes are its words, and not what a program makes of them.
#[must_use]
pub fn is_printer(command: Command<'_>) -> bool {
    let printers = ["echo", "printf", "cat", "Write-Output", "Write-Host", "Add-Content", "Set-Content", "Out-File"];
    let program = command.program();
    let value = command.script().language() == Language::PowerShell && program.is_none();
    value || program.is_some_and(|program| program.is_any(&printers) && (!program.is("cat") || program.arguments.is_empty()))
}

/// The input of that name that the workflow or action declares.
fn declared<'u>(unit: &Unit<'u>, name: &str) -> Option<Input<'u>> {
    let triggers = unit.workflow().into_iter().flat_map(|workflow| workflow.triggers());
    let given = triggers.filter(|trigger| matches!(trigger.event, Event::WorkflowCall | Event::WorkflowDispatch));
    let mut all = given.flat_map(|trigger| trigger.inputs()).chain(unit.action().into_iter().flat_map(|action| action.inputs()));
    // A workflow that is both called and started by hand may declare it twice: text of any kind counts.
    let mut found: Option<Input<'u>> = None;
    all.by_ref().filter(|input| input.name().eq_ignore_ascii_case(name)).for_each(|input| {
        let text = matches!(input.kind(), Read::Is(InputType::Text));
        if found.is_none() || text {
            found = Some(input);
        }
    });
    found
}
