//! Follows secrets through a script to where they are printed.

use policy_core::budget::Budget;
use policy_core::shell::{Command, Kind, Language, Part, PartKind, Script, Word};

use crate::printing::{End, Expanded, assigned, assignments, end, expanded, input, passes, prints_arguments};

/// The most variables of a script that are followed.
pub(crate) const MAX_VARIABLES: usize = 64;

/// A secret that a word of the script gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taint<'s> {
    /// Its name.
    pub(crate) secret: &'s str,
    /// Whether its text is another one than the secret.
    pub(crate) derived: bool,
}

/// A command that prints a secret into the log.
#[derive(Debug)]
pub(crate) struct Printed<'s> {
    /// It, or the `set -x` that makes the shell show all commands.
    pub(crate) command: Command<'s>,
    /// The secret.
    pub(crate) taint: Taint<'s>,
    /// How it is printed.
    pub(crate) how: How<'s>,
}

/// How a secret gets into the log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How<'s> {
    /// A command prints it.
    Alone,
    /// A command lists all variables.
    Listed,
    /// `set -x` shows this command with the secret in it.
    Traced(Command<'s>),
}

/// What is known of a script while it is read.
pub(crate) struct Follower<'c, 's> {
    /// The script.
    pub(crate) script: &'s Script<'s>,
    /// The secret of a variable or an expression that does not come from the script.
    pub(crate) given: &'c dyn Fn(Part<'s>) -> Option<Taint<'s>>,
    /// The secret of a variable that is named without `$`.
    pub(crate) named: &'c dyn Fn(&'s str) -> Option<Taint<'s>>,
    /// What a list of all variables shows.
    pub(crate) all: Option<Taint<'s>>,
    /// The variables that the script sets to secrets.
    pub(crate) set: Vec<(&'s str, Taint<'s>)>,
    /// The command that switched on that all commands are shown.
    pub(crate) traced: Option<Command<'s>>,
}

impl<'c, 's> Follower<'c, 's> {
    /// Begins to read a script.
    pub(crate) fn new(
        script: &'s Script<'s>,
        given: &'c dyn Fn(Part<'s>) -> Option<Taint<'s>>,
        named: &'c dyn Fn(&'s str) -> Option<Taint<'s>>,
        all: Option<Taint<'s>>,
    ) -> Self {
        Self { script, given, named, all, set: Vec::new(), traced: None }
    }

    /// What is printed, as far as the work reaches.
    pub(crate) fn printed(mut self, budget: &Budget) -> Vec<Printed<'s>> {
        let mut found = Vec::new();
        for command in self.script.commands() {
            if !budget.spend(1 + command.words().len()) {
                break;
            }
            self.command(command, budget, &mut found);
        }
        found
    }

    fn command(&mut self, command: Command<'s>, budget: &Budget, found: &mut Vec<Printed<'s>>) {
        self.assign(command);
        found.extend(self.trace(command));
        let Some((taint, how)) = self.source(command) else { return };
        match end(command, budget) {
            End::Printed(derived) => {
                let taint = Taint { derived: taint.derived || derived, ..taint };
                found.push(Printed { command, taint, how });
            }
            End::Assigned(word, derived) => self.set(word, Taint { derived: taint.derived || derived, ..taint }),
            End::Elsewhere => {}
        }
    }

    /// Takes note of what a command sets.
    pub(crate) fn assign(&mut self, command: Command<'s>) {
        for word in assignments(command) {
            if let Some(taint) = self.taint(word) {
                self.set(word, taint);
            }
        }
    }

    fn set(&mut self, word: Word<'s>, taint: Taint<'s>) {
        if let Some(name) = assigned(word).filter(|_| self.set.len() < MAX_VARIABLES) {
            self.set.push((name, taint));
        }
    }

    // The last of a name counts.
    fn variable(&self, name: &str) -> Option<Taint<'s>> {
        let last = self.set.iter().rev().find(|(known, _)| is_variable(self.script.language(), known, name));
        last.map(|(_, taint)| *taint)
    }

    /// The first secret in a word, not those of commands within it.
    pub(crate) fn taint(&self, word: Word<'s>) -> Option<Taint<'s>> {
        word.parts().find_map(|part| match part.kind() {
            PartKind::Variable => {
                let taint = self.variable(part.name()).or_else(|| (self.given)(part))?;
                let derived = match expanded(part.text(), part.name(), self.script.language()) {
                    Expanded::Same => taint.derived,
                    Expanded::Derived => true,
                    Expanded::Nothing => return None,
                };
                Some(Taint { derived, ..taint })
            }
            PartKind::Expression => (self.given)(part),
            _ => None,
        })
    }

    // The secret that a command prints, and how.
    fn source(&self, command: Command<'s>) -> Option<(Taint<'s>, How<'s>)> {
        let alone = |taint| (taint, How::Alone);
        if command.kind() == Kind::Value && self.script.language() == Language::PowerShell {
            let only = command.words().get(0).filter(|_| command.words().len() == 1 && command.assignments().is_empty())?;
            return self.taint(only).map(alone);
        }
        let program = command.program()?;
        if prints_arguments(command) {
            return program.arguments.iter().find_map(|word| self.taint(word)).map(alone);
        }
        if let Some(derives) = passes(&program) {
            let taint = self.taint(input(command)?)?;
            return Some(alone(Taint { derived: taint.derived || derives, ..taint }));
        }
        if program.is("printenv")
            && let Some(word) = program.arguments.get(0).filter(|word| word.is_constant())
        {
            let name = word.text().trim_matches(['"', '\'']);
            return self.variable(name).or_else(|| (self.named)(name)).map(alone);
        }
        self.all.filter(|_| lists_variables(command)).map(|taint| (taint, How::Listed))
    }

    // After `set -x` the shell shows every command with the values in it.
    fn trace(&mut self, command: Command<'s>) -> Option<Printed<'s>> {
        if self.script.language() != Language::Posix {
            return None;
        }
        if let Some(program) = command.program().filter(|program| program.is("set")) {
            let mut words = program.arguments.iter().map(Word::leading);
            let option = |word: &str, sign: char| word.starts_with(sign) && !word.starts_with("--") && word.contains('x');
            if words.clone().any(|word| option(&word, '+')) {
                self.traced = None;
            } else if words.any(|word| option(&word, '-') || word == "xtrace") {
                self.traced = Some(command);
            }
            return None;
        }
        let traced = self.traced?;
        let mut words = command.assignments().iter().chain(command.words().iter());
        let taint = words.find_map(|word| self.taint(word))?;
        self.traced = None;
        Some(Printed { command: traced, taint, how: How::Traced(command) })
    }
}

/// Whether a variable is meant by what a script writes: `$env:NAME` in `PowerShell`.
pub(crate) fn is_variable(language: Language, known: &str, written: &str) -> bool {
    match language {
        Language::Posix => known == written,
        Language::PowerShell => {
            written.get(..4).is_some_and(|scope| scope.eq_ignore_ascii_case("env:"))
                && written.get(4..).is_some_and(|name| known.eq_ignore_ascii_case(name))
        }
        Language::Cmd => known.eq_ignore_ascii_case(written),
    }
}

/// Whether a command prints all variables.
pub(crate) fn lists_variables(command: Command<'_>) -> bool {
    let Some(program) = command.program() else { return false };
    let first = program.arguments.get(0);
    match command.script().language() {
        Language::Posix => {
            let lists = first.is_some_and(|word| word.is("-p") || word.is("-x")) && program.arguments.len() == 1;
            (program.is_any(&["env", "printenv", "set", "export"]) && first.is_none())
                || (program.is_any(&["export", "declare"]) && lists)
        }
        Language::PowerShell => {
            let drive = |word: Word<'_>| {
                word.literal().is_some_and(|text| text.to_ascii_lowercase().trim_end_matches(['\\', '*', '/']) == "env:")
            };
            program.is_any(&["dir", "gci", "Get-ChildItem", "ls"]) && first.is_some_and(drive)
        }
        Language::Cmd => program.is("set") && first.is_none(),
    }
}
