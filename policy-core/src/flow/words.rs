//! The words of scripts: what they hold when the shell has expanded them, followed through its variables.

use super::{Follower, Spot};
use crate::document::Ref;
use crate::model::github::expression::{Expression, Path};
use crate::model::github::{Job, Step, runner_variable};
use crate::rule::Place;
use crate::shell::{Command, Language, Part, PartKind, Script, Word};

/// How many variables of one script are followed one behind the other.
const MAX_HOPS: u32 = 3;

/// Commands whose output no one chooses.
const FIXED: &[&str] = &["date", "hostname", "id", "mktemp", "nproc", "pwd", "uname", "whoami"];

/// Commands that set variables by their arguments.
const SETTERS: &[&str] = &["export", "local", "declare", "readonly", "typeset"];

impl<'u> Follower<'_, 'u> {
    /// Follows what a word becomes, and says it of `path`; false where a part of it cannot be followed.
    pub(super) fn word(&mut self, spot: Spot<'u>, path: Option<&Path<'u>>, word: Word<'u>, hops: u32) -> bool {
        let (mut known, mut from) = (true, 0);
        for part in word.parts() {
            // What stands in braces or in arithmetic follows as parts of its own.
            let span = part.span();
            if span.start < from {
                continue;
            }
            known &= match part.kind() {
                PartKind::Literal => true,
                PartKind::Expression => self.pasted(spot, path, span.start as usize),
                PartKind::Variable => {
                    from = span.end;
                    passes_on(part) && self.shell_variable(spot, path, word, part.name(), hops)
                }
                PartKind::Arithmetic => {
                    from = span.end;
                    true
                }
                PartKind::Substitution | PartKind::Process => self.substitution(spot, path, part, hops),
                PartKind::Block => false,
            };
        }
        known
    }

    fn pasted(&mut self, spot: Spot<'u>, path: Option<&Path<'u>>, at: usize) -> bool {
        let Some(run) = spot.step.and_then(Step::run) else { return false };
        let sites = spot.unit.sites_of(run);
        let Some(site) = sites.get(sites.partition_point(|site| site.outer.end <= at)) else { return false };
        self.follow(spot, path, &[site], Place::text(run, site.outer.clone(), "pasted into the script here"));
        true
    }

    fn shell_variable(&mut self, spot: Spot<'u>, path: Option<&Path<'u>>, word: Word<'u>, name: &str, hops: u32) -> bool {
        let Some(script) = spot.step.and_then(|step| spot.unit.script(step)) else { return false };
        let language = script.language();
        let name = match (language, name.split_once(':')) {
            (Language::PowerShell, Some((scope, name))) if scope.eq_ignore_ascii_case("env") => name,
            (Language::PowerShell, _) => return false,
            (_, _) => name,
        };
        match self.assigned(spot, path, script, word, name, hops) {
            Some(known) => known,
            None => self.given(spot, path, name),
        }
    }

    // What the script itself assigns to a variable before the word; none if it assigns nothing.
    fn assigned(
        &mut self,
        spot: Spot<'u>,
        path: Option<&Path<'u>>,
        script: &'u Script<'u>,
        word: Word<'u>,
        name: &str,
        hops: u32,
    ) -> Option<bool> {
        if script.language() != Language::Posix {
            return None;
        }
        if hops >= MAX_HOPS || !self.budget.spend(script.text().len() / 8 + 1) {
            return Some(false);
        }
        let end = word.span().start;
        let mut known = None;
        for command in script.commands().take_while(|command| command.span().start < end) {
            for value in assignments(command).filter(|value| *value != word && assigns(*value, name)) {
                known = Some(self.word(spot, path, value, hops + 1) && known.unwrap_or(true));
            }
            if command.is("read") && command.words().iter().any(|read| read.is(name)) {
                known = Some(false);
            }
        }
        known
    }

    // What `env` or the runner sets.
    fn given(&mut self, spot: Spot<'u>, path: Option<&Path<'u>>, name: &str) -> bool {
        let sets = [spot.step.and_then(Step::env), spot.job.and_then(Job::env), spot.unit.workflow().and_then(|all| all.env())];
        let cheap = |env: &Ref<'u>| self.budget.spend(env.len());
        if let Some((key, value)) = sets.into_iter().flatten().filter(cheap).find_map(|env| env.entry_in_any_case(name)) {
            self.scalar(spot, path, value, Place::node(key, "the variable is set here"));
            return true;
        }
        if name.starts_with("RUNNER_") || matches!(name, "HOME" | "PWD" | "OLDPWD" | "LINENO" | "RANDOM" | "?" | "#" | "$") {
            return true;
        }
        let Some(expression) = runner_variable(name).and_then(|context| Expression::parse(context).ok()) else { return false };
        let Some(context) = expression.path(expression.root()) else { return false };
        let from = self.found.len();
        self.path(spot, &context, false);
        self.rename(path, from);
        true
    }

    // `$(echo …)` is what is printed, and so is what whoever reads `<(echo …)` gets.
    fn substitution(&mut self, spot: Spot<'u>, path: Option<&Path<'u>>, part: Part<'u>, hops: u32) -> bool {
        // What goes through other programs is not what was put into them.
        if hops >= MAX_HOPS || !part.commands().all(|command| prints(command) || is_fixed(command)) {
            return false;
        }
        let mut known = true;
        for command in part.commands().filter(|command| prints(*command)) {
            for word in command.words().iter() {
                known &= self.word(spot, path, word, hops + 1);
            }
        }
        known
    }
}

fn prints(command: Command<'_>) -> bool {
    command.program().is_some_and(|program| program.is_any(&["echo", "printf"]))
}

fn is_fixed(command: Command<'_>) -> bool {
    command.program().is_some_and(|program| program.is_any(FIXED) || (program.is("git") && names_commit(command)))
}

// `git rev-parse`, but for names of branches.
fn names_commit(git: Command<'_>) -> bool {
    git.words().get(1).is_some_and(|verb| verb.is("rev-parse")) && !git.words().iter().any(|word| word.starts_with("--abbrev-ref"))
}

// Whether a variable stands as it is: `${X//…/…}` and `${#X}` do not pass on what it holds.
fn passes_on(part: Part<'_>) -> bool {
    let Some(inner) = part.text().strip_prefix("${") else { return true };
    inner.strip_prefix(part.name()).is_some_and(|rest| !rest.starts_with('/'))
}

fn assignments<'u>(command: Command<'u>) -> impl Iterator<Item = Word<'u>> {
    let sets = command.program().is_some_and(|program| program.is_any(SETTERS));
    command.assignments().iter().chain(command.words().iter().filter(move |_| sets))
}

fn assigns(word: Word<'_>, name: &str) -> bool {
    word.text().strip_prefix(name).is_some_and(|rest| rest.starts_with('=') || rest.starts_with("+="))
}
